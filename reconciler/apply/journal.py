"""What a run writes into the ledger, in groups: one durable append per batch, not per request.

The results of a batch go out together with the intents of the next, so a process that is killed
loses at most `BATCH` results, and every one of them stands in the ledger as an intent: unknown,
never not done. A larger batch would mean fewer flushes to disk and more unknowns after a kill; at
50, a flush of some milliseconds is small beside 50 requests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from reconciler.errors import LedgerError
from reconciler.model.change import Change
from reconciler.model.exit import ExitCode
from reconciler.model.ledger import Closed, Intent, Ledger, Opened, Record, Remembered, Result
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan, Settled
from reconciler.model.policy import Acknowledgement

#: Changes that are in flight or whose results are not on disk yet, at most.
BATCH: Final = 50


@dataclass(slots=True)
class Journal:
    """One run's side of the ledger. Results wait here until the next append."""

    ledger: Ledger
    run: str
    now: Callable[[], datetime]
    _waiting: list[Record] = field(default_factory=list)

    def open(self, plan: Plan, digest: str, acknowledged: Sequence[Acknowledgement]) -> None:
        """Before anything else: this run exists."""
        words = tuple(f"{a.token} {a.by}: {a.because}" for a in acknowledged)
        self.ledger.append([Opened(self.run, digest, plan.commit, self.now(), words)])

    def intend(self, changes: Sequence[Change]) -> None:
        """Before a batch is sent; returns when it is on disk, the earlier results with it.

        Raises:
            LedgerError: it is not; the results go with a later append.
        """
        results = tuple(self._waiting)
        self._waiting.append(Intent(self.run, tuple(change.hash for change in changes)))
        try:
            self.flush()
        except LedgerError:
            self._waiting[:] = results  # what is not sent is not intended
            raise

    def note(self, outcome: Outcome) -> datetime:
        """What became of a change, and the moment that stands beside it."""
        at = self.now()
        self._waiting.append(
            Result(
                run=self.run,
                hash=outcome.hash,
                action=outcome.action,
                subject=str(outcome.subject),
                status=outcome.status,
                id=outcome.id,
                request_ids=outcome.request_ids,
                at=at,
            )
        )
        return at

    def flush(self) -> None:
        """Bring to disk what waits."""
        if self._waiting:
            self.ledger.append(tuple(self._waiting))
            self._waiting.clear()

    def close(self, settled: tuple[Settled, ...], rows: Mapping[str, int], code: ExitCode) -> None:
        """The run ends by itself; this is what is as Git wants it, and what its sources had."""
        if settled or rows:
            self._waiting.append(Remembered(self.run, settled, rows))
        self._waiting.append(Closed(self.run, self.now(), int(code)))
        self.flush()
