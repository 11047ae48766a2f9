"""The runs of a ledger, and what of them is unknown."""

from __future__ import annotations

from datetime import UTC, datetime

from reconciler.model.ledger import Closed, Intent, Opened, Record, Remembered, Result
from reconciler.model.ledger_runs import Checked, LedgerRun, runs_of
from reconciler.model.outcome import Status

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FIRST, SECOND = Opened("r1", "sha256:p", "c0ffee", AT), Opened("r2", "sha256:q", None, AT)


def result(run: str, hash_: str, status: Status) -> Result:
    return Result(run, hash_, "create", f"user:{hash_}", status)


def test_a_run_that_was_killed_has_unknowns_and_no_end() -> None:
    done = result("r1", "h1", Status.APPLIED)
    records: list[Record] = [
        FIRST,
        Intent("r1", ("h1", "h2"), ("create user:h1", "create user:h2")),
        done,
    ]
    (run,) = runs_of(records)
    assert run == LedgerRun(FIRST, {"h1": done}, {"h2": "create user:h2"}, None)
    assert run.counts == {Status.APPLIED: 1, Status.UNKNOWN: 1}


def test_an_older_ledger_knows_its_unknowns_by_hash_alone() -> None:
    (run,) = runs_of([FIRST, Intent("r1", ("h1",))])
    assert run.unknown == {"h1": "h1"}


def test_what_the_provider_never_answered_is_unknown_too_and_counts_once() -> None:
    records: list[Record] = [
        FIRST,
        Intent("r1", ("h1",), ("words",)),
        result("r1", "h1", Status.UNKNOWN),
    ]
    (run,) = runs_of(records)
    assert run.unknown == {"h1": "words"}
    assert run.counts == {Status.UNKNOWN: 1}


def test_runs_are_told_apart_and_in_order() -> None:
    end = Closed("r2", AT, 5)
    records: list[Record] = [
        FIRST,
        SECOND,
        result("r2", "h", Status.FAILED),
        Remembered("r2", ()),
        end,
    ]
    one, two = runs_of(records)
    assert (one.opened, one.closed, one.counts) == (FIRST, None, {})
    assert (two.closed, two.counts) == (end, {Status.FAILED: 1})


def test_what_belongs_to_no_run_is_left_out() -> None:
    assert runs_of([Closed("r9", AT, 0), result("r9", "h", Status.APPLIED)]) == ()


def test_a_ledger_is_sound_unless_something_is_broken() -> None:
    assert Checked("box", 3, "sha256:h").sound
    assert not Checked("box", 3, "sha256:h", broken="line 4").sound
