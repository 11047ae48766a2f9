"""`reconciler import`: the configuration of another tool as manifests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from reconciler.cli.failures import InvalidTreeError
from reconciler.cli.files import read_file, refuse_existing, write_files
from reconciler.cli.world import World
from reconciler.manifests.entra.read import Read, read_job, read_schema, read_secrets
from reconciler.manifests.entra.shapes import NO_JOB, NO_SECRETS
from reconciler.manifests.entra.to_manifests import to_manifests
from reconciler.manifests.scalars import is_name
from reconciler.model.diagnostic import Diagnostic, has_errors
from reconciler.model.exit import ExitCode
from reconciler.model.words import counted
from reconciler.report.findings import diagnostic_lines, tally

FILE = click.Path(path_type=Path, dir_okay=False)
T = TypeVar("T")


@click.group("import")
def command() -> None:
    """Turn the configuration of another tool into manifests."""


@command.command("entra")
@click.argument("schema", type=FILE)
@click.option("--secrets", type=FILE, default=None, help="The job's secrets, as Graph gives them.")
@click.option("--job", type=FILE, default=None, help="The synchronization job, as Graph gives it.")
@click.option("--target", "name", default=None, metavar="NAME", help="What to call the Target.")
@click.option(
    "-o",
    "--output",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Write targets/, profiles/, scoping/ and mappings/ here instead of to standard output.",
)
@click.option("--force", is_flag=True, help="Write over files that are there.")
@click.pass_obj
def entra(
    world: World,
    schema: Path,
    secrets: Path | None,
    job: Path | None,
    name: str | None,
    directory: Path | None,
    force: bool,
) -> ExitCode:
    """Turn a Graph synchronizationSchema into Target, Profile, filter and mapping manifests.

    What has no counterpart becomes a comment and a warning. The Target is switched off until
    somebody has looked at it. No secret is written anywhere. Exit code 4 when SCHEMA is none.
    """
    if name is not None and not is_name(name):
        raise click.BadParameter(
            f"{name!r} is no name; use lower-case letters, digits, `-`, `.` and `_`",
            param_hint="--target",
        )
    found: list[Diagnostic] = []
    read = _read(read_schema, schema, found)
    known_secrets = NO_SECRETS if secrets is None else _read(read_secrets, secrets, found)
    known_job = NO_JOB if job is None else _read(read_job, job, found)
    if read is None or known_secrets is None or known_job is None:
        raise InvalidTreeError(found)
    imported = to_manifests(
        read, origin=schema.name, name=name, secrets=known_secrets, job=known_job
    )
    if has_errors(imported.found):
        raise InvalidTreeError(imported.found)
    if directory is None:
        world.say(["---\n".join(imported.files.values()).rstrip("\n")])
    else:
        files = {directory / file: text for file, text in imported.files.items()}
        if not force:
            refuse_existing(files)
        write_files(files)
        world.tell([f"{counted(len(files), 'file')} written below {directory}."])
    world.tell(diagnostic_lines(imported.found, world.error_style))
    if imported.found:
        world.tell([f"Imported with {tally(imported.found)}."])
    return ExitCode.OK


def _read(reader: Callable[[bytes, str], Read[T]], path: Path, found: list[Diagnostic]) -> T | None:
    value, faults = reader(read_file(path, wanted="a file that was exported"), str(path))
    found += faults
    return value
