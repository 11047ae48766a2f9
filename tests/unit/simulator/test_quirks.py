"""Each quirk, switched on alone or in the `zpa` profile; the RFC's side is in the other tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.simulator.quirks import (
    QUIRKS,
    RFC7644,
    ZPA,
    Inactive,
    OtherFilters,
    Paging,
    Put,
    Quirks,
    Unknown,
)
from tests.unit.simulator.builders_simulator import (
    BASE,
    CORE_USER,
    ENTERPRISE,
    IDS,
    Client,
    a_provider,
    an_error,
    group_body,
    user_body,
)


@contextmanager
def rfc_but(path: Path, **quirk: Any) -> Iterator[Client]:
    """A provider that keeps to the RFC but for this."""
    quirks: Quirks = replace(RFC7644, **quirk)
    with a_provider(path, quirks) as client:
        yield client


def test_the_profiles_are_found_by_their_name() -> None:
    assert {name: quirks.name for name, quirks in QUIRKS.items()} == {name: name for name in QUIRKS}
    assert (QUIRKS["rfc7644"], QUIRKS["zpa"]) == (RFC7644, ZPA)
    assert Quirks("rfc7644") == RFC7644


def test_zpa_departs_from_the_rfc_in_every_way_that_is_on_by_default() -> None:
    same = {f.name for f in fields(Quirks) if getattr(ZPA, f.name) == getattr(RFC7644, f.name)}
    of_others = {
        "paging",
        "count_ignored",
        "patch_user",
        "patch_group",
        "capitalised_operations",
        "clears",
        "extensions",
        "removals",
        "most_members",
        "text_booleans_only",
        "members_readable",
        "members_replaced",
        "required_user",
        "required_group",
        "one_element",
        "required_member",
        "user_agent",
        "media_types",
        "trailing_slash",
        "unique_emails",
        "delete_user",
        "bulk_bytes",
        "most_operations",
        "filter_nodes",
        "filter_error",
        "sorts",
        "put_group",
        "replaceable_group",
        "fixed_group",
        "echoed_enterprise",
        "unique_group_names",
        "domains",
        "id_prefix",
        "requests_per_second",
        "most_at_once",
        "open_discovery",
        "config_path",
        "other_resources",
    }
    assert same == of_others | {"start_index_is_page", "inactive_users", "writes_per_second"}


def test_zpa_answers_a_user_in_its_own_way(zpa: Client) -> None:
    body = user_body(
        "Ada@zone.example",
        active=True,
        displayName="Ada",
        externalId="e",
        nickName="A",
        userType="ZPA User",
        title="lead",
        name={"givenName": "Ada", "familyName": "L", "formatted": "Ada L", "middleName": "x"},
        emails=[{"type": "work", "value": "ada@zone.example", "primary": True}],
        phoneNumbers=[{"value": "1"}],
        locale="pt",
        department="NetSec",
        costCenter="7",
        **{ENTERPRISE: {"division": "D", "employeeNumber": "9", "manager": {"value": "x"}}},
    )
    answer = zpa.post("/Users", body)
    assert "etag" not in answer.headers
    assert answer.json() == {
        "schemas": [CORE_USER, ENTERPRISE],
        "id": IDS[0],
        "externalId": "e",
        "userName": "Ada@zone.example",
        "name": {"givenName": "Ada", "familyName": "L", "formatted": "Ada L"},
        "displayName": "Ada",
        "nickName": "A",
        "userType": "ZPA User",
        "title": "lead",
        "active": "true",
        "emails": [{"value": "ada@zone.example"}],
        ENTERPRISE: {"department": "NetSec", "costCenter": "7", "division": "D"},
        "meta": {
            "resourceType": "User",
            "created": "2026-03-01T12:00:00.000Z",
            "lastModified": "2026-03-01T12:00:00.000Z",
            "location": f"{BASE}/Users/{IDS[0]}",
        },
    }
    assert zpa.get("/Users").json()["Resources"] == [answer.json()]


def test_zpa_pages_are_short_and_say_their_size_not_their_length(zpa: Client) -> None:
    for number in range(101):
        zpa.a_user(f"u{number}")
    pages = [
        zpa.get("/Users", **query).json()
        for query in ({}, {"count": 500}, {"startIndex": 101, "count": 50}, {"startIndex": 99})
    ]
    assert [(len(p["Resources"]), p["itemsPerPage"], p["totalResults"]) for p in pages] == [
        (10, 10, 101),
        (100, 100, 101),
        (1, 50, 101),
        (3, 10, 101),
    ]


def test_zpa_never_lists_members_and_shows_them_in_the_one_group(zpa: Client) -> None:
    ada = zpa.a_user("ada")
    group = zpa.a_group("g", [ada])
    assert "members" not in zpa.get("/Groups").json()["Resources"][0]
    assert "members" not in zpa.get("/Groups", attributes="members").json()["Resources"][0]
    assert zpa.members(group) == [ada]
    assert [g["value"] for g in zpa.get("/Users").json()["Resources"][0]["groups"]] == [group]


def test_zpa_ignores_groups_in_every_write_of_a_user(zpa: Client) -> None:
    group = zpa.a_group("g")
    groups = [{"value": group}]
    ada = zpa.a_user("ada", groups=groups)
    zpa.put(f"/Users/{ada}", user_body("ada", groups=groups))
    answer = zpa.patch(f"/Users/{ada}", {"op": "add", "path": "groups", "value": groups})
    assert (answer.status_code, zpa.members(group)) == (200, [])


def test_zpa_answers_a_group_patch_without_a_body(zpa: Client) -> None:
    ada, group = zpa.a_user("ada"), zpa.a_group("g")
    answer = zpa.patch(
        f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": ada}]}
    )
    assert (answer.status_code, answer.content, zpa.members(group)) == (204, b"", [ada])
    answer = zpa.patch(f"/Users/{ada}", {"op": "replace", "path": "title", "value": "x"})
    assert (answer.status_code, answer.json()["title"]) == (200, "x")


def test_zpa_empties_a_group_on_a_bare_removal(zpa: Client) -> None:
    a, b = zpa.a_user("a"), zpa.a_user("b")
    group = zpa.a_group("g", [a, b])
    zpa.patch(f"/Groups/{group}", {"op": "Remove", "path": "members", "value": [{"value": a}]})
    assert zpa.members(group) == []


def test_zpa_removes_one_member_by_a_filter_and_nobody_where_it_matches_nobody(zpa: Client) -> None:
    a, b = zpa.a_user("a"), zpa.a_user("b")
    group = zpa.a_group("g", [a, b])
    for _ in range(2):
        removal = {"op": "remove", "path": f'members[value eq "{a}"]'}
        assert zpa.patch(f"/Groups/{group}", removal).status_code == 204
        assert zpa.members(group) == [b]


def test_zpa_takes_no_group_as_a_member(zpa: Client) -> None:
    inner, outer = zpa.a_group("inner"), zpa.a_group("outer")
    addition = {"op": "add", "path": "members", "value": [{"value": inner}]}
    assert an_error(400, "invalidValue", zpa.patch(f"/Groups/{outer}", addition))


@pytest.mark.parametrize("op", ["add", "replace"])
def test_zpa_grows_the_emails_with_every_filtered_write(zpa: Client, op: str) -> None:
    """The stored entries have no `type`, so `type eq "work"` matches nothing."""
    ada = zpa.a_user("ada", emails=[{"type": "work", "value": "1@x.example"}])
    for number in (2, 3):
        zpa.patch(
            f"/Users/{ada}",
            {"op": op, "path": 'emails[type eq "work"].value', "value": f"{number}@x.example"},
        )
    emails = [e["value"] for e in zpa.get(f"/Users/{ada}").json()["emails"]]
    assert emails == ["3@x.example", "2@x.example", "1@x.example"]
    gone = {"op": "remove", "path": 'emails[type eq "work"]'}
    assert len(zpa.patch(f"/Users/{ada}", gone).json()["emails"]) == 3
    zpa.patch(
        f"/Users/{ada}", {"op": "replace", "path": "emails", "value": [{"value": "4@x.example"}]}
    )
    assert zpa.get(f"/Users/{ada}").json()["emails"] == [{"value": "4@x.example"}]


def test_zpa_takes_entras_capitals_and_text_booleans(zpa: Client) -> None:
    ada = zpa.a_user("ada", active=True)
    answer = zpa.patch(f"/Users/{ada}", {"op": "Replace", "path": "active", "value": "False"})
    assert (answer.status_code, answer.json()["active"]) == (200, "false")
    assert an_error(
        400,
        "invalidValue",
        zpa.patch(f"/Users/{ada}", {"op": "add", "path": "active", "value": "no"}),
    )


def test_zpa_ids_are_uuids_and_every_seventh_is_a_number(zpa: Client) -> None:
    ids = [zpa.a_user(f"u{number}") for number in range(1, 15)]
    assert [one for one in ids if one.isdecimal()] == [ids[6], ids[13]]
    assert [zpa.get(f"/Users/{one}").json()["id"] for one in ids] == ids
    group = zpa.a_group("g", ids)
    assert zpa.members(group) == ids


def test_zpa_refuses_a_second_user_of_the_name_in_any_case(zpa: Client) -> None:
    zpa.a_user("Ada@zone.example")
    assert an_error(409, "uniqueness", zpa.post("/Users", user_body("ada@ZONE.example")))


def test_zpa_puts_merge(zpa: Client) -> None:
    ada = zpa.a_user("ada", title="x", name={"givenName": "Ada"}, department="NetSec")
    answer = zpa.put(
        f"/Users/{ada}",
        {"schemas": [CORE_USER], "name": {"familyName": "L"}, ENTERPRISE: {"division": "D"}},
    ).json()
    assert (answer["userName"], answer["title"]) == ("ada", "x")
    assert answer["name"] == {"givenName": "Ada", "familyName": "L"}
    assert answer[ENTERPRISE] == {"department": "NetSec", "division": "D"}
    eve = zpa.a_user("eve")
    group = zpa.a_group("g", [ada])
    merged = zpa.put(f"/Groups/{group}", {**group_body("g", [eve]), "externalId": "e"})
    assert (merged.status_code, zpa.members(group)) == (200, [ada, eve])


def test_zpa_filters_users_by_name_and_groups_by_name(zpa: Client) -> None:
    zpa.a_user("Ada"), zpa.a_user("eve")
    zpa.a_group("Staff"), zpa.a_group("other")
    assert zpa.names("/Users", filter='userName eq "ADA"') == ["Ada"]
    assert zpa.names("/Users", filter='userName eq "nobody"') == []
    assert zpa.names("/Groups", filter='displayName eq "staff"') == ["Staff"]


@pytest.mark.parametrize(
    "filter",
    [
        'externalId eq "x"',
        'userName sw "x"',
        'userName eq "x" and title pr',
        "no filter",
        "id eq 1",
    ],
)
def test_zpa_ignores_every_other_filter_and_answers_with_everybody(
    zpa: Client, filter: str
) -> None:
    zpa.a_user("ada"), zpa.a_user("eve")
    assert zpa.names("/Users", filter=filter) == ["ada", "eve"]


def test_other_filters_can_be_refused_instead(tmp_path: Path) -> None:
    with a_provider(tmp_path, replace(ZPA, other_filters=OtherFilters.REFUSED)) as client:
        for text in ('externalId eq "x"', "no filter"):
            assert an_error(400, "invalidFilter", client.get("/Users", filter=text))
        assert client.names("/Users", filter='userName eq "x"') == []


def test_zpa_has_no_discovery_and_no_search(zpa: Client) -> None:
    for path in ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas", "/Schemas/x", "/Me"):
        assert an_error(404, None, zpa.get(path))
    assert an_error(404, None, zpa.post("/.search", {}))
    assert zpa.post("/Users/.search", {}).status_code == 405


def test_zpa_knows_no_versions(zpa: Client) -> None:
    ada = f"/Users/{zpa.a_user('ada')}"
    known = {"If-Match": 'W/"9"', "If-None-Match": 'W/"1"'}
    assert zpa.send("GET", ada, headers=known).status_code == 200
    assert zpa.send("PUT", ada, json=user_body("ada"), headers=known).status_code == 200
    assert zpa.send("DELETE", ada, headers=known).status_code == 204


def test_zpa_keeps_inactive_users(zpa: Client) -> None:
    ada = zpa.a_user("ada", active=True)
    zpa.patch(f"/Users/{ada}", {"op": "replace", "path": "active", "value": False})
    assert zpa.get(f"/Users/{ada}").json()["active"] == "false"
    assert zpa.names("/Users") == ["ada"]


def test_inactive_users_can_vanish_instead(tmp_path: Path) -> None:
    with a_provider(tmp_path, replace(ZPA, inactive_users=Inactive.VANISHES)) as client:
        ada = client.a_user("ada", active=True)
        group = client.a_group("g", [ada])
        off = client.patch(f"/Users/{ada}", {"op": "replace", "path": "active", "value": False})
        assert (off.status_code, off.json()["active"]) == (200, "false")
        assert an_error(404, None, client.get(f"/Users/{ada}"))
        assert (client.names("/Users"), client.members(group)) == ([], [])
        assert client.a_user("ada") != ada


def test_start_index_can_be_a_page_number(tmp_path: Path) -> None:
    with rfc_but(tmp_path, start_index_is_page=True, page_default=2) as client:
        for name in "abcdef":
            client.a_user(name)
        shown = [client.names("/Users", startIndex=start) for start in (1, 2, 3, 4)]
        assert shown == [["a", "b"], ["c", "d"], ["e", "f"], []]


def test_writes_can_be_limited_and_reads_are_not(tmp_path: Path) -> None:
    with rfc_but(tmp_path, writes_per_second=2) as client:
        client.a_user("a")
        client.clock.now += timedelta(milliseconds=600)
        client.a_user("b")
        client.clock.now += timedelta(milliseconds=399)
        refused = client.post("/Users", user_body("c"))
        assert an_error(429, None, refused)
        assert refused.headers["retry-after"] == "1s"
        assert client.names("/Users") == ["a", "b"]
        client.clock.now += timedelta(milliseconds=1)
        client.a_user("c")
        assert client.delete("/Users/x").status_code == 429


def test_unknown_attributes_can_be_dropped(tmp_path: Path) -> None:
    with rfc_but(tmp_path, unknown_attributes=Unknown.DROPPED) as client:
        ada = client.a_user("ada", nosuch=1, name={"nosuch": 1}, **{ENTERPRISE: {"nosuch": 1}})
        answer = client.patch(
            f"/Users/{ada}",
            {"op": "add", "path": "nosuch", "value": 1},
            {"op": "add", "path": "name.nosuch", "value": 1},
            {"op": "add", "path": "title", "value": "x"},
            {"op": "add", "value": {"nosuch": 1, ENTERPRISE: {"nosuch": 1}, "nickName": "y"}},
        ).json()
        assert set(answer) == {"schemas", "id", "userName", "title", "nickName", "meta"}


def test_enterprise_attributes_are_read_without_their_urn_where_allowed(zpa: Client) -> None:
    ada = zpa.a_user("ada")
    answer = zpa.patch(
        f"/Users/{ada}",
        {"op": "add", "path": "department", "value": "NetSec"},
        {"op": "add", "value": {"division": "D"}},
        {"op": "add", "path": "employeeNumber", "value": "9"},
    ).json()
    assert answer[ENTERPRISE] == {"department": "NetSec", "division": "D"}


def test_a_lenient_provider_takes_a_manager_in_a_list(tmp_path: Path) -> None:
    path, value = f"{ENTERPRISE}:manager", [{"value": "m"}]
    with rfc_but(tmp_path, lenient_operations=True) as client:
        ada = client.a_user("ada")
        answer = client.patch(f"/Users/{ada}", {"op": "Add", "path": path, "value": value})
        assert answer.json()[ENTERPRISE] == {"manager": {"value": "m"}}


def test_puts_can_merge_without_anything_else(tmp_path: Path) -> None:
    with rfc_but(tmp_path, put=Put.MERGES) as client:
        ada = client.a_user("ada", title="x")
        assert client.put(f"/Users/{ada}", user_body("ADA")).json()["title"] == "x"
        assert an_error(400, "invalidSyntax", client.put(f"/Users/{ada}", []))


def test_pages_by_cursor_lead_from_the_first_to_the_last(tmp_path: Path) -> None:
    with rfc_but(tmp_path, paging=Paging.CURSOR) as client:
        for n in range(5):
            client.a_user(f"u{n}@zone.example")
        page = client.get("/Users", count=2, cursor="").json()
        assert "startIndex" not in page
        pages = [page]
        while "nextCursor" in page:
            page = client.get("/Users", count=2, cursor=page["nextCursor"]).json()
            pages.append(page)
        assert [len(p["Resources"]) for p in pages] == [2, 2, 1]
        names = [u["userName"] for p in pages for u in p["Resources"]]
        assert names == [f"u{n}@zone.example" for n in range(5)]
        config = client.get("/ServiceProviderConfig").json()["pagination"]
        assert (config["cursor"], config["index"]) == (True, False)


@pytest.mark.parametrize("cursor", ["x", "é", "MTAuYWJj", "LTE", "{other}"])
def test_a_cursor_that_was_not_given_for_this_query_is_invalid(tmp_path: Path, cursor: str) -> None:
    with rfc_but(tmp_path, paging=Paging.CURSOR) as client:
        for n in range(3):
            client.a_user(f"u{n}@zone.example")
        other = client.get("/Users", count=1, sortBy="userName").json()["nextCursor"]
        answer = client.get("/Users", count=1, cursor=cursor.replace("{other}", other))
        assert an_error(400, "invalidCursor", answer)


def test_a_provider_without_pages_gives_everybody_at_once(tmp_path: Path) -> None:
    with rfc_but(tmp_path, paging=Paging.NONE, page_max=2) as client:
        for n in range(5):
            client.a_user(f"u{n}@zone.example")
        page = client.get("/Users", count=1, startIndex=3).json()
        assert (page["totalResults"], len(page["Resources"])) == (5, 5)


def test_a_count_that_is_ignored_gives_pages_of_the_usual_size(tmp_path: Path) -> None:
    with rfc_but(tmp_path, count_ignored=True, page_default=3) as client:
        for n in range(5):
            client.a_user(f"u{n}@zone.example")
        assert len(client.get("/Users", count=1).json()["Resources"]) == 3
        assert len(client.get("/Users", count=100, startIndex=4).json()["Resources"]) == 2
