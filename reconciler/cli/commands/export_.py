"""`reconciler export`: manifests as the configuration of another tool."""

from __future__ import annotations

import json
from pathlib import Path

import click

from reconciler.cli.failures import InvalidTreeError
from reconciler.cli.files import refuse_existing, write_files
from reconciler.cli.loading import prefix_of
from reconciler.cli.options import MANIFESTS
from reconciler.cli.targets import target_named
from reconciler.cli.world import World
from reconciler.manifests.entra.to_schema import to_schema
from reconciler.manifests.load import load
from reconciler.manifests.suppress import suppress
from reconciler.model.diagnostic import has_errors
from reconciler.model.exit import ExitCode
from reconciler.report.findings import diagnostic_lines


@click.group("export")
def command() -> None:
    """Turn manifests into the configuration of another tool."""


@command.command("entra")
@MANIFESTS
@click.argument("target")
@click.option(
    "-o",
    "--output",
    "destination",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Write this file instead of to standard output.",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_obj
def entra(
    world: World, manifests: Path, target: str, destination: Path | None, force: bool
) -> ExitCode:
    """Turn TARGET with its filters and mappings into a Graph synchronizationSchema.

    What Entra cannot be told is an error with its line, and exit code 4. Tenant URL, credential,
    ownership, assignments and what happens to leavers are no part of a schema.
    """
    loaded = load(manifests, prefix_of(manifests))
    found = suppress(loaded.diagnostics, loaded.suppressions)
    if has_errors(found):
        raise InvalidTreeError(found)
    exported = to_schema(loaded.declared, target_named(target, loaded.declared))
    if has_errors(exported.found):
        raise InvalidTreeError(exported.found)
    if destination is None:
        world.say_data(exported.schema)
    else:
        if not force:
            refuse_existing([destination])
        text = json.dumps(exported.schema, indent=2, ensure_ascii=False)
        write_files({destination: f"{text}\n"})
    world.tell(diagnostic_lines(exported.found, world.error_style))
    return ExitCode.OK
