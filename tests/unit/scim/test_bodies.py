"""JSON as resources and pages: lenient, except about who it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import CORE_GROUP, CORE_USER, Json, fold
from reconciler.model.profile import RFC7644, ZPA, MembersIn, Profile
from reconciler.model.resource import Members, Resource, Unread
from reconciler.scim.answers import Answer
from reconciler.scim.bodies import Page, members_when_absent, read_page, read_resource
from tests.unit.scim.builders_wire import LIST_RESPONSE, a_group, a_page, a_user

EMPTY: Members = frozenset()


def answered(body: Json, etag: str | None = None) -> Answer:
    data = fold(body)
    assert isinstance(data, dict)
    return Answer(200, data, etag)


def the_user(body: dict[str, Json]) -> Resource | None:
    return read_resource(Kind.USER, answered(body), EMPTY)


def members_of(body: dict[str, Json], absent: Members = EMPTY) -> Members | None:
    group = read_resource(Kind.GROUP, answered({"id": "g1"} | body), absent)
    assert group is not None
    return group.members


def test_a_user_is_its_data_with_folded_names_and_has_no_members() -> None:
    found = the_user({"id": "1", "userName": "ada", "active": "True", "members": 7})
    assert found == Resource(
        ResourceId("1"),
        Kind.USER,
        {"id": "1", "username": "ada", "active": "True", "members": 7},
    )


def test_members_of_a_group_stand_apart_from_its_data() -> None:
    members: Json = [{"value": "1"}, {"value": "2"}]
    body: Json = {"id": "g1", "displayName": "Ops", "members": members}
    found = read_resource(Kind.GROUP, answered(body), EMPTY)
    assert found == Resource(
        ResourceId("g1"),
        Kind.GROUP,
        {"id": "g1", "displayname": "Ops"},
        frozenset({ResourceId("1"), ResourceId("2")}),
    )


@pytest.mark.parametrize(("id", "text"), [("a", "a"), (7, "7"), (" x ", " x "), ("../a", "../a")])
def test_an_id_is_text_whatever_it_looks_like(id: Json, text: str) -> None:
    found = the_user({"id": id})
    assert found is not None
    assert found.id == text


@pytest.mark.parametrize("id", [None, "", " ", ".", "..", True, 1.5, ["a"], "\ud800"])
def test_what_has_no_id_that_fits_into_a_url_is_no_resource(id: Json) -> None:
    assert the_user({"id": id}) is None


def test_an_answer_without_a_body_shows_no_resource() -> None:
    assert read_resource(Kind.USER, Answer(204), EMPTY) is None


@pytest.mark.parametrize(
    ("body", "etag", "version"),
    [
        ({}, None, None),
        ({}, 'W/"2"', 'W/"2"'),
        ({"meta": {"version": 'W/"1"'}}, None, 'W/"1"'),
        ({"meta": {"version": 'W/"1"'}}, 'W/"2"', 'W/"2"'),
        ({"meta": {"version": "1\r\nx: y"}}, None, None),
        ({"meta": "x"}, None, None),
    ],
)
def test_the_version_is_the_header_or_what_the_body_says(
    body: dict[str, Json], etag: str | None, version: str | None
) -> None:
    found = read_resource(Kind.USER, answered({"id": "1"} | body, etag), EMPTY)
    assert found is not None
    assert found.version == version


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([], EMPTY),
        (None, EMPTY),
        ([{"value": "1", "display": "Ada", "$ref": None}], frozenset({"1"})),
        ([{"Value": 7}], frozenset({"7"})),
        (["1", 2], frozenset({"1", "2"})),
        ([{"value": "1"}, {"value": "1"}], frozenset({"1"})),
        ([{"value": "1"}, {"display": "Ada"}], Unread("a member has no `value`")),
        ([{"value": "1"}, None], Unread("a member has no `value`")),
        ([{"$ref": "https://x.example/v2/Users/a%20b"}], frozenset({"a b"})),
        ([{"$ref": "../Groups/7"}, {"$ref": None, "value": 8}], frozenset({"7", "8"})),
        ([{"$ref": "https://x.example/v2/Users"}], Unread("a member has no `value`")),
        ([{"$ref": "https://[x/Users/1"}], Unread("a member has no `value`")),
        ("1", Unread("`members` is not a list")),
        ({"value": "1"}, frozenset({"1"})),
        ({}, Unread("a member has no `value`")),
    ],
)
def test_members_are_ids_or_unread(members: Json, expected: Members) -> None:
    assert members_of({"members": members}) == expected


def test_members_are_unread_where_the_answer_does_not_show_them() -> None:
    unread = Unread("the list of groups does not show members")
    assert members_of({}, unread) == unread
    # A list that shows members although the profile says otherwise may show some of them only.
    assert members_of({"members": [{"value": "1"}]}, unread) == unread


NEVER = replace(RFC7644, members_in=MembersIn.NEVER)
HIDDEN = Unread("the list of groups does not show members")
NEVER_SHOWN = Unread("the service provider does not show members")


@pytest.mark.parametrize(
    ("profile", "shown_in", "expected"),
    [
        (RFC7644, MembersIn.LIST, EMPTY),
        (RFC7644, MembersIn.RESOURCE, EMPTY),
        (ZPA, MembersIn.LIST, HIDDEN),
        (ZPA, MembersIn.RESOURCE, EMPTY),
        (NEVER, MembersIn.LIST, NEVER_SHOWN),
        (NEVER, MembersIn.RESOURCE, NEVER_SHOWN),
    ],
)
def test_absent_members_are_none_only_where_the_profile_says_that_members_are_shown(
    profile: Profile, shown_in: MembersIn, expected: Members
) -> None:
    assert members_when_absent(profile, shown_in) == expected


def test_memberships_share_the_text_of_an_id() -> None:
    """A hundred thousand memberships must not be a hundred thousand texts."""
    first, second = (members_of({"members": [{"value": "".join(["u", "42"])}]}) for _ in range(2))
    assert isinstance(first, frozenset)
    assert isinstance(second, frozenset)
    assert next(iter(first)) is next(iter(second))


def the_page(body: object) -> Page | None:
    assert isinstance(body, dict)
    return read_page(Kind.USER, answered(body), EMPTY)


def test_a_page_is_its_rows_and_what_it_says_of_the_whole() -> None:
    page = the_page(a_page([a_user("1"), a_user("2")], total=7) | {"nextCursor": "c3"})
    assert page is not None
    assert [row.id for row in page.rows] == ["1", "2"]
    assert (page.received, page.total, page.next_cursor) == (2, 7, "c3")


def test_rows_without_an_id_count_as_received() -> None:
    page = the_page(a_page([a_user("1"), {"userName": "x"}, "row", None], total=4))
    assert page is not None
    assert [row.id for row in page.rows] == ["1"]
    assert page.received == 4


def test_numbers_may_be_text() -> None:
    assert the_page({"totalResults": "12", "Resources": []}) == Page((), 0, 12)
    assert the_page({"totalResults": 12.0, "Resources": []}) == Page((), 0, 12)


def test_a_group_among_the_users_is_nobody() -> None:
    """There are servers whose every list has both; its schema tells, not what it lacks."""
    mine, others = a_user("1", schemas=[CORE_USER.upper()]), a_user("2", schemas=CORE_GROUP)
    page = the_page(a_page([mine, others, a_user("3", schemas=[])]))
    assert page is not None
    assert ([row.id for row in page.rows], page.received) == (["1", "3"], 3)


@pytest.mark.parametrize("cursor", ["", 7, None, ["a"], True])
def test_what_can_be_no_cursor_is_the_end(cursor: Json) -> None:
    assert the_page({"totalResults": 0, "nextCursor": cursor}) == Page((), 0, 0)


def test_a_list_by_its_schema_may_lack_total_and_resources() -> None:
    """RFC 9865 lets `totalResults` be left out, RFC 7644 §3.4.2 an empty `Resources`."""
    assert the_page({"schemas": [LIST_RESPONSE.upper()]}) == Page((), 0, None)
    assert the_page({"schemas": LIST_RESPONSE, "nextCursor": "a"}) == Page((), 0, None, "a")


@pytest.mark.parametrize("total", ["x", "-1", "9" * 20, "٣", True, 1.5, None])
def test_a_total_that_is_no_number_is_not_known(total: Json) -> None:
    assert the_page({"totalResults": total, "Resources": []}) == Page((), 0, None)


def test_resources_may_be_left_out_of_a_list() -> None:
    assert the_page({"totalResults": 0}) == Page((), 0, 0)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": "1"},
        {"schemas": ["x", 1]},
        {"Resources": "x"},
        {"Resources": {"id": "1"}, "totalResults": 1},
    ],
)
def test_what_is_no_list_is_no_page(body: dict[str, object]) -> None:
    assert the_page(body) is None


def test_a_groups_page_hides_members_where_the_profile_says_so() -> None:
    page = read_page(Kind.GROUP, answered(a_page([a_group()])), HIDDEN)  # type: ignore[arg-type]  # the builder's values are objects, all of them JSON
    assert page is not None
    assert [row.members for row in page.rows] == [HIDDEN]
