"""What an apply says beyond its outcomes: what went first, how often it failed, why it ended."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciler.model.entry_code import EntryCode
from reconciler.model.identity import Kind
from reconciler.model.outcome import Outcome, Status
from reconciler.report.outcomes import run_data, run_lines
from reconciler.report.style import PLAIN


@dataclass(frozen=True)
class Run:
    outcomes: tuple[Outcome, ...]
    halt: str | None = None
    why: str | None = None
    budget: int = 10
    canary: tuple[str, ...] = ()
    bulk_refused: str | None = None


DONE = Outcome("h1", "create", Kind.USER, "e1", Status.APPLIED)
FAILED = Outcome("h2", "update", Kind.USER, "e2", Status.FAILED, "invalid value")


def test_a_run_without_incident_says_no_more_than_its_outcomes() -> None:
    assert list(run_lines(Run((DONE,)), PLAIN)) == ["Apply: 1 applied."]
    assert run_data(Run((DONE,)))["halt"] is None


def test_a_run_whose_bulk_was_refused_says_so_and_what_to_do() -> None:
    run = Run((DONE,), bulk_refused="cannot make 2 changes in one request: 501")
    assert list(run_lines(run, PLAIN)) == [
        "Apply: 1 applied.",
        "No Bulk: cannot make 2 changes in one request: 501. Each change went by itself; set "
        "`bulkOperations: none` in the profile, or a smaller number.",
    ]
    assert run_data(run)["bulkRefused"] == "cannot make 2 changes in one request: 501"


def test_what_to_do_about_failures_is_said_once_for_each_kind() -> None:
    absent = replace(FAILED, code=EntryCode.NOT_IMPLEMENTED)
    lost = replace(FAILED, status=Status.UNKNOWN, code=EntryCode.TIMEOUT)
    lines = list(run_lines(Run((DONE, absent, absent, lost), budget=10), PLAIN))
    assert lines[-2:] == [
        "  NotImplemented: switch the action off, or correct the profile: `reconciler doctor "
        "TARGET --scratch` proposes one.",
        "  Timeout: plan again: it shows whether the change was carried out.",
    ]


def test_a_run_that_was_stopped_by_its_canary_says_what_went_first_and_why() -> None:
    run = Run((DONE, FAILED), "canary", "the canary failed", 10, ("h1", "h2"))
    assert list(run_lines(run, PLAIN)) == [
        "Canary: 2 changes went first, to be read back:",
        "  create user e1",
        "  update user e2",
        "  failed update user e2",
        "      invalid value",
        "Apply: 1 applied, 1 failed.",
        "Failures: 1; a run of this plan stops at 10.",
        "Stopped early: the canary failed.",
        "Applying the same plan again goes on: what is done is found done.",
    ]
    data = run_data(run)
    assert data["halt"] == {"because": "canary", "message": "the canary failed"}
    assert data["failures"] == {"count": 1, "budget": 10}
    assert data["canary"] == ["h1", "h2"]
    assert [o["status"] for o in data["outcomes"]] == ["applied", "failed"]
