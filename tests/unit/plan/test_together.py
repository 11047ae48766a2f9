"""Which creates leave in one request: what the estimate counts is what the executor sends."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.change import AttributeValue, Change, Create, Step
from reconciler.model.identity import Kind
from reconciler.model.path import Value, parse_path
from reconciler.model.plan import Population
from reconciler.model.profile import BUILT_IN, RFC7644
from reconciler.model.sealed import Sealed
from reconciler.plan.estimate import estimate
from reconciler.plan.together import size_of, together
from reconciler.scim.bulk import request
from reconciler.scim.creation import new_resource
from reconciler.scim.spelling import text_booleans
from tests.builders import a_create, a_deactivation, an_update
from tests.unit.plan.builders_plan import a_target

THREE = replace(RFC7644, bulk_operations=3)
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def people(number: int) -> list[Change]:
    return [a_create(f"e{n}") for n in range(number)]


def a_group() -> Create:
    return replace(a_create("ops"), kind=Kind.GROUP, step=Step.CREATE_GROUPS)


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


def test_only_neighbours_of_one_step_and_kind_go_together() -> None:
    changes = [*people(2), an_update("u"), *people(2), a_group(), a_group(), a_deactivation("d")]
    assert together(changes, replace(THREE, bulk_operations=9)) == ((0, 1), (3, 4), (5, 6))


def test_what_is_under_seal_has_no_size_and_goes_alone() -> None:
    secret = replace(a_create("s"), values=(AttributeValue("password", Sealed("hmac-sha256:00")),))
    assert size_of(secret) is None
    assert together([*people(2), secret, *people(2)], THREE) == ((0, 1), (3, 4))


def test_a_request_does_not_grow_over_its_bytes() -> None:
    one = size_of(a_create("e0"))
    assert one is not None
    for room, expected in ((2 * one, ((0, 1), (2, 3))), (2 * one - 1, ()), (1, ())):
        profile = replace(THREE, bulk_bytes=128 + room)
        assert together(people(4), profile) == expected


@pytest.mark.parametrize(("number", "posts"), [(1, 1), (3, 1), (4, 2), (1000, 334)])
def test_the_estimate_counts_requests(number: int, posts: int) -> None:
    nobody = Population(0, 0, 0, 0, 0, 0)
    assert estimate(people(number), nobody, THREE, a_target()).posts == posts
    assert estimate(people(number), nobody, RFC7644, a_target()).posts == number


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


@given(st.lists(st.fixed_dictionaries({}, optional=VALUES), min_size=1, max_size=4))
def test_no_request_is_larger_than_what_was_counted(people: list[dict[str, Value]]) -> None:
    bodies = {}
    counted = 128
    for number, values in enumerate(people):
        attributes = tuple(AttributeValue(path, value) for path, value in values.items())
        create = replace(a_create(f"e{number}"), values=attributes)
        create = replace(create, hash=f"sha256:{number:064}")
        size = size_of(create)
        assert size is not None
        counted += size
        resource = {parse_path(path): value for path, value in values.items()}
        bodies[create.hash] = text_booleans(new_resource(Kind.USER, resource, RFC7644))
    sent = json.dumps(request(Kind.USER, bodies), separators=(",", ":"))
    assert len(sent.encode()) <= counted
