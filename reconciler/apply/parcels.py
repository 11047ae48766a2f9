"""Creates that leave in one Bulk request (RFC 7644 §3.7), where the profile says so.

Only the first attempt is shared. Of each create the answer, the refusal or the silence is then
dealt with as if it had been a request of its own (`deliver`): what is open is settled by reading,
and what is sent again goes alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from reconciler.apply.brake import Brake
from reconciler.apply.deliver import Told
from reconciler.apply.finding import Due
from reconciler.apply.provider import Provider
from reconciler.errors import OutcomeUnknownError, ProviderError, RejectedError
from reconciler.model.change import Change
from reconciler.model.plan import Plan
from reconciler.model.profile import Profile
from reconciler.plan.together import together

#: Of the request as a whole: nothing of it was carried out, and it is about Bulk. A token that is
#: refused altogether shows at the next single request.
_NOT_TAKEN: Final = frozenset({400, 403, 404, 405, 413, 501})


@dataclass(slots=True)
class Parcels:
    """Which changes go together, and how many parcels at a time. `refused` says why none do any
    more."""

    provider: Provider
    brake: Brake
    of: Mapping[int, int]
    at_once: asyncio.Semaphore
    refused: str | None = field(default=None, init=False)

    def split(self, indexes: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """The changes of one step in what is sent at a time; most are alone."""
        for _, parcel in groupby(indexes, key=lambda index: self.of.get(index, ~index)):
            yield tuple(parcel)

    async def send(self, creates: Mapping[int, tuple[Change, Due]]) -> Mapping[int, Told]:
        """One request; of each create, what became of it. Empty: each has to be sent by itself."""
        kind = next(change.kind for change, _ in creates.values())
        values = {change.hash: due.values for change, due in creates.values()}
        try:
            told = await self.provider.create_together(kind, values)
        except ProviderError as error:
            if not (isinstance(error, RejectedError) and error.status in _NOT_TAKEN):
                return dict.fromkeys(creates, error)
            self.brake.answered()
            self.refused = error.message
            return {}
        silent = OutcomeUnknownError("the provider said nothing about it")
        return {index: told.get(change.hash, silent) for index, (change, _) in creates.items()}


def parcels(plan: Plan, provider: Provider, profile: Profile, brake: Brake) -> Parcels:
    """How a plan is sent: as its estimate says, so before anything under seal is opened."""
    shared = enumerate(together(plan.changes, profile))
    of = {index: number for number, indexes in shared for index in indexes}
    return Parcels(provider, brake, of, asyncio.Semaphore(profile.connections))
