"""The SCIM client: one target's users and groups, read and written by our own types.

Its methods are what the executor declares as its `Provider`. Every method answers with a value or
raises a `ProviderError`; `OutcomeUnknownError` is the one that says that a write may have happened.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import quote, urlencode

from reconciler.errors import (
    NotFoundError,
    NotScimError,
    ProviderError,
    RejectedError,
    ThrottledError,
    UnauthorizedError,
)
from reconciler.model.dialect import Paging
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import AttributePath, Value
from reconciler.model.profile import MembersIn, Profile
from reconciler.model.resource import Listing, Resource, Unread
from reconciler.model.show import plain
from reconciler.model.written import Written
from reconciler.scim import bodies, filters, patch
from reconciler.scim.answers import Answer
from reconciler.scim.calls import Call, Method
from reconciler.scim.connection import Connection, open_wire
from reconciler.scim.creation import new_resource
from reconciler.scim.pace import Pace
from reconciler.scim.paging import Ask
from reconciler.scim.protocol import Limits
from reconciler.scim.sender import Sender
from reconciler.scim.walks import walk_for

#: Called while something long is read: what ("users"), how many so far, of how many.
Progress = Callable[[str, int, int | None], None]

_COLLECTIONS: Final = {Kind.USER: "Users", Kind.GROUP: "Groups"}
_CURSOR_LOST: Final = frozenset({"invalidCursor", "expiredCursor"})  # RFC 9865 §2.1
_NOT_SHOWN: Final = Unread("the answer to a write is no reading of the members")


@asynccontextmanager
async def connect(
    connection: Connection,
    profile: Profile,
    *,
    app: object | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
    limits: Limits | None = None,
) -> AsyncIterator[ScimClient]:
    """A client for as long as the context is open. Connecting sends nothing.

    `app` is an ASGI application in this process, for targets that say `embedded:NAME`: no socket
    is opened then, and of rates only the connection's own applies.
    `sleep` and `clock` are in seconds; everything that waits, waits through them.

    Raises:
        ConfigurationError: the address, the token or another setting cannot be used.
    """
    opened = open_wire(connection, profile, app)
    pace = Pace(opened.requests_per_second, sleep=sleep, clock=clock)
    async with opened.wire as wire:
        sender = Sender(wire, opened.base_url, pace, limits or Limits(), sleep=sleep)
        yield ScimClient(sender, profile, opened.connections)


class ScimClient:
    """Reads and writes one target. `connections` is how many calls can be under way at a time."""

    def __init__(self, sender: Sender, profile: Profile, connections: int) -> None:
        self._sender = sender
        self._profile = profile
        self.connections = connections
        self._plain: set[Kind] = set()  # lists that had to be asked for without extras

    @property
    def requests(self) -> Counter[str]:
        """Requests sent so far by method, each counted once however often it was tried."""
        return self._sender.requests

    @property
    def retries(self) -> int:
        """Attempts beyond the first, over all requests."""
        return self._sender.retries

    async def create(self, kind: Kind, values: Mapping[AttributePath, Value]) -> Written:
        """POST a new resource (RFC 7644 §3.3)."""
        body = new_resource(kind, values, self._profile)
        call = Call(Method.POST, f"/{_COLLECTIONS[kind]}", f"create a {kind}", body)
        return _written(kind, None, await self._sender.send(call))

    async def update(
        self,
        kind: Kind,
        id: ResourceId,
        values: Mapping[AttributePath, Value],
        *,
        seen: Resource | None = None,
        version: str | None = None,
    ) -> Written:
        """PATCH these attributes and no others; None and () clear one (RFC 7644 §3.5.2).

        `seen` is the resource as it was read last. Without it, or when it is not true any more, a
        provider may refuse a path that picks what is not there; it is read again and sent anew.
        `version` makes the provider refuse if the resource changed, where it can do that.
        """
        try:
            return await self._update(kind, id, values, seen, version)
        except RejectedError as refused:
            current = await self._after_no_target(kind, id, refused)
        return await self._update(kind, id, values, current, version)

    async def _update(
        self,
        kind: Kind,
        id: ResourceId,
        values: Mapping[AttributePath, Value],
        seen: Resource | None,
        version: str | None,
    ) -> Written:
        if seen is None:
            body: patch.Message | None = patch.update(values, self._profile)
        else:
            body = patch.update_seen(values, seen.data, self._profile)
        if body is None:
            return Written(id, seen, None)
        call = self._patch(kind, id, "update", body, version)
        return _written(kind, id, await self._sender.send(call))

    async def delete(self, kind: Kind, id: ResourceId, *, version: str | None = None) -> Written:
        """DELETE the resource; one that is not there any more counts as deleted (§3.6)."""
        call = Call(
            Method.DELETE,
            _path(kind, id),
            f"delete {kind} {plain(id)}",
            version=self._if_match(version),
        )
        try:
            answer = await self._sender.send(call)
        except NotFoundError as gone:
            return Written(id, None, gone.request_id)
        return Written(id, None, answer.request_id)

    async def add_members(self, group: ResourceId, members: Sequence[ResourceId]) -> Written:
        """Add members in one request, at most as many as the profile allows in one."""
        body = patch.add_members(members, self._profile)
        call = self._patch(Kind.GROUP, group, "add members to", body, None)
        return _written(Kind.GROUP, group, await self._sender.send(call))

    async def remove_members(self, group: ResourceId, members: Sequence[ResourceId]) -> Written:
        """Remove exactly these members in one request; the others are never mentioned.

        Who is no member counts as removed, also where the provider refuses to hear of it.
        """
        body = patch.remove_members(members, self._profile)
        call = self._patch(Kind.GROUP, group, "remove members from", body, None)
        try:
            return _written(Kind.GROUP, group, await self._sender.send(call))
        except RejectedError as refused:
            current = await self._after_no_target(Kind.GROUP, group, refused)
            if not isinstance(current.members, frozenset):
                raise
        still = [member for member in members if member in current.members]
        if not still:
            return Written(group, current, None)
        body = patch.remove_members(still, self._profile)
        again = self._patch(Kind.GROUP, group, "remove members from", body, None)
        return _written(Kind.GROUP, group, await self._sender.send(again))

    async def get(self, kind: Kind, id: ResourceId) -> Resource | None:
        """The resource, with a group's members if the provider shows them; None if there is none.

        Raises:
            NotScimError: the answer is another resource, or none that can be recognised.
        """
        call = Call(Method.GET, _path(kind, id), f"read {kind} {plain(id)}")
        try:
            answer = await self._sender.send(call)
        except NotFoundError:
            return None
        absent = bodies.members_when_absent(self._profile, MembersIn.RESOURCE)
        found = bodies.read_resource(kind, answer, absent)
        if found is None or found.id != id:
            raise NotScimError(
                f"cannot read {kind} {plain(id)}: the answer is not that {kind}",
                hint="check the path of the target's baseUrl",
            )
        return found

    async def find(self, kind: Kind, path: AttributePath, value: str) -> tuple[Resource, ...]:
        """Every resource that holds `value` at `path`, sorted by id; empty is a proven absence.

        A filter is tried first. Its answer counts only if it is not empty, complete, and every row
        matches; otherwise everything is listed.

        Raises:
            NotScimError: the list is not complete, so an absence cannot be told.
        """
        found = await self._filtered(kind, path, value)
        if found:
            return found
        listing = await self.listing(kind)
        if not listing.complete:
            raise NotScimError(
                f"cannot tell whether there is a {kind} with that {plain(str(path))}: the list of "
                f"{kind}s is incomplete ({listing.gap})",
                hint="try again; nothing is created or removed on such a reading",
            )
        everybody = listing.resources.values()
        return tuple(r for r in everybody if filters.matches(r, path, value, self._profile))

    async def listing(self, kind: Kind, *, progress: Progress | None = None) -> Listing:
        """Every resource of a kind, page by page, complete or with the gap said.

        Raises:
            ProviderError: already the first page could not be had, so nothing at all is known.
        """
        walk = walk_for(self._profile)
        while walk.ask is not None:
            try:
                walk.take(await self._page(kind, walk.ask, first=walk.untouched))
            except ProviderError as error:
                if walk.untouched:
                    raise
                if isinstance(error, RejectedError) and error.scim_type in _CURSOR_LOST:
                    walk.lost_place(error.message)
                else:
                    walk.break_off(error.message)
            if progress is not None:
                progress(f"{kind}s", walk.seen, walk.total)
        return walk.listing()

    async def _after_no_target(
        self, kind: Kind, id: ResourceId, refused: RejectedError
    ) -> Resource:
        """The resource as it is, after a PATCH picked something in it that is not there.

        Nothing was changed then: a PATCH is carried out as a whole or not at all (§3.5.2). Any
        other refusal is raised again.
        """
        current = await self.get(kind, id) if refused.scim_type == "noTarget" else None
        if current is None:
            raise refused
        return current

    async def _page(self, kind: Kind, ask: Ask, *, first: bool) -> bodies.Page:
        extras = {} if kind in self._plain else self._extras(kind)
        try:
            page = await self._read_page(kind, ask.parameters | extras)
        except RejectedError as refused:
            # There are servers that fail on a parameter which they do not know. It saves bytes, or
            # keeps an order: nothing that a reading could not do without.
            if not (first and extras and _may_be_about_parameters(refused)):
                raise
            page = await self._read_page(kind, ask.parameters)
            self._plain.add(kind)
        if page is None:
            raise NotScimError(
                f"cannot read the list of {kind}s: the answer is JSON, but no SCIM list",
                hint="check the path of the target's baseUrl",
            )
        return page

    def _extras(self, kind: Kind) -> dict[str, str]:
        """What is asked for beside the place: an order that lasts, and less to send.

        The groups of a user are not looked at: membership is read, and changed, at the group.
        """
        extras: dict[str, str] = {}
        if kind is Kind.GROUP and self._profile.sort_groups_by is not None:
            extras |= {"sortBy": self._profile.sort_groups_by, "sortOrder": "ascending"}
        if kind is Kind.USER:
            extras |= self._without("groups")
        return extras

    def _without(self, attribute: str) -> dict[str, str]:
        """The parameter that leaves an attribute out (RFC 7644 §3.9), where there is one."""
        name = self._profile.excluding
        return {} if name is None else {name: attribute}

    async def _filtered(self, kind: Kind, path: AttributePath, value: str) -> tuple[Resource, ...]:
        """The rows that a filter gives, if they can be trusted; none otherwise."""
        text = filters.equals(path, value, self._profile)
        try:
            page = await self._read_page(kind, {"filter": text})
        except (UnauthorizedError, ThrottledError):
            raise
        except RejectedError:
            return ()  # no filters here, or not this one
        if page is None or not self._is_all(page):
            return ()
        if not all(filters.matches(r, path, value, self._profile) for r in page.rows):
            return ()
        return tuple(sorted(page.rows, key=lambda row: row.id))

    def _is_all(self, page: bodies.Page) -> bool:
        """One page is the whole answer; only where pages have numbers must it say of how many."""
        announced = page.total
        if announced is None and self._profile.paging is not Paging.INDEX:
            announced = page.received
        return page.next_cursor is None and announced == len(page.rows)

    async def _read_page(self, kind: Kind, parameters: Mapping[str, str]) -> bodies.Page | None:
        query = urlencode(parameters, quote_via=quote, safe="", errors="replace")
        path = f"/{_COLLECTIONS[kind]}?{query}" if query else f"/{_COLLECTIONS[kind]}"
        answer = await self._sender.send(Call(Method.GET, path, f"read the list of {kind}s"))
        absent = bodies.members_when_absent(self._profile, MembersIn.LIST)
        return bodies.read_page(kind, answer, absent)

    def _patch(
        self, kind: Kind, id: ResourceId, verb: str, body: patch.Message, version: str | None
    ) -> Call:
        return Call(
            Method.PATCH,
            _path(kind, id),
            f"{verb} {kind} {plain(id)}",
            body,
            self._if_match(version),
        )

    def _if_match(self, version: str | None) -> str | None:
        """Some providers give versions and refuse them when they come back (RFC 7644 §3.14)."""
        return version if self._profile.etags else None


def _may_be_about_parameters(refused: RejectedError) -> bool:
    return not isinstance(refused, UnauthorizedError | NotFoundError | ThrottledError)


def _path(kind: Kind, id: ResourceId) -> str:
    return f"/{_COLLECTIONS[kind]}/{quote(id, safe='')}"


def _written(kind: Kind, id: ResourceId | None, answer: Answer) -> Written:
    resource = bodies.read_resource(kind, answer, _NOT_SHOWN)
    shown = None if resource is None else resource.id
    return Written(id or shown, resource, answer.request_id)
