"""Leaving and coming back: what each setting does to whom, when, and what is said before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.e2e.shell import Shell

FILTER = """\
apiVersion: reconciler/v1
kind: ScopingFilter
metadata: {name: staff}
spec:
  for: users
  anyOf:
    - name: not left
      allOf: [{attribute: department, operator: NOT EQUALS, value: Left}]
"""
HOLD = """\
apiVersion: reconciler/v1
kind: Hold
metadata: {name: suspended}
spec: {user: e1, ticket: SEC-1, until: 2026-12-31}
"""


@pytest.fixture
def organisation(shell: Shell) -> Shell:
    """A small one, applied."""
    shell.small_organisation()
    assert shell.apply().code == 0
    return shell


def actions(shell: Shell, *args: str) -> list[tuple[str, str]]:
    return [(change["action"], change["key"]) for change in shell.plan(*args)["changes"]]


def notes(shell: Shell, code: str) -> list[Any]:
    return [note for note in shell.plan()["notes"] if note["code"] == code]


def deprovision(shell: Shell, users: str = "", groups: str = "") -> None:
    shell.edit("manifests/target.yaml", "    actions: [create, update, deactivate, delete]\n",
               "    actions: [create, update, deactivate, delete]\n"
               f"    deprovision: {{{users}}}\n")  # fmt: skip
    if groups:
        shell.edit("manifests/target.yaml", "{removed: delete}", f"{{{groups}}}")


def person(shell: Shell, old: str, new: str) -> None:
    shell.edit("manifests/people.yaml", old, new)


def target(shell: Shell, old: str, new: str) -> None:
    shell.edit("manifests/target.yaml", old, new)


def remove_e3(shell: Shell) -> None:
    people = shell.read("manifests/people.yaml")
    kept = people.partition("- kind: User\n  metadata: {name: e3}")[0]
    shell.write("manifests/people.yaml", kept)


def forget(shell: Shell) -> None:
    """The ledger is lost."""
    for path in (shell.directory / ".reconciler").rglob("*"):
        if path.is_file() and "ledger" in str(path):
            path.unlink()


def disable(shell: Shell) -> None:
    shell.edit("manifests/people.yaml", "jobTitle: Lead", "accountEnabled: false, jobTitle: Lead")


def test_whoever_comes_back_is_in_their_groups_again(organisation: Shell) -> None:
    disable(organisation)
    assert organisation.apply().code == 0
    person(organisation, "accountEnabled: false, ", "")
    assert actions(organisation) == [("reactivate", "e1"), ("addMembers", "ops")]
    assert organisation.apply().code == 0
    assert actions(organisation) == []


def test_a_deletion_is_announced_with_its_date_until_it_is_due(organisation: Shell) -> None:
    deprovision(organisation, "deleteAfterDays: 30")
    disable(organisation)
    assert organisation.apply().code == 0

    organisation.now += timedelta(days=29)
    assert actions(organisation) == []
    (note,) = notes(organisation, "deletion-to-come")
    assert (note["note"], note["key"], note["due"]) == ("upcoming", "e1", "2026-12-23T12:00:00Z")
    out = organisation.run("plan").out
    assert "To come, by date" in out
    assert 'user "ada@zone.example" (e1): deleted from 2026-12-23 12:00 UTC on' in out

    organisation.now += timedelta(days=1)
    assert notes(organisation, "deletion-to-come") == []
    assert actions(organisation) == [("delete", "e1")]


def test_nothing_is_deleted_by_date_without_a_ledger(organisation: Shell) -> None:
    deprovision(organisation, "deleteAfterDays: 0")
    disable(organisation)
    assert organisation.apply().code == 0
    forget(organisation)
    assert actions(organisation) == []


@pytest.mark.parametrize("keep", ["keep", "report"])
def test_whoever_is_out_of_scope_and_kept_keeps_everything(organisation: Shell, keep: str) -> None:
    deprovision(organisation, f"outOfScope: {keep}")
    organisation.write("manifests/filter.yaml", FILTER)
    target(organisation, "mapping: people", "mapping: people\n    filter: staff")
    person(organisation, "surname: Ek}", "surname: Ek, department: Left}")
    # The others have no department, and NOT EQUALS is false for them (Entra's null rule).
    person(organisation, "jobTitle: Lead", "department: A, jobTitle: Lead")
    person(organisation, "surname: Twombly", "surname: Twombly, department: A")

    assert actions(organisation) == []
    said = [note["key"] for note in notes(organisation, "left-over")]
    assert said == (["e2"] if keep == "report" else [])
    target(organisation, f"outOfScope: {keep}", "outOfScope: deactivate")
    assert actions(organisation) == [("removeMembers", "ops"), ("deactivate", "e2")]


def test_a_hold_beats_a_target_that_keeps_the_disabled_and_deletes_nobody(
    organisation: Shell,
) -> None:
    deprovision(organisation, "disabled: keep, deleteAfterDays: 0")
    organisation.write("manifests/hold.yaml", HOLD)
    assert actions(organisation) == [("deactivate", "e1"), ("removeMembers", "ops")]
    assert organisation.apply().code == 0
    organisation.now += timedelta(days=9)
    assert actions(organisation) == []
    organisation.now += timedelta(days=40)
    assert actions(organisation) == [("reactivate", "e1"), ("addMembers", "ops")]


def test_orphans_are_reported_or_leave_as_the_target_says(organisation: Shell) -> None:
    people = organisation.read("manifests/people.yaml")
    organisation.write(
        "manifests/people.yaml", people.partition("- kind: User\n  metadata: {name: e3}")[0]
    )
    deprovision(organisation, "removed: report")
    assert actions(organisation) == []
    (note,) = notes(organisation, "left-over")
    assert note["message"] == "no manifest declares it; it stays, as `deprovision` says"
    target(organisation, "removed: report", "removed: keep")
    assert notes(organisation, "left-over") == []

    target(organisation, "removed: keep", "removed: deactivate, deleteAfterDays: 7")
    assert organisation.apply().code == 0
    organisation.now += timedelta(days=8)
    assert actions(organisation) == [("delete", "e3")]


def test_whoever_was_unassigned_and_removed_later_is_an_orphan_too(organisation: Shell) -> None:
    deprovision(organisation, "unassigned: deactivate, removed: deactivate, deleteAfterDays: 7")
    target(organisation, "scope: all", "scope: assigned")
    organisation.write("manifests/assigned.yaml", (
        "apiVersion: reconciler/v1\nkind: Assignment\nmetadata: {name: all}\n"
        "spec: {target: box, users: [e1, e2], groups: [ops]}\n"
    ))  # fmt: skip
    assert organisation.apply().code == 0  # e3 is switched off
    people = organisation.read("manifests/people.yaml")
    organisation.write(
        "manifests/people.yaml", people.partition("- kind: User\n  metadata: {name: e3}")[0]
    )
    organisation.now += timedelta(days=8)
    assert actions(organisation) == [("delete", "e3")]


def test_a_group_waits_for_its_deletion_from_the_first_apply_that_saw_it(
    organisation: Shell,
) -> None:
    deprovision(organisation, "removed: keep", groups="removed: delete, deleteAfterDays: 10")
    group = organisation.read("manifests/groups.yaml")
    organisation.write("manifests/groups.yaml", "# no groups\n")
    (note,) = notes(organisation, "deletion-to-come")
    assert (note["kind"], note["due"]) == ("group", "2026-12-03T12:00:00Z")
    organisation.now += timedelta(days=1)
    assert organisation.apply().code == 0

    organisation.now += timedelta(days=9)
    assert actions(organisation) == []
    organisation.now += timedelta(days=1)
    assert actions(organisation) == [("delete", "ops")]

    organisation.write("manifests/groups.yaml", group)  # back in time: nothing was lost
    assert organisation.apply().code == 0
    organisation.write("manifests/groups.yaml", "# no groups\n")
    (note,) = notes(organisation, "deletion-to-come")
    assert note["due"] == "2026-12-14T12:00:00Z"  # it is counted anew


def test_a_hold_that_lets_go_soon_is_named_before_it_does(organisation: Shell) -> None:
    """Of two the later one counts, and one for another target does not."""
    hold = (
        "---\napiVersion: reconciler/v1\nkind: Hold\nmetadata: {name: NAME}\n"
        "spec: {user: e1, ticket: SEC-1, until: UNTIL}\n"
    )
    short = hold.replace("NAME", "short").replace("UNTIL", "2026-11-25")
    long = hold.replace("NAME", "long").replace("UNTIL", "2026-12-05")
    other = hold.replace("NAME", "other").replace("UNTIL", "2026-12-06, targets: [away]")
    away = organisation.read("manifests/target.yaml").split("---\n")[0]
    away = away.replace("name: box", "name: away").replace("embedded:box", "embedded:away")
    organisation.write("manifests/away.yaml", away)
    organisation.write("manifests/holds.yaml", short + long + other)
    data = organisation.run("plan", "box", "--format", "json").data["plan"]
    found = [(n["message"], n["due"]) for n in data["notes"] if n["code"] == "ends-soon"]
    said = "the hold long (SEC-1) lasts until 2026-12-05: 12 days, and then lets go"
    assert found == [(said, "2026-12-06T00:00:00Z")]
    organisation.write("manifests/holds.yaml", long.replace("2026-12-05", "2026-12-08"))
    data = organisation.run("plan", "box", "--format", "json").data["plan"]
    assert "ends-soon" not in {note["code"] for note in data["notes"]}


def test_who_ends_soon_is_named_before_it_happens(organisation: Shell) -> None:
    person(organisation, "jobTitle: Lead", "until: 2026-12-05, jobTitle: Lead")
    person(organisation, "surname: Ek", "until: 2026-12-08, surname: Ek")
    organisation.edit("manifests/groups.yaml", "e2]", "{user: e2, until: 2026-11-23}]")
    assert actions(organisation) == []
    said = notes(organisation, "ends-soon")
    assert [(note["key"], note["message"], note["due"]) for note in said] == [
        ("ops", "user e2 is in it until 2026-11-23: less than a day", "2026-11-24T00:00:00Z"),
        ("e1", "access lasts until 2026-12-05: 12 days", "2026-12-06T00:00:00Z"),
    ]
    target(organisation, "scope: all", "scope: all\n  noticeDays: 30")
    assert len(notes(organisation, "ends-soon")) == 3
    target(organisation, "noticeDays: 30", "noticeDays: 0")
    assert notes(organisation, "ends-soon") == []


def test_a_renamed_person_is_found_by_a_former_name(organisation: Shell) -> None:
    target(organisation, "    - {target: externalId, source: objectId}\n", "")
    forget(organisation)
    person(organisation, "ada@zone.example", "ada.l@zone.example")
    assert ("create", "e1") in actions(organisation)
    person(organisation, "jobTitle: Lead", "formerly: [ada@zone.example], jobTitle: Lead")
    assert actions(organisation) == [("update", "e1")]


def test_a_rename_that_destroys_is_blocked_until_it_is_acknowledged(shell: Shell) -> None:
    shell.small_organisation(profile="zpa")
    assert shell.apply().code == 0
    shell.edit("manifests/people.yaml", "ada@zone.example", "ada.l@zone.example")

    ran = shell.run("plan")

    assert ran.code == 3
    assert "cannot be undone: at this provider a new userName is a new account" in ran.out
    assert "destructive-rename" in ran.out


def test_two_people_cannot_claim_one_name_now_or_formerly(organisation: Shell) -> None:
    person(organisation, "surname: Ek", "formerly: [ADA@zone.example], surname: Ek")
    ran = organisation.run("validate")
    assert ran.code == 4
    assert "claim one `userPrincipalName`, now or formerly" in ran.out
