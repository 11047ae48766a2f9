"""Probes that send only reads: lists, filters, pages, and the shape of errors.

`Reader` asks in one order, so that an early answer spares a later question: somebody who is there
is needed to ask for somebody who is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reconciler.doctor.discovery import REQUESTS as DISCOVERY
from reconciler.doctor.discovery import examine_discovery, told
from reconciler.doctor.filtering import REQUESTS as FILTERING
from reconciler.doctor.filtering import examine_filters
from reconciler.doctor.finding import Notes
from reconciler.doctor.line import NOBODY, Line, Reading
from reconciler.doctor.paging import REQUESTS as PAGING
from reconciler.doctor.paging import examine_pages
from reconciler.model.identity import Kind
from reconciler.model.leniency import usable_id
from reconciler.model.path import Json
from reconciler.model.profile import MembersIn, Profile

#: The most requests that `examine_reading` sends with the token; one more goes without it.
REQUESTS: Final = DISCOVERY + PAGING + FILTERING + 8
#: What servers answer to a parameter that they do not know, or fail on.
_PERHAPS_OF_PARAMETERS: Final = (400, 500, 501)


async def examine_reading(
    line: Line, anonymous: Line | None, profile: Profile, notes: Notes
) -> frozenset[str] | None:
    """Everything that can be found out by reading; None when nothing there is SCIM.

    Otherwise, the domains of the user names that were seen.
    `anonymous` asks without the token, where there is one to leave out.
    """
    first = await _first(line, notes)
    if not _is_scim(line, first, notes):
        return None
    reader = _Reader(line, profile, notes, first)
    await examine_discovery(line, profile, notes)
    await examine_pages(line, profile, first, notes)
    await examine_filters(line, first, notes)
    await reader.one_user()
    await reader.groups()
    await reader.errors(anonymous)
    return reader.domains


async def _first(line: Line, notes: Notes) -> Reading:
    """A list of users; one that is asked for without `count` where the provider fails on that."""
    first = await line.get(f"{line.path(Kind.USER)}?startIndex=1&count=3")
    if first.listed or first.status not in _PERHAPS_OF_PARAMETERS:
        return first
    bare = await line.get(line.path(Kind.USER))
    if not bare.listed:
        return first
    notes.saw("takes_count", False, f"a list with `count` is refused ({told(first)})")
    line.counted = False
    return bare


def _is_scim(line: Line, first: Reading, notes: Notes) -> bool:
    about = "answer"
    if first.listed:
        notes.good(about, "/Users answers with a list of SCIM")
        return True
    if first.fault is not None:
        hint = "see RECONCILER_PROXY, RECONCILER_CA_BUNDLE and the target's baseUrl"
        notes.problem(about, f"there is none: {first.fault}", hint=hint)
    elif first.status in (401, 403):
        hint = "is the token of this endpoint, saved, and not replaced by a newer one?"
        notes.problem(about, f"the token is refused ({first.status})", hint=hint)
    elif first.status >= 500:
        hint = "the provider fails over the simplest question: its own log says why"
        notes.problem(about, f"no list of SCIM ({told(first)})", hint=hint)
    elif 300 <= first.status < 400:
        moved = first.headers.get("location", "").partition("?")[0]
        if moved.endswith(f"{line.path(Kind.USER)}/"):
            notes.saw("transport.trailing_slash", True, "a list leads to the same with a slash")
        hint = "redirects are not followed; set baseUrl, or the profile, to what it leads to"
        notes.problem(about, f"a redirect and no list ({first.status})", hint=hint)
    elif first.page:
        hint = "the baseUrl leads to a web site; it ends where `/Users` begins"
        notes.problem(about, f"a web page instead of SCIM ({first.status})", hint=hint)
    elif first.status == 404:
        hint = "the baseUrl ends where `/Users` begins, often with `/v2`"
        notes.problem(about, "there is no /Users below the baseUrl (404)", hint=hint)
    else:
        hint = "is there a SCIM 2.0 service provider at the baseUrl?"
        notes.problem(about, f"no list of SCIM ({first.status})", hint=hint)
    return False


class _Reader:
    """The probes of one examination, and what they learn from one another."""

    def __init__(self, line: Line, profile: Profile, notes: Notes, first: Reading) -> None:
        self._line = line
        self._profile = profile
        self._notes = notes
        self._first = first
        self._users = line.path(Kind.USER)
        self._groups = line.path(Kind.GROUP)

    @property
    def _total(self) -> int:
        return self._first.total or 0

    @property
    def domains(self) -> frozenset[str]:
        """What stands behind the `@` in the user names of the first page."""
        names = [_text(row, "username") or "" for row in self._first.rows]
        return frozenset(name.rpartition("@")[2].lower() for name in names if "@" in name)

    async def one_user(self) -> None:
        """Whether a user has a version, and says which groups they are in."""
        somebody = next((found for row in self._first.rows if (found := _id(row))), None)
        if somebody is None:
            self._notes.note("users", "there is nobody yet, so several questions stay open")
            return
        one = await self._line.get(self._line.path(Kind.USER, somebody))
        if not one.fine:
            self._notes.warn("users", f"somebody of the list cannot be read alone ({told(one)})")
            return
        has = "has a" if "etag" in one.headers else "has no"
        self._notes.note("users", f"a user {has} version (ETag)")
        shows = "shows" if "groups" in one.data else "does not show"
        self._notes.note("users", f"a user {shows} the groups that they are in")

    async def groups(self) -> None:
        """Where members are shown, and which parameter leaves them out."""
        notes, line = self._notes, self._line
        listed = await line.get(f"{self._groups}?startIndex=1&count=3")
        if not listed.listed:
            notes.warn("groups", f"/Groups gives no list ({told(listed)})")
            return
        ordered = await line.get(f"{self._groups}?sortBy=displayName&sortOrder=ascending&count=3")
        notes.note("groups", f"sorting by displayName answers {told(ordered)}")
        if any(row.get("members") for row in listed.rows):
            notes.saw("members_in", MembersIn.LIST, "the list of groups has members")
            await self._excluding()
            return
        for row in listed.rows[:2]:
            one = await line.get(line.path(Kind.GROUP, _id(row) or NOBODY))
            if one.data.get("members"):
                how = "a group has members that the list does not show"
                notes.saw("members_in", MembersIn.RESOURCE, how)
                return
        notes.note("groups", "no members were seen, so where they are shown stays open")

    async def _excluding(self) -> None:
        for name in ("excludedAttributes", "excludeAttributes"):
            less = await self._line.get(f"{self._groups}?{name}=members&count=3")
            if less.rows and not any(row.get("members") for row in less.rows):
                self._notes.saw("excluding", name, f"`{name}=members` left members out")
                return
        self._notes.note("groups", "members cannot be left out of lists")

    async def errors(self, anonymous: Line | None) -> None:
        """The shapes of 404 and 401."""
        missing = await self._line.get(self._line.path(Kind.USER, NOBODY))
        if missing.gone:
            self._notes.good("errors", f"an id that nobody has answers {told(missing)}")
        else:
            hint = "who is gone cannot be told from who cannot be read; nothing is created then"
            self._notes.warn("errors", f"an id that nobody has answers {told(missing)}", hint=hint)
        if anonymous is not None:
            refused = await anonymous.get(f"{self._users}?count=1")
            if refused.listed:
                hint = "anybody who knows the address reads it: tell whoever runs the provider"
                self._notes.problem("errors", "it answers without a token", hint=hint)
            else:
                self._notes.good("errors", f"without a token it answers {told(refused)}")


def _id(row: Mapping[str, Json]) -> str | None:
    return usable_id(row.get("id"))


def _text(row: Mapping[str, Json], name: str) -> str | None:
    found = row.get(name)
    return found if isinstance(found, str) and found else None
