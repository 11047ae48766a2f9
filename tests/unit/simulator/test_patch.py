"""PATCH, operation by operation (RFC 7644 §3.5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.simulator.builders_simulator import (
    CORE_USER,
    ENTERPRISE,
    PATCH_OP,
    Client,
    an_error,
)

WORK = {"type": "work", "value": "ada@zone.example", "primary": True}
HOME = {"type": "home", "value": "ada@home.example"}
ADA: dict[str, Any] = {
    "userName": "ada",
    "title": "engineer",
    "name": {"givenName": "Ada", "familyName": "Byron"},
    "emails": [WORK, HOME],
    ENTERPRISE: {"department": "NetSec", "manager": {"value": "M1"}},
}


def add(path: str | None, value: object) -> dict[str, object]:
    return {"op": "add", "value": value, **({} if path is None else {"path": path})}


def replace(path: str | None, value: object) -> dict[str, object]:
    return {"op": "replace", "value": value, **({} if path is None else {"path": path})}


def remove(path: str) -> dict[str, object]:
    return {"op": "remove", "path": path}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in ADA.items() if key != name}


def ada_with(**changes: Any) -> dict[str, Any]:
    return {**ADA, **changes}


NEW_WORK = {"type": "work", "value": "new@zone.example", "primary": True}
OTHER = {"type": "other", "value": "ada@other.example"}


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        # One simple attribute.
        ([add("title", "lead")], ada_with(title="lead")),
        ([replace("TITLE", "lead")], ada_with(title="lead")),
        ([add("nickName", "A.")], ada_with(nickName="A.")),
        ([replace("nickName", "A.")], ada_with(nickName="A.")),
        ([remove("title")], without("title")),
        ([remove("nickName")], ADA),
        ([replace("title", None)], without("title")),
        ([add("title", None)], ADA),
        ([replace(f"{CORE_USER}:title", "lead")], ada_with(title="lead")),
        # A complex attribute: what is not mentioned stays, with `replace` as well.
        (
            [add("name", {"familyName": "Lovelace"})],
            ada_with(name={"givenName": "Ada", "familyName": "Lovelace"}),
        ),
        (
            [replace("name", {"familyName": "Lovelace"})],
            ada_with(name={"givenName": "Ada", "familyName": "Lovelace"}),
        ),
        (
            [replace("name", {"familyName": None, "formatted": "A."})],
            ada_with(name={"givenName": "Ada", "formatted": "A."}),
        ),
        ([replace("name.familyName", "L")], ada_with(name={"givenName": "Ada", "familyName": "L"})),
        ([remove("name.familyName")], ada_with(name={"givenName": "Ada"})),
        ([remove("name.familyName"), remove("name.givenName")], without("name")),
        ([remove("name")], without("name")),
        # A multi-valued attribute.
        ([add("emails", [OTHER])], ada_with(emails=[WORK, HOME, OTHER])),
        ([add("emails", OTHER)], ada_with(emails=[WORK, HOME, OTHER])),
        ([add("emails", [HOME])], ADA),
        ([replace("emails", [OTHER])], ada_with(emails=[OTHER])),
        ([replace("emails", [])], without("emails")),
        ([remove("emails")], without("emails")),
        # The elements that a filter selects.
        (
            [replace('emails[type eq "work"].value', "new@zone.example")],
            ada_with(emails=[NEW_WORK, HOME]),
        ),
        (
            [add('emails[type eq "work"].value', "new@zone.example")],
            ada_with(emails=[NEW_WORK, HOME]),
        ),
        ([replace('emails[type eq "home"]', OTHER)], ada_with(emails=[WORK, OTHER])),
        ([replace('emails[type eq "home"]', [OTHER])], ada_with(emails=[WORK, OTHER])),
        (
            [add('emails[type eq "home"]', {"display": "H"})],
            ada_with(emails=[WORK, {**HOME, "display": "H"}]),
        ),
        ([remove('emails[type eq "home"]')], ada_with(emails=[WORK])),
        ([remove('emails[value ew ".example"]')], without("emails")),
        (
            [remove('emails[type eq "work"].primary')],
            ada_with(emails=[{"type": "work", "value": "ada@zone.example"}, HOME]),
        ),
        (
            [remove('emails[type eq "home"].value'), remove('emails[type eq "home"].type')],
            ada_with(emails=[WORK]),
        ),
        (
            [replace('emails[type eq "home"].value', None)],
            ada_with(emails=[WORK, {"type": "home"}]),
        ),
        ([add('emails[type eq "other"]', None)], ADA),
        ([remove('emails[type eq "home" or primary eq true]')], without("emails")),
        # A selection that matches nothing: `add` makes what it describes.
        (
            [add('emails[type eq "other"].value', "ada@other.example")],
            ada_with(emails=[WORK, HOME, OTHER]),
        ),
        (
            [add('phoneNumbers[type eq "work" and primary eq true].value', "1")],
            ada_with(phoneNumbers=[{"type": "work", "primary": True, "value": "1"}]),
        ),
        # Every element.
        (
            [replace("emails.display", "x")],
            ada_with(emails=[{**WORK, "display": "x"}, {**HOME, "display": "x"}]),
        ),
        (
            [remove("emails.primary")],
            ada_with(emails=[{"type": "work", "value": "ada@zone.example"}, HOME]),
        ),
        # At most one is primary: a new one takes the mark from the old one.
        (
            [add("emails", [{**OTHER, "primary": True}])],
            ada_with(emails=[{**WORK, "primary": False}, HOME, {**OTHER, "primary": True}]),
        ),
        (
            [replace('emails[type eq "home"].primary', True)],
            ada_with(emails=[{**WORK, "primary": False}, {**HOME, "primary": True}]),
        ),
        # The extension.
        (
            [replace(f"{ENTERPRISE}:department", "NetOps")],
            ada_with(**{ENTERPRISE: {"department": "NetOps", "manager": {"value": "M1"}}}),
        ),
        (
            [replace(f"{ENTERPRISE}:manager.value", "M2")],
            ada_with(**{ENTERPRISE: {"department": "NetSec", "manager": {"value": "M2"}}}),
        ),
        (
            [add(ENTERPRISE, {"costCenter": "7", "schemas": [ENTERPRISE]})],
            ada_with(**{ENTERPRISE: {**ADA[ENTERPRISE], "costCenter": "7"}}),
        ),
        (
            [remove(f"{ENTERPRISE}:department")],
            ada_with(**{ENTERPRISE: {"manager": {"value": "M1"}}}),
        ),
        ([remove(ENTERPRISE)], without(ENTERPRISE)),
        ([replace(ENTERPRISE, None)], without(ENTERPRISE)),
        # Without a path.
        (
            [replace(None, {"title": "lead", "name": {"givenName": "A"}, "schemas": [CORE_USER]})],
            ada_with(title="lead", name={"givenName": "A", "familyName": "Byron"}),
        ),
        (
            [add(None, {"emails": [OTHER], ENTERPRISE: {"division": "D"}})],
            ada_with(
                emails=[WORK, HOME, OTHER], **{ENTERPRISE: {**ADA[ENTERPRISE], "division": "D"}}
            ),
        ),
        # One after the other: the second sees what the first did.
        ([remove("emails"), add("emails", [HOME])], ada_with(emails=[HOME])),
    ],
)
def test_an_operation_does_what_the_rfc_says(
    rfc: Client, operations: list[Mapping[str, object]], expected: dict[str, Any]
) -> None:
    ada = rfc.a_user("ada", **without("userName"))
    answer = rfc.patch(f"/Users/{ada}", *operations)
    assert answer.status_code == 200, answer.text
    body = rfc.get(f"/Users/{ada}").json()
    assert answer.json() == body
    schemas = [CORE_USER, ENTERPRISE] if ENTERPRISE in expected else [CORE_USER]
    assert body.pop("schemas") == schemas
    del body["id"], body["meta"]
    assert body == expected


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "remove"}, "noTarget"),
        ({"op": "Add", "path": "title", "value": "x"}, "invalidSyntax"),
        ({"op": "test", "path": "title", "value": "x"}, "invalidSyntax"),
        ({"path": "title", "value": "x"}, "invalidSyntax"),
        ({"op": "add", "path": "title"}, "invalidValue"),
        ({"op": "add", "value": "x"}, "invalidValue"),
        ({"op": "add", "path": ENTERPRISE, "value": "x"}, "invalidValue"),
        ({"op": "add", "path": 7, "value": "x"}, "invalidPath"),
        (add("nosuch", "x"), "invalidPath"),
        (add("name.nosuch", "x"), "invalidPath"),
        (add("name..x", "x"), "invalidPath"),
        (add(None, {"nosuch": "x"}), "invalidPath"),
        (add(None, {ENTERPRISE: {"nosuch": "x"}}), "invalidPath"),
        (add("department", "x"), "invalidPath"),
        (add('title[value eq "x"]', "x"), "invalidPath"),
        (add('emails[type is "work"].value', "x"), "invalidFilter"),
        (add("emails[primary gt true].value", "x"), "invalidFilter"),
        (replace('emails[type eq "other"].value', "x"), "noTarget"),
        (remove('emails[type eq "other"]'), "noTarget"),
        (add('emails[type sw "o"].value', "x"), "noTarget"),
        (add('emails[type eq "o" and display co "x"].value', "x"), "noTarget"),
        (add('emails[nosuch eq "o"].value', "x"), "noTarget"),
        (add("phoneNumbers.value", "1"), "noTarget"),
        (add("id", "x"), "mutability"),
        (replace("meta.created", "2026-01-01T00:00:00Z"), "mutability"),
        (add("groups", [{"value": "x"}]), "mutability"),
        (replace(None, {"id": "x"}), "mutability"),
        (replace(f"{ENTERPRISE}:manager.displayName", "x"), "mutability"),
        (remove("userName"), "mutability"),
        (replace("userName", None), "mutability"),
        (replace("userName", ""), "invalidValue"),
        (replace("userName", 7), "invalidValue"),
        (replace("active", "False"), "invalidValue"),
        (replace("name", "Ada"), "invalidValue"),
        (replace("name", [{"givenName": "A"}]), "invalidValue"),
        (add("emails", "x"), "invalidValue"),
        (add("emails", ["x"]), "invalidValue"),
        (add("emails", [{**OTHER, "primary": True}, {**HOME, "primary": True}]), "invalidValue"),
        (replace("emails.primary", True), "invalidValue"),
        (add("emails", [{"nosuch": "x"}]), "invalidSyntax"),
        (add("x509Certificates", [{"value": "not base64!"}]), "invalidValue"),
        (replace("title", "\ud800"), "invalidValue"),
    ],
)
def test_a_wrong_operation_is_refused_and_nothing_of_its_request_is_kept(
    rfc: Client, operation: Mapping[str, object], scim_type: str
) -> None:
    ada = rfc.a_user("ada", **without("userName"))
    before = rfc.get(f"/Users/{ada}").json()
    answer = rfc.patch(f"/Users/{ada}", replace("title", "gone"), operation)
    assert an_error(400, scim_type, answer)
    assert rfc.get(f"/Users/{ada}").json() == before


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"schemas": [CORE_USER], "Operations": [replace("title", "x")]},
        {"schemas": [PATCH_OP]},
        {"schemas": [PATCH_OP], "Operations": []},
        {"schemas": [PATCH_OP], "Operations": ["x"]},
    ],
)
def test_what_is_no_patch_message_is_refused(rfc: Client, body: object) -> None:
    ada = rfc.a_user("ada")
    assert an_error(400, "invalidSyntax", rfc.send("PATCH", f"/Users/{ada}", json=body))


def test_names_in_the_message_are_taken_in_any_case(rfc: Client) -> None:
    ada = rfc.a_user("ada")
    body = {"schemas": [PATCH_OP], "operations": [{"OP": "add", "Path": "title", "VALUE": "x"}]}
    assert rfc.send("PATCH", f"/Users/{ada}", json=body).json()["title"] == "x"


def test_a_patch_that_changes_nothing_leaves_version_and_time(rfc: Client) -> None:
    ada = rfc.a_user("ada", title="x")
    meta = rfc.get(f"/Users/{ada}").json()["meta"]
    rfc.clock.now = rfc.clock.now.replace(hour=13)
    assert rfc.patch(f"/Users/{ada}", replace("title", "x")).json()["meta"] == meta
    changed = rfc.patch(f"/Users/{ada}", replace("title", "y")).json()["meta"]
    assert changed == {**meta, "version": 'W/"2"', "lastModified": "2026-03-01T13:00:00.000Z"}


def test_a_password_is_taken_and_never_shown(rfc: Client) -> None:
    ada = rfc.a_user("ada", password="opensesame")
    answer = rfc.patch(f"/Users/{ada}", replace("password", "opensesame"))
    assert "opensesame" not in answer.text + rfc.get(f"/Users/{ada}").text


def test_members_are_added_once_and_removed_one_by_one(rfc: Client) -> None:
    a, b, c = (rfc.a_user(name) for name in "abc")
    group = f"/Groups/{rfc.a_group('g', [a])}"
    answer = rfc.patch(
        group, add("members", [{"value": b}, {"value": a}]), add("members", {"value": c})
    )
    assert [m["value"] for m in answer.json()["members"]] == [a, b, c]
    rfc.patch(group, remove(f'members[value eq "{a}"]'))
    rfc.patch(group, remove(f'members[value eq "{b}" or value eq "x"]'))
    assert [m["value"] for m in rfc.get(group).json()["members"]] == [c]


def test_a_change_of_members_is_a_new_version_and_one_that_changes_nobody_is_not(
    rfc: Client,
) -> None:
    ada = rfc.a_user("ada")
    group = f"/Groups/{rfc.a_group('g')}"
    addition = add("members", [{"value": ada}])
    rfc.clock.now = rfc.clock.now.replace(hour=13)
    meta = rfc.patch(group, addition).json()["meta"]
    assert (meta["version"], meta["lastModified"]) == ('W/"2"', "2026-03-01T13:00:00.000Z")
    rfc.clock.now = rfc.clock.now.replace(hour=14)
    assert rfc.patch(group, addition).json()["meta"] == meta
    assert rfc.patch(group, replace("members", [{"value": ada}])).json()["meta"] == meta


def test_members_are_replaced_or_removed_as_a_whole(rfc: Client) -> None:
    a, b, c = (rfc.a_user(name) for name in "abc")
    group = rfc.a_group("g", [a, b])
    rfc.patch(f"/Groups/{group}", replace("members", [{"value": b}, {"value": c}]))
    assert rfc.members(group) == [b, c]
    rfc.patch(f"/Groups/{group}", add(None, {"members": [{"value": a}], "displayName": "h"}))
    assert rfc.members(group) == [b, c, a]
    rfc.patch(f"/Groups/{group}", remove("members"))
    assert rfc.members(group) == []


def test_remove_members_with_a_value_list_empties_the_group_all_the_same(rfc: Client) -> None:
    """RFC 7644 §3.5.2.2 gives `remove` no value; Entra's older dialect sends one."""
    a, b = (rfc.a_user(name) for name in "ab")
    group = rfc.a_group("g", [a, b])
    rfc.patch(f"/Groups/{group}", {"op": "remove", "path": "members", "value": [{"value": a}]})
    assert rfc.members(group) == []


def test_members_are_selected_by_kind(rfc: Client) -> None:
    user, inner = rfc.a_user("a"), rfc.a_group("inner")
    group = rfc.a_group("g", [user, inner])
    rfc.patch(f"/Groups/{group}", remove('members[type eq "Group"]'))
    assert rfc.members(group) == [user]


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        (add("members", [{"value": "nobody"}]), "invalidValue"),
        (add("members", [{"value": "\ud800"}]), "invalidValue"),
        (add("members", [{"display": "x"}]), "invalidValue"),
        (add("members", ["x"]), "invalidValue"),
        (add("members", "x"), "invalidValue"),
        (remove('members[value eq "nobody"]'), "noTarget"),
        (remove('members[value eq "\\ud800"]'), "noTarget"),
        (replace("members.value", "x"), "mutability"),
        (replace('members[value eq "x"]', {"value": "y"}), "mutability"),
        (remove("displayName"), "mutability"),
    ],
)
def test_a_wrong_operation_on_members_changes_nobody(
    rfc: Client, operation: Mapping[str, object], scim_type: str
) -> None:
    a, b = (rfc.a_user(name) for name in "ab")
    group = rfc.a_group("g", [a])
    before = rfc.get(f"/Groups/{group}").json()
    answer = rfc.patch(f"/Groups/{group}", add("members", [{"value": b}]), operation)
    assert an_error(400, scim_type, answer)
    assert rfc.get(f"/Groups/{group}").json() == before
