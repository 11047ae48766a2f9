"""JSON from a service provider as resources and pages: lenient in reading, strict about identity.

A resource may lack what it likes and carry what it likes, but it must have an id that can be put
into a URL again: without one it can be neither compared nor touched, and it makes a listing
incomplete.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from reconciler.model.identity import Kind, ResourceId
from reconciler.model.leniency import usable_id, whole
from reconciler.model.path import CORE_GROUP, CORE_USER, Json
from reconciler.model.profile import MembersIn, Profile
from reconciler.model.resource import Members, Resource, Unread
from reconciler.scim.answers import Answer, schemas_of, usable_etag

_LIST_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:listresponse"
_CORE: Final = {Kind.USER: CORE_USER.lower(), Kind.GROUP: CORE_GROUP.lower()}
_PLACES: Final = ("Users", "Groups")


@dataclass(frozen=True, slots=True)
class Page:
    """A ListResponse (RFC 7644 §3.4.2). `received` counts every row, `rows` those of its kind that
    have an id.

    `next_cursor` leads to the next page (RFC 9865 §2); None where there is none.
    """

    rows: tuple[Resource, ...]
    received: int
    total: int | None
    next_cursor: str | None = None


def read_resource(kind: Kind, answer: Answer, members: Members) -> Resource | None:
    """The one resource of an answer; None when the answer shows none.

    `members` says what a group's membership is when the answer does not mention it.
    """
    if answer.body is None:
        return None
    return _resource(kind, answer.body, members, answer.etag)


def shown_members(answer: Answer) -> frozenset[ResourceId] | None:
    """Whom the answer to a write shows in a group; None where it shows nothing of them."""
    shown = None if answer.body is None else answer.body.get("members")
    members = None if shown is None else _members(shown, frozenset())
    return members if isinstance(members, frozenset) else None


def read_page(kind: Kind, answer: Answer, members: Members) -> Page | None:
    """The page of an answer; None when it is no ListResponse."""
    body = answer.body or {}
    rows = body.get("resources")
    total = whole(body.get("totalresults"))
    cursor = body.get("nextcursor")
    if rows is None and (total is not None or _is_list(body)):
        rows = ()  # `Resources` may be left out when there are none (§3.4.2)
    if not isinstance(rows, tuple):
        return None
    resources = [
        resource
        for row in rows
        if isinstance(row, Mapping) and (resource := _resource(kind, row, members, None))
    ]
    next_cursor = cursor if isinstance(cursor, str) and cursor else None
    return Page(tuple(resources), len(rows), total, next_cursor)


def members_when_absent(profile: Profile, shown_in: MembersIn) -> Members:
    """What it means that a group comes without the attribute `members`.

    Where the profile says that this kind of answer shows members, their absence is the empty set:
    absent, null and empty are one state (RFC 7643 §2.5), and providers leave empty lists out. A
    profile that is wrong about it costs additions that are already there; it cannot cause a
    removal, because nobody is removed from a group that looks empty.
    """
    if profile.members_in is MembersIn.NEVER:
        return Unread("the service provider does not show members")
    if profile.members_in is MembersIn.PROBED:
        return Unread("members are not shown, and nobody was asked for one by one")
    if profile.members_in is MembersIn.RESOURCE and shown_in is MembersIn.LIST:
        return Unread("the list of groups does not show members")
    return frozenset()


def _resource(
    kind: Kind, body: Mapping[str, Json], absent: Members, etag: str | None
) -> Resource | None:
    name = _shared(body.get("id"))
    if name is None or _is_of_another_kind(kind, body):
        return None
    meta = body.get("meta")
    version = etag or (usable_etag(meta.get("version")) if isinstance(meta, Mapping) else None)
    if kind is Kind.USER:
        return Resource(name, kind, body, None, version)
    data = {name: value for name, value in body.items() if name != "members"}
    return Resource(name, kind, data, _members(body.get("members"), absent), version)


def _members(shown: Json, absent: Members) -> Members:
    if shown is None or not isinstance(absent, frozenset):
        return absent
    if isinstance(shown, Mapping):  # a list of one, from a server that makes its JSON from XML
        shown = (shown,)
    if not isinstance(shown, tuple):
        return Unread("`members` is not a list")
    ids = [_member(member) for member in shown]
    known = frozenset(name for name in ids if name is not None)
    return Unread("a member has no `value`") if None in ids else known


def _member(shown: Json) -> ResourceId | None:
    """Who a member is: by `value`, by nothing but the id, or by the address in `$ref`."""
    if not isinstance(shown, Mapping):
        return _shared(shown)
    return _shared(shown.get("value")) or id_at_end(shown.get("$ref"), _PLACES)


def id_at_end(url: Json, collections: Collection[str]) -> ResourceId | None:
    """The id in the address of a resource of one of these collections; the address itself is never
    used: it could lead the token to another host."""
    if not isinstance(url, str):
        return None
    try:
        place = urlsplit(url).path.rstrip("/").split("/")
    except ValueError:
        return None
    return _shared(unquote(place[-1])) if {*place[-2:-1]} & {*collections} else None


def _shared(value: Json) -> ResourceId | None:
    """An id, interned, so that a membership shares its text with the user."""
    name = usable_id(value)
    return None if name is None else ResourceId(sys.intern(name))


def _is_of_another_kind(kind: Kind, body: Mapping[str, Json]) -> bool:
    """There are servers whose every list has users and groups; what is in the wrong one must not be
    taken for somebody."""
    names = schemas_of(body)
    return _CORE[kind] not in names and any(urn in names for urn in _CORE.values())


def _is_list(body: Mapping[str, Json]) -> bool:
    return _LIST_RESPONSE in schemas_of(body)
