"""Filters as they are sent, and whether a row that came back really matches."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest
from scim2_models import EnterpriseUser, ScimFilter, User

from reconciler.model.attributes import USER_NAME
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import ENTERPRISE_USER, Json, fold, parse_path
from reconciler.model.profile import BUILT_IN, RFC7644, ZPA, Profile
from reconciler.model.profile.clauses import Filters
from reconciler.model.resource import Resource
from reconciler.scim.filters import equals, matches, worth_asking
from tests.unit.scim.builders_wire import Provider, Says, a_page, a_user, connected

WORK = 'emails[type eq "work"].value'


def user(data: Mapping[str, Json]) -> Resource:
    return Resource(ResourceId("u1"), Kind.USER, data)


@pytest.mark.parametrize(
    ("path", "value", "profile", "text"),
    [
        ("userName", "adada@zone.example", RFC7644, 'userName eq "adada@zone.example"'),
        ("userName", 'a"b\\c', RFC7644, r'userName eq "a\"b\\c"'),
        ("userName", "José", RFC7644, 'userName eq "José"'),
        ("name.familyName", "L", RFC7644, 'name.familyName eq "L"'),
        (
            WORK,
            "ada@zone.example",
            RFC7644,
            'emails[type eq "work" and value eq "ada@zone.example"]',
        ),
        (
            'emails[type eq "work"]',
            "ada@zone.example",
            RFC7644,
            'emails[type eq "work" and value eq "ada@zone.example"]',
        ),
        (WORK, "ada@zone.example", ZPA, 'emails.value eq "ada@zone.example"'),
        ('emails[type eq "work"]', "ada@zone.example", ZPA, 'emails.value eq "ada@zone.example"'),
        (
            f"{ENTERPRISE_USER}:employeeNumber",
            "007",
            RFC7644,
            f'{ENTERPRISE_USER}:employeeNumber eq "007"',
        ),
    ],
)
def test_a_filter_compares_one_attribute(
    path: str, value: str, profile: Profile, text: str
) -> None:
    assert equals(parse_path(path), value, profile) == text
    ScimFilter[User[EnterpriseUser]](text)


@pytest.mark.parametrize(
    ("path", "data", "value", "expected"),
    [
        ("userName", {"userName": "Ada@Z"}, "ada@z", True),
        ("userName", {"userName": "ada@z"}, "bob@z", False),
        ("userName", {}, "ada@z", False),
        ("userName", {"userName": None}, "None", False),
        ("userName", {"userName": "Jose\u0301"}, "jos\u00e9", True),
        ("externalId", {"externalId": "AB"}, "ab", False),
        ("externalId", {"externalId": "AB"}, "AB", True),
        ("externalId", {"externalId": 12}, "12", True),
        (WORK, {"emails": [{"type": "work", "value": "a@z"}]}, "a@z", True),
        (WORK, {"emails": [{"type": "home", "value": "a@z"}]}, "a@z", False),
        (
            f"{ENTERPRISE_USER}:department",
            {ENTERPRISE_USER: {"department": "NetSec"}},
            "netsec",
            True,
        ),
        (f"{ENTERPRISE_USER}:manager", {ENTERPRISE_USER: {"manager": {"value": "7"}}}, "7", True),
    ],
)
def test_a_row_matches_by_the_attributes_own_rule(
    path: str, data: Json, value: str, expected: bool
) -> None:
    resource = fold(data)
    assert isinstance(resource, dict)
    assert matches(user(resource), parse_path(path), value, RFC7644) is expected


@pytest.mark.parametrize(
    ("emails", "expected"),
    [
        ([{"value": "x@z"}, {"value": "a@z"}], True),
        ([{"type": "other", "value": "A@z"}], True),
        (["a@z", {"value": "b@z"}], False),
        ("a@z", False),
        (None, False),
    ],
)
def test_where_types_are_not_kept_any_element_may_match(emails: Json, expected: bool) -> None:
    resource = fold({"emails": emails})
    assert isinstance(resource, dict)
    assert matches(user(resource), parse_path(WORK), "a@z", ZPA) is expected


def able(**filters: object) -> Profile:
    return replace(RFC7644, filters=Filters(**filters))  # type: ignore[arg-type]  # a test's short way


@pytest.mark.parametrize(
    ("profile", "path", "value", "text"),
    [
        (RFC7644, WORK, "a@b.c", 'emails[type eq "work" and value eq "a@b.c"]'),
        (able(joined=False), WORK, "a@b.c", 'emails.value eq "a@b.c"'),
        (able(supported=False), "userName", "ada", None),
        (able(escapes=False), "userName", "ada", 'userName eq "ada"'),
        (able(escapes=False), "userName", 'a"da', None),
        (able(escapes=False), "userName", "a\\da", None),
        (able(longest=17), "userName", "ada", 'userName eq "ada"'),
        (able(longest=16), "userName", "ada", None),
        (ZPA, "userName", "ada", 'userName eq "ada"'),
        (ZPA, "externalId", "ada", None),
        (BUILT_IN["atlassian"], "EXTERNALID", "ada", 'externalId eq "ada"'),
        (BUILT_IN["atlassian"], WORK, "a@b.c", None),
    ],
)
def test_only_what_the_provider_understands_is_asked(
    profile: Profile, path: str, value: str, text: str | None
) -> None:
    found = worth_asking(Kind.USER, parse_path(path), value, profile)
    assert (found or "").lower() == (text or "").lower()


@pytest.mark.parametrize(
    ("profile", "asked"),
    [
        (RFC7644, [{"filter": 'userName eq "ada@zone.example"'}]),
        (able(supported=False), [{"startIndex": "1", "count": "200"}]),
    ],
)
def test_what_would_not_be_understood_is_not_sent_and_a_list_decides(
    profile: Profile, asked: list[dict[str, str]]
) -> None:
    provider = Provider(lambda _asked: Says(200, a_page([a_user()])))

    async def go() -> None:
        async with connected(provider, profile) as client:
            (found,) = await client.find(Kind.USER, USER_NAME, "ada@zone.example")
            assert found.id == "u1"

    asyncio.run(go())
    assert [dict(each.query) for each in provider.asked] == asked
