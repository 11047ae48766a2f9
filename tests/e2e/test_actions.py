"""The switches of a target (Entra's target object actions): each turns off one thing alone."""

from __future__ import annotations

import pytest

from tests.e2e.shell import Shell

ALL = "    actions: [create, update, deactivate, delete]\n"
CY = """\
- kind: User
  metadata: {name: e3}
  spec: {userPrincipalName: cy@zone.example, givenName: Cy, surname: Twombly}
"""


@pytest.fixture
def settled(shell: Shell) -> Shell:
    """Everybody is there, and then: Ada is promoted, Dee comes, Cy's manifest goes."""
    shell.small_organisation()
    assert shell.apply().code == 0
    shell.edit("manifests/people.yaml", "jobTitle: Lead", "jobTitle: Head")
    dee = CY.replace("e3", "e4").replace("cy@", "dee@").replace("Cy", "Dee")
    shell.edit("manifests/people.yaml", CY, dee)
    removed = "    deprovision: {removed: delete}\n"
    shell.edit("manifests/target.yaml", ALL, ALL + removed)
    return shell


@pytest.mark.parametrize(
    ("actions", "does", "refused"),
    [
        (
            "create, update, deactivate, delete",
            {("create", "e4"), ("update", "e1"), ("delete", "e3")},
            set(),
        ),
        # Creating is off: who is there is matched and updated all the same.
        ("update, deactivate, delete", {("update", "e1"), ("delete", "e3")}, {"e4"}),
        # Updating is off: who is missing is created all the same.
        ("create, deactivate, delete", {("create", "e4"), ("delete", "e3")}, {"e1"}),
        # Deleting is off: nothing is sent for somebody whose manifest is gone.
        ("create, update, deactivate", {("create", "e4"), ("update", "e1")}, {"e3"}),
    ],
)
def test_each_switch_turns_off_one_thing(
    settled: Shell, actions: str, does: set[tuple[str, str]], refused: set[str]
) -> None:
    settled.edit("manifests/target.yaml", ALL, f"    actions: [{actions}]\n")
    plan = settled.plan()
    assert {(change["action"], change["key"]) for change in plan["changes"]} == does
    assert {note["key"] for note in plan["notes"] if note["code"] == "action-off"} == refused
