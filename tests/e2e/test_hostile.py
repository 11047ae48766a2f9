"""Unkind surroundings and unkind users: closed pipes, full disks, slips, times that are not now."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e.conftest import served
from tests.e2e.shell import PEOPLE, Shell

TOKEN = "a-token-that-must-not-be-seen"
FULL = Path("/dev/full")
NO_IDENTITY = "    - {target: externalId, source: objectId}\n"


def reconciler(shell: Shell, *args: str, tail: str = "") -> subprocess.CompletedProcess[str]:
    """The command in a real shell, followed by `tail`: redirections, pipes."""
    command = [sys.executable, "-m", "reconciler", *args]
    return subprocess.run(
        ["bash", "-c", f'set -o pipefail; "$@" {tail}', "bash", *command],
        cwd=shell.directory,
        env={**os.environ, **shell.env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def leave(shell: Shell, joiner: str = "") -> None:
    """Ada's manifest goes; `joiner` comes in its place."""
    first = PEOPLE.index("- kind: User")
    second = PEOPLE.index("- kind: User", first + 1)
    shell.write("manifests/people.yaml", PEOPLE[:first] + joiner + PEOPLE[second:])
    shell.edit("manifests/groups.yaml", "[e1, e2]", "[e2]")


# Streams


def test_a_reader_who_has_seen_enough_changes_neither_result_nor_exit_code(shell: Shell) -> None:
    shell.small_organisation()
    ran = reconciler(shell, "plan", "--detailed-exitcode", "-o", "plan.json", tail="| true")
    assert (ran.returncode, "Traceback" in ran.stderr) == (2, False)
    assert (shell.directory / "plan.json").exists()
    assert reconciler(shell, "apply", "plan.json", tail="| true").returncode == 0
    assert shell.plan()["changes"] == []


def test_output_that_cannot_be_written_is_an_error_and_no_bug(shell: Shell) -> None:
    if not FULL.exists():  # pragma: no cover - the device is there wherever CI runs
        pytest.skip("this system has no /dev/full")
    shell.small_organisation()
    ran = reconciler(shell, "plan", tail="> /dev/full")
    assert ran.returncode == 1
    assert "standard output cannot be written: No space left on device" in ran.stderr
    assert "bug" not in ran.stderr
    unheard = reconciler(shell, "plan", "-o", "plan.json", tail="2> /dev/full")
    assert unheard.returncode == 0
    assert (shell.directory / "plan.json").exists()


def test_names_that_the_encoding_of_the_output_lacks_are_spelt_out(shell: Shell) -> None:
    shell.small_organisation()
    shell.edit("manifests/people.yaml", "surname: Ek}", "surname: Łęcki}")
    shell.env["PYTHONIOENCODING"] = "ascii"
    ran = reconciler(shell, "explain", "e2", "--offline")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert 'surname "\\u0141\\u0119cki"' in ran.stdout


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_failure(closed: str, shell: Shell) -> None:
    ran = reconciler(shell.small_organisation(), "validate", tail=closed)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_name_that_no_file_can_have_is_an_error_and_no_bug(shell: Shell) -> None:
    ran = shell.small_organisation().run("plan", "-o", f"{'a' * 300}.json")
    assert ran.code == 1
    assert "cannot be written: File name too long" in ran.err


# The command line


def test_without_a_command_the_help_is_shown_once(shell: Shell) -> None:
    ran = shell.run()
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.count("Usage:") == 1
    assert "error:" not in ran.err


def test_a_misspelt_command_is_told_what_it_may_mean(shell: Shell) -> None:
    ran = shell.run("valdate")
    assert ran.code == 64
    assert 'there is no command "valdate"; did you mean validate?' in ran.err
    assert "see reconciler --help" in shell.run("xyzzy").err


@pytest.mark.parametrize(
    "moment", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59-14:00", "1969-12-31"]
)
def test_an_instant_at_the_end_of_the_calendar_is_a_usage_error(moment: str, shell: Shell) -> None:
    ran = shell.small_organisation().run("plan", "--as-of", moment)
    assert ran.code == 64
    assert "is not between 1970 and 9000" in ran.err


def test_a_slip_in_the_name_of_the_policies_does_not_drop_them(shell: Shell) -> None:
    shell.small_organisation().run("plan", "-o", "plan.json")
    for command in (["validate"], ["plan"], ["drift"], ["apply", "plan.json"]):
        ran = shell.run(*command, "--policies", "policies", "--policies", "base/polices")
        assert ran.code == 4  # as for manifests that are not there
        assert "error[missing-root]: there is no directory base/polices" in ran.err
    (shell.directory / "policies").rmdir()
    assert shell.run("plan").code == 0  # nothing was named: the defaults hold


def test_manifests_that_are_not_there_are_the_one_thing_that_is_wrong(shell: Shell) -> None:
    shell.small_organisation().write(
        "policies/protections.yaml",
        "apiVersion: reconciler/v1\nkind: Protection\nmetadata: {name: p}\n"
        "spec: {users: [e1], because: the way in}\n",
    )
    ran = shell.run("validate", "--manifests", "nowhere")
    assert ran.code == 4
    assert ran.out.endswith("Invalid: 1 error, 0 warnings.\n")


def test_a_tree_without_a_target_says_that_nothing_is_planned(shell: Shell) -> None:
    shell.small_organisation()
    (shell.directory / "manifests/target.yaml").unlink()
    ran = shell.run("plan")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("No manifest declares a target")


# Times


def test_a_plan_of_the_future_is_not_applied_today(shell: Shell) -> None:
    """It ends accesses that have not ended yet."""
    shell.small_organisation().apply()
    shell.edit("manifests/people.yaml", "surname: Ek", "surname: Ek, until: 2027-06-30")
    planned = shell.run("plan", "--as-of", "2027-07-02", "-o", "later.json")
    assert "until 2027-06-30, which is over" in planned.out

    early = shell.run("apply", "later.json")

    assert early.code == 6
    assert "as of 2027-07-02 00:00 UTC, which is still to come" in early.err
    assert shell.plan()["changes"] == []
    shell.now = shell.now.replace(year=2027, month=7, day=2)
    assert shell.run("apply", "later.json").code == 0


# People who come, go, and come back


def test_somebody_who_comes_back_was_not_switched_off_behind_gits_back(shell: Shell) -> None:
    shell.small_organisation().apply()
    leave(shell)
    assert shell.apply().code == 0
    shell.small_organisation()

    ran = shell.run("plan")

    assert "Active again" in ran.out
    assert "box takes every declared user" in ran.out
    assert "deactivated at the provider" not in ran.out
    drift = shell.run("drift")
    assert (drift.code, "box: no drift." in drift.out) == (2, True)


@pytest.mark.parametrize("gap", ["the same commit", "a commit in between"])
def test_a_joiner_with_a_leavers_user_name_does_not_get_the_leavers_account(
    gap: str, shell: Shell
) -> None:
    """Also where no object id is mapped: the ledger knows whose account it is."""
    shell.small_organisation()
    shell.edit("manifests/target.yaml", NO_IDENTITY, "")
    shell.apply()
    if gap == "a commit in between":
        leave(shell)
        shell.apply()
        shell.small_organisation()
        shell.edit("manifests/target.yaml", NO_IDENTITY, "")
    leave(
        shell,
        "- kind: User\n  metadata: {name: e7}\n"
        "  spec: {userPrincipalName: ada@zone.example, givenName: Ada, surname: Smith}\n",
    )

    plan = shell.plan()

    assert plan["changes"] == []
    (note,) = plan["notes"]
    assert (note["note"], note["code"], note["key"]) == ("conflict", "name-taken", "e7")
    assert "still taken by e1" in note["message"]
    assert "rename or delete the live one at the provider" in note["message"]


def test_a_conflict_is_counted_and_is_not_in_sync(shell: Shell) -> None:
    shell.small_organisation().apply()
    shell.edit("manifests/people.yaml", "name: e1}", "name: e9}")
    shell.edit("manifests/groups.yaml", "[e1, e2]", "[e9, e2]")

    planned = shell.run("plan")
    assert planned.code == 0
    assert "Plan: No changes. Left as it is: 1 conflict." in planned.out
    assert shell.run("plan", "--detailed-exitcode").code == 2
    assert "### `box`: not decided" in shell.run("plan", "--format", "markdown").out
    drift = shell.run("drift")
    assert drift.code == 2
    assert "as Git says, and applying a plan does not change that" in drift.out
    assert "(e9): its userName is still taken by e1" in drift.out
    (found,) = shell.run("drift", "--format", "json").data[0]["undecided"]
    assert (found["code"], found["subject"]) == ("name-taken", "user:e9")


# Killed


@pytest.mark.parametrize("victim", ["client", "server"])
def test_whoever_is_killed_in_the_middle_the_same_plan_converges(victim: str, shell: Shell) -> None:
    with served(shell, "--token", TOKEN, "--profile", "zpa") as provider:
        port = provider.url.split(":")[2].split("/")[0]
        shell.env |= {
            "RECONCILER_CREDENTIAL_BOX_TOKEN": TOKEN,
            "RECONCILER_CREDENTIAL_BOX_HOSTS": f"127.0.0.1:{port}",
        }
        shell.small_organisation(provider.url, profile="zpa", credential="box")
        shell.edit("manifests/target.yaml", "  scope: all", "  requestsPerSecond: 4\n  scope: all")
        shell.now = datetime.now(UTC)  # the process that applies it has a clock of its own
        assert shell.run("plan", "-o", "plan.json").code == 0
        apply = shell.start("apply", "plan.json")
        ledger = shell.directory / ".reconciler/ledger/box.jsonl"
        while not ledger.exists() or '"intent"' not in ledger.read_text(encoding="utf-8"):
            assert apply.poll() is None, apply.communicate()
        (apply if victim == "client" else provider.process).send_signal(signal.SIGKILL)
        _, err = apply.communicate(timeout=60)
        assert "Traceback" not in err
        assert TOKEN not in err
    with served(shell, "--token", TOKEN, "--profile", "zpa", "--port", port):
        assert shell.run("apply", "plan.json").code == 0
        again = shell.plan()
        assert again["changes"] == []
        assert (again["population"]["users_live"], again["population"]["groups_live"]) == (3, 1)
