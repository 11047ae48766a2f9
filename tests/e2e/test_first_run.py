"""The main job: plan, apply, plan again, drift; and what a joiner, a mover and a leaver do."""

from __future__ import annotations

import subprocess

import pytest

from tests.e2e.shell import Shell


def test_plan_apply_plan_drift(shell: Shell) -> None:
    shell.small_organisation()

    assert shell.run("validate").code == 0
    planned = shell.run("plan", "-o", "first.json", "--detailed-exitcode")
    assert planned.code == 2
    assert "3 users to create, 1 group to create, 2 memberships to add." in planned.out

    applied = shell.run("apply", "first.json")
    assert (applied.code, applied.err) == (0, "")
    assert "Apply: 5 applied." in applied.out

    again = shell.run("plan", "--detailed-exitcode")
    assert (again.code, "No changes." in again.out) == (0, True)
    drift = shell.run("drift")
    assert (drift.code, "no drift" in drift.out) == (0, True)


def test_applying_the_same_plan_twice_does_nothing_twice(shell: Shell) -> None:
    shell.small_organisation()
    shell.run("plan", "-o", "first.json")
    shell.run("apply", "first.json")

    again = shell.run("apply", "first.json", "--format", "json")

    assert again.code == 0
    assert {o["status"] for o in again.data["outcomes"]} == {"alreadyApplied"}
    assert "POST" not in again.data["requests"]
    assert "PATCH" not in again.data["requests"]


def test_a_joiner_a_mover_and_a_leaver(shell: Shell) -> None:
    shell.small_organisation()
    shell.apply()

    shell.write(
        "manifests/joiner.yaml",
        "apiVersion: reconciler/v1\nkind: User\nmetadata: {name: e4}\n"
        "spec: {userPrincipalName: di@zone.example, givenName: Di, surname: Prince}\n",
    )
    shell.edit("manifests/people.yaml", "jobTitle: Lead", "jobTitle: Head")
    shell.edit("manifests/people.yaml", "surname: Ek}", "surname: Ek, accountEnabled: false}")
    plan = shell.plan()

    assert [(c["action"], c["key"], c["cause"]) for c in plan["changes"]] == [
        ("deactivate", "e2", "disabled"),
        ("create", "e4", "added"),
        ("update", "e1", "changed"),
        ("removeMembers", "ops", "changed"),
    ]
    assert shell.apply().code == 0
    assert shell.plan()["changes"] == []


def test_somebody_removed_from_git_is_deactivated_not_deleted(shell: Shell) -> None:
    shell.small_organisation()
    shell.apply()
    text = shell.read("manifests/people.yaml")
    shell.write("manifests/people.yaml", text[: text.index("- kind: User\n  metadata: {name: e3}")])

    plan = shell.plan()

    assert [(c["action"], c["name"], c["cause"]) for c in plan["changes"]] == [
        ("deactivate", "Cy Twombly", "removed")
    ]


def test_a_renamed_person_is_updated_never_recreated(shell: Shell) -> None:
    shell.small_organisation()
    shell.apply()
    shell.edit("manifests/people.yaml", "ada@zone.example", "ada.king@zone.example")

    plan = shell.plan()

    assert [(c["action"], c["key"]) for c in plan["changes"]] == [("update", "e1")]
    assert shell.apply().code == 0
    assert shell.plan()["changes"] == []


def test_the_same_plan_is_the_same_bytes(shell: Shell) -> None:
    shell.small_organisation()
    shell.run("plan", "-o", "one.json")
    shell.run("plan", "-o", "two.json")
    assert shell.read("one.json") == shell.read("two.json")


def test_a_saved_plan_is_for_its_owner_only(shell: Shell) -> None:
    shell.small_organisation()
    shell.run("plan", "-o", "one.json")
    assert (shell.directory / "one.json").stat().st_mode & 0o077 == 0


def test_a_plan_can_be_narrowed_to_one_person(shell: Shell) -> None:
    shell.small_organisation()
    plan = shell.plan("--only", "user:e1")
    assert {(c["action"], c["key"]) for c in plan["changes"]} == {("create", "e1")}
    assert plan["selection"] == ["user:e1"]


def test_a_selection_of_nobody_is_a_usage_error_with_a_suggestion(shell: Shell) -> None:
    ran = shell.small_organisation().run("plan", "--only", "user:e11")
    assert ran.code == 64
    assert "e1" in ran.err


def test_a_released_target_is_left_alone(shell: Shell) -> None:
    shell.small_organisation()
    shell.edit("manifests/target.yaml", "  scope: all", "  enabled: false\n  scope: all")
    ran = shell.run("plan")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == "box: released (enabled: false); nothing is planned for it.\n"


@pytest.mark.parametrize("ledger", ["", "git:refs/reconciler/ledger", "git:refs/l@origin"])
def test_a_target_that_is_removed_is_left_alone_and_named(shell: Shell, ledger: str) -> None:
    shell.small_organisation()
    if ledger:
        shell.env["RECONCILER_LEDGER"] = ledger
        for command in ("init", "init --bare server.git", "remote add origin server.git"):
            git = ["git", *command.split()]
            subprocess.run(git, cwd=shell.directory, check=True, capture_output=True)
    assert shell.run("plan", "-o", "plan.json").code == 0
    assert shell.run("apply", "plan.json").code == 0
    shell.edit("manifests/target.yaml", "name: box", "name: crate")
    shell.edit("manifests/target.yaml", "embedded:box", "embedded:crate")
    ran = shell.run("plan")
    said = "box: released (no Target of that name any more); nothing is planned for it, and "
    assert f"{said}whoever has access there keeps it.\n" in ran.err
    assert "box" not in shell.run("plan", "crate").err


def test_commands_of_separate_processes_agree_on_what_is_there(shell: Shell) -> None:
    shell.small_organisation()
    assert shell.process("plan", "-o", "first.json").code == 0
    assert shell.process("apply", "first.json").code == 0
    again = shell.process("plan", "--detailed-exitcode")
    assert (again.code, "No changes." in again.out) == (0, True)
