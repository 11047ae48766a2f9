"""Policies, defaults, roles and clearing, from YAML to what the provider holds."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.e2e.shell import Shell

TITLE = "    - {target: title, source: jobTitle}\n"
ROLES = "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])"
ONE_ROLE = "SingleAppRoleAssignment([appRoleAssignments])"
ACCESS = """\
apiVersion: reconciler/v1
kind: Assignment
metadata: {name: readers}
spec: {target: box, role: reader, users: [e1, e2, e3]}
---
apiVersion: reconciler/v1
kind: Assignment
metadata: {name: admins}
spec: {target: box, role: admin, users: [e1]}
"""


def mapped(shell: Shell, *entries: str) -> Shell:
    """The small organisation with these entries instead of that for `title`."""
    shell.small_organisation()
    shell.edit("manifests/target.yaml", TITLE, "".join(f"    - {{{entry}}}\n" for entry in entries))
    return shell


def live(shell: Shell) -> dict[str, dict[str, Any]]:
    """What the provider keeps of each person, by the part of the userName before the `@`."""
    with closing(sqlite3.connect(shell.directory / ".reconciler/embedded/box.db")) as file:
        rows = file.execute("SELECT document FROM resources WHERE kind = 'User'").fetchall()
    people = [json.loads(document) for (document,) in rows]
    return {person["userName"].partition("@")[0]: person for person in people}


def by_hand(shell: Shell, name: str, **values: Any) -> None:
    """Somebody changes what the provider holds."""
    with closing(sqlite3.connect(shell.directory / ".reconciler/embedded/box.db")) as file, file:
        for number, text in file.execute("SELECT number, document FROM resources").fetchall():
            document = json.loads(text)
            if str(document.get("userName", "")).startswith(f"{name}@"):
                kept = {k: v for k, v in {**document, **values}.items() if v is not None}
                changed = json.dumps(kept)
                file.execute(
                    "UPDATE resources SET document = ? WHERE number = ?", (changed, number)
                )


def settled(shell: Shell) -> None:
    """Applied, and nothing left to do."""
    applied = shell.apply()
    assert applied.code == 0, applied.err
    assert shell.plan()["changes"] == []


def roles(person: dict[str, Any]) -> set[str]:
    return {role["value"] for role in person.get("roles", ())}


@pytest.fixture
def with_roles(shell: Shell) -> Shell:
    mapped(shell, f"target: roles, expression: '{ROLES}'")
    shell.edit("manifests/target.yaml", "  scope: all\n", "  scope: assigned\n")
    shell.write("manifests/access.yaml", ACCESS)
    return shell


def test_roles_are_exact_and_one_that_is_lost_is_taken_away(with_roles: Shell) -> None:
    settled(with_roles)
    assert roles(live(with_roles)["ada"]) == {"reader", "admin"}
    assert live(with_roles)["bo"]["roles"] == [
        {
            "display": "reader",
            "primary": False,
            "type": "WindowsAzureActiveDirectoryRole",
            "value": "reader",
        }
    ]
    with_roles.edit("manifests/access.yaml", "role: admin, users: [e1]", "role: admin, users: [e2]")
    (gone, come) = with_roles.plan()["changes"]
    assert (gone["key"], come["key"]) == ("e1", "e2")
    settled(with_roles)
    assert roles(live(with_roles)["ada"]) == {"reader"}
    assert roles(live(with_roles)["bo"]) == {"reader", "admin"}


def test_role_that_somebody_was_given_by_hand_is_taken_away(with_roles: Shell) -> None:
    settled(with_roles)
    by_hand(with_roles, "cy", roles=[{"value": "reader"}, {"value": "owner"}])
    (change,) = with_roles.plan()["changes"]
    assert (change["key"], change["cause"]) == ("e3", "drift")
    assert 'roles: ["owner", "reader"] -> ["reader"]' in with_roles.run("plan").out
    assert 'wanted ["reader"], live ["owner", "reader"]' in with_roles.run("explain", "e3").out
    settled(with_roles)
    assert roles(live(with_roles)["cy"]) == {"reader"}


def test_one_role_is_the_primary_one(shell: Shell) -> None:
    mapped(
        shell,
        f"target: 'roles[primary eq \"True\"].value', expression: '{ONE_ROLE}'",
        "target: 'roles[primary eq \"True\"].type', constant: app",
    )
    shell.edit("manifests/target.yaml", "  scope: all\n", "  scope: assigned\n")
    shell.write("manifests/access.yaml", ACCESS)
    settled(shell)
    assert live(shell)["bo"]["roles"] == [{"primary": True, "type": "app", "value": "reader"}]


def test_untouched_attribute_is_filled_where_it_is_empty_and_left_alone_elsewhere(
    shell: Shell,
) -> None:
    mapped(shell, "target: title, default: staff")
    settled(shell)
    assert live(shell)["ada"]["title"] == "staff"
    by_hand(shell, "ada", title="Queen")
    by_hand(shell, "bo", title=None)
    assert [change["key"] for change in shell.plan()["changes"]] == ["e2"]
    settled(shell)
    assert (live(shell)["ada"]["title"], live(shell)["bo"]["title"]) == ("Queen", "staff")


def test_default_of_entra_is_given_at_creation_and_never_again(shell: Shell) -> None:
    mapped(shell, "target: title, source: jobTitle, default: n/a, applyDefault: onCreate")
    settled(shell)
    assert (live(shell)["ada"]["title"], live(shell)["bo"]["title"]) == ("Lead", "n/a")
    by_hand(shell, "bo", title="Clerk")
    assert shell.plan()["changes"] == []


def test_values_are_added_and_none_is_taken_away(shell: Shell) -> None:
    mapped(shell, "target: title, source: jobTitle, apply: addOnly")
    settled(shell)
    by_hand(shell, "ada", title="Queen")
    assert shell.plan()["changes"] == []
    by_hand(shell, "ada", title=None)
    settled(shell)
    assert live(shell)["ada"]["title"] == "Lead"


ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.mark.parametrize("empty", ["null", '""'])
def test_clearing_really_clears_and_silence_does_not(shell: Shell, empty: str) -> None:
    mapped(
        shell,
        "target: title, source: jobTitle",
        f"target: '{ENTERPRISE}:department', source: department",
        "target: 'emails[type eq \"work\"].value', source: mail",
    )
    ada = "{userPrincipalName: ada@zone.example, givenName: Ada, surname: Lovelace, jobTitle: Lead}"
    full = ada.replace("jobTitle: Lead}", "jobTitle: Lead, department: NetSec, mail: a@b.example}")
    shell.edit("manifests/people.yaml", ada, full)
    settled(shell)
    assert live(shell)["ada"][ENTERPRISE] == {"department": "NetSec"}
    silent = "{userPrincipalName: ada@zone.example, givenName: Ada, surname: Lovelace}"
    shell.edit("manifests/people.yaml", full, silent)
    assert shell.plan()["changes"] == []
    cleared = f"jobTitle: {empty}, department: {empty}, mail: {empty}}}"
    shell.edit("manifests/people.yaml", silent, silent.replace("}", f", {cleared}"))
    settled(shell)
    person = live(shell)["ada"]
    assert "title" not in person
    assert not person.get(ENTERPRISE, {}).get("department")
    assert not any("value" in email for email in person.get("emails", ()))


def test_person_without_a_required_value_fails_alone(shell: Shell) -> None:
    mapped(shell, TITLE.strip().removeprefix("- {").removesuffix("}"))
    shell.edit(
        "manifests/target.yaml",
        "{target: userName, source: userPrincipalName, match: 1}",
        "{target: userName, source: mail, match: 1}",
    )
    for name in ("ada", "cy"):
        upn = f"userPrincipalName: {name}@zone.example, "
        shell.edit("manifests/people.yaml", upn, f"{upn}mail: {name}@zone.example, ")
    plan = shell.plan()
    creates = [c["key"] for c in plan["changes"] if c["action"] == "create"]
    assert creates == ["e1", "e3", "ops"]
    notes = {note["key"]: note["code"] for note in plan["notes"] if note["note"] == "skipped"}
    assert notes == {"e2": "required-value-missing"}


def test_guest_is_provisioned_by_the_address_outside(shell: Shell) -> None:
    shell.small_organisation()
    shell.edit(
        "manifests/people.yaml",
        "userPrincipalName: cy@zone.example",
        "userPrincipalName: 'cy_partner.example#EXT#@zone.example'",
    )
    settled(shell)
    assert live(shell)["cy"]["userName"] == "cy@partner.example"


def test_roles_that_are_only_added_keep_those_of_others(shell: Shell) -> None:
    mapped(shell, f"target: roles, expression: '{ROLES}', apply: addOnly")
    shell.edit("manifests/target.yaml", "  scope: all\n", "  scope: assigned\n")
    shell.write("manifests/access.yaml", ACCESS)
    settled(shell)
    by_hand(shell, "cy", roles=[{"value": "owner", "display": "The owner"}])
    settled(shell)
    (owner,) = (role for role in live(shell)["cy"]["roles"] if role["value"] == "owner")
    assert owner["display"] == "The owner"
    assert roles(live(shell)["cy"]) == {"owner", "reader"}


def test_function_that_does_not_exist_stops_only_whom_it_is_needed_for(shell: Shell) -> None:
    text = 'IIF([jobTitle]="Lead", Frobnicate([jobTitle]), "staff")'
    mapped(shell, f"target: title, expression: '{text}', unsupported: [Frobnicate]")
    assert shell.run("validate").code == 0
    plan = shell.plan()
    creates = [c["key"] for c in plan["changes"] if c["action"] == "create"]
    assert creates == ["e2", "e3", "ops"]
    notes = {note["key"]: note["code"] for note in plan["notes"] if note["note"] == "skipped"}
    assert notes == {"e1": "mapping-error"}


def test_operator_that_does_not_exist_stops_only_whom_it_would_decide(shell: Shell) -> None:
    shell.small_organisation()
    shell.edit(
        "manifests/target.yaml", "    mapping: people\n", "    mapping: people\n    filter: odd\n"
    )
    shell.write(
        "manifests/filter.yaml",
        "apiVersion: reconciler/v1\nkind: ScopingFilter\nmetadata: {name: odd}\nspec:\n"
        "  for: users\n  anyOf:\n    - name: leads\n      allOf:\n"
        "        - {attribute: jobTitle, operator: IS NOT NULL}\n"
        "        - {attribute: jobTitle, unsupported: SOUNDS LIKE, value: leed}\n"
        "    - name: Bo\n      allOf:\n"
        "        - {attribute: givenName, operator: EQUALS, value: Bo}\n",
    )
    plan = shell.plan()
    creates = [c["key"] for c in plan["changes"] if c["action"] == "create"]
    assert creates == ["e2", "ops"]
    assert "e1" in {note["key"] for note in plan["notes"] if note["note"] == "skipped"}
