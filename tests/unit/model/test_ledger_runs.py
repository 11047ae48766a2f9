"""The runs of a ledger, and what of them is unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reconciler.model.entry_code import EntryCode
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.ledger import Closed, Intent, Opened, Record, Remembered, Result
from reconciler.model.ledger_runs import Checked, LedgerRun, events_of, runs_of
from reconciler.model.outcome import Event, Outcome, Span, Status
from tests.builders import a_create, a_plan

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


def test_fates_of_changes_are_told_by_the_ledger_as_far_as_it_goes() -> None:
    later = AT + timedelta(minutes=1)
    plan = a_plan(a_create("e1"), a_create("e2"), a_create("e3"), a_create("e4"))
    one, two, three, four = plan.changes
    kept = Result(
        "r1",
        one.hash,
        "create",
        "user:e1",
        Status.APPLIED,
        ResourceId("77"),
        ("q-1",),
        later,
        not_kept=("title",),
    )
    old = Result("r1", two.hash, "create", "user:e2", Status.FAILED, code=EntryCode.CONFLICT)
    intent = Intent("r1", (one.hash, two.hash, three.hash))
    (run,) = runs_of([FIRST, intent, kept, old])
    events = events_of(run, plan)
    assert events[one.hash] == Event(
        Outcome(
            one.hash,
            "create",
            Kind.USER,
            "e1",
            Status.APPLIED,
            id=ResourceId("77"),
            request_ids=("q-1",),
            not_kept=("title",),
        ),
        Span(later, later),
    )
    fates = [(e.outcome.status, e.outcome.code, e.span.ended) for e in events.values()]
    assert fates[1:] == [
        (Status.FAILED, EntryCode.CONFLICT, AT),
        (Status.UNKNOWN, EntryCode.TIMEOUT, AT),
        (Status.SKIPPED, EntryCode.RUN_HALTED, AT),
    ]
    assert events[three.hash].outcome.detail == (
        "it was about to be sent when the run was cut off, and nothing tells what came of it"
    )
    assert events[four.hash].outcome.detail == "the run was cut off before it was sent"
