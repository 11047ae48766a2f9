"""The second look: what a plan will touch, read again right before anything is written.

The plan says how (`Estimate.recheck`), so that what is sent without faults equals its estimate:

* each: one GET per live resource that a change is about; it cannot show an absence, so no create is
  carried out after it;
* either way, each member who joins or leaves, where nothing shows members;
* listing: users when a change is about users or members, groups when one is about groups, and one
  GET per live group whose members are touched where lists do not show members.

What could not be read is `Unclear`, never absent (safety statement 1).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar, assert_never

from reconciler.apply.brake import Brake
from reconciler.apply.finding import Unclear
from reconciler.apply.provider import Reader
from reconciler.errors import ProviderError, UnreachableError
from reconciler.model.change import AddMembers, Change, Create, Delete, RemoveMembers
from reconciler.model.identity import Kind, ResourceId, Subject
from reconciler.model.plan import Plan, Recheck
from reconciler.model.profile import MembersIn, Profile
from reconciler.model.resource import Listing, Probed, Resource
from reconciler.plan.canonical import read
from reconciler.plan.order import NAMING, Name, name_of, taken

_NOT_READ = Unclear("it was not read again")

Live = tuple[Kind, ResourceId]


#: Whoever has a name that a create takes.
Holders = tuple[Resource, ...] | Unclear


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen: single resources, whole listings, and who has the names that creates take."""

    resources: Mapping[Live, Resource | Unclear | None] = field(default_factory=dict)
    listings: Mapping[Kind, Listing] = field(default_factory=dict)
    holders: Mapping[Subject, Holders] = field(default_factory=dict)

    def resource(self, kind: Kind, id: ResourceId) -> Resource | Unclear | None:
        """The live resource; None when it is verifiably gone."""
        if (kind, id) in self.resources:
            return self.resources[kind, id]
        listing = self.listings.get(kind)
        if listing is None:
            return _NOT_READ
        if id in listing.resources:
            return listing.resources[id]
        return None if listing.gap is None else Unclear(listing.gap)

    def holding(self, create: Create) -> Holders:
        """Whoever already has a name that this create would take."""
        return self.holders.get(create.subject, _NOT_READ)

    def is_gone(self, kind: Kind, id: ResourceId) -> bool:
        """Whether a complete list of that kind says that nobody has this id."""
        listing = self.listings.get(kind)
        return listing is not None and listing.complete and id not in listing.resources


_T = TypeVar("_T")


@dataclass(slots=True)
class _Eyes:
    """Reads within the profile's connections, and turns failures into `Unclear`."""

    provider: Reader
    profile: Profile
    brake: Brake
    connections: asyncio.Semaphore
    answered: bool = False
    cut_off: bool = False

    async def see(self, request: Callable[[], Awaitable[_T]]) -> _T | Unclear:
        async with self.connections:
            if self.brake.reason is not None:
                return _NOT_READ
            try:
                seen = await request()
            except ProviderError as error:
                self.cut_off |= isinstance(error, UnreachableError)
                self.answered |= not isinstance(error, UnreachableError)
                self.brake.refused(error)
                return Unclear(error.message)
        self.answered = True
        return seen

    async def get(self, live: Live) -> Resource | Unclear | None:
        return await self.see(lambda: self.provider.get(*live))

    async def listing(self, kind: Kind) -> Listing:
        """What could not be listed at all is an empty listing with a gap."""
        seen = await self.see(lambda: self.provider.listing(kind))
        return Listing({}, gap=seen.reason) if isinstance(seen, Unclear) else seen

    async def members(self, group: ResourceId, about: Sequence[ResourceId]) -> Probed:
        told = await asyncio.gather(
            *(self.see(partial(self.provider.is_member, group, one)) for one in about)
        )
        found = dict(zip(about, told, strict=True))
        return Probed(
            present=frozenset(one for one, is_one in found.items() if is_one is True),
            absent=frozenset(one for one, is_one in found.items() if is_one is False),
            gap=next((one.reason for one in told if isinstance(one, Unclear)), None),
        )

    async def gets(self, wanted: Iterable[Live]) -> dict[Live, Resource | Unclear | None]:
        distinct = sorted(set(wanted))
        seen = await asyncio.gather(*(self.get(live) for live in distinct))
        return dict(zip(distinct, seen, strict=True))


async def look_again(plan: Plan, provider: Reader, profile: Profile, brake: Brake) -> Sight:
    """Everything that `plan` will touch, as it is now; a provider's failure is never raised."""
    eyes = _Eyes(provider, profile, brake, asyncio.Semaphore(profile.connections))
    match plan.estimate.recheck:
        case Recheck.NONE:
            sight = Sight()
        case Recheck.EACH:
            sight = await _ask(plan, await _each(plan.changes, eyes), eyes)
        case Recheck.LISTING:
            sight = await _ask(plan, await _listing(plan.changes, eyes), eyes)
        case _:
            assert_never(plan.estimate.recheck)
    if eyes.cut_off and not eyes.answered:
        brake.cut_off()
    return sight


async def _each(changes: Sequence[Change], eyes: _Eyes) -> Sight:
    return Sight(await eyes.gets((c.kind, c.id) for c in changes if c.id is not None))


async def _listing(changes: Sequence[Change], eyes: _Eyes) -> Sight:
    kinds = {change.kind for change in changes}
    if any(isinstance(change, AddMembers | RemoveMembers) for change in changes):
        kinds.add(Kind.USER)
    listings = {kind: await eyes.listing(kind) for kind in sorted(kinds)}
    groups: dict[Live, Resource | Unclear | None] = {}
    if eyes.profile.members_in is MembersIn.RESOURCE:
        groups = await eyes.gets(
            (Kind.GROUP, c.id) for c in changes if c.id is not None and _touches_members(c)
        )
    hidden = await _hidden(changes, listings, eyes)
    return Sight({**groups, **hidden}, listings, _holders(changes, listings, eyes.profile))


async def _hidden(
    changes: Sequence[Change], listings: Mapping[Kind, Listing], eyes: _Eyes
) -> dict[Live, Resource | Unclear | None]:
    """Those of the plan's resources that are there though a list lacks them: planning has seen that
    there are such, and a list alone does not say that somebody is gone."""
    missed = [
        (change.kind, change.id)
        for change in changes
        if change.id is not None
        and listings[change.kind].complete
        and change.id not in listings[change.kind].resources
    ]
    seen = await eyes.gets(missed)
    return {live: found for live, found in seen.items() if isinstance(found, Resource)}


async def _ask(plan: Plan, sight: Sight, eyes: _Eyes) -> Sight:
    """The groups whose members change with what is known of those members, where they have to be
    asked for one by one."""
    if eyes.profile.members_in is not MembersIn.PROBED:
        return sight
    wanted: defaultdict[ResourceId, set[ResourceId]] = defaultdict(set)
    for change in plan.changes:
        if isinstance(change, AddMembers | RemoveMembers) and change.id is not None:
            ids = (plan.principals[key].id for key in change.members if key in plan.principals)
            wanted[change.id].update(member for member in ids if member is not None)
    for group, witnesses in plan.witnesses.items():
        wanted[group].update(witnesses)
    resources = dict(sight.resources)
    for group in sorted(wanted):
        seen = sight.resource(Kind.GROUP, group)
        if isinstance(seen, Resource):
            members = await eyes.members(group, sorted(wanted[group]))
            resources[Kind.GROUP, group] = replace(seen, members=members)
    return replace(sight, resources=resources)


def _touches_members(change: Change) -> bool:
    """Deleting a group takes it from its members, so who they are must still be true."""
    match change:
        case AddMembers() | RemoveMembers():
            return True
        case Delete():
            return change.kind is Kind.GROUP
        case _:
            return False


def _holders(
    changes: Sequence[Change], listings: Mapping[Kind, Listing], profile: Profile
) -> dict[Subject, Holders]:
    creates = [change for change in changes if isinstance(change, Create)]
    named: dict[Name, list[Resource]] = defaultdict(list)
    for kind in {create.kind for create in creates}:
        for resource in listings[kind].resources.values():
            for path in NAMING[kind]:
                name = name_of(kind, path, read(resource, path, profile), profile)
                if name is not None:
                    named[name].append(resource)
    found: dict[Subject, Holders] = {}
    for create in creates:
        who = {r.id: r for name in taken(create, profile) for r in named.get(name, ())}
        gap = listings[create.kind].gap
        found[create.subject] = (
            Unclear(gap)
            if gap is not None and not who
            else tuple(r for _, r in sorted(who.items()))
        )
    return found
