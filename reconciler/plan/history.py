"""Which difference Git explains, and which was made behind its back.

The ledger remembers, per subject, a fingerprint of what Git wanted when live was last as it should
be. If Git wants the very same today and live differs, somebody else changed live: drift. Without a
memory nothing is called drift, because nothing shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.desired import Cause, Desired, Reason
from reconciler.model.identity import ResourceId, Subject
from reconciler.model.ledger import Memory
from reconciler.model.target import Target
from reconciler.plan.hashes import desired_fingerprint


@dataclass(frozen=True, slots=True)
class History:
    """`fingerprints`: what Git wants of each declared subject today."""

    memory: Memory
    fingerprints: Mapping[Subject, str]
    known: frozenset[ResourceId]

    def unchanged(self, subject: Subject) -> bool:
        """Whether Git wants today what it wanted when this subject was last settled."""
        now = self.fingerprints.get(subject)
        return now is not None and now == self.memory.fingerprints.get(str(subject))

    def why(
        self, subject: Subject, cause: Cause, reason: Reason, *, drift: str
    ) -> tuple[Cause, Reason]:
        """The cause and reason of a change: the intent's, or drift in the words of `drift`."""
        if self.unchanged(subject):
            return Cause.DRIFT, Reason(drift, reason.at)
        return cause, reason

    def created_behind_our_back(self, live_id: ResourceId) -> bool:
        """Whether a live resource that no manifest declares has never been ours.

        An empty memory knows nobody, and accuses nobody.
        """
        return bool(self.known) and live_id not in self.known


def read_history(desired: Desired, target: Target, memory: Memory) -> History:
    """The history of one target's subjects."""
    fingerprints = {
        one.subject: desired_fingerprint(
            one, target.handling(one.subject.kind).deprovision, desired.seals
        )
        for one in desired.subjects
    }
    return History(memory, fingerprints, frozenset(memory.links.values()))
