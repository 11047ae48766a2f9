"""`plan --undo`: the way back from an apply, applied like any other plan."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.e2e.shell import Shell

LENIENT = """\
apiVersion: reconciler/v1
kind: Guardrails
metadata: {name: all}
spec:
  deactivations: {floor: 99, cap: 99}
  deletions: {floor: 99, cap: 99}
  groupDeletions: {floor: 99, cap: 99}
  memberRemovals: {floor: 99}
  leavingScope: {floor: 99}
"""
#: Somebody leaves, somebody comes, somebody is promoted, a group is renamed, members move.
PEOPLE_AFTER = """\
apiVersion: reconciler/v1
kind: List
items:
- kind: User
  metadata: {name: e1}
  spec: {userPrincipalName: ada@zone.example, givenName: Ada, surname: Lovelace, jobTitle: Head}
- kind: User
  metadata: {name: e2}
  spec:
    {userPrincipalName: bo@zone.example, givenName: Bo, surname: Ek, accountEnabled: false}
- kind: User
  metadata: {name: e3}
  spec: {userPrincipalName: cy@zone.example, givenName: Cy, surname: Twombly}
- kind: User
  metadata: {name: e4}
  spec: {userPrincipalName: di@zone.example, givenName: Di, surname: Fara}
"""
GROUPS_AFTER = """\
apiVersion: reconciler/v1
kind: List
items:
- {kind: Group, metadata: {name: ops}, spec: {displayName: Operators, members: [e3, e4]}}
- {kind: Group, metadata: {name: dev}, spec: {displayName: Dev, members: [e1]}}
"""


@pytest.fixture
def applied(shell: Shell) -> Shell:
    """Two applies: the small organisation, and the change above."""
    shell.small_organisation()
    shell.write("policies/guardrails.yaml", LENIENT)
    assert shell.apply().code == 0
    shell.write("before/people.yaml", shell.read("manifests/people.yaml"))
    shell.write("before/groups.yaml", shell.read("manifests/groups.yaml"))
    shell.write("manifests/people.yaml", PEOPLE_AFTER)
    shell.write("manifests/groups.yaml", GROUPS_AFTER)
    shell.now += timedelta(hours=1)
    assert shell.apply().code == 0
    shell.now += timedelta(hours=1)
    return shell


def reverted(shell: Shell) -> Shell:
    for name in ("people", "groups"):
        shell.write(f"manifests/{name}.yaml", shell.read(f"before/{name}.yaml"))
    return shell


def changes(plan: Any) -> list[tuple[str, str]]:
    return [(change["action"], f"{change['kind']}:{change['key']}") for change in plan["changes"]]


def notes(plan: Any) -> dict[str, str]:
    return {n["key"]: n["message"] for n in plan["notes"] if n["code"] == "cannot-undo"}


def test_run_that_changed_nothing_leaves_nothing_to_revert(applied: Shell) -> None:
    assert applied.apply().code == 0  # nothing to do
    planned = applied.run("plan", "box", "--undo", "last")
    assert planned.code == 0
    assert "Plan: No changes." in planned.out
    assert "Revert Git" not in planned.out


def test_what_was_applied_is_taken_back_and_git_reverted_is_in_sync(applied: Shell) -> None:
    planned = applied.run("plan", "box", "--undo", "last", "-o", "undo.json")
    assert planned.code == 0
    assert "undoes run " in planned.out
    assert (
        "Revert Git too: commit c0ffee still stands there, and the next plan does again what this "
        "one undoes." in planned.out
    )
    plan = applied.run("plan", "box", "--undo", "last", "--format", "json").data["plan"]
    assert changes(plan) == [
        ("update", "user:e1"),
        ("reactivate", "user:e2"),
        ("update", "group:ops"),
        ("addMembers", "group:ops"),
        ("removeMembers", "group:ops"),
        ("deactivate", "user:e4"),
        ("delete", "group:dev"),
    ]
    assert {change["cause"] for change in plan["changes"]} == {"undo"}
    assert notes(plan) == {}

    done = applied.run("apply", "undo.json")
    assert (done.code, "Revert Git too: commit c0ffee" in done.out) == (0, True)

    forth = applied.run("plan", "box", "--undo", "last")
    assert "Revert Git too" not in forth.out
    assert "unless Git says again what that one applied, the next plan takes it" in forth.out

    again = applied.plan()
    assert again["changes"]  # Git was not reverted, so it is done again,
    assert {change["cause"] for change in again["changes"]}.isdisjoint({"drift"})

    back = reverted(applied).plan()
    assert back["changes"] == []  # and now it is


def test_a_run_can_be_named_by_the_beginning_of_its_id(applied: Shell) -> None:
    runs = applied.run("ledger", "show", "--format", "json").data[0]["runs"]
    plan = applied.run("plan", "box", "--undo", runs[1]["run"][:8], "--format", "json").data
    assert plan["plan"]["undoes"]["run"] == runs[1]["run"]
    assert plan["plan"]["undoes"]["commit"] == "c0ffee"


def test_an_undo_is_itself_a_run_that_says_what_it_undoes(applied: Shell) -> None:
    assert applied.run("plan", "box", "--undo", "last", "-o", "undo.json").code == 0
    assert applied.run("apply", "undo.json").code == 0
    runs = applied.run("ledger", "show", "--format", "json").data[0]["runs"]
    assert runs[2]["undoes"] == runs[1]["run"]
    assert f", undoes {runs[1]['run']}" in applied.run("ledger", "show").out
    # And undone in its turn.
    plan = applied.run("plan", "box", "--undo", "last", "--format", "json").data["plan"]
    assert ("deactivate", "user:e2") in changes(plan)


def test_what_somebody_changed_since_is_theirs(applied: Shell) -> None:
    applied.edit("manifests/people.yaml", "jobTitle: Head", "jobTitle: Chief")
    assert applied.apply().code == 0
    runs = applied.run("ledger", "show", "--format", "json").data[0]["runs"]
    plan = applied.run("plan", "box", "--undo", runs[1]["run"], "--format", "json").data["plan"]
    assert ("update", "user:e1") not in changes(plan)
    assert notes(plan) == {
        "e1": "its update is not undone: title: it is no longer as that run left it"
    }


def test_a_hold_and_a_date_beat_an_undo(applied: Shell) -> None:
    applied.write(
        "manifests/hold.yaml",
        "apiVersion: reconciler/v1\nkind: Hold\nmetadata: {name: e2-held}\n"
        "spec: {user: e2, ticket: SEC-7, until: 2027-01-01}\n",
    )
    plan = applied.run("plan", "box", "--undo", "last", "--format", "json").data["plan"]
    assert ("reactivate", "user:e2") not in changes(plan)
    assert notes(plan)["e2"].startswith("its deactivation is not undone: it stays deactivated: ")
    assert "not everybody is added again: e2: " in notes(plan)["ops"]


def test_guardrails_and_protections_judge_an_undo_like_any_other_plan(applied: Shell) -> None:
    applied.write("policies/guardrails.yaml", "")
    blocked = applied.run("plan", "box", "--undo", "last", "-o", "undo.json")
    assert (blocked.code, "groupDeletions" in blocked.out) == (3, True)
    assert applied.run("apply", "undo.json").code == 3


def test_what_is_deleted_cannot_be_brought_back_and_the_forward_plan_says_so(shell: Shell) -> None:
    shell.small_organisation()
    shell.write("policies/guardrails.yaml", LENIENT)
    assert shell.apply().code == 0
    other = "\n---\napiVersion: reconciler/v1\nkind: Group\nmetadata: {name: dev}\n"
    groups = shell.read("manifests/groups.yaml")
    shell.write("manifests/groups.yaml", groups + other + "spec: {displayName: Dev}\n")
    assert shell.apply().code == 0
    shell.write("manifests/groups.yaml", other + "spec: {displayName: Dev}\n")
    forward = shell.run("plan", "-o", "now.json")
    assert "cannot be undone: a deleted resource and its memberships cannot be brought back" in (
        forward.out
    )
    assert shell.run("apply", "now.json").code == 0
    undo = shell.run("plan", "box", "--undo", "last", "--format", "json").data["plan"]
    assert undo["changes"] == []
    assert notes(undo) == {
        "ops": "its deletion is not undone: a deleted resource and its memberships cannot be "
        "brought back"
    }


def test_at_a_provider_that_destroys_on_deactivation_that_is_not_undone(shell: Shell) -> None:
    shell.small_organisation(profile="zpa")
    shell.write("policies/guardrails.yaml", LENIENT)
    assert shell.apply().code == 0
    shell.edit("manifests/people.yaml", "surname: Ek}", "surname: Ek, accountEnabled: false}")
    assert shell.apply().code == 0
    undo = shell.run("plan", "box", "--undo", "last", "--format", "json").data["plan"]
    assert "removes the person and their data on deactivation" in notes(undo)["e2"]


def test_without_its_plan_a_run_is_not_undone_and_the_file_can_be_named(applied: Shell) -> None:
    for kept in (applied.directory / ".reconciler/applied").iterdir():
        kept.unlink()
    missing = applied.run("plan", "box", "--undo", "last")
    assert missing.code == 1
    assert "carried out is not here; without it nobody knows what was there before" in missing.err
    assert "name its file with --applied: the one with the digest sha256:" in missing.err

    named = applied.run("plan", "box", "--undo", "last", "--applied", "now.json")
    assert named.code == 0
    applied.run("plan", "-o", "other.json")
    other = applied.run("plan", "box", "--undo", "last", "--applied", "other.json")
    assert (other.code, "carried out sha256:" in other.err) == (64, True)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("box", "--undo", "no-such-run"), "no run is"),
        (("box", "--undo", ""), "several runs begin with"),
        (("--applied", "now.json"), "--applied says what --undo is about"),
    ],
)
def test_what_means_no_run_is_a_usage_error(
    applied: Shell, args: tuple[str, ...], words: str
) -> None:
    refused = applied.run("plan", *args)
    assert (refused.code, words in refused.err) == (64, True)


def test_a_target_without_runs_has_nothing_to_undo(shell: Shell) -> None:
    shell.small_organisation()
    refused = shell.run("plan", "box", "--undo", "last")
    assert (refused.code, "no run is" in refused.err) == (64, True)


def test_only_part_of_it_can_be_taken_back(applied: Shell) -> None:
    only = ("--only", "user:e1", "--format", "json")
    plan = applied.run("plan", "box", "--undo", "last", *only).data["plan"]
    assert [change for change in changes(plan) if change[1].startswith("user:")] == [
        ("update", "user:e1")
    ]


def test_an_apply_that_was_stopped_is_taken_back_as_far_as_it_came(applied: Shell) -> None:
    assert applied.run("plan", "box", "--undo", "last", "-o", "undo.json").code == 0
    assert applied.run("apply", "undo.json", "--max-duration", "0s").code == 5
    nothing = applied.run("plan", "box", "--undo", "last", "--format", "json").data["plan"]
    assert (nothing["changes"], notes(nothing)) == ([], {})
