"""`reconciler schema`: JSON Schemas of manifests and of the log, for editors and other programs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from reconciler.cli.files import write_files
from reconciler.cli.world import World
from reconciler.manifests.schema import json_schemas
from reconciler.model.exit import ExitCode
from reconciler.report.log_entry import log_schema


@click.command("schema")
@click.argument("name", required=False)
@click.option(
    "-o",
    "--output",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Write every schema into this directory instead, as NAME.json.",
)
@click.pass_obj
def command(world: World, name: str | None, directory: Path | None) -> ExitCode:
    """Print the JSON Schema called NAME (`manifest` covers every kind); without NAME, the names."""
    schemas = {**json_schemas(), "log": log_schema()}
    if directory is not None:
        files = {
            directory / f"{title}.json": json.dumps(schema, indent=1) + "\n"
            for title, schema in schemas.items()
        }
        write_files(files)
        world.tell([f"{len(schemas)} schemas written to {directory}."])
    elif name is None:
        world.say(schemas)
    elif name in schemas:
        world.say_data(schemas[name])
    else:
        raise click.BadParameter(
            f"no schema is called {name!r}; there are: {', '.join(schemas)}", param_hint="NAME"
        )
    return ExitCode.OK
