"""`reconciler log`: what a provisioning log says, filtered and summed up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import get_args

import click

from reconciler.cli.log_file import read_entries
from reconciler.cli.options import FULL, Instant, format_option
from reconciler.cli.settings import SettingArgument
from reconciler.cli.world import World
from reconciler.model.entry_code import EntryCode
from reconciler.model.exit import ExitCode
from reconciler.report.log_entry import Action, Status
from reconciler.report.log_query import LogFilter, summarise
from reconciler.report.log_text import log_data, log_lines, summary_data, summary_lines
from reconciler.report.style import Detail


@click.command("log")
@click.argument(
    "files",
    nargs=-1,
    type=click.Path(path_type=Path),
    cls=SettingArgument,
    envvar="RECONCILER_LOG",
    required=True,
    metavar="FILE...",
)
@click.option(
    "--subject",
    "subjects",
    multiple=True,
    metavar="SUBJECT",
    help="user:KEY, group:KEY, a key, a display name, an object id or a provider's id.",
)
@click.option("--target", "targets", multiple=True, metavar="TARGET", help="At this target.")
@click.option("--action", "actions", multiple=True, type=click.Choice(get_args(Action)))
@click.option("--status", "statuses", multiple=True, type=click.Choice(get_args(Status)))
@click.option(
    "--code",
    "codes",
    multiple=True,
    metavar="CODE",
    help="An error code or skip reason, such as EntryConflict or NotEffectivelyEntitled.",
)
@click.option("--run", default=None, metavar="ID", help="The run with this id, or its beginning.")
@click.option("--since", type=Instant(), default=None, metavar="INSTANT", help="Not before then.")
@click.option("--until", type=Instant(), default=None, metavar="INSTANT", help="Before then.")
@click.option("--summary", "summary_only", is_flag=True, help="Leave the entries out.")
@FULL
@format_option("text", "json")
@click.pass_obj
def command(
    world: World,
    files: Sequence[Path],
    subjects: Sequence[str],
    targets: Sequence[str],
    actions: Sequence[str],
    statuses: Sequence[str],
    codes: Sequence[str],
    run: str | None,
    since: datetime | None,
    until: datetime | None,
    summary_only: bool,
    detail: Detail,
    output: str,
) -> ExitCode:
    """Show what the provisioning logs FILE... say, as far as it is asked for, and sum it up.

    Each option that is repeated means any of its words; different options must all hold. Half a
    line at the end of a file (a run was killed, or is writing now) does not count; anything else
    that is no entry is an error, with its line. Reads nothing but the files.
    """
    wanted = LogFilter(
        subjects=frozenset(subjects),
        targets=frozenset(targets),
        actions=frozenset(actions),
        statuses=frozenset(statuses),
        codes=frozenset(_known(codes)),
        run=run,
        since=since,
        until=until,
    )
    entries = [
        entry for path in files for entry in read_entries(path, world) if wanted.takes(entry)
    ]
    entries.sort(key=lambda entry: entry.activity_date_time)  # of one moment: as they were written
    summary = summarise(entries)
    if output == "json":
        world.say_data(summary_data(summary) if summary_only else log_data(entries, summary))
    elif summary_only:
        world.say(summary_lines(summary, world.style))
    else:
        world.say(log_lines(entries, summary, world.style, detail))
    return ExitCode.OK


def _known(codes: Sequence[str]) -> Iterator[str]:
    by_fold = {code.value.casefold(): code.value for code in EntryCode}
    for code in codes:
        if code.casefold() not in by_fold:
            raise click.BadParameter(
                f"no entry can have {code!r}; there are: {', '.join(EntryCode)}",
                param_hint="--code",
            )
        yield by_fold[code.casefold()]
