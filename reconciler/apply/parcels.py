"""Changes that leave in one Bulk request (RFC 7644 §3.7), where the profile says so.

Only the first write of each is shared. Of its answer, its refusal or the silence the rest is as of
a change that goes alone: what is open is settled by reading, and what is sent again goes alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.model.plan import Plan
from reconciler.model.profile import Profile
from reconciler.plan.together import together


@dataclass(slots=True)
class Parcels:
    """Which changes go together, by the number of their parcel, and how many parcels at a time.

    `trials` go first in the way of those who follow. `refused` says why nothing is shared any more.
    """

    of: Mapping[int, int]
    trials: Collection[int]
    at_once: asyncio.Semaphore
    refused: str | None = field(default=None, init=False)

    def split(self, indexes: Sequence[int]) -> list[list[int]]:
        """The changes of one step in what is sent at a time; most are alone."""
        parcels: dict[int, list[int]] = {}
        for index in indexes:
            parcels.setdefault(self.of.get(index, ~index), []).append(index)
        return list(parcels.values())

    def is_shared(self, parcel: Sequence[int]) -> bool:
        """Whether it goes in a Bulk request: nobody is left alone in one, but who was to be."""
        return self.refused is None and (len(parcel) > 1 or parcel[0] in self.trials)


def parcels(plan: Plan, profile: Profile) -> Parcels:
    """How a plan is sent: as its estimate says, so before anything under seal is opened."""
    shared = together(plan.changes, profile)
    of = {index: number for number, indexes in enumerate(shared) for index in indexes}
    trials = {indexes[0] for indexes in shared if len(indexes) == 1}
    return Parcels(of, trials, asyncio.Semaphore(profile.connections))
