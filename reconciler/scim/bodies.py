"""JSON from a service provider as resources and pages: lenient in reading, strict about identity.

A resource may lack what it likes and carry what it likes, but it must have an id that can be put
into a URL again: without one it can be neither compared nor touched, and it makes a listing
incomplete.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import Json
from reconciler.model.profile import MembersIn, Profile
from reconciler.model.resource import Members, Resource, Unread
from reconciler.scim.answers import Answer, usable_etag

_LIST_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:listresponse"


@dataclass(frozen=True, slots=True)
class Page:
    """A ListResponse (RFC 7644 §3.4.2). `received` counts every row, `rows` those with an id.

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


def read_page(kind: Kind, answer: Answer, members: Members) -> Page | None:
    """The page of an answer; None when it is no ListResponse."""
    body = answer.body or {}
    rows = body.get("resources")
    total = _number(body.get("totalresults"))
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
    name = usable_id(body.get("id"))
    if name is None:
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
    if not isinstance(shown, tuple):
        return Unread("`members` is not a list")
    ids = [usable_id(m.get("value") if isinstance(m, Mapping) else m) for m in shown]
    known = frozenset(name for name in ids if name is not None)
    return Unread("a member has no `value`") if None in ids else known


def usable_id(value: Json) -> ResourceId | None:
    """An opaque id as text (RFC 7643 §3.1), whole numbers included.

    Interned, so that a membership shares its text with the user. `.` and `..` would move a URL up.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or value.strip() in {"", ".", ".."}:
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        return None
    return ResourceId(sys.intern(value))


def _is_list(body: Mapping[str, Json]) -> bool:
    schemas = body.get("schemas")
    names = schemas if isinstance(schemas, tuple) else (schemas,)
    return any(isinstance(name, str) and name.lower() == _LIST_RESPONSE for name in names)


def _number(value: Json) -> int | None:
    """A count, also when it is written as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
