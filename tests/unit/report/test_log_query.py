"""A log is asked which entries, and sums them up the same whoever asks."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from reconciler.model.entry_code import EntryCode
from reconciler.model.outcome import Status
from reconciler.report.log_entry import LogEntry
from reconciler.report.log_query import ErrorCount, LogFilter, summarise
from reconciler.report.log_text import log_lines, summary_data, summary_lines
from reconciler.report.style import PLAIN, Detail
from tests.builders import NOON, a_create, an_update
from tests.unit.report.test_provisioning_log import an_account, an_outcome, logged

CREATED = logged(an_account(a_create("e1")), an_outcome(a_create("e1"), Status.APPLIED))
REFUSED = logged(
    an_account(an_update("e1")),
    an_outcome(an_update("e1"), Status.FAILED, EntryCode.CONFLICT, "answered 409"),
)


def at(entry: LogEntry, moment: datetime, **more: object) -> LogEntry:
    return entry.model_copy(update={"activity_date_time": moment, **more})


@pytest.mark.parametrize(
    ("wanted", "takes"),
    [
        (LogFilter(), (True, True)),
        (LogFilter(statuses=frozenset({"failure"})), (False, True)),
        (LogFilter(actions=frozenset({"create"})), (True, False)),
        (LogFilter(actions=frozenset({"create", "update"})), (True, True)),
        (LogFilter(codes=frozenset({"Conflict"})), (False, True)),
        (LogFilter(subjects=frozenset({"user:e1"})), (True, True)),
        (LogFilter(subjects=frozenset({"e1", "nobody"})), (True, True)),
        (LogFilter(subjects=frozenset({"ada@zone.example"})), (True, True)),
        (LogFilter(subjects=frozenset({"new-1"})), (True, False)),
        (LogFilter(subjects=frozenset({"o-1"})), (True, True)),
        (LogFilter(subjects=frozenset({"e2"})), (False, False)),
        (LogFilter(targets=frozenset({"box"})), (True, True)),
        (LogFilter(targets=frozenset({"other"})), (False, False)),
        (LogFilter(run="run"), (True, True)),
        (LogFilter(run="other"), (False, False)),
        (LogFilter(since=NOON + timedelta(hours=1)), (False, False)),
        (LogFilter(since=NOON, until=NOON + timedelta(hours=1)), (True, True)),
        (LogFilter(until=NOON), (False, False)),
    ],
)
def test_every_question_must_be_answered_with_yes(
    wanted: LogFilter, takes: tuple[bool, bool]
) -> None:
    assert (wanted.takes(CREATED), wanted.takes(REFUSED)) == takes


def test_the_summary_counts_and_names_the_most_frequent_reason() -> None:
    error = REFUSED.provisioning_status_info.error_information
    assert error is not None
    other = REFUSED.provisioning_status_info.model_copy(
        update={"error_information": error.model_copy(update={"reason": "another"})}
    )
    rare = at(REFUSED, NOON, provisioning_status_info=other, duration_in_milliseconds=900)
    found = summarise([CREATED, REFUSED, REFUSED, rare])
    assert (found.entries, found.runs, found.first, found.last) == (
        4,
        1,
        NOON,
        CREATED.activity_date_time,
    )
    assert found.counts == (("create", "success", 1), ("update", "failure", 3))
    assert found.errors == (ErrorCount("Conflict", 3, "answered 409"),)
    assert [entry.duration_in_milliseconds for entry in found.slowest] == [900, 120, 120, 120]
    assert list(summary_lines(found, PLAIN)) == [
        "4 entries of 1 run, 2026-11-23 12:00 to 2026-11-23 12:00 UTC",
        "        1  create success",
        "        3  update failure",
        "Why",
        "        3  Conflict: answered 409",
        "Slowest",
        "      900 ms  update user:e1",
        "      120 ms  create user:e1",
        "      120 ms  update user:e1",
        "      120 ms  update user:e1",
    ]


def test_nothing_sums_up_to_nothing() -> None:
    found = summarise([])
    assert list(summary_lines(found, PLAIN)) == ["0 entries of 0 runs"]
    assert summary_data(found) == {
        "entries": 0,
        "runs": 0,
        "first": None,
        "last": None,
        "counts": [],
        "errors": [],
        "slowest": [],
    }
    assert list(log_lines([], found, PLAIN, Detail.FOLDED)) == ["0 entries of 0 runs"]


def test_the_latest_entries_stand_for_all_unless_everything_is_asked_for() -> None:
    many = [CREATED] * 24 + [REFUSED]
    folded = list(log_lines(many, summarise(many), PLAIN, Detail.FOLDED))
    assert folded[0] == "… 5 earlier entries (--full shows them)"
    last = folded.index("")
    assert folded[last - 4 : last] == [
        '2026-11-23 12:00:00  success create user "ada@zone.example" (e1) at box',
        '2026-11-23 12:00:00  failure update user "ada@zone.example" (e1) at box',
        "    Conflict: answered 409",
        "    find who has the value at the provider, then plan again",
    ]
    full = list(log_lines(many, summarise(many), PLAIN, Detail.FULL))
    assert sum("success create" in line for line in full) == 24


def test_more_codes_than_are_worth_reading_are_counted() -> None:
    info = REFUSED.provisioning_status_info
    assert info.error_information is not None
    entries = []
    for code in list(EntryCode)[:12]:
        error = info.error_information.model_copy(update={"error_code": code})
        status = info.model_copy(update={"error_information": error})
        entries.append(REFUSED.model_copy(update={"provisioning_status_info": status}))
    lines = list(summary_lines(summarise(entries), PLAIN))
    assert "  … 2 more codes" in lines
