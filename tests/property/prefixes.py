"""What anybody could see after each write of an apply, and whether it was in order.

A second reading of the order of an apply, from what the provider holds alone. It does not ask the
plan which change may come early: it works out from the first and the last state whose name somebody
else has at the end, who has no seat left for a group that is to come, and whose access had to end
at once. Everything else that is lost is lost after the last thing that is gained.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from reconciler.simulator.store import Store
from reconciler.simulator.values import Kind

ACCOUNT: Final = "account"
#: What somebody holds: their account, while it is active, and groups by id, also through others.
Holdings = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class State:
    """Everything that a provider holds, by resource id: a name may change hands."""

    active: Mapping[str, bool]
    names: Mapping[str, str]  # of users and groups
    owners: Mapping[str, str]  # their external ids
    members: Mapping[str, frozenset[str]]  # of groups: people and groups

    def holdings(self) -> Holdings:
        held = {user: {ACCOUNT} if active else set() for user, active in self.active.items()}
        for group in self.members:
            for one in self._within(group):
                if one in held:
                    held[one].add(group)
        return {user: frozenset(what) for user, what in held.items()}

    def _within(self, group: str) -> set[str]:
        found: set[str] = set()
        ahead = [group]
        while ahead:
            new = self.members.get(ahead.pop(), frozenset()) - found
            found |= new
            ahead += new
        return found

    def without(self, gone: Iterable[str]) -> State:
        """The same, had these resources never been."""
        out = set(gone)
        return State(
            active={one: active for one, active in self.active.items() if one not in out},
            names={one: name for one, name in self.names.items() if one not in out},
            owners={one: owner for one, owner in self.owners.items() if one not in out},
            members={g: held - out for g, held in self.members.items() if g not in out},
        )

    def groups_of(self) -> Counter[str]:
        """In how many groups everybody is, directly."""
        return Counter(one for held in self.members.values() for one in held)


def state_of(store: Store) -> State:
    with store.reading() as transaction:
        users = transaction.everything(Kind.USER)
        groups = transaction.everything(Kind.GROUP)
        return State(
            active={user.id: user.document.get("active") is not False for user in users},
            names={
                **{user.id: str(user.document["userName"]) for user in users},
                **{group.id: str(group.document["displayName"]) for group in groups},
            },
            owners={one.id: str(one.document.get("externalId")) for one in (*users, *groups)},
            members={
                group.id: frozenset(member.id for member in transaction.members(group.id))
                for group in groups
            },
        )


class _Looking:
    """Before the provider: one write at a time, and a look at everything after each."""

    def __init__(self, app: ASGIApp, *, store: Store, seen: list[State]) -> None:
        self._app = app
        self._store = store
        self._seen = seen
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "GET":
            await self._app(scope, receive, send)
            return
        async with self._turn:
            try:
                await self._app(scope, receive, send)
            finally:
                self._seen.append(state_of(self._store))


def looking(store: Store, seen: list[State]) -> Middleware:
    return Middleware(_Looking, store=store, seen=seen)


@dataclass(frozen=True)
class Course:
    """One apply: what was there before it, and after each of its writes.

    `urgent` are the ids of those whose access had to end at once, `seats` how many groups the
    provider lets one person be in.
    """

    states: Sequence[State]
    urgent: frozenset[str]
    seats: int | None
    met: Counter[str] = field(default_factory=Counter)  # how often what had to come early

    @property
    def first(self) -> State:
        return self.states[0]

    @property
    def last(self) -> State:
        return self.states[-1]

    def leavers_are_first(self) -> None:
        """Until the last of those who had to leave at once has left, nothing else has happened."""
        before = self.first.without(self.urgent)
        left = [
            number
            for number, (one, other) in enumerate(pairwise(self.states), start=1)
            if any(one.active.get(u) and not other.active.get(u) for u in self.urgent)
        ]
        for number in range(1, max(left, default=0) + 1):
            now = self.states[number].without(self.urgent)
            assert now == before, f"write {number} came before an urgent leaver's removal"

    def nobody_lacks_what_they_keep(self) -> None:
        """But for what they held through a resource that had to give up its name first."""
        first, last = self.first.holdings(), self.last.holdings()
        excused: set[tuple[str, str]] = set()
        for number, (before, now) in enumerate(pairwise(self.states), start=1):
            excused |= self._lost_with_a_name(before, now)
            held = now.holdings()
            for person in first.keys() & last.keys():
                lacks = (first[person] & last[person]) - held[person]
                missing = {what for what in lacks if (person, what) not in excused}
                assert not missing, f"after write {number}, {person} has lost {missing}"

    def grants_before_revokes(self, *, of_each: bool) -> None:
        """Nothing is gained any more once something was lost that need not come early.

        `of_each`: as far as one and the same person is concerned.
        """
        lost: dict[str, int] = {}
        for number, (before, now) in enumerate(pairwise(self.states), start=1):
            for person, what in _lost(now, before):  # the other way round: gained
                since = lost.get(person) if of_each else min(lost.values(), default=None)
                assert since is None, (
                    f"{person} gained {what} at write {number}; at write {since} something was "
                    "lost that could have waited"
                )
            late = set(_lost(before, now))
            for why, early in (
                ("a name", self._lost_with_a_name(before, now)),
                ("a leaver", self._lost_by_leavers(before, now)),
                ("a seat", self._lost_for_a_seat(before, late)),
            ):
                self.met[why] += bool(late & early)
                late -= early
            for person, _ in late:
                lost.setdefault(person, number)

    def seats_are_kept(self) -> None:
        """Nobody is in more groups than the provider lets them."""
        assert self.seats is not None
        for number, state in enumerate(self.states):
            crowded = {u: n for u, n in state.groups_of().items() if n > self.seats}
            assert not crowded, f"after write {number}: {crowded}"

    def _lost_with_a_name(self, before: State, now: State) -> set[tuple[str, str]]:
        """What went with resources whose name is another's in the end."""
        gone = before.names.keys() - now.names.keys()
        freeing = {
            one
            for one in gone
            if any(
                name == before.names[one] and (other in self.last.active) is (one in before.active)
                for other, name in self.last.names.items()
                if other != one
            )
        }
        return set(_lost(before, before.without(freeing)))

    def _lost_by_leavers(self, before: State, now: State) -> set[tuple[str, str]]:
        """The accounts of those who had to leave at once, and their memberships with a deletion."""
        return {
            (person, what)
            for person, what in _lost(before, now)
            if person in self.urgent and (what == ACCOUNT or person not in now.active)
        }

    def _lost_for_a_seat(
        self, before: State, lost: Iterable[tuple[str, str]]
    ) -> set[tuple[str, str]]:
        """Groups that somebody left who would have been in too many with those to come."""
        if self.seats is None:
            return set()
        first, last = self.first.holdings(), self.last.holdings()
        found = set()
        for person, group in lost:
            held = first.get(person, frozenset()) - {ACCOUNT}
            comes_to = len(held | (last.get(person, frozenset()) - {ACCOUNT}))
            left_already = len(held - before.holdings()[person])
            if group != ACCOUNT and left_already < comes_to - self.seats:
                found.add((person, group))
        return found


def _lost(before: State, now: State) -> Iterator[tuple[str, str]]:
    """Who no longer holds what."""
    held = now.holdings()
    for person, what in sorted(before.holdings().items()):
        yield from ((person, one) for one in sorted(what - held.get(person, frozenset())))
