"""Reading the actual state: all users, all groups, and who is in them, complete or not."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from reconciler.errors import (
    NotScimError,
    ProviderError,
    RejectedError,
    ThrottledError,
    UnauthorizedError,
    UnreachableError,
)
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.profile import MembersIn, Profile
from reconciler.model.resource import Actual, Listing, Probed, Resource, Unread
from reconciler.model.show import plain
from reconciler.scim.client import ScimClient
from reconciler.scim.reader import Progress

# After one of these, or so many other failures in a row, the next request would fail as well,
# after as long a wait.
_HOPELESS: Final = (UnauthorizedError, UnreachableError, ThrottledError)
_MOST_FAILURES_IN_A_ROW: Final = 10
_NAMED: Final = 5
# Groups that are asked for where a list shows nobody in any.
_DOUBTED: Final = 3


async def read_actual(
    client: ScimClient, profile: Profile, *, progress: Progress | None = None
) -> Actual:
    """What the service provider holds now.

    What could not be read is said where it is missing: in `Listing.gap`, or as `Unread` members.
    `progress` is told about "users", "groups" and "groups with members".

    Raises:
        ProviderError: not even the first page of users could be had, so there is nothing to plan
            with.
    """
    before = _sent(client)
    users = await client.listing(Kind.USER, progress=progress)
    try:
        groups = await client.listing(Kind.GROUP, progress=progress)
    except ProviderError as error:
        groups = Listing({}, error.message)
    if profile.members_in is MembersIn.RESOURCE:
        reading = _MemberReading(client, groups.resources, progress)
        groups = Listing(await reading.all(), groups.gap)
    elif profile.members_in is MembersIn.LIST:
        groups = await _doubted(client, groups)
    return Actual(users, groups, _sent(client) - before)


async def _doubted(client: ScimClient, groups: Listing) -> Listing:
    """The same; with members unread where a list that shows nobody in any group is not the truth.

    There are more providers that leave members out of lists than organisations whose every group is
    empty; a few of the groups are asked for. Taken at its word, such a list would have everybody
    added again with each apply, and nobody ever removed.
    """
    listed = groups.resources.values()
    if any(group.members for group in listed):
        return groups
    for group in list(listed)[:_DOUBTED]:
        try:
            live = await client.get(Kind.GROUP, group.id)
        except ProviderError:
            return groups
        if live is not None and live.members:
            why = (
                f"the list of groups shows nobody in any group, and group {plain(group.id)} has "
                "members: the profile says `membersIn: list`, and should say `resource`"
            )
            unread = {one.id: replace(one, members=Unread(why)) for one in listed}
            return Listing(unread, groups.gap)
    return groups


async def ask_for_members(
    client: ScimClient,
    actual: Actual,
    pairs: Mapping[ResourceId, frozenset[ResourceId]],
    *,
    progress: Progress | None = None,
) -> Actual:
    """The same, with what the provider says of each of these memberships, group by group.

    For providers that show no members. Of a group that is not in `pairs` nothing is asked, so
    nobody is known to be in it or not. `progress` is told about "memberships".
    """
    before = _sent(client)
    asking = _Asking(client, pairs, progress)
    await asking.all()
    groups = {
        group.id: replace(group, members=asking.of(group.id))
        for group in actual.groups.resources.values()
    }
    listing = Listing(groups, actual.groups.gap)
    return Actual(actual.users, listing, actual.requests + _sent(client) - before)


async def confirm_absences(
    client: ScimClient, actual: Actual, missed: Mapping[Kind, Mapping[ResourceId, bool]]
) -> Actual:
    """The same, with those of `missed` whom the provider has, though its lists do not show them.

    A list that lacks somebody who should be there (True) is not complete. One that lacks others, or
    who is switched off, may be a list of the active, or one without those who are being deleted.
    """
    before = _sent(client)
    users = await _confirmed(client, actual.users, Kind.USER, missed.get(Kind.USER, {}))
    groups = await _confirmed(client, actual.groups, Kind.GROUP, missed.get(Kind.GROUP, {}))
    return Actual(users, groups, actual.requests + _sent(client) - before)


async def _confirmed(
    client: ScimClient, listing: Listing, kind: Kind, missed: Mapping[ResourceId, bool]
) -> Listing:
    found: dict[ResourceId, Resource] = {}
    for one in missed:
        try:
            live = await client.get(kind, one)
        except ProviderError as error:
            if _says_nothing_of_it(error):
                continue  # the list has said that nobody is there
            why = f"whether {kind} {plain(one)} is there could not be read: {error.message}"
            return Listing(dict(sorted({**listing.resources, **found}.items())), why)
        if live is not None:
            found[one] = live
    if not found:
        return listing
    wanted = [live for live in found.values() if missed[live.id]]
    seen = [live for live in wanted if kind is Kind.GROUP or not _is_off(live)]
    shown = plain(", ".join(live.id for live in seen[:_NAMED]))
    gap = f"its list lacks {len(seen)} of those who are there ({shown})" if seen else None
    return Listing(dict(sorted({**listing.resources, **found}.items())), gap)


def _says_nothing_of_it(error: ProviderError) -> bool:
    """Of an id that nobody has, there are providers that say 400, 403 or a page."""
    if isinstance(error, RejectedError):
        return error.status in {400, 403, 405, 422}
    return isinstance(error, NotScimError)


def _is_off(user: Resource) -> bool:
    return str(user.data.get("active")).lower() == "false"


class _MemberReading:
    """Each group as its own GET shows it, a few at a time; `Unread` where that failed."""

    def __init__(
        self,
        client: ScimClient,
        groups: Mapping[ResourceId, Resource],
        progress: Progress | None,
    ) -> None:
        self._client = client
        self._groups = groups
        self._progress = progress
        self._waiting = iter(groups.values())
        self._read: dict[ResourceId, Resource] = {}
        self._patience = _Patience()

    async def all(self) -> dict[ResourceId, Resource]:
        """The groups in the order in which they were given."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._client.connections):
                tasks.create_task(self._work())
        return {name: self._read[name] for name in self._groups}

    async def _work(self) -> None:
        for group in self._waiting:
            self._read[group.id] = await self._one(group)
            if self._progress is not None:
                self._progress("groups with members", len(self._read), len(self._groups))

    async def _one(self, group: Resource) -> Resource:
        if self._patience.ended is not None:
            return replace(group, members=Unread(self._patience.ended))
        try:
            found = await self._client.get(Kind.GROUP, group.id)
        except ProviderError as error:
            self._patience.failed(error)
            return replace(group, members=Unread(error.message))
        self._patience.answered()
        return found or replace(group, members=Unread("the group was gone before its members"))


class _Asking:
    """One request for each membership in question, a few at a time; a gap where that failed."""

    def __init__(
        self,
        client: ScimClient,
        pairs: Mapping[ResourceId, frozenset[ResourceId]],
        progress: Progress | None,
    ) -> None:
        self._client = client
        self._progress = progress
        self._of = sum(map(len, pairs.values()))
        self._waiting = iter([(g, member) for g in sorted(pairs) for member in sorted(pairs[g])])
        self._found: defaultdict[ResourceId, dict[ResourceId, bool]] = defaultdict(dict)
        self._told = 0
        self._gaps: dict[ResourceId, str] = {}
        self._patience = _Patience()

    async def all(self) -> None:
        """Ask for everybody."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(self._client.connections):
                tasks.create_task(self._work())

    def of(self, group: ResourceId) -> Probed:
        """What was answered about one group."""
        told = self._found.get(group, {})
        present = frozenset(member for member, is_one in told.items() if is_one)
        return Probed(present, frozenset(told) - present, self._gaps.get(group))

    async def _work(self) -> None:
        for group, member in self._waiting:
            if self._patience.ended is not None:
                self._gaps.setdefault(group, self._patience.ended)
                continue
            try:
                self._found[group][member] = await self._client.is_member(group, member)
            except ProviderError as error:
                self._patience.failed(error)
                self._gaps.setdefault(group, error.message)
            else:
                self._patience.answered()
            self._told += 1
            if self._progress is not None:
                self._progress("memberships", self._told, self._of)


class _Patience:
    """When to ask no more: what failed so, or so often in a row, would fail again."""

    def __init__(self) -> None:
        self._in_a_row = 0
        self.ended: str | None = None

    def failed(self, error: ProviderError) -> None:
        self._in_a_row += 1
        if self._in_a_row >= _MOST_FAILURES_IN_A_ROW or isinstance(error, _HOPELESS):
            self.ended = error.message

    def answered(self) -> None:
        self._in_a_row = 0


def _sent(client: ScimClient) -> int:
    return client.requests.total() + client.retries
