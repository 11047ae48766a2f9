"""Lists: filter, sort, page, and which attributes are shown (RFC 7644 §3.4)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.simulator.builders_simulator import (
    BASE,
    CORE_GROUP,
    CORE_USER,
    ENTERPRISE,
    IDS,
    LIST_RESPONSE,
    SEARCH_REQUEST,
    Client,
    a_provider,
    an_error,
)


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Users Eve, bob, Ada, dan and cy, in that order; a group of Eve and bob, and an empty one."""
    path: Path = tmp_path_factory.mktemp("five")
    with a_provider(path) as client:
        client.a_user("Eve", title="lead", externalId="E", emails=[{"value": "z@x.example"}])
        client.a_user(
            "bob",
            title="Analyst",
            externalId="e",
            emails=[{"value": "m@x.example"}, {"value": "a@x.example", "primary": True}],
        )
        client.a_user("Ada", title="engineer", displayName="Ada L.", active=True)
        client.a_user("dan", active=False, **{ENTERPRISE: {"manager": {"value": IDS[0]}}})
        client.a_user("cy", displayName="Cy")
        client.a_group("Staff", [IDS[0], IDS[1]], externalId="e")
        client.a_group("empty")
        yield client


EVERYBODY = ["Eve", "bob", "Ada", "dan", "cy"]


def test_a_list_is_in_the_order_of_creation(five: Client) -> None:
    answer = five.get("/Users").json()
    assert [r["userName"] for r in answer.pop("Resources")] == EVERYBODY
    assert answer == {
        "schemas": [LIST_RESPONSE],
        "totalResults": 5,
        "startIndex": 1,
        "itemsPerPage": 5,
    }


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"startIndex": 1, "count": 2}, EVERYBODY[:2]),
        ({"startIndex": 4, "count": 2}, EVERYBODY[3:]),
        ({"startIndex": 5, "count": 2}, EVERYBODY[4:]),
        ({"startIndex": 6}, []),
        ({"startIndex": 0, "count": 1}, EVERYBODY[:1]),
        ({"startIndex": -7, "count": 1}, EVERYBODY[:1]),
        ({"startIndex": -7, "count": 1, "filter": "userName pr"}, EVERYBODY[:1]),
        ({"count": 0}, []),
        ({"count": -3}, []),
        ({"count": 10**17}, EVERYBODY),
        ({"startIndex": 2, "count": 2, "filter": "userName pr"}, ["bob", "Ada"]),
        ({"startIndex": 9, "filter": "userName pr"}, []),
        ({"count": 0, "filter": "userName pr"}, []),
    ],
)
def test_pages_have_what_they_should_and_always_the_total(
    five: Client, query: dict[str, str | int], shown: list[str]
) -> None:
    answer = five.get("/Users", **query).json()
    assert [r["userName"] for r in answer["Resources"]] == shown
    assert (answer["totalResults"], answer["itemsPerPage"]) == (5, len(shown))
    assert answer["startIndex"] == max(1, int(query.get("startIndex", 1)))


def test_pages_are_no_longer_than_the_provider_allows(tmp_path: Path) -> None:
    with a_provider(tmp_path) as client:
        for number in range(201):
            client.a_user(f"u{number}")
        lengths = [
            len(client.get("/Users", **query).json()["Resources"])
            for query in ({}, {"count": 500}, {"count": 150})
        ]
    assert lengths == [100, 200, 150]


@pytest.mark.parametrize(
    "query",
    [
        {"startIndex": "x"},
        {"count": "1.5"},
        {"count": "--1"},
        {"startIndex": "9" * 30},
        {"sortOrder": "up"},
        {"attributes": "userName", "excludedAttributes": "title"},
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(five: Client, query: dict[str, str]) -> None:
    assert an_error(400, "invalidValue", five.get("/Users", **query))


@pytest.mark.parametrize(
    ("filter", "users", "groups"),
    [
        ('userName eq "EVE"', ["Eve"], []),
        (f'id eq "{IDS[2]}"', ["Ada"], []),
        ('externalId eq "e"', ["bob"], ["Staff"]),
        ('displayName eq "ada l."', ["Ada"], []),
        ('displayName eq "STAFF"', [], ["Staff"]),
        ('displayName eq "\\ud800"', [], []),
        ('title eq "lead" or displayName eq "cy"', ["Eve", "cy"], []),
        ('userName eq "bob" and title eq "lead"', [], []),
        ('title pr and userName eq "bob"', ["bob"], []),
        (f'members eq "{IDS[0]}"', [], ["Staff"]),
        (f'members.value eq "{IDS[2]}"', [], []),
        ('members eq "\\ud800"', [], []),
        (f'members[value eq "{IDS[1]}"]', [], ["Staff"]),
        (f'id eq "{IDS[5]}" and members eq "{IDS[1]}"', [], ["Staff"]),
        (f'members[value eq "{IDS[1]}" and type eq "Group"]', [], []),
        ("not (members pr)", EVERYBODY, ["empty"]),
        (f'groups.value eq "{IDS[5]}"', ["Eve", "bob"], []),
        ('groups[display eq "Staff" and type eq "direct"]', ["Eve", "bob"], []),
        ('meta.resourceType eq "User"', EVERYBODY, []),
        (f'{ENTERPRISE}:manager.value eq "{IDS[0]}"', ["dan"], []),
        (f'meta.location ew "/{IDS[3]}"', ["dan"], []),
        ('meta.version eq "W/\\"1\\""', EVERYBODY, ["Staff", "empty"]),
    ],
)
def test_a_filter_finds_whom_it_should(
    five: Client, filter: str, users: list[str], groups: list[str]
) -> None:
    assert five.names("/Users", filter=filter) == users
    assert five.names("/Groups", filter=filter) == groups
    search = {"schemas": [SEARCH_REQUEST], "filter": filter}
    found = five.post("/.search", search).json()["Resources"]
    assert [r.get("userName") or r["displayName"] for r in found] == users + groups


@pytest.mark.parametrize("filter", ["userName is 1", "", "active gt true", "userName eq 1"])
def test_a_wrong_filter_is_refused(five: Client, filter: str) -> None:
    assert an_error(400, "invalidFilter", five.get("/Users", filter=filter))


@pytest.mark.parametrize(
    ("by", "order", "shown"),
    [
        ("userName", "ascending", ["Ada", "bob", "cy", "dan", "Eve"]),
        ("userName", "descending", ["Eve", "dan", "cy", "bob", "Ada"]),
        ("displayName", "ascending", ["Ada", "cy", "Eve", "bob", "dan"]),
        ("displayName", "descending", ["Eve", "bob", "dan", "cy", "Ada"]),
        ("title", "ascending", ["bob", "Ada", "Eve", "dan", "cy"]),
        ("externalId", "ascending", ["Eve", "bob", "Ada", "dan", "cy"]),
        ("emails", "ascending", ["bob", "Eve", "Ada", "dan", "cy"]),  # bob's primary one
        ("emails.value", "descending", ["Ada", "dan", "cy", "Eve", "bob"]),
        ("active", "ascending", ["dan", "Ada", "Eve", "bob", "cy"]),
        (f"{ENTERPRISE}:manager.value", "ascending", ["dan", "Eve", "bob", "Ada", "cy"]),
        ("groups.display", "descending", ["Ada", "dan", "cy", "Eve", "bob"]),
        ("nosuch", "ascending", EVERYBODY),
    ],
)
def test_a_list_is_sorted_those_without_a_value_last(
    five: Client, by: str, order: str, shown: list[str]
) -> None:
    assert five.names("/Users", sortBy=by, sortOrder=order) == shown
    filtered = five.names("/Users", sortBy=by, sortOrder=order, filter="userName pr")
    assert filtered == shown


def test_sorting_pages_as_well(five: Client) -> None:
    assert five.names("/Users", sortBy="userName", startIndex=2, count=2) == ["bob", "cy"]
    assert five.names("/Users", sortBy="title", startIndex=2, count=2) == ["Ada", "Eve"]


@pytest.mark.parametrize("by", ["name", "a.b.c", "a b"])
def test_what_has_no_order_is_refused(five: Client, by: str) -> None:
    assert an_error(400, "invalidPath", five.get("/Users", sortBy=by))


ALWAYS = {"schemas", "id"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"attributes": "userName"}, {"userName": "bob"}),
        ({"attributes": "USERNAME, emails.value"}, None),
        ({"attributes": f"{CORE_USER}:userName"}, {"userName": "bob"}),
        ({"attributes": "displayName"}, {}),
        ({"attributes": "meta.location"}, {"meta": {"location": f"{BASE}/Users/{IDS[1]}"}}),
        (
            {"attributes": "groups.display"},
            {"groups": [{"display": "Staff"}]},
        ),
        (
            {"excludedAttributes": "emails,meta,groups,id,schemas"},
            {"userName": "bob", "title": "Analyst", "externalId": "e"},
        ),
    ],
)
def test_an_answer_has_the_attributes_that_were_asked_for(
    five: Client, query: dict[str, str], expected: dict[str, object] | None
) -> None:
    if expected is None:
        expected = {
            "userName": "bob",
            "emails": [{"value": "m@x.example"}, {"value": "a@x.example"}],
        }
    one = five.get(f"/Users/{IDS[1]}", **query).json()
    assert one == {"schemas": [CORE_USER], "id": IDS[1], **expected}
    assert five.get("/Users", filter='userName eq "bob"', **query).json()["Resources"] == [one]


def test_an_extension_is_asked_for_as_a_whole_or_in_part(five: Client) -> None:
    manager = {"value": IDS[0]}
    base = {"schemas": [CORE_USER, ENTERPRISE], "id": IDS[3]}
    for name in (ENTERPRISE, f"{ENTERPRISE}:manager", f"{ENTERPRISE}:manager.value"):
        shown = five.get(f"/Users/{IDS[3]}", attributes=name).json()
        assert shown == {**base, ENTERPRISE: {"manager": manager}}
    hidden = five.get(f"/Users/{IDS[3]}", excludedAttributes=ENTERPRISE).json()
    assert ENTERPRISE not in hidden and hidden["userName"] == "dan"


def test_members_can_be_left_out(five: Client) -> None:
    group = five.get(f"/Groups/{IDS[5]}", excludedAttributes="members").json()
    assert set(group) == {"schemas", "id", "externalId", "displayName", "meta"}
    listed = five.get("/Groups", excludedAttributes="members").json()["Resources"]
    assert [set(g) & {"members"} for g in listed] == [set(), set()]


def test_writes_answer_with_the_attributes_that_were_asked_for(rfc: Client) -> None:
    body = {"schemas": [CORE_GROUP], "displayName": "g"}
    assert set(rfc.post("/Groups?attributes=displayName", body).json()) == ALWAYS | {"displayName"}


def test_search_takes_the_query_in_its_body(five: Client) -> None:
    search = {
        "schemas": [SEARCH_REQUEST],
        "attributes": ["userName"],
        "filter": "title pr",
        "sortBy": "userName",
        "sortOrder": "descending",
        "startIndex": 2,
        "count": 1,
    }
    assert five.post("/Users/.search", search).json() == {
        "schemas": [LIST_RESPONSE],
        "totalResults": 3,
        "startIndex": 2,
        "itemsPerPage": 1,
        "Resources": [{"schemas": [CORE_USER], "id": IDS[1], "userName": "bob"}],
    }


@pytest.mark.parametrize(
    ("body", "scim_type"),
    [
        ([], "invalidSyntax"),
        ({"filter": "title pr"}, "invalidSyntax"),
        ({"schemas": [SEARCH_REQUEST], "attributes": "userName"}, "invalidSyntax"),
        ({"schemas": [SEARCH_REQUEST], "attributes": [7]}, "invalidSyntax"),
        ({"schemas": [SEARCH_REQUEST], "count": True}, "invalidValue"),
        ({"schemas": [SEARCH_REQUEST], "attributes": ["a b"]}, "invalidPath"),
    ],
)
def test_what_is_no_search_is_refused(five: Client, body: object, scim_type: str) -> None:
    assert an_error(400, scim_type, five.post("/.search", body))
