"""What a run writes into the ledger, in groups: one durable append per batch, not per request.

The results of a batch go out together with the intents of the next, so a process that is killed
loses at most the results of one batch, and every one of them stands in the ledger as an intent:
unknown, never not done. How large a batch is worth its append, the ledger knows.

An append may take as long as a push over a network, so it is made in another thread while answers
come in; one at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from reconciler.errors import LedgerError
from reconciler.model.change import Change
from reconciler.model.exit import ExitCode
from reconciler.model.identity import ResourceId
from reconciler.model.ledger import (
    Closed,
    Intent,
    Lease,
    Ledger,
    Opened,
    Record,
    Remembered,
    Result,
)
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.policy import Acknowledgement


@dataclass(slots=True)
class Journal:
    """One run's side of the ledger. Results wait here until the next append."""

    ledger: Ledger
    run: str
    now: Callable[[], datetime]
    _waiting: list[Record] = field(default_factory=list)
    _appending: Lock = field(default_factory=Lock)

    def open(self, plan: Plan, digest: str, acknowledged: Sequence[Acknowledgement]) -> datetime:
        """Before anything else: this run exists, since that moment."""
        at = self.now()
        words = tuple(f"{a.token} {a.by}: {a.because}" for a in acknowledged)
        undoes = None if plan.undoes is None else plan.undoes.run
        self.ledger.append([Opened(self.run, digest, plan.commit, at, words, undoes)])
        return at

    async def intend(
        self, changes: Sequence[Change], joining: Mapping[ResourceId, tuple[ResourceId, ...]]
    ) -> None:
        """Before a batch is sent; returns when it is kept, the earlier results with it.

        `joining`: who joins which group by it, where nothing shows members.

        Raises:
            LedgerError: it is not; the results go with a later append.
        """
        hashes = tuple(change.hash for change in changes)
        about = tuple(f"{change.action} {change.subject}" for change in changes)
        intent = Intent(self.run, hashes, about, joining)
        await asyncio.to_thread(self.flush, intent)

    def note(self, outcome: Outcome, left: tuple[ResourceId, ...] = ()) -> datetime:
        """What became of a change, and the moment that stands beside it.

        `left`: who left the group by it, where nothing shows members.
        """
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
                left=left,
                code=outcome.code,
                not_kept=outcome.not_kept,
            )
        )
        return at

    def flush(self, *more: Record) -> None:
        """Keep what waits, and `more` with it; what cannot be kept goes on waiting."""
        with self._appending:
            waiting, self._waiting = self._waiting, []
            try:
                if records := [*waiting, *more]:
                    self.ledger.append(records)
            except LedgerError:
                self._waiting[:0] = waiting
                raise

    def renew(self, lease: Lease) -> None:
        """Keep what waits, and make the lease last longer."""
        self.flush()
        with self._appending:
            lease.renew()

    def close(self, remembered: Remembered, code: ExitCode) -> None:
        """The run ends by itself, and this is what the next one may build upon."""
        says = [remembered] if remembered != Remembered(self.run, ()) else []
        self.flush(*says, Closed(self.run, self.now(), int(code)))
