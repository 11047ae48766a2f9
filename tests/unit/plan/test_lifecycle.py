"""The table of what happens to whom, and that the documentation shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.change import Step
from reconciler.model.declared import DatedMember, Group, User
from reconciler.model.desired import Cause, Standing
from reconciler.model.identity import GroupKey, Kind, ResourceId, UserKey
from reconciler.model.ledger import Memory
from reconciler.model.period import Period
from reconciler.model.plan import Plan
from reconciler.model.profile import RFC7644, Deactivation
from reconciler.model.target import Ability, Deprovision, Removal
from reconciler.plan.lifecycle import (
    LIFECYCLE,
    Effect,
    deactivation_step,
    deletion_step,
    effect_of,
)
from tests.unit.plan.builders_plan import (
    ALL,
    HERE,
    NOON,
    PROVISIONED,
    a_declared,
    a_group,
    a_handling,
    a_person,
    a_target,
    does,
    excluded,
    holding,
    live_group,
    live_user,
    plan_of,
    wanting,
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


def under(deprovision: Deprovision, cause: Cause, **more: Any) -> Plan:
    """What is planned for somebody who leaves for this cause."""
    target = a_target(users=a_handling(deprovision=deprovision, abilities=more.pop("may", ALL)))
    active = more.pop("active", True)
    actual = holding(live_user("u-ada", active=active))
    return plan_of(wanting(a_person("ada", excluded(cause))), actual, target=target, **more)


NO_SWITCH = replace(RFC7644, deactivation=Deactivation.NONE)


def test_a_provider_without_a_switch_deletes_even_the_held_where_the_target_says_delete() -> None:
    for cause in (Cause.HELD, Cause.NOT_YET):
        assert does(under(DELETING, cause, profile=NO_SWITCH)) == ["delete user:ada"]
        kept = under(Deprovision(), cause, profile=NO_SWITCH)
        assert (does(kept), [n.code for n in kept.notes if n.code != "held"]) == (
            [], ["no-deactivation"],
        )  # fmt: skip


def test_whoever_is_switched_off_for_a_time_is_never_deleted_by_date() -> None:
    days = replace(Deprovision(), delete_after_days=0)
    memory = Memory(deactivated={ResourceId("u-ada"): NOON - timedelta(days=9)})
    for cause in (Cause.HELD, Cause.NOT_YET):
        assert does(under(days, cause, active=False, memory=memory)) == []
    assert does(under(days, Cause.ENDED, active=False, memory=memory)) == ["delete user:ada"]


def test_no_deletion_is_announced_that_the_target_does_not_allow() -> None:
    days = replace(Deprovision(), delete_after_days=30)
    memory = Memory(deactivated={ResourceId("u-ada"): NOON - timedelta(days=9)})

    def codes(may: frozenset[Ability]) -> list[str]:
        plan = under(days, Cause.ENDED, active=False, memory=memory, may=may)
        return [note.code for note in plan.notes]

    assert codes(ALL) == ["deletion-to-come"]
    assert codes(ALL - {Ability.DELETE}) == []


def test_a_group_goes_at_once_where_no_days_are_set() -> None:
    target = a_target(groups=a_handling(deprovision=DELETING))
    desired = wanting(a_group("ops", standing=excluded(Cause.UNASSIGNED)))
    actual = holding(live_group("g-ops", displayname="Ops"))
    assert does(plan_of(desired, actual, target=target)) == ["delete group:ops"]


def test_only_those_who_are_there_are_named_before_they_end() -> None:
    period = Period(ends=NOON + timedelta(days=3))
    ada = User(UserKey("ada"), {}, HERE, period=period)
    ops = Group(GroupKey("ops"), {}, HERE, dated=(DatedMember(Kind.USER, "ada", period, HERE),))
    declared = replace(a_declared(), users={ada.key: ada}, groups={ops.key: ops})

    def named(standing: Standing) -> list[str]:
        desired = wanting(a_person("ada", standing), a_group("ops", standing=standing))
        plan = plan_of(desired, holding(), declared=declared)
        return [note.message for note in plan.notes if note.code == "ends-soon"]

    assert named(PROVISIONED) == [
        "user ada is in it until 2026-11-26 12:00:00+00:00: 3 days",
        "access lasts until 2026-11-26 12:00:00+00:00: 3 days",
    ]
    assert named(excluded(Cause.UNASSIGNED)) == []
    one = replace(ada, period=Period(ends=NOON + timedelta(days=1)))
    plan = plan_of(
        wanting(a_person("ada")), holding(), declared=replace(declared, users={one.key: one})
    )
    assert plan.notes[0].message.endswith("one day")
