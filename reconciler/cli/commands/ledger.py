"""`reconciler ledger`: what the record of earlier applies says, and whether it can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from reconciler.apply.checking import check
from reconciler.apply.git_ledger import GitLedger
from reconciler.cli.commands.ledger_log import log
from reconciler.cli.commands.ledger_release import release
from reconciler.cli.ledgers import ledger_of, named, targets_with_ledger
from reconciler.cli.loading import load_to_read
from reconciler.cli.options import FULL, MANIFESTS, STATE, TARGETS, format_option
from reconciler.cli.paths import TreePaths
from reconciler.cli.state import StateDirectory
from reconciler.cli.targets import targets_of
from reconciler.cli.world import World
from reconciler.errors import LedgerError
from reconciler.model.exit import ExitCode, gravest
from reconciler.model.ledger_runs import runs_of
from reconciler.model.show import show as show_text
from reconciler.report.ledger import checked_data, checked_lines, ledger_data, ledger_lines
from reconciler.report.style import Detail


@click.group("ledger")
def command() -> None:
    """Look into the ledger: the append-only record of every apply, one per target."""


@command.command("show")
@TARGETS
@MANIFESTS
@STATE
@FULL
@format_option("text", "json")
@click.pass_obj
def show(
    world: World,
    targets: Sequence[str],
    manifests: Path,
    state: StateDirectory,
    detail: Detail,
    output: str,
) -> ExitCode:
    """List the runs: when, of which plan, to what end, who acknowledged what, what is unknown.

    A run is named by its id, as `reconciler plan --undo` takes it.
    """
    data, codes = [], [ExitCode.OK]
    for name in _names(manifests, targets, world):
        try:
            kept = ledger_of(name, world, state)
            runs = runs_of(kept.records())
            holder = kept.held_by() if isinstance(kept, GitLedger) else None
        except LedgerError as exc:
            world.tell_error(exc, about=name)
            codes.append(ExitCode.ERROR)
            continue
        if targets and not runs:
            world.warn(_unrecorded(name, world, state))
        data.append(ledger_data(name, runs, holder))
        if output == "text":
            world.say(ledger_lines(name, runs, holder, world.style, detail))
    if output == "json":
        world.say_data(data)
    return gravest(codes)


@command.command("verify")
@TARGETS
@MANIFESTS
@STATE
@format_option("text", "json")
@click.pass_obj
def verify(
    world: World,
    targets: Sequence[str],
    manifests: Path,
    state: StateDirectory,
    output: str,
) -> ExitCode:
    """Check that every line follows from the one before it; exit 1 when one does not.

    Says which line that is, what is wrong with it, and what can be done. The hash of the last line
    is the ledger's own: kept elsewhere, it shows that nothing was cut off at the end.
    """
    found = []
    for name in _names(manifests, targets, world):
        found.append(check(ledger_of(name, world, state), name))
        if targets and found[-1].sound and not found[-1].lines:
            world.warn(_unrecorded(name, world, state))
        if output == "text":
            world.say(checked_lines(found[-1], world.style))
    if output == "json":
        world.say_data([checked_data(one) for one in found])
    return gravest(ExitCode.OK if one.sound else ExitCode.ERROR for one in found)


command.add_command(log)
command.add_command(release)


def _unrecorded(name: str, world: World, state: StateDirectory) -> str:
    """What to say of a target that was named: a slip of the pen has an empty ledger, too."""
    others = ", ".join(targets_with_ledger(world, state))
    known = f"; there are ledgers of {others}" if others else ""
    return f"no apply to a target called {show_text(name)} is recorded here{known}"


def _names(manifests: Path, targets: Sequence[str], world: World) -> list[str]:
    """Those that were named, whether or not a manifest still declares them; else every target's."""
    if not targets:
        return [target.name for target in targets_of(load_to_read(TreePaths(manifests)), (), world)]
    return list(dict.fromkeys(map(named, targets)))
