"""What is fuzzed on the wire: functions from any bytes to nothing that neither crash nor hang.

Each takes what a provider, or somebody who writes a filter or a path, could send, and holds what
must be true of it whatever it is. `wire` drives them with coverage, `test_targets` for a moment in
every run of the tests.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Final

from reconciler.model.dialect import Clearing, ExtensionPath, OpCase, Paging
from reconciler.model.identity import Kind
from reconciler.model.path import AttributePath, Json, PathError, Value, parse_path
from reconciler.model.profile import RFC7644, ZPA
from reconciler.scim import filters, patch
from reconciler.scim.answers import Answer, read_answer, retry_after
from reconciler.scim.bodies import read_page, read_resource
from reconciler.scim.replacement import merged, replaced
from reconciler.scim.spelling import spelled
from reconciler.scim.walks import walk_for
from reconciler.simulator.definitions import RESOURCE_TYPES
from reconciler.simulator.errors import ScimError
from reconciler.simulator.filters.grammar import (
    And,
    Compare,
    Has,
    Name,
    Operator,
    parse_filter,
    print_filter,
)
from reconciler.simulator.filters.grammar import parse_path as parse_patch_path
from reconciler.simulator.operations import read_operations
from reconciler.simulator.quirks import QUIRKS
from reconciler.simulator.values import Kind as SimulatedKind

#: What the first byte of an input chooses from, where a status belongs to it.
STATUSES: Final = (
    200, 201, 204, 301, 400, 401, 403, 404, 409, 410, 412, 413, 415, 429, 500, 501, 502, 503, 504,
)  # fmt: skip
_NOTHING: Final[frozenset[str]] = frozenset()
_PROFILES: Final = [
    replace(RFC7644, clearing=clearing, extension_path=form, op_case=case)
    for clearing, form, case in product(Clearing, ExtensionPath, OpCase)
] + [ZPA]
_WORK: Final = parse_path('emails[type eq "work"].value')
_VALUES: Final[Mapping[AttributePath, Value]] = {
    _WORK: "w@zone.example",
    parse_path("name.familyName"): None,
    parse_path("title"): "Lead",
    parse_path("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"): None,
}


def answers(data: bytes) -> None:
    """Any body, with any of the statuses: an answer, a refusal, or no SCIM; and pages to an end."""
    status = STATUSES[data[0] % len(STATUSES) if data else 0]
    answer = read_answer(status, {"content-type": "application/scim+json"}, data[1:])
    if not isinstance(answer, Answer):
        return
    for kind in Kind:
        read_resource(kind, answer, frozenset())
        page = read_page(kind, answer, frozenset())
        for paging in Paging if page is not None else ():
            walk = walk_for(replace(RFC7644, paging=paging, page_max=2))
            for _ in range(200):
                if walk.ask is None or page is None:
                    break
                walk.take(page)
            assert walk.ask is None, "the same page again and again leads nowhere"
            listing = walk.listing()
            assert listing.gap or walk.total in {None, len(listing.resources)}


def waits(data: bytes) -> None:
    """Any `Retry-After` and `Date`: no wait at all, or one that is not negative."""
    after, _, date = data.decode("latin-1").partition("\n")
    found = retry_after({"retry-after": after, "date": date})
    assert found is None or found >= 0


def filter_texts(data: bytes) -> None:
    """Any filter: refused as one, or the same when it is written and read again."""
    text = data.decode("utf-8", "surrogatepass" if data.isascii() else "replace")
    try:
        tree = parse_filter(text)
    except ScimError:
        return
    assert parse_filter(print_filter(tree)) == tree


def sought_values(data: bytes) -> None:
    """Any value that is looked for makes one comparison, and nothing else, of our filter."""
    value = data.decode("utf-8", "replace")
    if len(value) > 200:
        return  # our reading of filters has a limit
    wanted = Compare(Name("userName"), Operator.EQ, value)
    assert parse_filter(filters.equals(parse_path("userName"), value, RFC7644)) == wanted
    element = parse_filter(filters.equals(_WORK, value, RFC7644))
    work = Compare(Name("type"), Operator.EQ, "work")
    assert element == Has(Name("emails"), And((work, Compare(Name("value"), Operator.EQ, value))))


def paths(data: bytes) -> None:
    """Any attribute path: refused as one, or spelled so that it means the same again."""
    text = data.decode("utf-8", "replace")
    with suppress(ScimError):
        parse_patch_path(text)
    try:
        path = parse_path(text)
    except PathError:
        return
    assert parse_path(spelled(path)).sub == path.sub
    if path.attribute.lower() == "members":
        return
    for profile in _PROFILES:
        for value in ("x", None, True, ("a", "b")):
            json.dumps(patch.update({path: value}, profile))
            patch.update_seen({path: value}, {}, profile)


def messages(data: bytes) -> None:
    """Any PATCH message: refused, or read as operations on attributes that there are."""
    try:
        body: Json = json.loads(data)
    except (ValueError, RecursionError):
        return
    for kind, quirks in product(SimulatedKind, QUIRKS.values()):
        try:
            read_operations(body, RESOURCE_TYPES[kind], quirks)  # type: ignore[arg-type]  # any JSON
        except ScimError:
            continue


def resources(data: bytes) -> None:
    """Any resource, written back with changes in it: they are there, and nothing else is lost."""
    try:
        live = json.loads(data)
    except (ValueError, RecursionError):
        return
    if not isinstance(live, dict):
        return
    for profile in (RFC7644, ZPA):
        after = replaced(Kind.USER, live, _VALUES, profile)
        json.dumps(after)
        json.dumps(merged(Kind.USER, live, _VALUES, profile))
        assert after["title"] == "Lead" or any(key.lower() == "title" for key in after)
        touched = {"emails", "name", "title", "meta", "groups", "schemas", "department"}
        kept = {n for n in live if n.lower() not in touched and not n.lower().startswith("urn:")}
        assert kept <= after.keys()


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {
    target.__name__: target
    for target in (answers, waits, filter_texts, sought_values, paths, messages, resources)
}

#: Something to begin with, for each.
SEEDS: Final[Mapping[str, tuple[bytes, ...]]] = {
    "answers": (
        b'\x00{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":2,'
        b'"Resources":[{"id":"1","userName":"a","members":[{"value":"2"}]}],"nextCursor":"x"}',
        b'\x08{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"409"}',
        b'\x00{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":404}',
        b'\x00{"schemas":["x"],"totalResults":"2","startIndex":1,"Resources":[{"id":7,"meta":'
        b'{"version":"W/1"},"members":[{"$ref":"https://x/Users/8%2F9"},{"value":3}]},'
        b'{"id":"b","members":{"value":"1"}}]}',
        b"\x00<html>",
    ),
    "waits": (b"13s", b"Wed, 21 Oct 2026 07:28:00 GMT\nWed, 21 Oct 2026 07:27:00 GMT"),
    "filter_texts": (b'userName eq "a" and not (emails[type eq "work" or value co "x"] pr)',),
    "sought_values": (b'a"] or userName pr', "é\\".encode()),
    "paths": (b'emails[type eq "work"].value', b"urn:a:b:User:name.givenName"),
    "messages": (
        b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add",'
        b'"path":"members","value":[{"value":"1"}]},{"op":"Replace","value":{"active":"False"}}]}',
    ),
    "resources": (
        b'{"schemas":["x"],"id":"1","USERNAME":"a","emails":[{"type":"work","value":"b"}],'
        b'"name":{"familyName":"L"},"urn:other":{"a":[1]},"meta":{}}',
    ),
}
