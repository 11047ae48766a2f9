"""What is sent long after the second look is compared once more, where no version guards it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from reconciler.apply.limits import Limits
from reconciler.model.change import Change, Step
from reconciler.model.dialect import Updating
from reconciler.model.exit import ExitCode
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.outcome import Status
from reconciler.model.plan import LOOK_LASTS
from reconciler.model.profile import Profile
from reconciler.plan.estimate import estimate
from tests.builders import (
    NOON,
    a_deactivation,
    a_reactivation,
    a_reference,
    an_addition,
    an_update,
)
from tests.fakes.target import FakeTarget, Fault, a_live_group, a_person
from tests.unit.apply.builders_apply import (
    MANY,
    PLAIN,
    Ticks,
    carry_out,
    delete_user,
    fates,
    the_plan,
)
from tests.unit.plan.builders_plan import a_target


class Clock(Ticks):
    """Stands still, until somebody moves it."""

    def __call__(self) -> datetime:
        return self.time

    def after(self, seconds: float) -> None:
        self.time = NOON + timedelta(seconds=seconds)


LATE = LOOK_LASTS + 1
FIRST = an_update("e0")
E1 = ("get", Kind.USER, ResourceId("id-e1"))


def a_box(clock: Clock, *, seconds: float = LATE, profile: Profile = PLAIN) -> FakeTarget:
    """Two people of whom the first one's write takes so long."""
    box = FakeTarget(profile).holds(a_person("e0", title="Lead"), a_person("e1", title="Lead"))
    box.on_write = lambda: clock.after(seconds)
    return box


def changed_meanwhile(box: FakeTarget, **data: str) -> FakeTarget:
    box.meanwhile = {1: lambda target: target.holds(a_person("e1", **data))}
    return box


def apply(box: FakeTarget, change: Change, clock: Clock) -> list[tuple[str, Status]]:
    """FIRST goes first, as a canary; `change` follows when that is done."""
    plan = the_plan(FIRST, change, profile=box.profile, population=MANY)
    return fates(carry_out(plan, box, now=clock, limits=Limits(canary=1)))[1:]


OFF = replace(a_deactivation("e1"), step=Step.DEACTIVATE)


@pytest.mark.parametrize("change", [an_update("e1"), OFF, delete_user("e1")])
def test_what_is_sent_late_is_read_once_more(change: Change) -> None:
    clock = Clock()
    box = a_box(clock)
    assert apply(box, change, clock) == [("user:e1", Status.APPLIED)]
    looks = box.reads.count(E1)
    clock = Clock()
    soon = a_box(clock, seconds=LOOK_LASTS)
    assert apply(soon, change, clock) == [("user:e1", Status.APPLIED)]
    assert looks == soon.reads.count(E1) + 1


def test_what_somebody_else_has_changed_by_then_is_skipped_as_stale() -> None:
    clock = Clock()
    box = changed_meanwhile(a_box(clock), title="Chief")
    plan = the_plan(FIRST, an_update("e1"), population=MANY)
    applied = carry_out(plan, box, now=clock, limits=Limits(canary=1))
    late = applied.outcomes[1]
    assert (late.status, late.stale) == (Status.SKIPPED, True)
    assert late.detail == "title: no longer as the plan saw it; plan again"
    assert applied.exit_code is not ExitCode.OK
    assert [what[2] for what in box.sent] == ["id-e0"]


def test_what_somebody_else_has_done_by_then_is_already_applied() -> None:
    clock = Clock()
    box = changed_meanwhile(a_box(clock), title="Head")
    assert apply(box, an_update("e1"), clock) == [("user:e1", Status.ALREADY_APPLIED)]
    assert len(box.sent) == 1


def test_what_cannot_be_read_by_then_is_not_sent() -> None:
    clock = Clock()
    box = a_box(clock)
    box.read_faults = {4: Fault.ERROR}  # two looks, the canary's reading back, and this one
    plan = the_plan(FIRST, an_update("e1"), population=MANY)
    late = carry_out(plan, box, now=clock, limits=Limits(canary=1)).outcomes[1]
    assert (late.status, late.stale) == (Status.SKIPPED, True)
    assert "right before it is sent: server error" in (late.detail or "")


@pytest.mark.parametrize(
    "profile",
    [replace(PLAIN, etags=True), replace(PLAIN, update_user=Updating.PUT_REPLACES)],
    ids=["the provider keeps watch", "the client reads right before"],
)
def test_nothing_more_is_read_where_the_write_is_guarded(profile: Profile) -> None:
    clock = Clock()
    box = a_box(clock, profile=profile)
    assert apply(box, an_update("e1"), clock) == [("user:e1", Status.APPLIED)]
    assert box.reads.count(E1) == 1


def test_members_are_not_looked_at_once_more() -> None:
    clock = Clock()
    box = a_box(clock).holds(a_live_group("ops"))
    assert apply(box, an_addition("ops", ["e1"]), clock) == [("group:ops", Status.APPLIED)]
    assert box.reads.count(("get", Kind.GROUP, ResourceId("id-ops"))) == 1


def test_the_estimate_says_how_many_looks_more_a_long_apply_can_take() -> None:
    changes: list[Change] = [
        an_update("a"),
        a_reactivation("b"),
        a_deactivation("c"),
        delete_user("d"),
        a_reference("e"),
        a_reference("f", live=False),
    ]
    guarded = replace(PLAIN, etags=True)
    put = replace(PLAIN, update_user=Updating.PUT_REPLACES)
    late = [estimate(changes, MANY, p, a_target()).late for p in (PLAIN, guarded, put)]
    assert late == [5, 0, 1]


def test_a_run_that_is_long_from_the_first_request_reads_as_much_as_the_estimate_says() -> None:
    """With the second look long ago for every change: the estimate's sum, and all of `late`."""
    box = a_box(Clock())
    ticking = Ticks()
    ticking.time = NOON

    def late() -> datetime:
        ticking.time += timedelta(seconds=LATE)
        return ticking.time

    plan = the_plan(FIRST, OFF, population=MANY)
    cost = estimate(plan.changes, MANY, PLAIN, a_target())
    applied = carry_out(plan, box, now=late)  # type: ignore[arg-type]  # a clock as well
    assert {status for _, status in fates(applied)} == {Status.APPLIED}
    assert len(box.reads) == cost.gets + cost.late
