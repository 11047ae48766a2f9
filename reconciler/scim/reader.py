"""Reading one target: a resource, everybody with a value, everybody.

Nothing here writes. What an answer proves, and what it does not, is said by `paging` and `filters`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
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
from reconciler.model.path import AttributePath
from reconciler.model.profile import MembersIn, Profile
from reconciler.model.resource import Listing, Resource
from reconciler.model.show import plain
from reconciler.scim import bodies, filters
from reconciler.scim.calls import Call, Method
from reconciler.scim.naming import Names
from reconciler.scim.paging import Ask
from reconciler.scim.sender import Sends
from reconciler.scim.walks import walk_for

#: Called while something long is read: what ("users"), how many so far, of how many.
Progress = Callable[[str, int, int | None], None]

_CURSOR_LOST: Final = frozenset({"invalidCursor", "expiredCursor"})  # RFC 9865 §2.1


class ScimReader:
    """Reads one target. `connections` is how many calls can be under way at a time."""

    def __init__(self, sender: Sends, profile: Profile, connections: int) -> None:
        self._sender = sender
        self._profile = profile
        self.connections = connections
        self._names = Names(profile.member_name)
        self._plainness = dict.fromkeys(Kind, 0)  # which of `_ways` a list has to be asked for

    @property
    def requests(self) -> Counter[str]:
        """Requests sent so far by method, each counted once however often it was tried."""
        return self._sender.requests

    @property
    def retries(self) -> int:
        """Attempts beyond the first, over all requests."""
        return self._sender.retries

    async def get(self, kind: Kind, id: ResourceId) -> Resource | None:
        """The resource, with a group's members if the provider shows them; None if there is none.

        Raises:
            NotScimError: the answer is another resource, or none that can be recognised.
        """
        call = Call(Method.GET, kind, self._path(kind, id), f"read {kind} {plain(id)}")
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
        self._names.learn([found])
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

    async def is_member(self, group: ResourceId, member: ResourceId) -> bool:
        """Whether somebody is a member, where nothing shows members: one request with a filter.

        Raises:
            NotScimError: the answer is neither that group alone nor nothing, so the filter was not
                understood and tells nothing.
        """
        page = await self._read_page(Kind.GROUP, {"filter": filters.membership(group, member)})
        if page is not None and self._is_all(page) and page.received <= 1:
            found = [row.id for row in page.rows]
            if not found or found == [group]:
                return bool(found)
        raise NotScimError(
            f"cannot tell who is a member of group {plain(group)}: a filter for one member is "
            "answered with something else than that group",
            hint="the profile says `membersIn: probed`; `reconciler doctor --scratch` tries it",
        )

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
        listing = walk.listing()
        self._names.learn(listing.resources.values())
        return listing

    async def _page(self, kind: Kind, ask: Ask, *, first: bool) -> bodies.Page:
        page = await self._plainly(kind, ask, first=first)
        if page is None:
            raise NotScimError(
                f"cannot read the list of {kind}s: the answer is JSON, but no SCIM list",
                hint="check the path of the target's baseUrl",
            )
        return page

    async def _plainly(self, kind: Kind, ask: Ask, *, first: bool) -> bodies.Page | None:
        """A page, asked for with as much as the provider takes: the first page finds out.

        There are servers that fail on a parameter that they do not know, also on `count`.
        """
        ways = self._ways(kind, ask)
        while True:
            plainness = self._plainness[kind]
            try:
                return await self._read_page(kind, ways[plainness])
            except RejectedError as refused:
                plainer = [n for n in range(plainness, len(ways)) if ways[n] != ways[plainness]]
                if not (first and plainer and _may_be_about_parameters(refused)):
                    raise
                self._plainness[kind] = plainer[0]

    def _ways(self, kind: Kind, ask: Ask) -> tuple[Mapping[str, str], ...]:
        """The parameters of a page: with all that helps, with what places it, with the least."""
        return ask.parameters | self._extras(kind), ask.parameters, ask.bare

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
        text = filters.worth_asking(kind, path, value, self._profile)
        if text is None:
            return ()
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

    def _path(self, kind: Kind, id: ResourceId) -> str:
        return self._profile.path(kind, quote(id, safe=""))

    def _is_all(self, page: bodies.Page) -> bool:
        """One page is the whole answer; only where pages have numbers must it say of how many."""
        announced = page.total
        if announced is None and self._profile.paging is not Paging.INDEX:
            announced = page.received
        return page.next_cursor is None and announced == len(page.rows)

    async def _read_page(self, kind: Kind, parameters: Mapping[str, str]) -> bodies.Page | None:
        query = urlencode(parameters, quote_via=quote, safe="", errors="replace")
        path = self._profile.path(kind) + (f"?{query}" if query else "")
        call = Call(Method.GET, kind, path, f"read the list of {kind}s", of_all=True)
        answer = await self._sender.send(call)
        absent = bodies.members_when_absent(self._profile, MembersIn.LIST)
        return bodies.read_page(kind, answer, absent)


def _may_be_about_parameters(refused: RejectedError) -> bool:
    return not isinstance(refused, UnauthorizedError | NotFoundError | ThrottledError)
