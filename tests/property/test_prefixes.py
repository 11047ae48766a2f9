"""At every prefix of an apply's writes each person holds at least what they have before and after.

A real apply against the embedded provider, which is read to the end after each single write. That
is more than a run that is broken off may leave behind: it is every state that anybody could see.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.apply.brake import StopRequest
from reconciler.apply.execute import Applied, execute
from reconciler.apply.limits import Limits
from reconciler.model.identity import ResourceId
from reconciler.model.outcome import Status
from reconciler.model.plan import Plan
from reconciler.model.profile import Profile
from reconciler.model.resource import Actual
from reconciler.scim.client import ScimClient
from reconciler.scim.snapshot import read_actual
from tests.property.organisations import NOW, Organisation, Playground, organisations, playground
from tests.property.test_statements import converge

WRITES = frozenset({"create", "update", "delete", "add_members", "remove_members"})

#: What somebody holds: "account", and the ids of their groups.
Holdings = dict[ResourceId, frozenset[str]]


def holdings(actual: Actual) -> Holdings:
    """Everybody's, by resource id: a name may change hands."""
    held: dict[ResourceId, set[str]] = {
        user.id: {"account"} if user.data.get("active") is not False else set()
        for user in actual.users.resources.values()
    }
    for group in actual.groups.resources.values():
        assert isinstance(group.members, frozenset)
        for member in group.members:
            held[member].add(group.id)
    return {person: frozenset(what) for person, what in held.items()}


@dataclass
class Watched:
    """The client, one write at a time, with a look at everything after each."""

    client: ScimClient
    profile: Profile
    seen: list[Holdings] = field(default_factory=list)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.client, name)
        return self._watching(method) if name in WRITES else method

    def _watching(self, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def write(*args: Any, **kwargs: Any) -> Any:
            async with self._turn:
                try:
                    return await method(*args, **kwargs)
                finally:
                    self.seen.append(holdings(await read_actual(self.client, self.profile)))

        return write


def watch(place: Playground, plan: Plan, canary: int) -> tuple[Applied, list[Holdings]]:
    """Carry the plan out, and what everybody held after each write."""

    async def work(client: ScimClient) -> tuple[Applied, list[Holdings]]:
        watched = Watched(client, place.profile)
        applied = await execute(
            plan,
            provider=watched,
            profile=place.profile,
            ledger=place.ledger(),
            run=str(uuid4()),
            plan_digest="d",
            acknowledged=(),
            now=lambda: NOW,
            sleep=asyncio.sleep,
            stop=StopRequest(),
            progress=None,
            limits=Limits(canary=canary),
        )
        return applied, watched.seen

    return place.with_client(work)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(before=organisations(), after=organisations(), canary=st.sampled_from([0, 0, 1, 4]))
def test_at_every_prefix_each_person_holds_what_they_have_before_and_after(
    before: Organisation, after: Organisation, canary: int
) -> None:
    """Nothing in these organisations has to free a name, so that there is no edge to except."""
    after = replace(after, profile=before.profile, mark=before.mark)
    with playground() as place:
        converge(place, before)
        first = holdings(place.read())
        place.declare(after.documents())
        applied, seen = watch(place, place.plan(), canary)
        assert {o.status for o in applied.outcomes} <= {Status.APPLIED, Status.ALREADY_APPLIED}
        last = holdings(place.read())

        assert seen == [] or seen[-1] == last
        for number, now in enumerate(seen, start=1):
            for person in first.keys() & last.keys():
                lost = (first[person] & last[person]) - now[person]
                assert not lost, f"after write {number}, {person} has lost {lost}"
                stays = "account" in first[person] & last[person]
                groups = {"account"}
                if stays and first[person] - groups and last[person] - groups:
                    # Whoever moves from one group to another is in the new one first.
                    assert now[person] - groups, f"after write {number}, {person} is in no group"
