"""What goes before what, and what becomes of it when that does not come to pass."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.change import AttributeChange, Change, Step, Update
from reconciler.model.identity import Kind
from reconciler.model.outcome import Status
from tests.builders import a_create, a_deactivation, a_deletion, a_removal, an_addition, an_update
from tests.fakes.target import FakeTarget, Fault, a_live_group, a_person
from tests.unit.apply.builders_apply import (
    MANY,
    PLAIN,
    carry_out,
    create_group,
    delete_user,
    fates,
    the_plan,
)


def rename(key: str, before: str, after: str, step: Step = Step.FREE) -> Update:
    return replace(an_update(key), step=step, changes=(AttributeChange("userName", before, after),))


def test_steps_are_carried_out_in_their_order() -> None:
    changes: list[Change] = [
        a_deletion("old", []),
        delete_user("e9"),
        a_removal("ops", ["e1"]),
        an_addition("ops", ["e2"]),
        replace(an_update("ops"), kind=Kind.GROUP, step=Step.UPDATE_GROUPS),
        create_group("new"),
        an_update("e1"),
        a_create("e3", "cleo"),
        rename("e4", "e4", "dora"),
        a_deactivation("e5"),
    ]
    target = FakeTarget(PLAIN).holds(
        a_person("e1", title="Lead"),
        a_person("e2"),
        a_person("e4"),
        a_person("e5"),
        a_person("e9"),
        a_live_group("ops", ["e1"], title="Lead"),
        a_live_group("old", displayName="Ops"),
    )
    applied = carry_out(the_plan(*changes, population=MANY), target)
    assert {outcome.status for outcome in applied.outcomes} == {Status.APPLIED}
    assert [sent[:3] if sent[0] != "create" else sent[:2] for sent in target.sent] == [
        ("update", Kind.USER, "id-e5"),
        ("update", Kind.USER, "id-e4"),
        ("create", Kind.USER),
        ("update", Kind.USER, "id-e1"),
        ("create", Kind.GROUP),
        ("update", Kind.GROUP, "id-ops"),
        ("add", "id-ops", ("id-e2",)),
        ("remove", "id-ops", ("id-e1",)),
        ("delete", Kind.USER, "id-e9"),
        ("delete", Kind.GROUP, "id-old"),
    ]


def test_a_name_that_this_plan_frees_may_be_taken_by_it() -> None:
    plan = the_plan(rename("e1", "ada", "ada2"), a_create("e2", "ada"))
    target = FakeTarget(PLAIN).holds(a_person("e1", userName="ada"))
    assert [o.status for o in carry_out(plan, target).outcomes] == [Status.APPLIED] * 2


def test_a_name_that_was_not_freed_is_not_taken() -> None:
    plan = the_plan(rename("e1", "ada", "ada2"), a_create("e2", "ada"))
    target = FakeTarget(PLAIN, write_faults={1: Fault.REJECTED})
    target.holds(a_person("e1", userName="ada"))
    applied = carry_out(plan, target)
    assert fates(applied) == [("user:e1", Status.FAILED), ("user:e2", Status.SKIPPED)]
    assert applied.outcomes[1].detail == "username: user:e1 still has what this one needs"
    assert len(target.sent) == 1


def test_somebody_else_with_the_freed_name_is_still_in_the_way() -> None:
    plan = the_plan(rename("e1", "ada", "ada2"), a_create("e2", "ada"))
    target = FakeTarget(PLAIN).holds(a_person("e1", userName="ada2"), a_person("ada", title="x"))
    applied = carry_out(plan, target)
    assert applied.outcomes[1].status is Status.ALREADY_APPLIED


def test_a_chain_of_renames_goes_from_its_free_end() -> None:
    plan = the_plan(rename("e1", "a", "b"), rename("e2", "b", "c"), rename("e3", "c", "d"))
    target = FakeTarget(PLAIN).holds(
        a_person("e1", userName="a"), a_person("e2", userName="b"), a_person("e3", userName="c")
    )
    assert {o.status for o in carry_out(plan, target).outcomes} == {Status.APPLIED}
    assert [sent[2] for sent in target.sent] == ["id-e3", "id-e2", "id-e1"]


def test_two_who_swap_names_are_left_to_the_provider() -> None:
    plan = the_plan(rename("e1", "a", "b"), rename("e2", "b", "a"))
    target = FakeTarget(PLAIN).holds(a_person("e1", userName="a"), a_person("e2", userName="b"))
    applied = carry_out(plan, target)
    assert fates(applied) == [("user:e1", Status.FAILED), ("user:e2", Status.SKIPPED)]


def test_what_is_not_owned_yet_gets_no_members() -> None:
    adoption = replace(
        an_update("ops", "externalId", None, "reconciler:r/t:ops"),
        kind=Kind.GROUP,
        step=Step.UPDATE_GROUPS,
        adopts=True,
    )
    plan = the_plan(adoption, an_addition("ops", ["e1"]))
    target = FakeTarget(PLAIN, write_faults={1: Fault.REJECTED})
    target.holds(a_live_group("ops"), a_person("e1"))
    applied = carry_out(plan, target)
    assert fates(applied) == [("group:ops", Status.FAILED), ("group:ops", Status.SKIPPED)]
    assert applied.outcomes[1].detail == "ownership of group:ops was not taken"


def test_a_failed_update_of_a_group_does_not_keep_people_out_of_it() -> None:
    renaming = replace(an_update("ops"), kind=Kind.GROUP, step=Step.UPDATE_GROUPS)
    target = FakeTarget(PLAIN, write_faults={1: Fault.REJECTED})
    target.holds(a_live_group("ops", title="Lead"), a_person("e1"))
    applied = carry_out(the_plan(renaming, an_addition("ops", ["e1"])), target)
    assert fates(applied) == [("group:ops", Status.FAILED), ("group:ops", Status.APPLIED)]
