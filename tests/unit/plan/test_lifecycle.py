"""The table of what happens to whom, and that the documentation shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.change import Step
from reconciler.model.declared import Deprovision, Removal
from reconciler.model.desired import Cause
from reconciler.model.identity import Kind
from reconciler.plan.lifecycle import (
    LIFECYCLE,
    Effect,
    deactivation_step,
    deletion_step,
    effect_of,
)

README = Path(__file__).parents[3] / "manifests" / "README.md"
DELETING = Deprovision(Removal.DELETE, Removal.DELETE, Removal.DELETE, Removal.DELETE)
KEEPING = Deprovision(Removal.KEEP, Removal.KEEP, Removal.KEEP, Removal.KEEP)


@pytest.mark.parametrize(
    "cause", [Cause.ADDED, Cause.CHANGED, Cause.ENABLED, Cause.DUE, Cause.DRIFT]
)
@pytest.mark.parametrize("kind", Kind)
def test_a_cause_that_is_no_leaving_removes_nobody(kind: Kind, cause: Cause) -> None:
    assert effect_of(kind, cause, DELETING) is Effect.STAYS


def test_each_cause_of_leaving_is_looked_up_where_the_target_says_so() -> None:
    deprovision = Deprovision(
        disabled=Removal.DELETE,
        out_of_scope=Removal.KEEP,
        unassigned=Removal.DEACTIVATE,
        removed=Removal.REPORT,
    )
    found = {event.cause: effect_of(Kind.USER, event.cause, deprovision)
             for event in LIFECYCLE if event.kind is Kind.USER}  # fmt: skip
    assert found == {
        Cause.DISABLED: Effect.DELETED,
        Cause.ENDED: Effect.DELETED,
        Cause.NOT_YET: Effect.SUSPENDED,
        Cause.HELD: Effect.SUSPENDED,
        Cause.OUT_OF_SCOPE: Effect.STAYS,
        Cause.UNASSIGNED: Effect.DEACTIVATED,
        Cause.NOT_ENTITLED: Effect.DEACTIVATED,
        Cause.REMOVED: Effect.REPORTED,
    }


def test_a_hold_holds_whatever_the_target_says() -> None:
    for deprovision in (KEEPING, DELETING, Deprovision()):
        assert effect_of(Kind.USER, Cause.HELD, deprovision) is Effect.SUSPENDED


def test_groups_are_never_deactivated() -> None:
    for event in LIFECYCLE:
        if event.kind is Kind.GROUP:
            effects = set(event.effects.values())
            assert effects == {Effect.STAYS, Effect.REPORTED, Effect.DELETED_LATER}


def test_access_that_must_end_now_goes_first() -> None:
    urgent = {Cause.DISABLED, Cause.ENDED, Cause.HELD}
    for cause in Cause:
        leavers = cause in urgent
        assert (deactivation_step(cause) is Step.LEAVERS) is leavers
        assert (deletion_step(Kind.USER, cause) is Step.LEAVERS) is leavers
        assert deletion_step(Kind.GROUP, cause) is Step.DELETE_GROUPS


def table(kind: Kind) -> str:
    """The part of the table about one kind, as Markdown."""
    removals = [r for r in Removal if kind is Kind.USER or r is not Removal.DEACTIVATE]
    head = ["what happens", "setting", *(f"`{removal}`" for removal in removals)]
    rows = [
        [event.words, f"`{event.setting}`", *(event.effects[removal] for removal in removals)]
        for event in LIFECYCLE
        if event.kind is kind
    ]
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


@pytest.mark.parametrize("kind", Kind)
def test_the_documentation_shows_the_table(kind: Kind) -> None:
    assert table(kind) in README.read_text(encoding="utf-8")
