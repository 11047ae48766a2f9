"""Tests of effective access: a pull request that breaks one goes nowhere."""

from __future__ import annotations

import pytest

from tests.e2e.shell import Shell

EXPECTATION = """\
apiVersion: reconciler/v1
kind: Expectation
metadata: {name: somebody-operates, owner: e1}
spec:
  target: box
  because: somebody must always be able to repair access
  expect:
    - {group: ops, members: {atLeast: 2}}
    - {group: ops, noMember: user.employeeType == "Contractor"}
"""
STORY = (
    "manifests/expectations.yaml:8:20: error[expectation-failed]: Expectation somebody-operates: "
    "ops should have at least 2 people at box, and it has 1: e1 (listed in ops, "
    "manifests/groups.yaml:6:1)"
)


@pytest.fixture
def organisation(shell: Shell) -> Shell:
    """A small one, applied, with an expectation that holds."""
    shell.small_organisation()
    assert shell.apply().code == 0
    shell.write("manifests/expectations.yaml", EXPECTATION)
    return shell


def test_expectations_that_hold_are_counted(organisation: Shell) -> None:
    ran = organisation.run("validate")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "Valid: 4 files with 3 users, 1 group, 1 target; 1 expectation met.\n"


@pytest.mark.parametrize("command", ["validate", "plan", "drift"])
def test_a_pull_request_that_breaks_one_is_stopped(command: str, organisation: Shell) -> None:
    organisation.edit("manifests/groups.yaml", "[e1, e2]", "[e1]")

    ran = organisation.run(command)

    assert ran.code == 4
    assert STORY in ran.out + ran.err
    assert "somebody must always be able to repair access" in ran.out + ran.err
    assert "ask e1" in ran.out + ran.err


def test_an_approved_plan_is_not_applied_once_one_is_broken(organisation: Shell) -> None:
    organisation.edit("manifests/people.yaml", "jobTitle: Lead", "jobTitle: Head")
    assert organisation.run("plan", "-o", "now.json").code == 0
    organisation.edit("manifests/groups.yaml", "[e1, e2]", "[e1]")

    ran = organisation.run("apply", "now.json")

    assert ran.code == 4
    assert STORY in ran.err
    organisation.edit("manifests/groups.yaml", "[e1]", "[e1, e2]")
    assert [change["action"] for change in organisation.plan()["changes"]] == ["update"]


def test_what_will_break_is_seen_before_it_does(organisation: Shell) -> None:
    organisation.edit("manifests/groups.yaml", "e2]", "{user: e2, until: 2026-12-31}]")

    assert organisation.run("validate").code == 0
    assert organisation.run("plan").code == 0
    for command in ("validate", "plan", "drift"):
        ran = organisation.run(command, "--as-of", "2027-01-01")
        assert ran.code == 4
        assert STORY in ran.out + ran.err


def test_a_day_can_be_named_in_the_expectation_itself(organisation: Shell) -> None:
    organisation.edit("manifests/groups.yaml", "e2]", "{user: e2, until: 2026-12-31}]")
    organisation.edit("manifests/expectations.yaml", "  because:", "  asOf: 2027-01-01\n  because:")
    ran = organisation.run("validate")
    assert ran.code == 4
    assert "at box as of 2027-01-01, and it has 1" in ran.out


def test_nothing_is_expected_of_a_tree_that_is_wrong_already(organisation: Shell) -> None:
    organisation.edit("manifests/groups.yaml", "[e1, e2]", "[e1, e9]")
    found = organisation.run("validate", "--format", "json").data["diagnostics"]
    assert [each["code"] for each in found] == ["missing-user"]


def test_whoever_broke_one_can_still_ask_why(organisation: Shell) -> None:
    organisation.edit("manifests/groups.yaml", "[e1, e2]", "[e1]")
    ran = organisation.run("explain", "group:ops", "--offline")
    assert ran.code == 0
    assert organisation.run("eval", "[jobTitle]", "--user", "e1").code == 0
