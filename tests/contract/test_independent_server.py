"""The whole chain, command line to live state and back, on providers that we did not write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.independent_server import TOKEN, Tenant, independent_server, tenant
from tests.e2e.shell import Ran, Shell

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

DI = """\
- kind: User
  metadata: {name: e4}
  spec:
    userPrincipalName: dí@zone.example
    mail: Di@Zone.example
    givenName: Dí
    surname: O'Neil "Q" Müller
    telephoneNumber: "+351 21 000"
    mobilePhone: "+351 91 000"
    city: Lisboa
    country: PT
    department: R&D
    employeeId: "00123"
    employeeType: null
"""

#: More than the small organisation maps: every shape that a path can have.
SHAPES = f"""\
    - {{target: title, source: jobTitle}}
    - {{target: name.givenName, source: givenName}}
    - {{target: name.familyName, source: surname}}
    - {{target: 'emails[type eq "work"].value', source: mail}}
    - {{target: 'phoneNumbers[type eq "work"].value', source: telephoneNumber}}
    - {{target: 'phoneNumbers[type eq "mobile"].value', source: mobilePhone}}
    - {{target: 'addresses[type eq "work"].locality', source: city}}
    - {{target: 'addresses[type eq "work"].country', source: country}}
    - {{target: 'roles[primary eq true].value', source: employeeType}}
    - {{target: '{ENTERPRISE}:department', source: department}}
    - {{target: '{ENTERPRISE}:employeeNumber', source: employeeId}}
"""

TEAMS = """\
apiVersion: reconciler/v1
kind: List
items:
- {kind: Group, metadata: {name: ops}, spec: {displayName: Ops, members: [e1, e2]}}
- {kind: Group, metadata: {name: net}, spec: {displayName: 'Net "core"', members: [e4]}}
- {kind: Group, metadata: {name: empty}, spec: {displayName: Nobody yet, members: []}}
"""


@pytest.fixture(
    scope="module", params=["scim2-server", pytest.param("scimmy", marks=pytest.mark.node)]
)
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    with independent_server(request.param) as address:
        yield address


@pytest.fixture
def provider(server: str, request: pytest.FixtureRequest) -> Iterator[Tenant]:
    with tenant(server, request.node.originalname) as one:
        yield one


@pytest.fixture
def shell(provider: Tenant, tmp_path: Path) -> Shell:
    """A small organisation whose target is the provider."""
    shell = Shell(tmp_path)
    shell.env |= {
        "RECONCILER_CREDENTIAL_BOX_TOKEN": TOKEN,
        "RECONCILER_CREDENTIAL_BOX_HOSTS": provider.url.split("/")[2],
    }
    shell.small_organisation(base_url=provider.url, credential="box")
    shell.edit("manifests/target.yaml", "    - {target: title, source: jobTitle}\n", SHAPES)
    shell.write("manifests/people.yaml", shell.read("manifests/people.yaml") + DI)
    shell.write("manifests/groups.yaml", TEAMS)
    return shell


def users(provider: Tenant) -> dict[str, dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:  # pages as long as the provider likes them
        asked = {"startIndex": len(found) + 1, "count": 1000}
        page = provider.http.get("/Users", params=asked).json()
        found += page.get("Resources", [])
        if len(found) >= page["totalResults"]:
            return {user["userName"]: user for user in found}


def teams(provider: Tenant) -> dict[str, set[str]]:
    """Who is in which group, by the names that people know."""
    names = {user["id"]: name for name, user in users(provider).items()}
    found = provider.http.get("/Groups").json()["Resources"]
    return {
        group["displayName"]: {names[member["value"]] for member in group.get("members", [])}
        for group in found
    }


def group_id(provider: Tenant, name: str) -> str:
    found = provider.http.get("/Groups").json()["Resources"]
    return next(str(group["id"]) for group in found if group["displayName"] == name)


def behind_our_back(provider: Tenant, path: str, *operations: dict[str, Any]) -> None:
    body = {"schemas": [PATCH_OP], "Operations": list(operations)}
    provider.http.patch(path, json=body).raise_for_status()


def carry_out(shell: Shell, *args: str) -> list[dict[str, Any]]:
    """Plan, apply, see that as many requests were sent as the plan says; the changes."""
    planned = shell.run("plan", "-o", "now.json", "--format", "json").data["plan"]
    applied = shell.run("apply", "now.json", "--format", "json", *args)
    assert applied.code == 0, applied.out + applied.err
    assert {o["status"] for o in applied.data["outcomes"]} == {"applied"}
    estimate = planned["estimate"]
    assert applied.data["requests"] == {
        method: estimate[name]
        for method, name in (
            ("GET", "gets"),
            ("POST", "posts"),
            ("PATCH", "patches"),
            ("DELETE", "deletes"),
        )
        if estimate[name]
    }
    changes: list[dict[str, Any]] = planned["changes"]
    return changes


def assert_in_sync(shell: Shell) -> None:
    again = shell.run("plan", "--detailed-exitcode")
    assert (again.code, again.err) == (0, ""), again.out
    assert "No changes." in again.out
    drift = shell.run("drift")
    assert (drift.code, "no drift" in drift.out) == (0, True), drift.out


def told(changes: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(change["action"], change["key"], change["cause"]) for change in changes]


def test_what_is_applied_is_there_and_nothing_is_left_to_do(shell: Shell, provider: Tenant) -> None:
    carry_out(shell)

    di = users(provider)["dí@zone.example"]
    assert {name: di[name] for name in di if name not in {"id", "meta", "externalId"}} == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "userName": "dí@zone.example",
        "displayName": 'Dí O\'Neil "Q" Müller',
        "name": {"givenName": "Dí", "familyName": 'O\'Neil "Q" Müller'},
        "active": True,
        "emails": [{"type": "work", "value": "Di@Zone.example", "primary": True}],
        "phoneNumbers": [
            {"type": "mobile", "value": "+351 91 000"},
            {"type": "work", "value": "+351 21 000"},
        ],
        "addresses": [{"type": "work", "locality": "Lisboa", "country": "PT"}],
        ENTERPRISE: {"department": "R&D", "employeeNumber": "00123"},
    }
    assert teams(provider) == {
        "Ops": {"ada@zone.example", "bo@zone.example"},
        'Net "core"': {"dí@zone.example"},
        "Nobody yet": set(),
    }
    assert_in_sync(shell)


TOGETHER = """\
apiVersion: reconciler/v1
kind: Profile
metadata: {name: together}
spec: {extends: rfc7644, bulkOperations: 2}
"""


TEAMS_MOVED = """\
apiVersion: reconciler/v1
kind: List
items:
- {kind: Group, metadata: {name: ops}, spec: {displayName: Ops, members: [e4]}}
- {kind: Group, metadata: {name: net}, spec: {displayName: 'Net "core"', members: [e1]}}
- {kind: Group, metadata: {name: empty}, spec: {displayName: Nobody yet, members: []}}
"""


def test_changes_go_together_where_the_provider_offers_bulk(shell: Shell, provider: Tenant) -> None:
    """Where it does not, each goes by itself, and the report says so."""
    offered = provider.http.get("/ServiceProviderConfig").json()["bulk"]["supported"]
    shell.write("manifests/profile.yaml", TOGETHER)
    shell.edit("manifests/target.yaml", "profile: rfc7644", "profile: together")
    # Four people; two groups, and one alone; two groups get members.
    assert posts_of_an_apply(shell, offered=offered) == 2 + 2 + 1
    assert teams(provider)["Ops"] == {"ada@zone.example", "bo@zone.example"}
    assert len(users(provider)) == 4
    assert_in_sync(shell)

    people = "manifests/people.yaml"
    shell.edit(people, "jobTitle: Lead}", "jobTitle: Head}")
    shell.edit(people, "surname: Ek}", "surname: Ek, accountEnabled: false}")
    shell.edit(people, "surname: Twombly}", "surname: Twombly, accountEnabled: false}")
    shell.edit(people, "department: R&D", "department: Research")
    shell.write("manifests/groups.yaml", TEAMS_MOVED)
    # Two leavers; two who change; two groups that get members and, one after the other, lose some.
    assert posts_of_an_apply(shell, offered=offered) == 1 + 1 + 1 + 1
    assert teams(provider)["Ops"] == {"dí@zone.example"}
    assert teams(provider)['Net "core"'] == {"ada@zone.example"}
    assert users(provider)["ada@zone.example"]["title"] == "Head"
    assert users(provider)["bo@zone.example"]["active"] is False
    assert_in_sync(shell)


def posts_of_an_apply(shell: Shell, *, offered: bool) -> int:
    """How many the plan says; they were sent, where Bulk is offered."""
    planned = shell.run("plan", "-o", "now.json", "--format", "json").data["plan"]
    applied = shell.run("apply", "now.json", "--format", "json")
    assert applied.code == 0, applied.out + applied.err
    assert {o["status"] for o in applied.data["outcomes"]} == {"applied"}
    estimate = planned["estimate"]
    if offered:
        assert applied.data["bulkRefused"] is None
        assert applied.data["requests"]["POST"] == estimate["posts"]
        assert applied.data["requests"].get("PATCH", 0) == estimate["patches"]
    else:
        assert "in one request" in applied.data["bulkRefused"]
    return int(estimate["posts"])


def test_what_was_changed_behind_our_back_is_found_and_healed(
    shell: Shell, provider: Tenant
) -> None:
    carry_out(shell)
    before = users(provider)
    ada, bo, di = (before[f"{name}@zone.example"]["id"] for name in ("ada", "bo", "dí"))
    behind_our_back(
        provider,
        f"/Users/{di}",
        {"op": "remove", "path": 'emails[type eq "work"]'},
        {"op": "remove", "path": "phoneNumbers"},
        {"op": "replace", "path": f"{ENTERPRISE}:department", "value": "Sales"},
        {"op": "replace", "path": "userName", "value": "dora@zone.example"},
        {"op": "replace", "path": "nickName", "value": "not ours to manage"},
    )
    behind_our_back(provider, f"/Users/{ada}", {"op": "replace", "path": "active", "value": False})
    behind_our_back(
        provider,
        f"/Groups/{group_id(provider, 'Ops')}",
        {"op": "remove", "path": f'members[value eq "{bo}"]'},
        {"op": "add", "path": "members", "value": [{"value": di}]},
    )

    drift = shell.run("drift", "--format", "json")
    assert drift.code == 2
    changes = carry_out(shell)

    (found,) = drift.data
    assert [found["pending"], found["undecided"], found["gaps"]] == [[], [], []]
    assert {c["hash"] for c in found["drift"]} == {c["hash"] for c in changes}
    assert sorted(told(changes)) == [
        ("addMembers", "ops", "drift"),
        ("reactivate", "e1", "drift"),
        ("removeMembers", "ops", "drift"),
        ("update", "e4", "drift"),
    ]
    assert teams(provider)["Ops"] == {"ada@zone.example", "bo@zone.example"}
    healed = users(provider)["dí@zone.example"]
    assert healed["id"] == di
    assert healed["emails"] == [{"type": "work", "value": "Di@Zone.example", "primary": True}]
    assert healed["nickName"] == "not ours to manage"
    assert users(provider)["ada@zone.example"]["active"] is True
    assert_in_sync(shell)


def test_a_leaver_a_renamed_person_changed_members_and_a_deleted_group(
    shell: Shell, provider: Tenant
) -> None:
    carry_out(shell)
    before = users(provider)
    people = "manifests/people.yaml"
    shell.edit(people, "surname: Ek}", "surname: Ek, accountEnabled: false}")
    shell.edit(people, "userPrincipalName: ada@", "userPrincipalName: ada.king@")
    shell.edit(people, "surname: Twombly}", 'surname: Twombly, telephoneNumber: "+351 22 000"}')
    shell.edit(people, '    telephoneNumber: "+351 21 000"\n', "    telephoneNumber: null\n")
    shell.edit(people, "    department: R&D\n", "    department: null\n")
    shell.write("manifests/groups.yaml", TEAMS.replace("[e1, e2]", "[e3, e4]"))
    groups = shell.read("manifests/groups.yaml").splitlines(keepends=True)
    shell.write("manifests/groups.yaml", "".join(groups[:-1]))

    assert shell.run("plan", "-o", "blocked.json").code == 3
    assert shell.run("apply", "blocked.json").code == 3
    shell.write(
        "policies/guardrails.yaml",
        "apiVersion: reconciler/v1\nkind: Guardrails\nmetadata: {name: one}\n"
        "spec: {groupDeletions: {floor: 1, cap: 1}}\n",
    )
    changes = carry_out(shell)

    assert sorted(told(changes)) == [
        ("addMembers", "ops", "changed"),
        ("deactivate", "e2", "disabled"),
        ("delete", "empty", "removed"),
        ("removeMembers", "ops", "changed"),
        ("update", "e1", "changed"),
        ("update", "e3", "changed"),
        ("update", "e4", "changed"),
    ]
    after = users(provider)
    assert after["ada.king@zone.example"]["id"] == before["ada@zone.example"]["id"]
    assert {name: user["active"] for name, user in after.items()} == {
        "ada.king@zone.example": True,
        "bo@zone.example": False,
        "cy@zone.example": True,
        "dí@zone.example": True,
    }
    assert after["cy@zone.example"]["phoneNumbers"] == [{"type": "work", "value": "+351 22 000"}]
    assert after["dí@zone.example"][ENTERPRISE] == {"employeeNumber": "00123"}
    assert teams(provider) == {
        "Ops": {"cy@zone.example", "dí@zone.example"},
        'Net "core"': {"dí@zone.example"},
    }
    assert_in_sync(shell)


def test_more_than_a_page_of_people_and_more_members_than_fit_into_one_request(
    shell: Shell, provider: Tenant
) -> None:
    """A page has 200 rows, a request 100 members; the provider sorts by ids of its own."""
    crowd = [
        {
            "kind": "User",
            "metadata": {"name": f"c{number}"},
            "spec": {"userPrincipalName": f"c{number}@zone.example"},
        }
        for number in range(210)
    ]

    def declare(members: int) -> None:
        keys = [f"c{number}" for number in range(members)]
        everybody = {
            "kind": "Group",
            "metadata": {"name": "all"},
            "spec": {"displayName": "All", "members": keys},
        }
        items = [*crowd, everybody]
        document = {"apiVersion": "reconciler/v1", "kind": "List", "items": items}
        shell.write("manifests/crowd.yaml", json.dumps(document))

    declare(210)
    carry_out(shell)
    assert len(teams(provider)["All"]) == 210
    assert_in_sync(shell)

    declare(105)
    blocked = shell.run("plan", "-o", "blocked.json")
    token = blocked.out.split("--acknowledge ")[1].split()[0]
    changes = carry_out(shell, "--acknowledge", token, "--because", "a test")

    assert told(changes) == [("removeMembers", "all", "changed")]
    assert teams(provider)["All"] == {f"c{number}@zone.example" for number in range(105)}
    assert_in_sync(shell)


def test_accounts_that_were_there_before_are_found_by_name_and_not_made_again(
    shell: Shell, provider: Tenant
) -> None:
    there = {"userName": "ADA@zone.example", "displayName": "Ada?", "active": True}
    schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"]
    made = provider.http.post("/Users", json={"schemas": schemas, **there})
    assert made.status_code == 201

    changes = carry_out(shell)

    assert ("update", "e1", "changed") in told(changes)
    live = users(provider)
    assert len(live) == 4
    assert live["ADA@zone.example"]["id"] == made.json()["id"]
    assert live["ADA@zone.example"]["displayName"] == "Ada Lovelace"
    assert_in_sync(shell)


def test_a_wrong_token_is_an_error_and_nothing_is_sent_on(shell: Shell, provider: Tenant) -> None:
    shell.env["RECONCILER_CREDENTIAL_BOX_TOKEN"] = "another-token"
    ran: Ran = shell.run("plan", "-o", "plan.json")
    assert (ran.code, "401" in ran.err) == (1, True)
    assert not (shell.directory / "plan.json").exists()
    assert users(provider) == {}


def test_managers_are_created_linked_changed_and_cleared(shell: Shell, provider: Tenant) -> None:
    """By id, in the very apply that creates both."""
    entry = f"    - {{target: '{ENTERPRISE}:manager.value', source: manager}}\n"
    shell.edit("manifests/target.yaml", SHAPES, SHAPES + entry)
    ada = "spec: {userPrincipalName: ada@zone.example, "
    shell.edit("manifests/people.yaml", ada, f"{ada}manager: e3, ")
    carry_out(shell)
    assert_in_sync(shell)

    def manager() -> Any:
        people = users(provider)
        names = {person["id"]: name for name, person in people.items()}
        held = people["ada@zone.example"].get(ENTERPRISE, {}).get("manager") or {}
        return names.get(held.get("value"))

    assert manager() == "cy@zone.example"
    shell.edit("manifests/people.yaml", "manager: e3", "manager: e2")
    carry_out(shell)
    assert_in_sync(shell)
    assert manager() == "bo@zone.example"
    shell.edit("manifests/people.yaml", "manager: e2", "manager: null")
    carry_out(shell)
    assert_in_sync(shell)
    assert manager() is None


def test_roles_are_an_exact_set(shell: Shell, provider: Tenant) -> None:
    old = "    - {target: 'roles[primary eq true].value', source: employeeType}\n"
    whole = "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])"
    new = f"    - {{target: roles, expression: '{whole}'}}\n"
    shell.edit("manifests/target.yaml", old, new)
    shell.edit("manifests/target.yaml", "  scope: all\n", "  scope: assigned\n")
    shell.write(
        "manifests/access.yaml",
        "apiVersion: reconciler/v1\nkind: List\nitems:\n"
        "- {kind: Assignment, metadata: {name: a}, spec: {target: box, role: a, users: [e1, e2]}}\n"
        "- {kind: Assignment, metadata: {name: b}, spec: {target: box, role: b, users: [e1]}}\n",
    )
    carry_out(shell)
    assert_in_sync(shell)

    def roles(name: str) -> set[str]:
        return {role["value"] for role in users(provider)[f"{name}@zone.example"].get("roles", ())}

    assert (roles("ada"), roles("bo")) == ({"a", "b"}, {"a"})
    shell.edit("manifests/access.yaml", "role: b, users: [e1]", "role: b, users: [e2]")
    carry_out(shell)
    assert_in_sync(shell)
    assert (roles("ada"), roles("bo")) == ({"a"}, {"a", "b"})
