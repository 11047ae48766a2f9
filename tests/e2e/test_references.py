"""Managers, from YAML to the wire: named by key, sent as ids, found anew by every run."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.e2e.shell import Shell

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
RULE = f"    - {{target: '{ENTERPRISE}:manager.value', source: manager}}\n"
TITLE = "    - {target: title, source: jobTitle}\n"
CY = "spec: {userPrincipalName: cy@zone.example, "
ADA = "spec: {userPrincipalName: ada@zone.example, "


@pytest.fixture
def managed(shell: Shell) -> Shell:
    """e1's manager is e3; the mapping says so to the provider."""
    shell.small_organisation()
    shell.edit("manifests/target.yaml", TITLE, TITLE + RULE)
    shell.edit("manifests/people.yaml", ADA, f"{ADA}manager: e3, ")
    return shell


def manager_of(shell: Shell, key: str) -> tuple[Any, str | None]:
    """The live manager of somebody, and what it says in `explain`."""
    (found,) = shell.run("explain", key, "--format", "json").data
    (row,) = (a for a in found["attributes"] if a["target"].endswith("manager.value"))
    return row["live"], row["comparison"]


def test_first_run_creates_everybody_and_names_the_manager(managed: Shell) -> None:
    assert [change["action"] for change in managed.plan()["changes"]][3] == "setReferences"
    assert 'manager.value: nobody -> "cy@zone.example" (e3)' in managed.run("plan").out
    applied = managed.apply()
    assert applied.code == 0, applied.err
    assert manager_of(managed, "e1") == ("e3", "same")
    assert managed.plan()["changes"] == []


def test_late_manager_is_named_without_a_restart_of_anything(managed: Shell) -> None:
    managed.edit(
        "manifests/people.yaml",
        "userPrincipalName: cy@",
        "accountEnabled: false, userPrincipalName: cy@",
    )
    managed.apply()
    (note,) = (n for n in managed.plan()["notes"] if n["code"] == "waits-for-reference")
    assert note["key"] == "e1"
    assert "Waiting for somebody who is not there yet" in managed.run("plan").out
    assert manager_of(managed, "e1") == (None, "differs")
    managed.edit("manifests/people.yaml", "accountEnabled: false, ", "")
    managed.apply()
    assert manager_of(managed, "e1") == ("e3", "same")
    assert managed.plan()["changes"] == []


def test_clearing_in_git_clears_and_silence_does_not(managed: Shell) -> None:
    managed.apply()
    managed.edit("manifests/people.yaml", "manager: e3, ", "")
    assert managed.plan()["changes"] == []
    managed.edit("manifests/people.yaml", ADA, f"{ADA}manager: null, ")
    assert managed.apply().code == 0
    assert manager_of(managed, "e1") == (None, "same")


def test_manager_that_somebody_set_by_hand_is_drift_and_goes_back(managed: Shell) -> None:
    managed.apply()
    ids = {
        key: managed.run("explain", key, "--format", "json").data[0]["live"]["found"]["id"]
        for key in ("e1", "e2", "e3")
    }
    with closing(sqlite3.connect(managed.directory / ".reconciler/embedded/box.db")) as live, live:
        live.execute(
            "UPDATE resources SET document = replace(document, ?, ?) WHERE id = ?",
            (ids["e3"], ids["e2"], ids["e1"]),
        )
    assert managed.run("drift").code == 2
    (change,) = managed.plan()["changes"]
    assert (change["action"], change["cause"]) == ("setReferences", "drift")
    assert [(part["before"], part["after"]) for part in change["references"]] == [("e2", "e3")]
    managed.apply()
    assert manager_of(managed, "e1") == ("e3", "same")


def test_a_manager_whom_the_provider_does_not_keep_can_be_accepted(managed: Shell) -> None:
    """Written with the person, and never compared afterwards, like any attribute of `notKept`."""
    accepted = f"    mapping: people\n    notKept: ['{ENTERPRISE}:manager.value']\n"
    managed.edit("manifests/target.yaml", "    mapping: people\n", accepted)
    assert managed.apply().code == 0
    assert manager_of(managed, "e1") == ("e3", "same")
    managed.edit("manifests/people.yaml", "manager: e3, ", "manager: e2, ")
    assert managed.plan()["changes"] == []
    assert manager_of(managed, "e1") == ("e3", "onCreate")
