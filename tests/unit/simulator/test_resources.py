"""Creating, reading, replacing and deleting (RFC 7644 §3.3 to §3.6, §3.14)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.simulator.builders_simulator import (
    BASE,
    CORE_GROUP,
    CORE_USER,
    ENTERPRISE,
    IDS,
    Client,
    a_provider,
    an_error,
    group_body,
    user_body,
)


def test_a_created_user_is_answered_whole(rfc: Client) -> None:
    body = user_body("ada", externalId="e1", active=True, **{ENTERPRISE: {"department": "NetSec"}})
    answer = rfc.post("/Users", body)
    location = f"{BASE}/Users/{IDS[0]}"
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/scim+json"
    assert (answer.headers["location"], answer.headers["etag"]) == (location, 'W/"1"')
    assert answer.json() == {
        "schemas": [CORE_USER, ENTERPRISE],
        "id": IDS[0],
        "externalId": "e1",
        "userName": "ada",
        "active": True,
        ENTERPRISE: {"department": "NetSec"},
        "meta": {
            "resourceType": "User",
            "created": "2026-03-01T12:00:00.000Z",
            "lastModified": "2026-03-01T12:00:00.000Z",
            "location": location,
            "version": 'W/"1"',
        },
    }
    assert rfc.get(f"/Users/{IDS[0]}").json() == answer.json()


def test_a_created_group_shows_its_members_and_they_show_the_group(rfc: Client) -> None:
    ada = rfc.a_user("ada")
    inner = rfc.a_group("inner", [ada])
    outer = rfc.post("/Groups", group_body("outer", [inner], externalId="e"))
    assert outer.json() == {
        "schemas": [CORE_GROUP],
        "id": IDS[2],
        "externalId": "e",
        "displayName": "outer",
        "members": [{"value": inner, "$ref": f"{BASE}/Groups/{inner}", "type": "Group"}],
        "meta": {
            "resourceType": "Group",
            "created": "2026-03-01T12:00:00.000Z",
            "lastModified": "2026-03-01T12:00:00.000Z",
            "location": f"{BASE}/Groups/{IDS[2]}",
            "version": 'W/"1"',
        },
    }
    assert rfc.get(f"/Users/{ada}").json()["groups"] == [
        {"value": inner, "$ref": f"{BASE}/Groups/{inner}", "display": "inner", "type": "direct"},
        {
            "value": IDS[2],
            "$ref": f"{BASE}/Groups/{IDS[2]}",
            "display": "outer",
            "type": "indirect",
        },
    ]


def test_groups_may_be_in_each_other(rfc: Client) -> None:
    ada = rfc.a_user("ada")
    one = rfc.a_group("one", [ada])
    two = rfc.a_group("two", [one])
    rfc.put(f"/Groups/{one}", group_body("one", [ada, two]))
    groups = rfc.get(f"/Users/{ada}").json()["groups"]
    assert [(g["display"], g["type"]) for g in groups] == [("one", "direct"), ("two", "indirect")]


def test_names_are_taken_in_any_case_and_kept_as_the_schema_spells_them(rfc: Client) -> None:
    body = {
        "SCHEMAS": [CORE_USER.upper()],
        "USERNAME": "Ada",
        "Name": {"GIVENNAME": "Ada"},
        ENTERPRISE.upper(): {"DEPARTMENT": "NetSec"},
    }
    answer = rfc.post("/Users", body).json()
    assert answer["userName"] == "Ada"
    assert answer["name"] == {"givenName": "Ada"}
    assert answer[ENTERPRISE] == {"department": "NetSec"}


def test_no_value_and_what_is_read_only_are_left_out(rfc: Client) -> None:
    body = user_body(
        "ada",
        id="mine",
        meta={"version": "x"},
        groups=[{"value": "x"}],
        title=None,
        emails=[],
        roles=[None],
        name={"givenName": None},
        **{ENTERPRISE: {"manager": {"displayName": "Boss"}}},
    )
    answer = rfc.post("/Users", body).json()
    assert set(answer) == {"schemas", "id", "userName", "meta"}
    assert answer["id"] == IDS[0]


@pytest.mark.parametrize(
    ("body", "scim_type"),
    [
        ([], "invalidSyntax"),
        ({"userName": "ada"}, "invalidSyntax"),
        ({"schemas": [CORE_GROUP], "userName": "ada"}, "invalidSyntax"),
        ({"schemas": CORE_USER, "userName": "ada"}, "invalidSyntax"),
        ({"schemas": [CORE_USER]}, "invalidValue"),
        (user_body(""), "invalidValue"),
        (user_body("ada", USERNAME="eve"), "invalidSyntax"),
        (user_body("ada", nosuch=1), "invalidSyntax"),
        (user_body("ada", name={"nosuch": 1}), "invalidSyntax"),
        (user_body("ada", name="Ada"), "invalidValue"),
        (user_body("ada", emails={"value": "x"}), "invalidValue"),
        (user_body("ada", active="true"), "invalidValue"),
        (user_body("ada", active=1), "invalidValue"),
        (user_body("ada", title=7), "invalidValue"),
        (user_body("ada", title="\ud800"), "invalidValue"),
        (user_body("ada", x509Certificates=[{"value": "é"}]), "invalidValue"),
        (user_body("ada", **{ENTERPRISE: "x"}), "invalidValue"),
        (user_body("ada", **{ENTERPRISE: {"nosuch": "x"}}), "invalidSyntax"),
        (
            user_body("ada", emails=[{"value": n, "primary": True} for n in "ab"]),
            "invalidValue",
        ),
    ],
)
def test_what_is_no_user_is_refused_and_nothing_is_kept(
    rfc: Client, body: object, scim_type: str
) -> None:
    assert an_error(400, scim_type, rfc.post("/Users", body))
    assert rfc.names("/Users") == []


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(rfc: Client, content: bytes) -> None:
    assert an_error(400, "invalidSyntax", rfc.send("POST", "/Users", content=content))


@pytest.mark.parametrize(
    ("body", "scim_type"),
    [
        ({"schemas": [CORE_GROUP]}, "invalidValue"),
        (group_body("g", ["nobody"]), "invalidValue"),
        ({**group_body("g"), "members": "x"}, "invalidValue"),
        ({**group_body("g"), "members": [{"value": ""}]}, "invalidValue"),
    ],
)
def test_what_is_no_group_is_refused_and_nothing_is_kept(
    rfc: Client, body: object, scim_type: str
) -> None:
    assert an_error(400, scim_type, rfc.post("/Groups", body))
    assert rfc.names("/Groups") == []


def test_a_user_name_is_taken_in_every_case(rfc: Client) -> None:
    ada, eve = rfc.a_user("Ada@zone.example"), rfc.a_user("eve")
    clash = user_body("ADA@ZONE.EXAMPLE")
    assert an_error(409, "uniqueness", rfc.post("/Users", clash))
    assert an_error(409, "uniqueness", rfc.put(f"/Users/{eve}", clash))
    rename = {"op": "replace", "path": "userName", "value": "aDA@zone.example"}
    assert an_error(409, "uniqueness", rfc.patch(f"/Users/{eve}", rename))
    assert rfc.patch(f"/Users/{ada}", rename).json()["userName"] == "aDA@zone.example"
    assert rfc.names("/Users") == ["aDA@zone.example", "eve"]


def test_group_names_and_external_ids_need_not_be_unique(rfc: Client) -> None:
    rfc.a_user("a", externalId="e", displayName="x")
    rfc.a_user("b", externalId="e", displayName="x")
    rfc.a_group("g")
    rfc.a_group("g")
    assert (rfc.names("/Users"), rfc.names("/Groups")) == (["a", "b"], ["g", "g"])


def test_a_put_clears_what_it_leaves_out(rfc: Client) -> None:
    ada = rfc.a_user("ada", title="x", externalId="e", **{ENTERPRISE: {"division": "D"}})
    answer = rfc.put(f"/Users/{ada}", user_body("ada", nickName="A", id="other"))
    assert answer.status_code == 200
    assert set(answer.json()) == {"schemas", "id", "userName", "nickName", "meta"}
    assert (answer.json()["id"], answer.headers["etag"]) == (ada, 'W/"2"')


def test_an_extension_may_repeat_its_schema_or_have_no_value(rfc: Client) -> None:
    one = rfc.post("/Users", user_body("a", **{ENTERPRISE: {"schemas": [ENTERPRISE]}})).json()
    two = rfc.post("/Users", user_body("b", **{ENTERPRISE: None})).json()
    assert ENTERPRISE not in one and ENTERPRISE not in two


def test_a_put_of_a_group_sets_the_members(rfc: Client) -> None:
    a, b, c = (rfc.a_user(name) for name in "abc")
    group = rfc.a_group("g", [a, b])
    rfc.put(f"/Groups/{group}", group_body("g", [b, c]))
    assert rfc.members(group) == [b, c]
    rfc.put(f"/Groups/{group}", {**group_body("g"), "members": None})
    assert rfc.members(group) == []


def test_a_deleted_user_is_gone_from_everywhere_and_the_name_is_free(rfc: Client) -> None:
    ada, eve = rfc.a_user("ada"), rfc.a_user("eve")
    group = rfc.a_group("g", [ada, eve])
    assert (rfc.delete(f"/Users/{ada}").status_code, rfc.members(group)) == (204, [eve])
    assert rfc.get(f"/Groups/{group}").headers["etag"] == 'W/"2"'
    assert an_error(404, None, rfc.get(f"/Users/{ada}"))
    assert an_error(404, None, rfc.delete(f"/Users/{ada}"))
    assert rfc.a_user("ADA") not in (ada, eve)


def test_a_deleted_group_leaves_its_members_and_the_groups_that_it_was_in(rfc: Client) -> None:
    ada = rfc.a_user("ada")
    inner = rfc.a_group("inner", [ada])
    outer = rfc.a_group("outer", [inner])
    rfc.delete(f"/Groups/{inner}")
    assert rfc.members(outer) == []
    assert "groups" not in rfc.get(f"/Users/{ada}").json()


def test_an_id_is_of_one_kind_only(rfc: Client) -> None:
    group = rfc.a_group("g")
    assert an_error(404, None, rfc.get(f"/Users/{group}"))
    assert an_error(404, None, rfc.delete(f"/Users/{group}"))
    assert an_error(404, None, rfc.put(f"/Users/{group}", user_body("a")))
    assert an_error(404, None, rfc.patch(f"/Users/{group}", {"op": "remove", "path": "title"}))


def test_writes_are_conditional_on_the_version(rfc: Client) -> None:
    ada = f"/Users/{rfc.a_user('ada')}"
    body = user_body("ada", title="x")
    for headers in ({"If-Match": 'W/"9"'}, {"If-None-Match": 'W/"1"'}, {"If-None-Match": "*"}):
        for method in ("PUT", "PATCH", "DELETE"):
            content = body if method == "PUT" else {"schemas": [], "Operations": []}
            if method == "PATCH":
                content = {
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations": [{"op": "add", "path": "title", "value": "x"}],
                }
            assert an_error(412, None, rfc.send(method, ada, json=content, headers=headers))
    assert rfc.get(ada).headers["etag"] == 'W/"1"'
    for version, match in ((2, 'W/"1"'), (3, '"2"'), (4, 'W/"7", W/"3"'), (5, "*")):
        body["title"] = f"t{version}"
        answer = rfc.send("PUT", ada, json=body, headers={"If-Match": match})
        assert answer.headers["etag"] == f'W/"{version}"'
    assert rfc.send("DELETE", ada, headers={"If-Match": 'W/"5"'}).status_code == 204


def test_a_read_of_a_known_version_is_not_repeated(rfc: Client) -> None:
    ada = f"/Users/{rfc.a_user('ada')}"
    known = rfc.send("GET", ada, headers={"If-None-Match": 'W/"1"'})
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", 'W/"1"')
    assert rfc.send("GET", ada, headers={"If-None-Match": 'W/"2"'}).status_code == 200
    assert an_error(412, None, rfc.send("GET", ada, headers={"If-Match": 'W/"2"'}))


def test_ids_repeat_with_their_factory_and_are_never_used_twice(tmp_path: Path) -> None:
    with a_provider(tmp_path, new_id="id-{}".format) as client:
        first = client.a_user("a")
        client.delete(f"/Users/{first}")
        assert (first, client.a_user("b"), client.a_group("g")) == ("id-1", "id-2", "id-3")
