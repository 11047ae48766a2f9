"""The provisioning log of an apply, written while the apply goes on.

Whoever is changed has a line as soon as the last of their changes has its outcome, so that a run
that is killed has logged what it did, but for what was in flight. Whom it leaves alone is logged at
its end. `complete` adds from the ledger what a killed run did not come to write; so does the next
apply of the same plan, which finds what was done and logs everybody anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconciler.cli.log_file import append_lines, read_entries
from reconciler.cli.provisioning_log import Logged, accounts_of, entries_of_run, occasion_of
from reconciler.cli.world import World
from reconciler.errors import ConfigurationError
from reconciler.model.identity import Subject
from reconciler.model.outcome import Event
from reconciler.plan.accounts import Account
from reconciler.report.log_entry import entry_line
from reconciler.report.provisioning_log import Occasion, log_entries


@dataclass(slots=True)
class RunLog:
    """Of one run. A line that cannot be written stops no change: `finish` tells."""

    path: Path
    occasion: Occasion
    waiting: dict[Subject, Account]  # who has no line yet
    events: dict[str, Event]
    left: Counter[Subject] = field(default_factory=Counter)  # changes without an outcome
    lines: int = 0
    error: ConfigurationError | None = None

    def hear(self, event: Event) -> None:
        """What became of one change."""
        subject = event.outcome.subject
        self.events[event.outcome.hash] = event
        self.left[subject] -= 1
        if not self.left[subject]:
            self._write([self.waiting.pop(subject)])

    def finish(self, world: World) -> int:
        """Log whoever is left, and give the number of all lines.

        Raises:
            ConfigurationError: not every line could be written.
        """
        self.occasion = replace(self.occasion, at=world.now())
        self._write(self.waiting.values())
        if self.error is not None:
            raise self.error
        return self.lines

    def _write(self, accounts: Iterable[Account]) -> None:
        if self.error is not None:
            return
        try:
            entries = log_entries(accounts, self.occasion)
            self.lines += append_lines(self.path, map(entry_line, entries))
        except ConfigurationError as exc:
            self.error = exc


def log_of_run(path: Path, logged: Logged, run: str, world: World) -> RunLog:
    """The log of a run that is about to begin."""
    events: dict[str, Event] = {}
    occasion = occasion_of(logged, run, at=world.now(), events=events)
    waiting = {account.subject: account for account in accounts_of(logged, world)}
    left = Counter(change.subject for change in logged.saved.plan.changes)
    return RunLog(path, occasion, waiting, events, left)


def complete(
    path: Path, logged: Logged, run: str, events: Mapping[str, Event], world: World
) -> int:
    """Append the lines of a run that are not in the log yet; how many there were.

    Raises:
        ConfigurationError: the log cannot be read, or written.
    """
    known = {entry.id for entry in read_entries(path, world) if entry.cycle_id == run}
    entries = entries_of_run(logged, run, events.values(), world)
    return append_lines(path, (entry_line(entry) for entry in entries if entry.id not in known))
