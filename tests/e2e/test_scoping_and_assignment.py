"""Who gets a target, from manifests to the plan and to the explanation: roles, classes, filters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.shell import Shell

TREE = """\
apiVersion: reconciler/v1
kind: List
items:
  - {kind: User, metadata: {name: boss}, spec: {userPrincipalName: boss@zone.example,
      department: NetSec, mail: boss@zone.example, otherMails: [boss@zone.example]}}
  - {kind: User, metadata: {name: ada}, spec: {userPrincipalName: ada@zone.example, manager: boss,
      employeeHireDate: 2026-01-15, otherMails: [ada@zone.example, ada@home.example]}}
  - {kind: User, metadata: {name: bob}, spec: {userPrincipalName: bob@zone.example, manager: boss,
      employeeHireDate: 2999-01-01}}
  - {kind: User, metadata: {name: con}, spec: {userPrincipalName: con@zone.example, manager: boss,
      employeeType: Contractor, employeeHireDate: 2026-01-15}}
  - {kind: User, metadata: {name: cid}, spec: {userPrincipalName: cid@zone.example, manager: boss,
      employeeType: Contractor, employeeHireDate: 2026-01-15}}
  - {kind: User, metadata: {name: eve}, spec: {userPrincipalName: eve@zone.example, manager: ada,
      employeeHireDate: 2026-01-15}}
  - {kind: User, metadata: {name: ann}, spec: {userPrincipalName: ann@zone.example, manager: boss,
      employeeHireDate: 2026-01-15}}
  - {kind: Group, metadata: {name: inner},
     spec: {displayName: Inner, members: [ada, bob, con, cid, eve]}}
  - {kind: Group, metadata: {name: outer},
     spec: {displayName: Outer, members: [boss, {group: inner}]}}
---
apiVersion: reconciler/v1
kind: Target
metadata: {name: box}
spec:
  profile: rfc7644
  baseUrl: embedded:box
  roles:
    - {value: admin, displayName: Administrator, id: 11111111-2222-3333-4444-555555555555}
    - {value: user}
  users:
    ownership: exclusive
    mapping: people
    filter: staff
    excludedRoles: [Default Access]
    exclude:
      - {name: contractors, when: user.employeeType == "Contractor"}
---
apiVersion: reconciler/v1
kind: Assignment
metadata: {name: everybody}
spec: {target: box, role: user, groups: [outer], nested: true}
---
apiVersion: reconciler/v1
kind: Assignment
metadata: {name: one-by-one}
spec: {target: box, role: admin, users: [ada, cid]}
---
apiVersion: reconciler/v1
kind: Assignment
metadata: {name: default}
spec: {target: box, users: [ann]}
---
apiVersion: reconciler/v1
kind: ScopingFilter
metadata: {name: staff}
spec:
  for: users
  anyOf:
    - name: of NetSec, who have begun
      allOf:
        - {attribute: manager.department, operator: EQUALS, value: NetSec}
        - {attribute: otherMails, operator: ENDS_WITH, value: "@x.example", match: any, not: true}
      when: >-
        user.employeeHireDate != null && user.employeeHireDate <= asOf && "inner" in user.memberOf
    - name: the boss
      allOf:
        - {attribute: manager, operator: NOT EQUALS, value: boss, nullIsMatch: true}
        - {attribute: memberOf, operator: EQUALS, value: outer, match: all}
---
apiVersion: reconciler/v1
kind: AttributeMapping
metadata: {name: people}
spec:
  for: users
  attributes:
    - {target: userName, source: userPrincipalName, match: 1}
    - {target: active, expression: 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'}
    - {target: roles, expression: "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])"}
"""


@pytest.fixture
def box(shell: Shell) -> Shell:
    shell.write("manifests/tree.yaml", TREE)
    (shell.directory / "policies").mkdir()
    return shell


def explained(box: Shell, who: str) -> dict[str, Any]:
    ran = box.run("explain", f"user:{who}", "--offline", "--format", "json")
    assert ran.code == 0, ran.err
    (found,) = json.loads(ran.out)
    assert isinstance(found, dict)
    return found


def test_a_plan_creates_whom_roles_classes_and_filter_let_in(box: Shell) -> None:
    ran = box.run("validate")
    assert (ran.code, ran.err) == (0, "")
    assert {c["key"] for c in box.plan()["changes"]} == {"boss", "ada", "cid"}
    ada = next(c for c in box.plan()["changes"] if c["key"] == "ada")
    (roles,) = (v["value"] for v in ada["values"] if v["path"] == "roles")
    assert [json.loads(role)["value"] for role in roles] == ["admin", "user"]


@pytest.mark.parametrize(
    ("who", "cause", "said"),
    [
        ("con", "outOfScope", "default exclusion contractors of box, and no assignment names con"),
        ("ann", "notEntitled", "NotEffectivelyEntitled: ann has Default Access"),
        ("bob", "outOfScope", "fails filter staff"),
        ("eve", "outOfScope", "manager.department has no value"),
    ],
)
def test_whoever_stays_out_is_told_why(box: Shell, who: str, cause: str, said: str) -> None:
    standing = explained(box, who)["standing"]
    assert (standing["standing"], standing["cause"]) == ("excluded", cause)
    assert said in standing["reason"]["text"]


def test_an_explanation_shows_roles_and_classes(box: Shell) -> None:
    access = explained(box, "ada")["access"]
    assert access["roles"] == ["admin", "user"]
    assert access["entitled"]["truth"] is True
    assert access["included"]["reason"]["text"] == (
        "one-by-one names ada, so no default exclusion counts"
    )
    text = box.run("explain", "user:ann", "--offline").out
    assert "entitled by role: no: NotEffectivelyEntitled: ann has Default Access" in text
    assert explained(box, "ann")["entra"]["IsEffectivelyEntitledForProvisioning"] is False
