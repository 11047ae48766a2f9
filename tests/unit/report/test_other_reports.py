"""Markdown, diagnostics, outcomes, drift and comparisons."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.change import Change
from reconciler.model.desired import Cause
from reconciler.model.diagnostic import error, warning
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.note_code import NoteCode
from reconciler.model.outcome import Outcome, Status
from reconciler.model.plan import NoteKind
from reconciler.model.policy import Verdict, Violation
from reconciler.model.sealed import Sealed
from reconciler.report.compare import comparison_lines
from reconciler.report.drift import drift_data, drift_lines
from reconciler.report.findings import as_data, diagnostic_lines, tally
from reconciler.report.markdown import LARGEST_BODY, code, fence, plan_markdown
from reconciler.report.outcomes import as_data as outcomes_as_data
from reconciler.report.outcomes import not_kept_lines, outcome_lines, requests_line
from reconciler.report.planfile import SavedPlan, save
from reconciler.report.style import PLAIN, Detail
from reconciler.report.summary import summary
from reconciler.report.text import plan_lines
from tests.builders import HERE, a_create, a_deactivation, a_note, a_plan, a_removal, an_update


def saved(*changes: Change) -> SavedPlan:
    return save(a_plan(*changes), Verdict())


def test_a_summary_counts_first_and_folds_the_plan() -> None:
    shown = plan_markdown(saved(a_create(), a_removal(members=["e1", "e2"])))
    assert shown.startswith("### `box`: changes\n\n1 user to create, 2 memberships to remove.\n")
    assert "| create | 1 | 0 |  |" in shown
    assert "| remove |  |  | 2 |" in shown
    assert "<details><summary>The whole plan</summary>" in shown


def test_a_short_plan_is_open_and_a_blocked_one_says_why() -> None:
    quiet = plan_markdown(saved())
    assert "### `box`: in sync" in quiet
    assert "<details open>" in quiet
    violation = Violation("deactivations", "12 of 3", "split it", ())
    blocked = plan_markdown(save(a_plan(a_deactivation()), Verdict((violation,))))
    assert "### `box`: **blocked**" in blocked
    assert "> **deactivations**: `12 of 3`" in blocked
    gap = plan_markdown(save(a_plan(gaps=["page 2"]), Verdict()))
    assert "### `box`: incomplete" in gap
    assert "> **Incomplete**: `page 2`" in gap


def test_a_plan_too_long_for_a_summary_is_cut_by_whole_lines() -> None:
    changes = [a_deactivation(f"e{n:06}") for n in range(20_000)]
    shown = plan_markdown(saved(*changes))
    assert len(shown.encode()) < LARGEST_BODY + 2_000
    assert re.search(r"… [\d,]+ lines more stand in the plan file\n```", shown)


@given(st.text(alphabet="`ab\n<>@#|", max_size=30))
def test_no_value_leaves_its_code_span_or_fence(value: str) -> None:
    span = code(value)
    ticks = re.match("`+", span)
    assert ticks is not None
    assert span.endswith(ticks[0])
    assert ticks[0] not in span[len(ticks[0]) : -len(ticks[0])]
    block = fence(value)
    opening = re.match("`+", block)
    assert opening is not None
    assert opening[0] not in block[len(opening[0]) : -len(opening[0])]


def test_diagnostics_have_a_place_a_code_and_a_hint() -> None:
    found = [
        error("unknown-field", "no field departmnt", HERE, hint="did you mean `department`?"),
        warning("lint", "hm"),
    ]
    assert list(diagnostic_lines(found, PLAIN)) == [
        "people.yaml:7:3: error[unknown-field]: no field departmnt",
        "    did you mean `department`?",
        "warning[lint]: hm",
    ]
    assert tally(found) == "1 error, 1 warning"
    assert as_data(found)[0] == {
        "severity": "error",
        "code": "unknown-field",
        "message": "no field departmnt",
        "hint": "did you mean `department`?",
        "file": "people.yaml",
        "line": 7,
        "column": 3,
    }
    assert as_data(found)[1]["file"] is None


def an_outcome(status: Status, detail: str | None = None) -> Outcome:
    return Outcome("h", "update", Kind.USER, "e1", status, detail, ResourceId("1"), ("r1",))


def test_what_is_not_kept_is_listed_as_a_manifest_accepts_it() -> None:
    mail = 'emails[type eq "work"].display'
    outcomes = [
        replace(an_outcome(Status.APPLIED), not_kept=("title", mail)),
        replace(an_outcome(Status.APPLIED), not_kept=("title",)),
        replace(an_outcome(Status.APPLIED), kind=Kind.GROUP, not_kept=("it's:x",)),
        an_outcome(Status.APPLIED),
    ]
    assert list(not_kept_lines(outcomes, PLAIN)) == [
        "Not kept: the provider dropped or altered what 3 changes sent. Take it out of the "
        "mapping, or accept it in the target's manifest:",
        "  users:",
        "    notKept:",
        f"      - '{mail}'  # 1 change",
        "      - title  # 2 changes",
        "  groups:",
        "    notKept:",
        "      - 'it''s:x'  # 1 change",
    ]
    assert list(not_kept_lines(outcomes[3:], PLAIN)) == []


def test_outcomes_name_what_did_not_work_and_count_everything() -> None:
    outcomes = [
        an_outcome(Status.APPLIED),
        an_outcome(Status.FAILED, "the name is taken"),
        an_outcome(Status.SKIPPED),
    ]
    assert list(outcome_lines(outcomes, PLAIN)) == [
        "  failed update user e1",
        "      the name is taken",
        "  skipped update user e1",
        "Apply: 1 applied, 1 failed, 1 skipped.",
    ]
    assert list(outcome_lines([], PLAIN)) == ["Apply: nothing to do."]
    assert outcomes_as_data(outcomes)[1] == {
        "hash": "h",
        "action": "update",
        "subject": "user:e1",
        "status": "failed",
        "detail": "the name is taken",
        "id": "1",
        "requestIds": ["r1"],
        "stale": False,
        "notKept": [],
    }


def test_of_many_that_were_skipped_for_one_reason_a_few_stand_for_the_rest() -> None:
    halted = [an_outcome(Status.SKIPPED, "provider unreachable")] * 11
    lines = list(outcome_lines([*halted, an_outcome(Status.FAILED, "no")], PLAIN))
    assert lines.count("  skipped update user e1") == 8
    assert lines[-4:] == [
        "  failed update user e1",
        "      no",
        "  … 3 more skipped: provider unreachable",
        "Apply: 1 failed, 11 skipped.",
    ]


def test_requests_are_counted_in_the_order_of_a_plan() -> None:
    sent = {"PATCH": 1_234, "DELETE": 0, "GET": 2}
    assert requests_line(sent) == "Requests: 1,236 (2 GET, 1,234 PATCH)"
    assert requests_line({}) == "Requests: 0"


def test_what_nobody_has_decided_is_no_drift_and_not_in_sync() -> None:
    conflict = a_note(NoteKind.CONFLICT, "two match")
    refused = replace(a_note(NoteKind.SKIPPED, "no create"), code=NoteCode.ACTION_OFF)
    plan = a_plan(notes=[conflict, refused])
    assert plan.undecided == (conflict,)
    lines = list(drift_lines(plan, "box", PLAIN, Detail.FOLDED))
    assert lines[:2] == [
        "box: no drift.",
        "box: not everything is as Git says, and applying a plan does not change that.",
    ]
    assert "two match" in lines[-1]
    assert summary(plan) == "No changes. Left as it is: 1 conflict."
    undetermined = a_note(NoteKind.SKIPPED, "the rule failed")
    both = a_plan(a_create("e4"), notes=[conflict, undetermined])
    assert summary(both) == "1 user to create. Left as it is: 1 conflict, 1 not decided."
    gap = list(drift_lines(a_plan(notes=[conflict], gaps=["x"]), "box", PLAIN, Detail.FOLDED))
    assert gap[0] == "box: incomplete: x"
    assert "box: no drift." not in gap


def drift(*changes: Change, gaps: tuple[str, ...] = ()) -> list[str]:
    return list(drift_lines(a_plan(*changes, gaps=gaps), "box", PLAIN, Detail.FOLDED))


def test_drift_stands_apart_from_what_is_not_applied_yet() -> None:
    lines = drift(an_update(cause=Cause.DRIFT), a_create("e4"))
    assert lines[0] == "box: drift, 1 change behind Git's back."
    assert '      title: "Lead" -> "Head"' in lines
    later = [
        "box: not applied yet: 1 user to create.",
        "",
        "Created",
        '  + user "ada@zone.example" (e4)',
        "      Git says so  [people.yaml:7]",
    ]
    heal = "To put it back: reconciler plan box --only drift -o heal.plan.json"
    assert lines[-6:] == [heal, *later]
    assert drift(a_create("e4")) == ["box: no drift.", *later]
    assert drift() == ["box: no drift, everything is as Git says."]


def test_without_a_ledger_nothing_is_called_drift_and_nothing_free_of_it() -> None:
    plan = replace(a_plan(a_create("e4")), remembered=False)
    first = next(drift_lines(plan, "box", PLAIN, Detail.FOLDED))
    assert first.startswith("box: no ledger remembers what was applied here")
    assert drift_data(plan)["remembered"] is False


def test_an_incomplete_reading_never_says_no_drift() -> None:
    assert drift(gaps=("page 2 failed",)) == ["box: incomplete: page 2 failed"]


def test_drift_as_data_tells_both_apart() -> None:
    data = drift_data(a_plan(an_update(cause=Cause.DRIFT), a_create("e4"), gaps=["x"]))
    assert [c["subject"] for c in data["drift"]] == ["user:e1"]
    assert [c["subject"] for c in data["pending"]] == ["user:e4"]
    assert (data["complete"], data["gaps"]) == (False, ["x"])


def test_two_plans_are_compared_by_what_they_do() -> None:
    earlier = saved(an_update("e1", after="Head"), a_deactivation("e2"))
    later = saved(an_update("e1", after="Boss"), a_create("e3"))
    assert list(comparison_lines(earlier, later, PLAIN)) == [
        '  otherwise update user "ada@zone.example" (e1)',
        '      changes[0].after: "Head" -> "Boss"',
        '  no longer deactivate user "ada@zone.example" (e2)',
        '  new create user "ada@zone.example" (e3)',
    ]
    assert list(comparison_lines(earlier, earlier, PLAIN)) == ["Both plans do the same."]


def test_hidden_values_are_told_apart_without_being_shown() -> None:
    def hidden(value: str) -> SavedPlan:
        update = an_update("e1", before=None)
        part = replace(update.changes[0], after=Sealed(f"hmac-sha256:{value * 8}"))
        return saved(replace(update, changes=(part,), hash=value))

    assert list(comparison_lines(hidden("a"), hidden("b"), PLAIN)) == [
        '  otherwise update user "ada@zone.example" (e1)',
        '      changes[0].after: "[Redact] aaaaaaaa" -> "[Redact] bbbbbbbb"',
    ]
    (line, *_) = (text for text in plan_lines(hidden("a"), PLAIN, Detail.FULL) if "title" in text)
    assert "title: (no value) -> [Redact]" in line
    assert "[Redact]" in plan_markdown(hidden("a"))
