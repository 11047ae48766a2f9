"""`--log`: the option, and what a command hands over to have its run logged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

import click

from reconciler.cli.ledgers import ledger_of
from reconciler.cli.loading import Tree
from reconciler.cli.log_file import append_lines
from reconciler.cli.looking import git_side
from reconciler.cli.options import ACTORS, UNKNOWN
from reconciler.cli.settings import SettingOption
from reconciler.cli.state import StateDirectory
from reconciler.cli.world import World
from reconciler.model.ledger import remember
from reconciler.model.outcome import Event
from reconciler.model.target import Target
from reconciler.model.words import counted
from reconciler.plan.accounts import Account, accounts
from reconciler.report.log_entry import LogEntry, entry_line
from reconciler.report.planfile import SavedPlan
from reconciler.report.provisioning_log import Occasion, log_entries

LOG = click.option(
    "--log",
    "log",
    type=click.Path(path_type=Path, dir_okay=False),
    cls=SettingOption,
    envvar="RECONCILER_LOG",
    default=None,
    metavar="FILE",
    help="Append a line about every object, those with nothing to do included, to this "
    "provisioning log (RECONCILER_LOG). It names people; `reconciler log` reads it.",
)

#: The namespace of runs that carry nothing out, so that a plan made twice is logged the same.
_PLANS: Final = UUID("f1e0c6e1-6c2b-5b54-8a85-0f5f7a6b3d58")


@dataclass(frozen=True, slots=True)
class Logged:
    """Whose plan is logged, for which target, and what the manifests say."""

    saved: SavedPlan
    tree: Tree
    target: Target
    by: str
    state: StateDirectory


def actor(world: World) -> str:
    """Who runs a command that has no `--by`."""
    return next((world.env[name] for name in ACTORS if world.env.get(name)), UNKNOWN)


def write_log(path: Path, entries: Iterable[LogEntry], world: World) -> None:
    """Append the entries, and say so.

    Raises:
        ConfigurationError: they cannot be written.
    """
    tell_appended(append_lines(path, map(entry_line, entries)), path, world)


def tell_appended(lines: int, path: Path, world: World) -> None:
    """Say what was added to a log."""
    world.tell([f"{counted(lines, 'line')} appended to {path}."])


def entries_of_plan(logged: Logged, world: World) -> Iterator[LogEntry]:
    """What a plan would do, and whom it leaves alone; nothing was carried out."""
    run = str(uuid5(_PLANS, logged.saved.digest))
    occasion = occasion_of(logged, run, at=logged.saved.plan.as_of, events={})
    return log_entries(accounts_of(logged, world), occasion)


def entries_of_run(
    logged: Logged, run: str, events: Iterable[Event], world: World
) -> Iterator[LogEntry]:
    """What a run did, and whom it left alone."""
    by_hash = {event.outcome.hash: event for event in events}
    occasion = occasion_of(logged, run, at=world.now(), events=by_hash)
    return log_entries(accounts_of(logged, world), occasion)


def accounts_of(logged: Logged, world: World) -> Iterator[Account]:
    """Everybody whom the plan considered.

    By the manifests as they are now: a plan is carried out from the commit that it was made of.
    """
    plan, target, state = logged.saved.plan, logged.target, logged.state
    git = git_side(logged.tree, target, plan.as_of, world, state)
    memory = remember(ledger_of(target.name, world, state).records())
    return accounts(plan, git.grounds, git.desired, memory.links)


def occasion_of(logged: Logged, run: str, *, at: datetime, events: Mapping[str, Event]) -> Occasion:
    """The run that is logged; `events` are by change hash."""
    return Occasion(
        plan=logged.saved.plan,
        verdict=logged.saved.verdict,
        digest=logged.saved.digest,
        run=run,
        at=at,
        by=None if logged.by == UNKNOWN else logged.by,
        repository=logged.target.repository,
        events=events,
    )
