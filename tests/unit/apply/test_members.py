"""Members: in chunks, one after another, each counted; and a group read back after removals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.apply.brake import StopRequest
from reconciler.model.change import AddMembers, RemoveMembers, Removing, Step
from reconciler.model.entry_code import EntryCode
from reconciler.model.exit import ExitCode
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.outcome import Outcome, Status
from reconciler.model.plan import Principal
from reconciler.model.profile import Deactivation, MembersIn
from reconciler.model.resource import Unread
from tests.builders import a_create, a_deactivation, a_removal, an_addition
from tests.fakes.target import FakeTarget, Fault, a_live_group, a_person
from tests.unit.apply.builders_apply import (
    HIDES_MEMBERS,
    MANY,
    PLAIN,
    carry_out,
    create_group,
    delete_user,
    fates,
    listing,
    only,
    the_plan,
)

FIVE = ["e1", "e2", "e3", "e4", "e5"]


def added(group: str, *members: str) -> tuple[object, ...]:
    return ("add", f"id-{group}", tuple(f"id-{member}" for member in members))


def removed(group: str, *members: str) -> tuple[object, ...]:
    return ("remove", f"id-{group}", tuple(f"id-{member}" for member in members))


def people(*keys: str) -> FakeTarget:
    return FakeTarget(PLAIN).holds(*(a_person(key) for key in keys))


def test_members_are_added_in_chunks_one_after_another() -> None:
    target = people(*FIVE).holds(a_live_group("ops"))
    outcome = only(carry_out(the_plan(an_addition("ops", FIVE)), target))
    assert outcome == Outcome(
        hash="add-ops",
        action="addMembers",
        kind=Kind.GROUP,
        key="ops",
        status=Status.APPLIED,
        id=ResourceId("id-ops"),
        request_ids=("r1", "r2", "r3"),
    )
    assert target.sent == [
        added("ops", "e1", "e2"),
        added("ops", "e3", "e4"),
        added("ops", "e5"),
    ]


def test_who_is_a_member_already_is_not_added_again() -> None:
    target = people(*FIVE).holds(a_live_group("ops", ["e1", "e9"]))
    outcome = only(carry_out(the_plan(an_addition("ops", ["e1", "e2"])), target))
    assert (outcome.status, outcome.detail) == (Status.APPLIED, "1 were members already")
    assert target.sent == [added("ops", "e2")]


def test_a_new_group_gets_its_members_after_it_was_made() -> None:
    addition = replace(an_addition("ops", ["e1", "e2"]), id=None)
    plan = the_plan(a_create("e1", "e1"), create_group("ops"), addition)
    target = people("e2")
    assert fates(carry_out(plan, target)) == [
        ("user:e1", Status.APPLIED),
        ("group:ops", Status.APPLIED),
        ("group:ops", Status.APPLIED),
    ]
    assert target.sent[2] == ("add", "new-2", ("new-1", "id-e2"))
    assert target.reads == [("list", Kind.GROUP), ("list", Kind.USER)]


def test_members_of_a_group_that_was_not_made_are_not_added() -> None:
    addition = replace(an_addition("ops", ["e1"]), id=None)
    target = people("e1")
    target.write_faults = {1: Fault.REJECTED}
    applied = carry_out(the_plan(create_group("ops"), addition), target)
    assert fates(applied) == [("group:ops", Status.FAILED), ("group:ops", Status.SKIPPED)]
    assert applied.outcomes[1].detail == "group:ops was not created"
    assert len(target.sent) == 1


def test_members_of_a_group_whose_id_nobody_told_are_left_for_the_next_plan() -> None:
    addition = replace(an_addition("ops", ["e1"]), id=None)
    target = people("e1")
    target.says_ids = False
    target.read_faults = dict.fromkeys(range(3, 20), Fault.ERROR)
    applied = carry_out(the_plan(create_group("ops"), addition), target)
    assert fates(applied) == [("group:ops", Status.APPLIED), ("group:ops", Status.SKIPPED)]
    assert applied.outcomes[1].detail == "the id of its group is not known yet; plan again"


def test_a_member_whose_account_was_not_made_is_named_and_the_rest_is_added() -> None:
    target = people("e2").holds(a_live_group("ops"))
    target.write_faults = {1: Fault.REJECTED}
    plan = the_plan(a_create("e1", "e1"), an_addition("ops", ["e1", "e2"]))
    applied = carry_out(plan, target)
    assert fates(applied) == [("user:e1", Status.FAILED), ("group:ops", Status.FAILED)]
    assert applied.outcomes[1].detail == "1 of 2 members added; no account here for e1"
    assert target.members("id-ops") == {"id-e2"}


def test_a_group_all_of_whose_new_members_are_missing_is_skipped() -> None:
    target = FakeTarget(PLAIN).holds(a_live_group("ops"))
    plan = listing(the_plan(an_addition("ops", ["e1", "e2", "e3", "e4", "e5", "e6", "e7"])))
    outcome = only(carry_out(plan, target))
    assert outcome.status is Status.SKIPPED
    assert outcome.detail == "no account here for e1, e2, e3, e4, e5 and 2 more"
    assert target.sent == []


def test_a_member_who_is_there_already_does_not_hide_one_who_has_no_account() -> None:
    target = people("e1").holds(a_live_group("ops", ["e1"]))
    outcome = only(carry_out(listing(the_plan(an_addition("ops", ["e1", "e2"]))), target))
    assert outcome.status is Status.FAILED
    assert outcome.detail == "1 of 2 members added; no account here for e2"


def test_a_nested_group_that_this_plan_makes_can_be_a_member() -> None:
    """A person of the same key is somebody else."""
    plan = the_plan(
        a_create("leads", "leads@zone.example"),
        create_group("leads"),
        an_addition("ops", ["group:leads"]),
    )
    plan = replace(plan, principals={"group:leads": Principal(None, "leads")})
    target = FakeTarget(PLAIN).holds(a_live_group("ops"))
    assert fates(carry_out(plan, target))[2] == ("group:ops", Status.APPLIED)
    assert target.members("id-ops") == {"new-2"}


def test_a_nested_group_is_not_looked_for_among_people() -> None:
    plan = listing(the_plan(an_addition("ops", ["group:leads", "group:lost"])))
    plan = replace(
        plan,
        principals={
            "group:leads": Principal(ResourceId("id-leads"), "leads"),
            "group:lost": Principal(ResourceId("id-lost"), "lost"),
        },
    )
    target = FakeTarget(PLAIN).holds(a_live_group("ops"), a_live_group("leads"))
    outcome = only(carry_out(plan, target))
    assert outcome.detail == "1 of 2 members added; no account here for group:lost"
    assert target.members("id-ops") == {"id-leads"}


def test_one_chunk_that_is_refused_does_not_stop_the_next() -> None:
    target = people(*FIVE).holds(a_live_group("ops"))
    target.write_faults = {1: Fault.REJECTED}
    outcome = only(carry_out(the_plan(an_addition("ops", FIVE)), target))
    assert (outcome.status, outcome.detail) == (
        Status.FAILED,
        "3 of 5 members added; invalid value",
    )
    assert target.members("id-ops") == {"id-e3", "id-e4", "id-e5"}


def test_a_stop_between_two_chunks_leaves_an_honest_count() -> None:
    stop = StopRequest()
    target = people(*FIVE).holds(a_live_group("ops"))
    target.on_write = lambda: stop.request("SIGINT")
    applied = carry_out(the_plan(an_addition("ops", FIVE)), target, stop=stop)
    assert only(applied).status is Status.FAILED
    assert only(applied).detail == "2 of 5 members added; stopped by SIGINT"
    assert applied.exit_code is ExitCode.INTERRUPTED


def test_where_nobody_sees_members_they_are_added_blindly_and_never_removed() -> None:
    profile = replace(PLAIN, members_in=MembersIn.NEVER)
    target = FakeTarget(profile).holds(a_live_group("ops", ["e1"]), a_person("e1"))
    plan = the_plan(an_addition("ops", ["e1"]), a_removal("ops", ["e1"]), population=MANY)
    applied = carry_out(plan, target)
    assert fates(applied) == [("group:ops", Status.APPLIED), ("group:ops", Status.SKIPPED)]
    assert applied.outcomes[1].stale
    assert target.sent == [added("ops", "e1")]


def test_a_removal_is_read_back() -> None:
    target = people(*FIVE).holds(a_live_group("ops", FIVE))
    outcome = only(carry_out(the_plan(a_removal("ops", ["e1", "e2", "e3"])), target))
    assert outcome.status is Status.APPLIED
    assert target.sent == [removed("ops", "e1", "e2"), removed("ops", "e3")]
    assert target.reads == [("get", Kind.GROUP, "id-ops")] * 2
    assert target.members("id-ops") == {"id-e4", "id-e5"}


def test_a_removal_of_those_who_left_already_is_already_applied() -> None:
    target = people(*FIVE).holds(a_live_group("ops", ["e5"]))
    outcome = only(carry_out(the_plan(a_removal("ops", ["e1"])), target))
    assert (outcome.status, target.sent) == (Status.ALREADY_APPLIED, [])


def test_a_provider_that_empties_the_group_does_it_once_and_is_reported() -> None:
    groups = [a_live_group(f"g{n}", FIVE) for n in range(9)]
    target = people(*FIVE).holds(*groups)
    target.empties_groups = True
    plan = the_plan(
        *(a_removal(f"g{n}", ["e1"]) for n in range(9)), delete_user("e5"), population=MANY
    )
    applied = carry_out(plan, target)
    first, *others, last = applied.outcomes
    assert first.status is Status.FAILED
    assert first.detail == (
        "4 members vanished who were not to be removed: 4 were to stay and 0 did; plan and apply "
        "again to add them, and do not remove members here before then"
    )
    assert {outcome.status for outcome in others} == {Status.SKIPPED}
    assert {outcome.detail for outcome in others} == {
        "no member is removed any more in this run: in group:g0, 4 members vanished who were not "
        "to be removed: 4 were to stay and 0 did"
    }
    assert last.status is Status.APPLIED
    assert [sent[0] for sent in target.sent] == ["remove", "delete"]


def test_a_provider_that_replaces_by_adding_does_it_once_and_is_reported() -> None:
    target = people(*FIVE).holds(*(a_live_group(f"g{n}", ["e1", "e2"]) for n in range(9)))
    target.replaces_on_add = True
    plan = the_plan(
        *(an_addition(f"g{n}", ["e3"]) for n in range(9)), a_removal("g8", ["e1"]), population=MANY
    )
    first, *others, last = carry_out(plan, target).outcomes
    assert (first.status, first.code) == (Status.FAILED, EntryCode.LIVE_STATE_CHANGED)
    assert first.detail == (
        "2 members vanished when 1 were added, who replace them here; `reconciler doctor TARGET "
        "--scratch` tries it; add nobody to a group before that"
    )
    assert {(outcome.status, outcome.detail) for outcome in others} == {
        (
            Status.SKIPPED,
            "no member is added any more in this run: adding replaces who was there",
        )
    }
    assert last.status is Status.APPLIED
    assert [sent[0] for sent in target.sent] == ["add", "remove"]


def test_who_is_dropped_from_an_addition_is_counted() -> None:
    target = people(*FIVE).holds(a_live_group("ops", ["e1"]))
    target.drops_on_add = 1
    outcome = only(carry_out(the_plan(an_addition("ops", ["e2", "e3"])), target))
    assert (outcome.status, outcome.code) == (Status.FAILED, EntryCode.NOT_KEPT)
    assert outcome.detail == (
        "1 of 2 are no members, although the provider said that they were added"
    )


def test_one_who_left_while_others_joined_is_somebody_elses_doing() -> None:
    target = people(*FIVE).holds(a_live_group("ops", ["e1", "e2"]))
    target.meanwhile = {1: lambda t: t.holds(a_live_group("ops", ["e1"]))}
    outcome = only(carry_out(the_plan(an_addition("ops", ["e3"])), target))
    assert outcome.status is Status.APPLIED


def test_members_added_by_this_very_run_are_missed_too() -> None:
    target = people("e1", "e2").holds(a_live_group("ops", ["e1"]))
    target.empties_groups = True
    plan = the_plan(an_addition("ops", ["e2"]), a_removal("ops", ["e1"]))
    applied = carry_out(plan, target)
    assert fates(applied) == [("group:ops", Status.APPLIED), ("group:ops", Status.FAILED)]
    assert "1 members vanished" in (applied.outcomes[1].detail or "")


def test_where_writes_show_late_new_members_are_not_missed() -> None:
    profile = replace(PLAIN, visible_within=60.0)
    target = FakeTarget(profile, shows_after=5.0).holds(
        a_person("e1"), a_person("e2"), a_live_group("ops", ["e1"])
    )
    plan = the_plan(an_addition("ops", ["e2"]), a_removal("ops", ["e1"]))
    assert [o.status for o in carry_out(plan, target).outcomes] == [Status.APPLIED] * 2


def test_a_member_whose_account_this_run_removed_has_not_vanished() -> None:
    target = people("e1", "e2").holds(a_live_group("ops", ["e1", "e2", "e3"]))
    profile = replace(PLAIN, deactivation=Deactivation.DESTRUCTIVE)
    target.profile = profile
    gone = replace(a_deactivation("e2"), id=ResourceId("id-e2"))
    target.meanwhile = {1: lambda t: t.holds(a_live_group("ops", ["e1", "e3"]))}
    plan = the_plan(gone, a_removal("ops", ["e1"]), profile=profile, population=MANY)
    assert [o.status for o in carry_out(plan, target).outcomes] == [Status.APPLIED] * 2


def test_a_removed_account_is_not_added_to_a_group() -> None:
    profile = replace(PLAIN, deactivation=Deactivation.DESTRUCTIVE)
    target = FakeTarget(profile).holds(a_person("e1"), a_live_group("ops"))
    plan = the_plan(a_deactivation("e1"), an_addition("ops", ["e1"]), profile=profile)
    applied = carry_out(plan, target)
    assert fates(applied) == [("user:e1", Status.APPLIED), ("group:ops", Status.SKIPPED)]


def test_a_provider_that_says_yes_and_removes_nobody_has_failed() -> None:
    target = people("e1").holds(a_live_group("ops", ["e1"]))
    target.ignores_removals = True
    outcome = only(carry_out(the_plan(a_removal("ops", ["e1"])), target))
    assert outcome.status is Status.FAILED
    assert outcome.detail == (
        "1 of 1 are members still; although the provider said that they were removed"
    )


def test_a_removal_that_was_refused_is_looked_at_all_the_same() -> None:
    """A provider may refuse to remove somebody who left a moment ago (`noTarget`)."""
    target = people("e1").holds(a_live_group("ops", ["e1", "e2"]))
    target.write_faults = {1: Fault.REJECTED}
    target.meanwhile = {1: lambda t: t.holds(a_live_group("ops", ["e2"]))}
    outcome = only(carry_out(the_plan(a_removal("ops", ["e1"])), target))
    assert (outcome.status, outcome.detail) == (
        Status.ALREADY_APPLIED,
        "they were no members any more",
    )


def test_a_removal_that_cannot_be_read_back_is_unknown() -> None:
    target = people("e1").holds(a_live_group("ops", ["e1", "e2"]))
    target.read_faults = dict.fromkeys(range(2, 20), Fault.ERROR)
    outcome = only(carry_out(the_plan(a_removal("ops", ["e1"])), target))
    assert outcome.status is Status.UNKNOWN
    assert outcome.detail == (
        "1 of 1 members removed; the group could not be read back: server error"
    )


def test_a_removal_that_never_left_has_failed_whatever_reading_says() -> None:
    target = people("e1").holds(a_live_group("ops", ["e1", "e2"]))
    target.write_faults = {1: Fault.UNREACHABLE}
    target.read_faults = dict.fromkeys(range(2, 20), Fault.ERROR)
    outcome = only(carry_out(the_plan(a_removal("ops", ["e1"])), target))
    assert (outcome.status, outcome.detail) == (Status.FAILED, "no connection")


def test_a_group_that_goes_while_members_are_removed_is_an_alarm() -> None:
    target = people("e1", "e2").holds(a_live_group("ops", ["e1", "e2"]))
    target.meanwhile = {1: lambda t: t.loses(Kind.GROUP, "id-ops")}
    outcome = only(carry_out(the_plan(a_removal("ops", ["e1"])), target))
    assert outcome.status is Status.FAILED
    assert "1 members vanished" in (outcome.detail or "")


def test_a_group_of_a_broken_off_run_is_filled_up() -> None:
    """Its create took effect, so it is found by name, and lists do not show its members."""
    addition = replace(an_addition("ops", ["e1", "e2"]), id=None)
    plan = the_plan(create_group("ops"), addition, profile=HIDES_MEMBERS)
    target = FakeTarget(HIDES_MEMBERS).holds(
        a_person("e1"), a_person("e2"), a_live_group("ops", ["e1"])
    )
    applied = carry_out(plan, target)
    assert fates(applied) == [("group:ops", Status.ALREADY_APPLIED), ("group:ops", Status.APPLIED)]
    assert target.sent == [added("ops", "e2")]


def test_a_group_of_a_broken_off_run_that_cannot_be_read_is_left() -> None:
    addition = replace(an_addition("ops", ["e1"]), id=None)
    plan = the_plan(create_group("ops"), addition, profile=HIDES_MEMBERS)
    for fault in (Fault.ERROR, None):
        target = FakeTarget(HIDES_MEMBERS).holds(a_person("e1"), a_live_group("ops"))
        if fault is not None:
            target.read_faults = {3: fault}
        else:
            target.unseen = frozenset({"id-ops"})
        applied = carry_out(plan, target)
        assert fates(applied)[1] == ("group:ops", Status.SKIPPED)
        assert applied.outcomes[1].stale
        assert target.sent == []


def test_members_of_one_group_are_never_changed_by_two_requests_at_once() -> None:
    target = people(*FIVE).holds(a_live_group("ops", ["e4", "e5"]))
    here = an_addition("ops", ["e1", "e2", "e3"])
    late: AddMembers = replace(here, hash="add-more", key="ops", members=("e3",))
    gone: RemoveMembers = a_removal("ops", ["e4"])
    target.yields = True
    carry_out(the_plan(here, late, gone), target)
    assert target.most_in_flight == 1


def test_a_member_without_a_principal_is_missing() -> None:
    plan = replace(
        the_plan(an_addition("ops", ["e1", "e2"])),
        principals={"e1": Principal(ResourceId("id-e1"), "e1")},
    )
    target = people("e1").holds(a_live_group("ops"))
    assert only(carry_out(plan, target)).detail == ("1 of 2 members added; no account here for e2")


def test_a_refusal_about_versions_of_a_group_that_is_gone_by_then_has_failed() -> None:
    target = people("e1").holds(a_live_group("ops"))
    target.write_faults = {1: Fault.STALE}
    target.meanwhile = {1: lambda t: t.loses(Kind.GROUP, "id-ops")}
    outcome = only(carry_out(the_plan(an_addition("ops", ["e1"])), target))
    assert outcome.status is Status.FAILED
    assert outcome.detail == "0 of 1 members added; its group is no longer there"


def test_a_refusal_about_versions_of_a_group_that_has_them_by_then_is_no_failure() -> None:
    target = people("e1").holds(a_live_group("ops"))
    target.write_faults = {1: Fault.STALE}
    target.meanwhile = {1: lambda t: t.holds(a_live_group("ops", ["e1"]))}
    outcome = only(carry_out(the_plan(an_addition("ops", ["e1"])), target))
    assert (outcome.status, target.done) == (Status.APPLIED, [])


@pytest.mark.parametrize("members", [None, Unread("cut short")], ids=["absent", "unread"])
def test_members_that_were_not_in_the_answer_are_not_nobody(members: Unread | None) -> None:
    target = people("e1").holds(replace(a_live_group("ops"), members=members))
    plan = the_plan(an_addition("ops", ["e1"]), a_removal("ops", ["e2"]), population=MANY)
    outcomes = carry_out(plan, target).outcomes
    assert [(o.status, o.stale) for o in outcomes] == [(Status.SKIPPED, True)] * 2
    assert target.sent == []


def by(way: Removing, *members: str, held: int) -> RemoveMembers:
    return replace(a_removal("ops", list(members), held=held), by=way)


def test_a_list_that_is_replaced_keeps_whoever_is_in_it_right_before() -> None:
    """Somebody joined between the plan and the request: they are not taken out."""
    target = people(*FIVE, "late").holds(a_live_group("ops", [*FIVE, "late"]))
    outcome = only(carry_out(the_plan(by(Removing.REPLACE, "e1", "e2", "e3", held=5)), target))
    assert (outcome.status, outcome.detail) == (Status.APPLIED, None)
    assert target.sent == [("replace", "id-ops", ("id-e4", "id-e5", "id-late"))]
    assert [read for read in target.reads if read[0] == "get"][1:] == [
        ("get", Kind.GROUP, "id-ops")
    ] * 2


def test_a_lost_answer_to_a_replaced_list_is_settled_and_the_list_made_anew() -> None:
    target = people(*FIVE).holds(a_live_group("ops", FIVE))
    target.write_faults = {1: Fault.LOST}
    target.meanwhile = {2: lambda t: t.holds(a_live_group("other"))}
    outcome = only(carry_out(the_plan(by(Removing.REPLACE, "e1", "e2", held=5)), target))
    assert outcome.status is Status.APPLIED
    assert target.sent == [("replace", "id-ops", ("id-e3", "id-e4", "id-e5"))] * 2


def test_a_group_is_emptied_in_one_request_when_nobody_else_is_in_it() -> None:
    target = people(*FIVE).holds(a_live_group("ops", FIVE))
    outcome = only(carry_out(the_plan(by(Removing.EMPTY, *FIVE, held=5)), target))
    assert outcome.status is Status.APPLIED
    assert target.sent == [("empty", "id-ops")]
    assert target.members("id-ops") == frozenset()


def test_a_group_is_not_emptied_once_somebody_has_joined() -> None:
    target = people(*FIVE, "late").holds(a_live_group("ops", [*FIVE, "late"]))
    outcome = only(carry_out(the_plan(by(Removing.EMPTY, *FIVE, held=5)), target))
    assert outcome.status is Status.FAILED
    assert outcome.detail is not None
    assert "1 members have joined since the plan was made" in outcome.detail
    assert target.sent == []


def test_a_list_is_not_replaced_when_it_cannot_be_read_right_before() -> None:
    target = people(*FIVE).holds(a_live_group("ops", FIVE))
    target.unseen = frozenset({"id-ops"})
    plan = listing(the_plan(by(Removing.REPLACE, "e1", held=5)))
    outcome = only(carry_out(plan, target))
    assert outcome.status is Status.FAILED
    assert target.sent == []


def leaving_first(*members: str) -> RemoveMembers:
    """Who leaves `old` before joining another group."""
    return replace(a_removal("old", list(members)), step=Step.FREE)


def test_who_is_out_of_one_group_joins_the_other_and_is_not_missed_in_the_first() -> None:
    target = people(*FIVE).holds(a_live_group("ops"), a_live_group("old", ["e1", "e2"]))
    late = replace(a_removal("old", ["e2"]), hash="late")
    plan = the_plan(leaving_first("e1"), an_addition("ops", ["e1"]), late)
    assert {o.status for o in carry_out(plan, target).outcomes} == {Status.APPLIED}
    assert target.sent == [removed("old", "e1"), added("ops", "e1"), removed("old", "e2")]


def test_who_keeps_the_seat_does_not_join_and_everybody_else_does() -> None:
    target = FakeTarget(PLAIN, write_faults={1: Fault.REJECTED})
    target.holds(*map(a_person, FIVE), a_live_group("ops"), a_live_group("old", ["e1"]))
    left, joined = carry_out(
        the_plan(leaving_first("e1"), an_addition("ops", ["e1", "e2"])), target
    ).outcomes
    assert (left.status, joined.status) == (Status.FAILED, Status.FAILED)
    assert joined.detail == (
        "1 of 2 members added; still in a group that had to be left first, so in too many: e1"
    )
    assert target.sent[-1] == added("ops", "e2")


def test_nobody_is_added_where_nobody_has_a_seat_whatever_hindered_it() -> None:
    """The group to leave is gone by now: who is in how many cannot be told."""
    target = people(*FIVE).holds(a_live_group("ops", ["e9"]))
    left, joined = carry_out(
        the_plan(leaving_first("e1"), an_addition("ops", ["e1"])), target
    ).outcomes
    assert (left.status, joined.status) == (Status.SKIPPED, Status.SKIPPED)
    assert joined.code is EntryCode.DEPENDENCY_FAILED
    assert target.sent == []
