"""`--log`: the option, and what a command hands over to have its run logged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID, uuid5

import click

from reconciler.cli.applying import Finished
from reconciler.cli.ledgers import ledger_of
from reconciler.cli.loading import Tree
from reconciler.cli.log_file import append_lines
from reconciler.cli.looking import git_side
from reconciler.cli.settings import SettingOption
from reconciler.cli.state import StateDirectory
from reconciler.cli.world import World
from reconciler.model.ledger import remember
from reconciler.model.target import Target
from reconciler.model.words import counted
from reconciler.plan.accounts import accounts
from reconciler.report.log_entry import LogEntry, entry_line
from reconciler.report.log_steps import Event
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

#: What `--by` says when nobody does.
UNKNOWN: Final = "unknown"

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
    names = ("RECONCILER_ACTOR", "GITHUB_ACTOR", "USER")
    return next((world.env[name] for name in names if world.env.get(name)), UNKNOWN)


def write_log(path: Path, entries: Iterable[LogEntry], world: World) -> None:
    """Append the entries, and say so.

    Raises:
        ConfigurationError: they cannot be written.
    """
    lines = append_lines(path, map(entry_line, entries))
    world.tell([f"{counted(lines, 'line')} appended to {path}."])


def entries_of_plan(logged: Logged, world: World) -> Iterator[LogEntry]:
    """What a plan would do, and whom it leaves alone; nothing was carried out."""
    run = str(uuid5(_PLANS, logged.saved.digest))
    return _entries(logged, run, logged.saved.plan.as_of, {}, world)


def entries_of_run(logged: Logged, finished: Finished, world: World) -> Iterator[LogEntry]:
    """What a run did, and whom it left alone."""
    applied = finished.applied
    events = {
        outcome.hash: Event(outcome, span)
        for outcome, span in zip(applied.outcomes, applied.spans, strict=True)
    }
    return _entries(logged, finished.run, world.now(), events, world)


def _entries(
    logged: Logged, run: str, at: datetime, events: Mapping[str, Event], world: World
) -> Iterator[LogEntry]:
    plan, target = logged.saved.plan, logged.target
    # The manifests as they are now: a plan is carried out from the commit that it was made of.
    git = git_side(logged.tree, target, plan.as_of, world, logged.state)
    memory = remember(ledger_of(target.name, world, logged.state).records())
    occasion = Occasion(
        plan=plan,
        verdict=logged.saved.verdict,
        digest=logged.saved.digest,
        run=run,
        at=at,
        by=None if logged.by == UNKNOWN else logged.by,
        repository=target.repository,
        events=events,
    )
    found = accounts(plan, git.grounds, git.desired, memory.links)
    return log_entries(found, occasion)
