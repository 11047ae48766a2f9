"""The SCIM client: one target's users and groups, read and written by our own types.

Its methods are what the executor declares as its `Provider`. Every method answers with a value or
raises a `ProviderError`; `OutcomeUnknownError` is the one that says that a write may have happened.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from copy import copy
from dataclasses import dataclass
from typing import Final, assert_never
from urllib.parse import urlsplit

from reconciler.errors import (
    NotFoundError,
    NotScimError,
    RejectedError,
    StaleVersionError,
)
from reconciler.model.dialect import SharedBy, Updating
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import AttributePath, Json, Value
from reconciler.model.profile import MembersIn, Profile
from reconciler.model.resource import Resource, Unread
from reconciler.model.show import plain
from reconciler.model.written import Written
from reconciler.scim import bodies, patch
from reconciler.scim.answers import Answer
from reconciler.scim.bundle import Bundle
from reconciler.scim.calls import Call, Method
from reconciler.scim.connection import Connection, open_wire
from reconciler.scim.creation import new_resource
from reconciler.scim.pace import Pace, Paces
from reconciler.scim.protocol import Limits
from reconciler.scim.reader import ScimReader
from reconciler.scim.replacement import Body, merged, nameless, replaced, with_members, with_names
from reconciler.scim.sender import Sender
from reconciler.scim.spelling import text_booleans

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
    paces: Paces | None = None,
    jitter: Callable[[], float] = random.random,
) -> AsyncIterator[ScimClient]:
    """A client for as long as the context is open. Connecting sends nothing.

    `app` is an ASGI application in this process, for targets that say `embedded:NAME`: no socket
    is opened then, and of rates only the connection's own applies.
    `sleep` and `clock` are in seconds; everything that waits, waits through them. `paces` are the
    budgets of the run's other targets, `jitter` gives numbers from 0 to 1 that keep clients from
    coming back together.

    Raises:
        ConfigurationError: the address, the token or another setting cannot be used.
    """
    opened = open_wire(connection, profile, app)
    sharing: tuple[object, ...] = (urlsplit(opened.base_url).netloc.lower(),)
    if profile.limits_shared_by is SharedBy.CREDENTIAL:
        sharing += (connection.token,)
    pace = Pace((paces or Paces()).budget(sharing, opened.rates, clock=clock), sleep=sleep)
    async with opened.wire as wire:
        sender = Sender(
            wire,
            opened.base_url,
            pace,
            profile,
            limits or Limits(),
            sleep=sleep,
            jitter=jitter,
        )
        yield ScimClient(sender, profile, opened.connections)


class ScimClient(ScimReader):
    """Reads and writes one target. `connections` is how many calls can be under way at a time."""

    async def create(self, kind: Kind, values: Mapping[AttributePath, Value]) -> Written:
        """POST a new resource (RFC 7644 §3.3)."""
        body = new_resource(kind, values, self._profile)
        call = self._creation(kind, self._dressed(body))
        written = _written(kind, None, await self._sender.send(call))
        self._names.learn_created(written.id, values)
        return written

    def together(
        self, number: int, ready: Callable[[], bool]
    ) -> tuple[AbstractContextManager[ScimClient], ...]:
        """So many places in one Bulk request (RFC 7644 §3.7), each for one task of a group.

        Who holds a place writes as ever; the first write waits until every place has one or was
        left. It may raise `NotTogetherError`: then it has to be sent by this client. `ready` is
        asked right before the request.
        """
        bundle = Bundle(self._sender, self._profile, number, ready)
        return tuple(self._placed(bundle, place) for place in range(number))

    @contextmanager
    def _placed(self, bundle: Bundle, place: int) -> Iterator[ScimClient]:
        with bundle.place(place) as sends:
            client = copy(self)  # what has been learnt is shared
            client._sender = sends
            yield client

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

        Where one request takes so many operations only, it is several: each as a whole or not at
        all, and what had its turn before a refusal stays.

        `seen` is the resource as it was read last. Without it, or when it is not true any more, a
        provider may refuse a path that picks what is not there; it is read again and sent anew.
        `version` makes the provider refuse if the resource changed, where it can do that.
        """
        match self._profile.updating(kind):
            case Updating.PATCH:
                return await self._update_by_patch(kind, id, values, seen, version)
            case Updating.PUT_REPLACES | Updating.PUT_MERGES as how:
                live = await self._live(kind, id)
                _check_untouched(kind, id, values, seen, live)
                shape = replaced if how is Updating.PUT_REPLACES else merged
                body = shape(kind, live.document, values, self._profile)
                return await self._put(kind, id, body, version or live.version)
            case other:
                assert_never(other)

    async def _update_by_patch(
        self,
        kind: Kind,
        id: ResourceId,
        values: Mapping[AttributePath, Value],
        seen: Resource | None,
        version: str | None,
    ) -> Written:
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
        written = Written(id, None, None)
        for part in patch.in_parts(body, self._profile):
            call = self._patch(kind, id, "update", part, version)
            written = _written(kind, id, await self._sender.send(call))
            version = None if written.resource is None else written.resource.version
        return written

    async def delete(self, kind: Kind, id: ResourceId, *, version: str | None = None) -> Written:
        """DELETE the resource; one that is not there any more counts as deleted (§3.6).

        That it is not there is read again: a 404 can be about something else.
        """
        call = Call(
            Method.DELETE,
            kind,
            self._path(kind, id),
            f"delete {kind} {plain(id)}",
            version=self._if_match(version),
        )
        try:
            answer = await self._sender.send(call)
        except NotFoundError as gone:
            if await self.get(kind, id) is not None:
                raise
            return Written(id, None, gone.request_id)
        return Written(id, None, answer.request_id)

    async def add_members(self, group: ResourceId, members: Sequence[ResourceId]) -> Written:
        """Add members in one request, at most as many as the profile allows in one."""
        match self._profile.updating(Kind.GROUP):
            case Updating.PATCH:
                await self._learn_names(members)
                body = patch.add_members(members, self._profile, self._names)
                call = self._patch(Kind.GROUP, group, "add members to", body, None)
                return _written(Kind.GROUP, group, await self._sender.send(call))
            case Updating.PUT_REPLACES:
                live = await self._live(Kind.GROUP, group)
                everybody = sorted(live.members.union(members))
                return await self._put_members(group, live, everybody)
            case Updating.PUT_MERGES:
                live = await self._live(Kind.GROUP, group)
                bare = merged(Kind.GROUP, live.document, {}, self._profile)
                body = with_members(bare, members)
                return await self._put(Kind.GROUP, group, body, live.version)
            case other:
                assert_never(other)

    async def replace_members(self, group: ResourceId, members: Sequence[ResourceId]) -> Written:
        """Make these the members and nobody else, in one request.

        Whoever joined since the caller looked is taken out: look right before.
        """
        if self._profile.updating(Kind.GROUP) is Updating.PUT_REPLACES:
            return await self._put_members(group, await self._live(Kind.GROUP, group), members)
        body = patch.replace_members(members, self._profile)
        call = self._patch(Kind.GROUP, group, "replace the members of", body, None)
        return _written(Kind.GROUP, group, await self._sender.send(call))

    async def empty_group(self, group: ResourceId) -> Written:
        """Take every member out in one request that names none of them."""
        body = patch.empty_group(self._profile)
        call = self._patch(Kind.GROUP, group, "empty", body, None)
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

    async def _live(self, kind: Kind, id: ResourceId) -> _Live:
        """The resource as the provider spells it, to be sent back with changes in it."""
        call = Call(Method.GET, kind, self._path(kind, id), f"read {kind} {plain(id)}")
        answer = await self._sender.send(call)
        absent = bodies.members_when_absent(self._profile, MembersIn.RESOURCE)
        resource = bodies.read_resource(kind, answer, absent)
        document = answer.document
        if resource is None or resource.id != id or document is None:
            raise NotScimError(
                f"cannot change {kind} {plain(id)}: the answer to a read is not that {kind}",
                hint="check the path of the target's baseUrl",
            )
        members = resource.members or frozenset()
        if not isinstance(members, frozenset):
            why = members.reason if isinstance(members, Unread) else "nothing shows them all"
            raise NotScimError(
                f"cannot change {kind} {plain(id)} by PUT: its members would be lost, because "
                f"they are not known ({why})",
                hint="a profile that replaces groups by PUT needs `membersIn: resource` or `list`",
            )
        return _Live(resource, document, members, answer.etag or resource.version)

    async def _put_members(
        self, group: ResourceId, live: _Live, members: Sequence[ResourceId]
    ) -> Written:
        whole = replaced(Kind.GROUP, live.document, {}, self._profile)
        return await self._put(Kind.GROUP, group, with_members(whole, members), live.version)

    async def _put(self, kind: Kind, id: ResourceId, body: Body, version: str | None) -> Written:
        under = self._names.under
        if kind is Kind.GROUP and under is not None:
            await self._learn_names(nameless(body, under))
            body = with_names(body, self._names)
        call = Call(
            Method.PUT,
            kind,
            self._path(kind, id),
            f"replace {kind} {plain(id)}",
            self._dressed(body),
            self._if_match(version),
        )
        return _written(kind, id, await self._sender.send(call))

    async def _learn_names(self, members: Sequence[ResourceId]) -> None:
        for unnamed in self._names.missing(members):
            await self.get(Kind.USER, unnamed)

    def _dressed(self, body: Mapping[str, Json]) -> Mapping[str, Json]:
        return text_booleans(body) if self._profile.text_booleans else body

    def _creation(self, kind: Kind, body: Mapping[str, Json]) -> Call:
        path = self._profile.path(kind)
        return Call(Method.POST, kind, path, f"create a {kind}", body, of_all=True)

    def _patch(
        self, kind: Kind, id: ResourceId, verb: str, body: patch.Message, version: str | None
    ) -> Call:
        return Call(
            Method.PATCH,
            kind,
            self._path(kind, id),
            f"{verb} {kind} {plain(id)}",
            self._dressed(body),
            self._if_match(version),
        )

    def _if_match(self, version: str | None) -> str | None:
        """Some providers give versions and refuse them when they come back (RFC 7644 §3.14)."""
        return version if self._profile.etags else None


@dataclass(frozen=True, slots=True)
class _Live:
    """A resource that is about to be written back. `document` has the provider's own names."""

    resource: Resource
    document: Mapping[str, Json]
    members: frozenset[ResourceId]
    version: str | None


def _check_untouched(
    kind: Kind,
    id: ResourceId,
    values: Mapping[AttributePath, Value],
    seen: Resource | None,
    live: _Live,
) -> None:
    """What is to be changed is as it was seen: the comparison that stands in for `If-Match`."""
    if seen is None:
        return
    moved = [path.text for path in values if path.read(seen.data) != path.read(live.resource.data)]
    if moved:
        raise StaleVersionError(
            f"cannot update {kind} {plain(id)}: {plain(', '.join(sorted(moved)))} changed since it "
            "was read",
            status=412,
            hint="it was changed since it was read; make a new plan",
        )


def _written(kind: Kind, id: ResourceId | None, answer: Answer) -> Written:
    resource = bodies.read_resource(kind, answer, _NOT_SHOWN)
    shown = None if resource is None else resource.id
    members = bodies.shown_members(answer) if kind is Kind.GROUP else None
    return Written(id or shown, resource, answer.request_id, members)
