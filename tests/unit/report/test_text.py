"""What people read of a plan: everything that takes something away, whole; the rest folded."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.change import Change
from reconciler.model.desired import Reason
from reconciler.model.identity import ResourceId
from reconciler.model.plan import NoteKind, Principal
from reconciler.model.policy import Verdict, Violation
from reconciler.model.provenance import Basis
from reconciler.model.words import duration
from reconciler.report.markdown import plan_markdown
from reconciler.report.planfile import save
from reconciler.report.style import PLAIN, Detail, Style, Tone
from reconciler.report.text import plan_lines, requests
from tests.builders import (
    a_create,
    a_deactivation,
    a_deletion,
    a_note,
    a_plan,
    a_reactivation,
    a_removal,
    an_addition,
    an_update,
)


def text(*changes: Change, detail: Detail = Detail.FOLDED, verdict: Verdict | None = None) -> str:
    saved = save(a_plan(*changes), verdict or Verdict())
    return "\n".join(plan_lines(saved, PLAIN, detail))


def test_a_whole_plan_reads_like_this() -> None:
    plan = a_plan(
        a_create("e4", "di@zone.example"),
        an_update("e1"),
        a_deactivation("e2", Reason("`until: 2026-11-22` is over", None)),
        a_removal(members=["e2", "id:77"]),
        notes=[a_note(NoteKind.WAITING, "not at the provider yet")],
        principals={
            "e2": Principal(ResourceId("id-e2"), "Bo Ek"),
            "id:77": Principal(ResourceId("77"), "id:77"),
        },
        seconds=100,
    )
    saved = save(plan, Verdict((Violation("deactivations", "1 of 0", "split it", ("h",)),)))

    lines = list(plan_lines(saved, PLAIN, Detail.FOLDED))

    assert lines == [
        "box (rfc7644), commit c0ffee, as of 2026-11-23 12:00 UTC",
        "",
        "Deactivated",
        '  ! user "ada@zone.example" (e2)',
        "      `until: 2026-11-22` is over",
        "",
        "Removed from groups",
        '  - group "Ops" (ops)',
        "      Git says so  [people.yaml:7]",
        '      - "Bo Ek" (e2)',
        "      - id:77",
        "",
        "Changed",
        '  ~ user "ada@zone.example" (e1)',
        "      Git says so  [people.yaml:7]",
        '      title: "Lead" -> "Head"',
        "",
        "Created",
        '  + user "di@zone.example" (e4)',
        "      Git says so  [people.yaml:7]",
        "",
        "Waiting for somebody who is not there yet",
        '  user "ada@zone.example" (e1): not at the provider yet  [people.yaml:7]',
        "",
        "Plan: 1 user to create, 1 user to update, 1 user to deactivate, 2 memberships to remove.",
        "Requests: 8 (4 GET, 4 PATCH); about 2 min at the target's rate",
        f"Digest: {saved.digest}, valid until 2026-11-24 12:00 UTC",
        "",
        "BLOCKED by 1 check",
        "  deactivations: 1 of 0",
        "      split it",
        "      or, for this run only: reconciler apply PLAN --acknowledge "
        f'{saved.verdict.violations[0].token} --because "…"',
    ]


def test_nothing_to_do_is_said_in_two_words() -> None:
    assert text().splitlines()[-1] == "Plan: No changes."


def test_removals_are_never_folded() -> None:
    shown = text(*(a_deactivation(f"e{n}") for n in range(30)))
    assert shown.count("  ! user") == 30


def test_of_many_additions_a_few_stand_for_the_rest() -> None:
    creates = [a_create(f"e{n:02}") for n in range(30)]
    assert "… 22 more (--full shows them)" in text(*creates)
    assert text(*creates, detail=Detail.FULL).count("  + user") == 30
    members = an_addition(members=[f"e{n:02}" for n in range(30)])
    assert "      + e00, e01, e02 and 27 more" in text(members)
    assert "      + e29" in text(members, detail=Detail.FULL)


def test_a_deletion_says_what_is_lost_and_that_it_stays_lost() -> None:
    shown = text(a_deletion(members=["e1"]))
    assert "loses e1" in shown
    assert "cannot be undone: a deleted group is gone" in shown


def test_full_detail_shows_what_a_create_sends() -> None:
    shown = text(a_create(title="Lead"), detail=Detail.FULL)
    assert '      title: "Lead"' in shown


def test_somebody_who_comes_back_is_told_from_somebody_new() -> None:
    shown = text(a_reactivation())
    assert "Active again" in shown
    assert "active: false -> true" in shown


def test_an_incomplete_plan_cannot_pass_for_a_quiet_one() -> None:
    saved = save(a_plan(gaps=["users: page 2 of 4 failed"]), Verdict())
    lines = list(plan_lines(saved, PLAIN, Detail.FOLDED))
    assert "Incomplete: users: page 2 of 4 failed" in lines


def test_what_nobody_may_release_offers_no_release() -> None:
    verdict = Verdict((Violation("protection", "m", "w", (), releasable=False),))
    assert "--acknowledge" not in text(a_deactivation(), verdict=verdict)


def test_a_selection_stands_in_the_heading() -> None:
    saved = save(a_plan(selection=["user:e1"], commit=None), Verdict())
    heading = next(plan_lines(saved, PLAIN, Detail.FOLDED))
    assert heading == "box (rfc7644), as of 2026-11-23 12:00 UTC, only user:e1"


def test_colours_are_marks_around_the_same_text() -> None:
    assert Style(coloured=True).mark(Tone.BAD, "x") == "\x1b[31;1mx\x1b[0m"
    assert PLAIN.mark(Tone.BAD, "x") == "x"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (89, "89 s"), (90, "2 min"), (3600, "60 min"), (7500, "2 h 5 min")],
)
def test_times_are_for_people(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@given(st.text())
def test_no_value_can_act_on_a_terminal_or_a_log(value: str) -> None:
    plan = a_plan(
        a_create("e1", value, title=value),
        an_update("e2", before=value, after=value + "x"),
        a_deactivation("e3", Reason(value, None)),
        a_removal(members=[value]),
        notes=[a_note(NoteKind.CONFLICT, value, key=value)],
        gaps=[value],
        selection=[value],
    )
    verdict = Verdict((Violation("c", value, value, ()),))
    for line in plan_lines(save(plan, verdict), PLAIN, Detail.FULL):
        assert all(unicodedata.category(c) not in {"Cc", "Cf", "Zl", "Zp"} for c in line)
        assert "##[" not in line
        assert not line.lstrip().startswith("::")


def test_a_guess_on_which_changes_rest_is_said_and_acts_on_no_terminal() -> None:
    guess = Basis("membersPerPatch", "100\x1b[2J", "guessed: no limit", ("add members",))
    lines = list(
        plan_lines(save(replace(a_plan(), rests_on=(guess,)), Verdict()), PLAIN, Detail.FOLDED)
    )
    start = next(n for n, line in enumerate(lines) if line.startswith("Rests on guesses"))
    assert "reconciler doctor" in lines[start]
    assert lines[start + 1].startswith("  add members: membersPerPatch: 100")
    assert "\x1b" not in lines[start + 1]
    assert "Rests on a guess" in plan_markdown(
        save(replace(a_plan(), rests_on=(guess,)), Verdict())
    )


@pytest.mark.parametrize(("seconds", "late"), [(None, 7), (30.0, 7), (31.0, 0), (31.0, 7)])
def test_a_plan_that_takes_long_says_how_many_requests_more_it_can_be(
    seconds: float | None, late: int
) -> None:
    cost = replace(a_plan(an_update()).estimate, seconds=seconds, late=late)
    said = "; up to 7 GET more after 30 s, right before each write"
    assert requests(cost).endswith(said) is (seconds == 31.0 and late == 7)
