"""What an apply did, as far as its plan and the ledger tell: the one input of undoing it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.model.change import AddMembers, Change, RemoveMembers
from reconciler.model.identity import ResourceId, Subject
from reconciler.model.ledger_runs import LedgerRun
from reconciler.model.outcome import Status
from reconciler.model.plan import Plan


@dataclass(frozen=True, slots=True)
class Undoing:
    """A run, the plan that it carried out, and the live id of everybody whom it made."""

    run: LedgerRun
    plan: Plan

    def changes(self) -> Iterator[Change]:
        """What the run has done, or may have done: live decides which.

        Whatever was sent and has no answer is among it, and so is a change of members that failed:
        a part of it may have been carried out.
        """
        for change in self.plan.changes:
            result = self.run.results.get(change.hash)
            if (
                change.hash in self.run.unknown
                or (result is not None and result.status is Status.APPLIED)
                or (
                    result is not None
                    and result.status is Status.FAILED
                    and isinstance(change, AddMembers | RemoveMembers)
                )
            ):
                yield change

    def made(self) -> Mapping[Subject, ResourceId]:
        """The ids that the provider gave to what this run has created, as the ledger has them."""
        results = self.run.results
        return {
            change.subject: result.id
            for change in self.plan.changes
            if change.id is None
            and (result := results.get(change.hash)) is not None
            and result.id is not None
        }
