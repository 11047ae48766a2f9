"""Reading the actual state: all users, all groups, and who is in them, complete or not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from reconciler.errors import ProviderError, ThrottledError, UnauthorizedError, UnreachableError
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.profile import MembersIn, Profile
from reconciler.model.resource import Actual, Listing, Resource, Unread
from reconciler.scim.client import ScimClient
from reconciler.scim.reader import Progress

# After one of these, or so many other failures in a row, the next request would fail as well,
# after as long a wait.
_HOPELESS: Final = (UnauthorizedError, UnreachableError, ThrottledError)
_MOST_FAILURES_IN_A_ROW: Final = 10


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
    return Actual(users, groups, _sent(client) - before)


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
        self._failures_in_a_row = 0
        self._hopeless: Unread | None = None

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
        if self._hopeless is not None:
            return replace(group, members=self._hopeless)
        try:
            found = await self._client.get(Kind.GROUP, group.id)
        except ProviderError as error:
            unread = Unread(error.message)
            self._failures_in_a_row += 1
            many = self._failures_in_a_row >= _MOST_FAILURES_IN_A_ROW
            if many or isinstance(error, _HOPELESS):
                self._hopeless = unread
            return replace(group, members=unread)
        self._failures_in_a_row = 0
        return found or replace(group, members=Unread("the group was gone before its members"))


def _sent(client: ScimClient) -> int:
    return client.requests.total() + client.retries
