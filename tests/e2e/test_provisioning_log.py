"""Runs are logged, object by object, and the log is read again."""

from __future__ import annotations

import json
import stat
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it brings no types

from tests.e2e.shell import Shell

LOG = "log.jsonl"


@pytest.fixture
def box(shell: Shell) -> Shell:
    return shell.small_organisation()


def lines(shell: Shell) -> list[dict[str, Any]]:
    """Every line, checked against the published schema."""
    validator = Draft202012Validator(shell.run("schema", "log").data)
    text = shell.read(LOG)
    assert text.endswith("\n")
    found = [json.loads(line) for line in text.splitlines()]
    for entry in found:
        validator.validate(entry)
    return found


def fates(entries: list[dict[str, Any]]) -> list[tuple[str, str, str, str | None]]:
    return [
        (
            entry["reconciler"]["subject"],
            entry["provisioningAction"],
            entry["provisioningStatusInfo"]["status"],
            (entry["provisioningStatusInfo"]["errorInformation"] or {}).get("errorCode"),
        )
        for entry in entries
    ]


def test_a_run_is_logged_for_everybody_and_the_next_one_skips_everybody(box: Shell) -> None:
    assert box.run("plan", "-o", "p.json").code == 0
    ran = box.run("apply", "p.json", "--log", LOG, "--by", "mara")
    assert (ran.code, ran.err) == (0, f"4 lines appended to {LOG}.\n")
    first = lines(box)
    assert sorted(fates(first)) == [
        ("group:ops", "create", "success", None),
        ("user:e1", "create", "success", None),
        ("user:e2", "create", "success", None),
        ("user:e3", "create", "success", None),
    ]
    assert {entry["initiatedBy"]["displayName"] for entry in first} == {"mara"}
    assert len({entry["cycleId"] for entry in first}) == 1
    assert all(entry["targetIdentity"]["id"] for entry in first)
    assert stat.S_IMODE((box.directory / LOG).stat().st_mode) == 0o600
    assert box.apply("--log", LOG).code == 0
    again = lines(box)[4:]
    assert [(status, code) for _, _, status, code in fates(again)] == [
        ("skipped", "RedundantExport")
    ] * 4
    assert sorted(e["targetIdentity"]["id"] for e in again) == sorted(
        e["targetIdentity"]["id"] for e in first
    )


def test_a_run_without_a_log_gets_one_from_the_ledger(box: Shell) -> None:
    box.run("plan", "-o", "p.json")
    assert box.run("apply", "p.json", "--log", LOG).code == 0
    wrote = lines(box)
    box.write(LOG, "")
    ran = box.run("ledger", "log", "box", "last", LOG)
    assert (ran.code, ran.err) == (0, f"4 lines appended to {LOG}.\n")
    assert fates(lines(box)) == fates(sorted(wrote, key=lambda e: str(e["reconciler"]["subject"])))
    assert {entry["id"] for entry in lines(box)} == {entry["id"] for entry in wrote}

    wrong = box.run("ledger", "log", "box", "nope", LOG)
    assert wrong.code == 64
    assert "`reconciler ledger show box` lists them" in wrong.err
    (box.directory / ".reconciler/applied").rename(box.directory / "elsewhere")
    lost = box.run("ledger", "log", "box", "last", LOG)
    assert (lost.code, "is not here" in lost.err) == (1, True)
    found = box.run("ledger", "log", "box", "last", LOG, "--applied", "p.json")
    assert (found.code, found.err) == (0, f"0 lines appended to {LOG}.\n")


def test_log_that_cannot_be_written_any_more_is_told_and_stops_no_change(box: Shell) -> None:
    (box.directory / LOG).symlink_to("/dev/full")
    box.run("plan", "-o", "p.json")
    ran = box.run("apply", "p.json", "--log", LOG)
    assert ran.code == 1
    assert "Apply: 5 applied." in ran.out
    assert f"{LOG} cannot be written: No space left on device" in ran.err
    assert box.plan()["changes"] == []


def test_a_change_says_by_what_the_live_resource_was_found(box: Shell) -> None:
    box.edit("manifests/target.yaml", "    - {target: externalId, source: objectId}\n", "")
    box.apply()
    box.edit("manifests/people.yaml", "jobTitle: Lead", "jobTitle: Head")
    box.run("plan", "--log", LOG)
    (box.directory / ".reconciler/ledger/box.jsonl").unlink()
    box.run("plan", "--log", LOG)
    steps = [
        entry["provisioningSteps"][2]
        for entry in lines(box)
        if entry["reconciler"]["subject"] == "user:e1"
    ]
    assert [(step["provisioningStepType"], step["description"]) for step in steps] == [
        ("matching", "Found by the id that the ledger recorded"),
        ("matching", "Found by userName"),
    ]
    assert [step["details"]["foundBy"] for step in steps] == ["ledger", "userName"]


def test_the_variable_asks_for_a_log_as_the_option_does(box: Shell) -> None:
    box.env["RECONCILER_LOG"] = LOG
    box.env["GITHUB_ACTOR"] = "robot"
    assert box.run("plan").code == 0
    assert {fate[3] for fate in fates(lines(box))} == {"NotApplied"}
    assert lines(box)[0]["initiatedBy"]["id"] == "robot"
    assert box.run("log", "--summary").out.startswith("4 entries of 1 run")


def test_a_blocked_removal_is_staged_and_a_plan_made_twice_logged_the_same(box: Shell) -> None:
    box.apply()
    box.edit("manifests/groups.yaml", box.read("manifests/groups.yaml"), "")
    assert box.run("plan", "--log", LOG).code == 3
    (staged, *_) = lines(box)
    assert (staged["reconciler"]["subject"], staged["provisioningAction"]) == (
        "group:ops",
        "stagedDelete",
    )
    error = staged["provisioningStatusInfo"]["errorInformation"]
    assert error["errorCode"] == "BlockedByCheck"
    once = box.read(LOG)
    box.run("plan", "--log", LOG)
    assert box.read(LOG) == once * 2


def test_what_the_provider_refuses_and_what_was_changed_meanwhile(box: Shell) -> None:
    box.apply()
    box.edit("manifests/people.yaml", "surname: Ek", "surname: Eko")
    box.run("plan", "-o", "p.json")
    box.edit("manifests/people.yaml", "surname: Eko", "surname: Ekko")
    box.apply()
    ran = box.run("apply", "p.json", "--log", LOG)
    assert ran.code == 6
    (bo,) = (entry for entry in lines(box) if entry["reconciler"]["subject"] == "user:e2")
    assert bo["provisioningStatusInfo"]["status"] == "skipped"
    assert bo["provisioningStatusInfo"]["errorInformation"]["errorCode"] == "LiveStateChanged"
    assert bo["provisioningSteps"][-1]["status"] == "skipped"


def test_the_way_back_is_logged_for_whom_it_is_about(box: Shell) -> None:
    box.apply()
    box.edit("manifests/people.yaml", "jobTitle: Lead", "jobTitle: Head")
    box.apply()
    assert box.run("plan", "--undo", "last", "-o", "undo.json").code == 0
    assert box.run("apply", "undo.json", "--log", LOG).code == 0
    assert fates(lines(box)) == [("user:e1", "update", "success", None)]


def test_a_log_that_cannot_be_kept_keeps_the_run_from_being_carried_out(box: Shell) -> None:
    box.run("plan", "-o", "p.json")
    box.write("notes.txt", "these are my notes\n")
    ran = box.run("apply", "p.json", "--log", "notes.txt")
    assert (ran.code, ran.out) == (1, "")
    assert "notes.txt is not a provisioning log" in ran.err
    assert box.read("notes.txt") == "these are my notes\n"
    ran = box.run("apply", "p.json", "--log", "notes.txt/log.jsonl")
    assert ran.code == 1
    assert "notes.txt/log.jsonl cannot be written" in ran.err
    assert len(box.plan()["changes"]) == 5


def test_half_a_line_is_cut_off_before_the_next_is_written(box: Shell) -> None:
    box.run("plan", "--log", LOG)
    whole = box.read(LOG)
    box.write(LOG, whole + whole[:200_000].splitlines()[0][:-9])
    ran = box.run("log", LOG, "--summary")
    assert (ran.code, ran.err) == (0, f"{LOG}:5: half a line at the end does not count\n")
    assert ran.out.startswith("4 entries of 1 run")
    box.run("plan", "--log", LOG)
    assert box.read(LOG) == whole * 2
    box.write(LOG, '{"only": "a beginning')
    box.run("plan", "--log", LOG)
    assert box.read(LOG) == whole
    box.write(LOG, whole + '{"' + "x" * 200_000)
    box.run("plan", "--log", LOG)
    assert box.read(LOG) == whole * 2


def test_questions_to_a_log(box: Shell) -> None:
    box.run("plan", "-o", "p.json", "--log", LOG)
    box.run("apply", "p.json", "--log", LOG)
    ran = box.run("log", LOG, "--subject", "e2", "--status", "success")
    assert ran.out.splitlines() == [
        '2026-11-23 12:00:00  success create user "bo@zone.example" (e2) at box',
        "",
        "1 entry of 1 run, 2026-11-23 12:00 to 2026-11-23 12:00 UTC",
        "        1  create success",
    ]
    data = box.run("log", LOG, "--code", "notapplied", "--format", "json").data
    assert [entry["reconciler"]["subject"] for entry in data["entries"]] == [
        "group:ops",
        "user:e1",
        "user:e2",
        "user:e3",
    ]
    assert data["summary"]["errors"] == [
        {"errorCode": "NotApplied", "number": 4, "reason": "the plan was not carried out"}
    ]
    run = data["entries"][0]["cycleId"]
    counted = box.run("log", LOG, "--run", run[:8], "--summary", "--format", "json").data
    assert counted["entries"] == 4
    assert box.run("log", LOG, "--since", "2026-11-24").out == "0 entries of 0 runs\n"
    assert box.run("log", LOG, "--until", "2026-11-23").out == "0 entries of 0 runs\n"
    assert "8 entries" in box.run("log", LOG, "--target", "box", "--action", "create").out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("garbage\n", "log.jsonl:2 is no line of a provisioning log: it is no complete JSON"),
        (
            '{"id": "x"}\n',
            "log.jsonl:2 is no line of a provisioning log: activityDateTime: missing",
        ),
        ("\n", "log.jsonl:2 is no line of a provisioning log: it is no complete JSON"),
        ("\xff\n", "log.jsonl:2 is no line of a provisioning log: it is no complete JSON"),
    ],
)
def test_what_is_no_entry_is_an_error_with_its_line(box: Shell, text: str, message: str) -> None:
    box.run("plan", "--log", LOG)
    first = box.read(LOG).splitlines(keepends=True)[0]
    box.write(LOG, (first + text + first).encode("latin-1"))
    ran = box.run("log", LOG)
    assert (ran.code, ran.out) == (1, "")
    assert message in ran.err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "Missing argument"),
        ((LOG, "--code", "Nope"), "no entry can have 'Nope'; there are: RedundantExport"),
        ((LOG, "--status", "fine"), "'fine' is not one of"),
    ],
)
def test_wrong_questions_are_usage_errors(box: Shell, args: tuple[str, ...], message: str) -> None:
    ran = box.run("log", *args)
    assert ran.code == 64
    assert message in ran.err


def test_a_log_that_is_not_there_is_an_error(box: Shell) -> None:
    ran = box.run("log", LOG)
    assert ran.code == 1
    assert "log.jsonl cannot be read" in ran.err
