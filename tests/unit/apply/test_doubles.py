"""Whose account is it: an earlier try's, somebody else's, or that of somebody in the plan."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.change import AttributeChange, Step
from reconciler.model.exit import ExitCode
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.outcome import Status
from reconciler.model.plan import Settled
from tests.builders import a_create, a_deactivation, a_deletion, an_addition, an_update
from tests.fakes.target import FakeTarget, Fault, a_live_group, a_person
from tests.unit.apply.builders_apply import (
    MANY,
    PLAIN,
    carry_out,
    delete_user,
    fates,
    only,
    the_plan,
)

VERSIONED = replace(PLAIN, etags=True)


def test_an_account_that_is_in_the_plan_is_nobody_elses_new_one() -> None:
    settled = [Settled(Kind.USER, "e9", ResourceId("id-ada"), "f")]
    plan = the_plan(a_create("e1", "ada"), settled=settled)
    target = FakeTarget(PLAIN).holds(a_person("ada"))
    applied = carry_out(plan, target)
    assert only(applied).status is Status.SKIPPED
    assert only(applied).detail == (
        "the plan saw no such user; one is there now, and is somebody else's; plan again"
    )
    assert (target.sent, applied.exit_code) == ([], ExitCode.STALE)


def test_who_gave_the_name_away_is_not_taken_for_whom_it_was_given_to() -> None:
    """The rename shows late, so the old account still seems to be what the create wants."""
    profile = replace(PLAIN, visible_within=20.0)
    rename = replace(
        an_update("e1"),
        step=Step.FREE,
        changes=(AttributeChange("userName", "ada", "ada.old"),),
    )
    target = FakeTarget(profile, write_faults={2: Fault.LOST_AFTER}, shows_after=10.0)
    target.holds(a_person("e1", userName="ada"))
    applied = carry_out(the_plan(rename, a_create("e2", "ada")), target)
    assert fates(applied) == [("user:e1", Status.APPLIED), ("user:e2", Status.APPLIED)]
    assert applied.outcomes[1].id == "new-1"


def test_own_deletions_are_no_strangers_to_the_versions_of_groups() -> None:
    plan = the_plan(
        replace(delete_user("e1"), step=Step.LEAVERS),
        a_deletion("ops", ["e1", "e2"]),
        population=MANY,
    )
    target = FakeTarget(VERSIONED).holds(
        a_person("e1"), a_person("e2"), a_live_group("ops", ["e1", "e2"], displayName="Ops")
    )
    assert {o.status for o in carry_out(plan, target).outcomes} == {Status.APPLIED}
    assert len(target.sent) == 2


def test_own_additions_are_no_strangers_to_the_versions_of_people() -> None:
    plan = the_plan(an_addition("ops", ["e1"]), replace(a_deactivation("e1"), step=Step.DEACTIVATE))
    target = FakeTarget(VERSIONED).holds(a_person("e1"), a_live_group("ops"))
    # This provider counts a new group as a new version of the person.
    target.meanwhile = {2: lambda t: t.holds(replace(a_person("e1"), version="2"))}
    assert {o.status for o in carry_out(plan, target).outcomes} == {Status.APPLIED}
    assert len(target.sent) == 2


def test_after_a_strangers_write_the_new_version_is_insisted_on() -> None:
    """An own write to the person came before, and its version is out of date by now."""
    plan = the_plan(
        an_update("e1"), replace(a_deactivation("e1"), step=Step.DEACTIVATE), population=MANY
    )
    target = FakeTarget(VERSIONED).holds(a_person("e1", title="Lead"))
    target.meanwhile = {2: lambda t: t.holds(replace(a_person("e1", title="Head"), version="9"))}
    assert {o.status for o in carry_out(plan, target).outcomes} == {Status.APPLIED}
    assert target.done == [0, 2]


def test_an_own_write_without_an_answer_is_no_stranger_to_the_versions() -> None:
    plan = the_plan(
        an_update("e1"), replace(a_deactivation("e1"), step=Step.DEACTIVATE), population=MANY
    )
    target = FakeTarget(VERSIONED, write_faults={1: Fault.LOST_AFTER})
    target.holds(a_person("e1", title="Lead"))
    assert {o.status for o in carry_out(plan, target).outcomes} == {Status.APPLIED}
    assert target.done == [0, 1]
