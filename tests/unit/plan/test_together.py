"""Which changes leave in one request: what the estimate counts is what the executor sends."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.change import (
    AttributeChange,
    AttributeValue,
    Change,
    Create,
    ReferenceChange,
    Removing,
    SetReferences,
    Step,
    Update,
)
from reconciler.model.dialect import MemberRemoval, Updating
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import AttributePath, Json, Value, parse_path
from reconciler.model.plan import Population
from reconciler.model.profile import BUILT_IN, RFC7644, Profile
from reconciler.model.sealed import Sealed
from reconciler.plan.estimate import estimate
from reconciler.plan.together import size_of, together
from reconciler.scim import patch
from reconciler.scim.bulk import operation, request
from reconciler.scim.calls import Call, Method
from reconciler.scim.creation import new_resource
from reconciler.scim.spelling import text_booleans
from tests.builders import (
    BECAUSE,
    a_create,
    a_deactivation,
    a_deletion,
    a_reactivation,
    a_removal,
    an_addition,
    an_update,
)
from tests.unit.plan.builders_plan import a_target

THREE = replace(RFC7644, bulk_operations=3)
MANY = replace(RFC7644, bulk_operations=9)
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
FEW = Population(9, 9, 9, 9, 9, 9)


def people(number: int) -> list[Change]:
    return [a_create(f"e{n}") for n in range(number)]


def a_group() -> Create:
    return replace(a_create("ops"), kind=Kind.GROUP, step=Step.CREATE_GROUPS)


def a_manager(key: str = "e1") -> SetReferences:
    return SetReferences(
        kind=Kind.USER,
        key=key,
        name=key,
        id=ResourceId(f"id-{key}"),
        cause=an_update().cause,
        reason=BECAUSE,
        step=Step.SET_REFERENCES,
        references=(ReferenceChange(f"{ENTERPRISE}:manager.value", None, "e9"),),
    )


def test_nothing_goes_together_at_a_provider_of_which_nobody_says_so() -> None:
    assert all(together(people(9), profile) == () for profile in BUILT_IN.values())


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, ()),
        (1, ()),
        (2, ((0, 1),)),
        (3, ((0, 1, 2),)),
        (4, ((0, 1, 2),)),  # the last one is alone, and so a request as any other
        (8, ((0, 1, 2), (3, 4, 5), (6, 7))),
    ],
)
def test_creates_go_together_up_to_the_limit(
    number: int, expected: tuple[tuple[int, ...], ...]
) -> None:
    assert together(people(number), THREE) == expected


def test_what_belongs_to_one_step_goes_together_whatever_it_is() -> None:
    changes: list[Change] = [
        *(a_deactivation("a"), a_deactivation("b")),
        *(a_create("c"), a_reactivation("d")),
        *(an_update("e"), an_update("f")),
        *(a_manager("g"), a_manager("h")),
        *(a_group(), replace(a_group(), key="net")),
        *(an_addition("i"), an_addition("j", ["x", "y"])),
        *(replace(a_deletion("k"), kind=Kind.USER), replace(a_deletion("l"), kind=Kind.USER)),
    ]
    assert together(changes, MANY) == tuple((n, n + 1) for n in range(0, len(changes), 2))


def test_the_first_group_that_loses_members_goes_ahead_alone_and_the_same_way() -> None:
    changes = [a_removal(f"g{n}", ["x"]) for n in range(5)]
    assert together(changes, THREE) == ((0,), (1, 2, 3))
    assert together(changes[:3], THREE) == ((0,), (1, 2))
    assert together(changes[:2], THREE) == ((0,),)
    assert together(changes[:1], THREE) == ()


def test_what_waits_for_another_change_is_in_another_request() -> None:
    def rename(key: str, before: str, after: str) -> Update:
        part = AttributeChange("userName", before, after)
        return replace(an_update(key), step=Step.FREE, changes=(part,))

    free = replace(an_update("e0"), step=Step.FREE)
    chain = [free, rename("e1", "a", "b"), rename("e2", "b", "c"), replace(free, key="e3")]
    assert together(chain, MANY) == ((0, 2, 3),)


def test_what_goes_alone_does_not_break_up_the_others() -> None:
    secret = replace(a_create("s"), values=(AttributeValue("password", Sealed("hmac-sha256:00")),))
    assert size_of(secret, THREE) is None
    a, b, c, d = people(4)
    assert together([a, b, secret, c, d], THREE) == ((0, 1, 3),)


TITLE = AttributeChange("title", "Lead", "Head")
SEALED = AttributeChange("title", None, Sealed("hmac-sha256:00"))
NO_PATCH = replace(MANY, update_user=Updating.PUT_REPLACES, update_group=Updating.PUT_REPLACES)


@pytest.mark.parametrize(
    ("change", "profile"),
    [
        (replace(an_update(), changes=(SEALED,)), MANY),
        (an_addition("g", ["a", "b", "c"]), replace(MANY, members_per_patch=2)),
        (a_removal("g", ["a", "b", "c"]), replace(MANY, members_per_patch=2)),
        (a_removal("g", ["a", "b"]), replace(MANY, operations_per_patch=1)),
        (replace(a_removal("g"), by=Removing.EMPTY), MANY),
        (replace(a_removal("g"), by=Removing.REPLACE), MANY),
        (replace(an_update(), kind=Kind.GROUP), NO_PATCH),
        (an_addition("g"), NO_PATCH),
        (
            replace(an_update(), changes=(TITLE, replace(TITLE, path="nickName"))),
            replace(MANY, operations_per_patch=1),
        ),
    ],
    ids=[
        *("sealed", "members in several requests", "the same, leaving", "one operation each"),
        *("emptied", "replaced", "a group put back", "a member put in", "in several requests"),
    ],
)  # fmt: skip
def test_what_has_no_bound_or_takes_several_requests_goes_alone(
    change: Change, profile: Profile
) -> None:
    assert size_of(change, profile) is None


def test_a_person_who_is_put_back_whole_goes_with_others() -> None:
    off = replace(a_deactivation("b"), step=Step.UPDATE_USERS)
    assert together([an_update("a"), off], NO_PATCH) == ((0, 1),)


def test_a_request_does_not_grow_over_its_bytes() -> None:
    one = size_of(a_create("e0"), THREE)
    assert one is not None
    for room, expected in ((2 * one, ((0, 1), (2, 3))), (2 * one - 1, ()), (1, ())):
        profile = replace(THREE, bulk_bytes=128 + room)
        assert together(people(4), profile) == expected


@pytest.mark.parametrize(("number", "posts"), [(1, 1), (3, 1), (4, 2), (1000, 334)])
def test_the_estimate_counts_requests(number: int, posts: int) -> None:
    nobody = Population(0, 0, 0, 0, 0, 0)
    assert estimate(people(number), nobody, THREE, a_target()).posts == posts
    assert estimate(people(number), nobody, RFC7644, a_target()).posts == number


def test_the_estimate_counts_every_kind_of_write_and_reads_back_as_ever() -> None:
    changes: list[Change] = [
        *(a_deactivation("a"), a_deactivation("b")),
        *(an_update("c"), an_update("d"), an_update("e")),
        *(an_addition("g"), an_addition("h")),
        *(a_removal("i"), a_removal("j"), a_removal("k")),
        *(a_deletion("l"), a_deletion("m")),
    ]
    alone = estimate(changes, FEW, RFC7644, a_target())
    shared = estimate(changes, FEW, replace(MANY, bulk_operations=2), a_target())
    assert (alone.posts, alone.patches, alone.deletes) == (0, 10, 2)
    assert (shared.posts, shared.patches, shared.deletes) == (1 + 1 + 1 + 2 + 1, 1, 0)
    assert shared.gets == alone.gets
    put = estimate(changes[:5], FEW, replace(NO_PATCH, bulk_operations=2), a_target())
    assert (put.posts, put.puts, put.gets) == (2, 1, put.gets)
    assert put.gets == estimate(changes[:5], FEW, RFC7644, a_target()).gets + 5


TEXT = st.text(max_size=30)
VALUES: dict[str, st.SearchStrategy[Value]] = {
    "userName": TEXT,
    "active": st.booleans(),
    "name.familyName": TEXT,
    'emails[type eq "work"].value': TEXT,
    'emails[type eq "home"].value': TEXT,
    'emails[type eq "\u00e9"].value': TEXT,
    "roles": st.lists(TEXT, max_size=5).map(tuple),
    f"{ENTERPRISE}:department": TEXT,
    f"{ENTERPRISE}:manager": TEXT,
    "urn:x:y:z:flag": st.booleans(),
}
PEOPLE = st.lists(st.fixed_dictionaries({}, optional=VALUES), min_size=1, max_size=4)


def sent(calls: Sequence[Call]) -> int:
    """Bytes of a Bulk request with these."""
    dressed = [replace(call, body=text_booleans(call.body or {})) for call in calls]
    return _length(request({str(n + 1): call for n, call in enumerate(dressed)}))


def _length(data: Json) -> int:
    return len(json.dumps(data, separators=(",", ":")).encode())


@given(PEOPLE)
def test_no_request_is_larger_than_what_was_counted(people: list[dict[str, Value]]) -> None:
    calls = []
    counted = 128
    for number, values in enumerate(people):
        attributes = tuple(AttributeValue(path, value) for path, value in values.items())
        size = size_of(replace(a_create(f"e{number}"), values=attributes), RFC7644)
        assert size is not None
        counted += size
        resource = new_resource(Kind.USER, _paths(values), RFC7644)
        calls.append(Call(Method.POST, Kind.USER, "/Users", "create", resource, of_all=True))
    assert sent(calls) <= counted


def _paths(values: Mapping[str, Value]) -> dict[AttributePath, Value]:
    return {parse_path(path): value for path, value in values.items()}


IDS = st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=5, unique=True)


@settings(max_examples=30)
@given(people=PEOPLE, ids=IDS, live=st.dictionaries(st.sampled_from(["emails"]), st.just(())))
@pytest.mark.parametrize("profile", BUILT_IN.values(), ids=BUILT_IN)
def test_no_change_of_what_is_there_is_larger_than_what_was_counted(
    profile: Profile,
    people: list[dict[str, Value]],
    ids: list[str],
    live: dict[str, Json],
) -> None:
    members = [ResourceId(one) for one in ids]
    for values in people:
        parts = tuple(AttributeChange(path, "x", value) for path, value in values.items())
        size = size_of(replace(an_update(), changes=parts), profile)
        message = patch.update_seen(_paths(values), live, profile) if values else None
        if size is not None and message is not None:
            assert _operation(profile.path(Kind.USER, quote(members[0])), message) <= size
    adds = size_of(an_addition("g", ids), profile)
    if adds is not None:
        message = patch.add_members(members, profile)
        assert _operation(profile.path(Kind.GROUP, quote(members[0])), message) <= adds
    removes = size_of(a_removal("g", ids), profile)
    if removes is not None and profile.member_removal is not MemberRemoval.REPLACE:
        message = patch.remove_members(members, profile)
        assert _operation(profile.path(Kind.GROUP, quote(members[0])), message) <= removes


def _operation(path: str, message: patch.Message) -> int:
    version = 'W/"0123456789abcdef0123456789abcdef"'
    call = Call(Method.PATCH, Kind.USER, path, "change", text_booleans(message), version)
    return _length(operation("100", call)) + 1
