"""What `ledger show` says of runs that did not end, of unknowns, and of many runs."""

from __future__ import annotations

from datetime import UTC, datetime

from reconciler.model.ledger import Closed, Opened, Result
from reconciler.model.ledger_runs import LedgerRun
from reconciler.model.outcome import Status
from reconciler.report.ledger import ledger_data, ledger_lines
from reconciler.report.style import PLAIN, Detail

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def a_run(number: int, **parts: object) -> LedgerRun:
    return LedgerRun(Opened(f"r{number}", "sha256:p", None, AT), **parts)  # type: ignore[arg-type]  # any of its parts


def test_a_run_that_was_killed_names_what_nobody_knows_and_folds_the_rest() -> None:
    run = a_run(1, unknown={f"h{n}": f"create user:e{n}" for n in range(10)})
    lines = list(ledger_lines("box", [run], "process 7 on ci", PLAIN, Detail.FOLDED))
    assert lines[:6] == [
        "box: 1 run",
        "  held by process 7 on ci",
        "  2026-11-23 12:00 UTC  run r1: did not end: killed, or still at work",
        "      plan sha256:p",
        "      10 unknown",
        "      unknown: create user:e0",
    ]
    assert lines[-2:] == [
        "      … 2 more unknown",
        "      if it was killed: applying the same plan again goes on, and looks first",
    ]
    full = list(ledger_lines("box", [run], None, PLAIN, Detail.FULL))
    assert full[-2] == "      unknown: create user:e9"
    both = list(ledger_lines("box", [run, a_run(2)], None, PLAIN, Detail.FOLDED))
    assert both[1] == "  2026-11-23 12:00 UTC  run r1: did not end: it was killed"


def test_of_many_runs_the_newest_are_shown() -> None:
    runs = [a_run(n, closed=Closed(f"r{n}", AT, 0)) for n in range(12)]
    lines = list(ledger_lines("box", runs, None, PLAIN, Detail.FOLDED))
    assert lines[1] == "  … 2 earlier (--full shows them)"
    assert lines[2] == "  2026-11-23 12:00 UTC  run r2: exit code 0"
    assert lines[4] == "      nothing to do"


def test_a_program_is_told_the_same() -> None:
    result = Result("r1", "h", "create", "user:e1", Status.UNKNOWN)
    run = a_run(1, results={"h": result}, unknown={"h": "create user:e1"})
    (data,) = ledger_data("box", [run], None)["runs"]
    assert (data["closed"], data["exitCode"], data["counts"]) == (None, None, {"unknown": 1})
    assert data["unknown"] == [{"hash": "h", "about": "create user:e1"}]
