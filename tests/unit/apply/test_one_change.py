"""What becomes of a single change when everything goes well, or live is not as planned."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.change import Change
from reconciler.model.exit import ExitCode
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.outcome import Outcome, Status
from reconciler.model.plan import Recheck
from reconciler.model.profile import Deactivation, Profile
from reconciler.model.resource import Resource
from tests.builders import (
    a_create,
    a_deactivation,
    a_deletion,
    a_plan,
    a_reactivation,
    an_addition,
    an_update,
)
from tests.fakes.target import FakeTarget, a_live_group, a_person
from tests.unit.apply.builders_apply import (
    MANY,
    PLAIN,
    Heard,
    carry_out,
    create_group,
    delete_user,
    only,
    the_plan,
)

DESTRUCTIVE = replace(PLAIN, deactivation=Deactivation.DESTRUCTIVE)


def test_an_empty_plan_sends_nothing_and_is_fine() -> None:
    target = FakeTarget(PLAIN)
    applied = carry_out(the_plan(), target)
    assert (applied.outcomes, applied.exit_code) == ((), ExitCode.OK)
    assert (target.sent, target.reads) == ([], [])


def test_a_create_is_one_post_and_its_outcome_carries_the_new_id() -> None:
    target = FakeTarget(PLAIN)
    applied = carry_out(the_plan(a_create("e1", "ada")), target)
    assert applied.outcomes == (
        Outcome(
            hash="create-e1",
            action="create",
            kind=Kind.USER,
            key="e1",
            status=Status.APPLIED,
            id=ResourceId("new-1"),
            request_ids=("r1",),
        ),
    )
    assert target.sent == [("create", Kind.USER, {"userName": "ada"})]
    assert target.reads == [("list", Kind.USER)]


def test_an_update_sends_only_what_differs_still() -> None:
    first = an_update("e1", "title", "Lead", "Head")
    change = replace(first, changes=first.changes + an_update("e1", "nickName", "A", "Ada").changes)
    target = FakeTarget(PLAIN).holds(a_person("e1", title="Lead", nickName="Ada"))
    assert only(carry_out(the_plan(change), target)).status is Status.APPLIED
    assert target.sent == [("update", Kind.USER, "id-e1", {"title": "Head"})]
    assert target.reads == [("get", Kind.USER, "id-e1")]


def test_a_value_that_is_taken_away_is_sent_as_nothing() -> None:
    target = FakeTarget(PLAIN).holds(a_person("e1", title="Lead"))
    carry_out(the_plan(an_update("e1", "title", "Lead", None)), target)
    assert target.sent == [("update", Kind.USER, "id-e1", {"title": None})]
    assert "title" not in target.data(Kind.USER, "id-e1")


def test_reactivating_sends_active_and_whatever_else_differs() -> None:
    change = replace(a_reactivation("e1"), changes=an_update("e1", "title", "Lead", "Head").changes)
    target = FakeTarget(PLAIN).holds(a_person("e1", active=False, title="Lead"))
    assert only(carry_out(the_plan(change), target)).status is Status.APPLIED
    assert target.sent == [("update", Kind.USER, "id-e1", {"active": True, "title": "Head"})]


def test_reactivation_with_active_among_its_changes_sends_it_once() -> None:
    target = FakeTarget(PLAIN).holds(a_person("e1", active=False))
    carry_out(the_plan(a_reactivation("e1")), target)
    assert target.sent == [("update", Kind.USER, "id-e1", {"active": True})]


def test_a_person_and_a_group_are_deleted() -> None:
    target = FakeTarget(PLAIN).holds(a_person("e1"), a_live_group("ops", ["e1"], displayName="Ops"))
    plan = the_plan(delete_user("e1"), a_deletion("ops", ["e1"]))
    assert [o.status for o in carry_out(plan, target).outcomes] == [Status.APPLIED] * 2
    assert target.state == {}


ALREADY: dict[str, tuple[Change, list[Resource]]] = {
    "updated": (an_update("e1"), [a_person("e1", title="HEAD")]),
    "reactivated": (a_reactivation("e1"), [a_person("e1")]),
    "deactivated": (a_deactivation("e1"), [a_person("e1", active="False")]),
    "deleted": (delete_user("e1"), []),
    "created": (a_create("e1", "Ada"), [a_person("ada")]),
    "group made": (create_group("ops"), [a_live_group("ops")]),
    "added": (an_addition("ops", ["e1"]), [a_live_group("ops", ["e1", "e2"])]),
}


@pytest.mark.parametrize("what", ALREADY)
def test_live_equal_to_the_result_is_already_applied_and_nothing_is_sent(what: str) -> None:
    change, live = ALREADY[what]
    target = FakeTarget(PLAIN).holds(*live)
    applied = carry_out(the_plan(change), target)
    assert only(applied).status is Status.ALREADY_APPLIED
    assert only(applied).id == (live[0].id if live else change.id)
    assert (target.sent, applied.exit_code) == ([], ExitCode.OK)


@pytest.mark.parametrize("profile", [DESTRUCTIVE, replace(PLAIN, inactive_shown=False)])
def test_where_deactivating_removes_or_hides_the_account_one_that_is_gone_is_deactivated(
    profile: Profile,
) -> None:
    target = FakeTarget(profile)
    outcome = only(carry_out(the_plan(a_deactivation("e1")), target))
    assert (outcome.status, outcome.id) == (Status.ALREADY_APPLIED, "id-e1")


STALE: dict[str, tuple[Change, list[Resource], str]] = {
    "another value": (
        an_update("e1", "title", "Lead", "Head"),
        [a_person("e1", title="Chief")],
        "title: no longer as the plan saw it; plan again",
    ),
    "gone": (an_update("e1"), [], "it is no longer there; plan again"),
    "gone before deactivation": (
        a_deactivation("e1"),
        [],
        "it is no longer there; plan again",
    ),
    "renamed before deletion": (
        delete_user("e1", userName="e1"),
        [a_person("e1", userName="somebody")],
        "userName: no longer as the plan saw it; plan again",
    ),
    "joined before deletion": (
        a_deletion("ops", ["e1"]),
        [a_live_group("ops", ["e1", "e2"], displayName="Ops")],
        "1 members have joined since the plan was made; plan again",
    ),
    "another with that name": (
        a_create("e1", userName="ada", title="Head"),
        [a_person("ada", title="Chief")],
        "the plan saw no such user; one is there now, and differs in title; plan again",
    ),
    "two with that name": (
        create_group("ops", displayName="ops"),
        [a_live_group("ops"), a_live_group("ops2", displayName="OPS")],
        "the plan saw no such group; 2 that have one of its names are there now; plan again",
    ),
    "another with that external id": (
        a_create("e1", userName="ada", externalId="7"),
        [a_person("lovelace", externalId="7")],
        "the plan saw no such user; one is there now, and differs in userName; plan again",
    ),
    "group gone": (an_addition("ops"), [], "its group is no longer there; plan again"),
}


@pytest.mark.parametrize("what", STALE)
def test_live_that_has_moved_is_refused_with_the_reason_and_nothing_is_sent(what: str) -> None:
    change, live, reason = STALE[what]
    target = FakeTarget(PLAIN).holds(*live)
    applied = carry_out(the_plan(change), target)
    outcome = only(applied)
    assert (outcome.status, outcome.stale, outcome.detail) == (Status.SKIPPED, True, reason)
    assert (target.sent, applied.exit_code) == ([], ExitCode.STALE)


def test_what_a_change_does_not_touch_may_have_moved() -> None:
    target = FakeTarget(PLAIN).holds(a_person("e1", title="Lead", nickName="changed since"))
    assert only(carry_out(the_plan(an_update("e1")), target)).status is Status.APPLIED


def test_two_people_may_share_a_display_name() -> None:
    target = FakeTarget(PLAIN).holds(a_person("e9", displayName="Ana Silva"))
    plan = the_plan(a_create("e1", userName="ana", displayName="Ana Silva"))
    assert only(carry_out(plan, target)).status is Status.APPLIED


def test_a_group_that_lost_members_since_may_still_be_deleted() -> None:
    target = FakeTarget(PLAIN).holds(a_live_group("ops", ["e1"], displayName="Ops"))
    plan = the_plan(a_deletion("ops", ["e1", "e2"]))
    assert only(carry_out(plan, target)).status is Status.APPLIED


def test_progress_hears_each_outcome_once() -> None:
    heard = Heard()
    target = FakeTarget(PLAIN).holds(a_person("e2", title="Head"))
    applied = carry_out(the_plan(a_create("e1"), an_update("e2")), target, progress=heard)
    assert sorted(heard.outcomes, key=lambda o: o.hash) == sorted(
        applied.outcomes, key=lambda o: o.hash
    )


def test_a_change_that_names_no_live_resource_is_our_own_bug_and_sends_nothing() -> None:
    target = FakeTarget(PLAIN)
    with pytest.raises(ValueError, match="update of user:e1 names no live resource"):
        carry_out(the_plan(a_create("e2"), replace(an_update("e1"), id=None)), target)
    assert target.sent == []


def test_a_plan_without_a_second_look_is_not_carried_out() -> None:
    plan = a_plan(an_update("e1"))
    plan = replace(plan, estimate=replace(plan.estimate, recheck=Recheck.NONE))
    outcome = only(carry_out(plan, FakeTarget(PLAIN).holds(a_person("e1", title="Lead"))))
    assert (outcome.status, outcome.stale) == (Status.SKIPPED, True)


def versioned(**quirks: bool) -> FakeTarget:
    profile: Profile = replace(PLAIN, etags=True)
    return FakeTarget(profile, **quirks).holds(  # type: ignore[arg-type]  # quirks are booleans
        a_person("e1", title="Lead"), a_live_group("ops", ["e1"], displayName="Ops")
    )


def test_somebody_elses_harmless_write_in_between_costs_a_second_try_only() -> None:
    target = versioned()
    target.meanwhile = {
        1: lambda t: t.holds(replace(a_person("e1", title="Lead", nickName="A"), version="2"))
    }
    assert only(carry_out(the_plan(an_update("e1")), target)).status is Status.APPLIED
    assert len(target.sent) == 2
    assert target.done == [1]


def test_somebody_elses_write_to_the_same_attribute_wins() -> None:
    target = versioned()
    target.meanwhile = {1: lambda t: t.holds(replace(a_person("e1", title="Chief"), version="2"))}
    outcome = only(carry_out(the_plan(an_update("e1")), target))
    assert (outcome.status, outcome.stale) == (Status.SKIPPED, True)
    assert target.data(Kind.USER, "id-e1")["title"] == "Chief"


def test_somebody_else_did_the_same_in_between() -> None:
    target = versioned()
    target.meanwhile = {1: lambda t: t.holds(replace(a_person("e1", title="Head"), version="2"))}
    outcome = only(carry_out(the_plan(an_update("e1")), target))
    assert (outcome.status, outcome.id) == (Status.ALREADY_APPLIED, "id-e1")


@pytest.mark.parametrize("silent", [False, True], ids=["answers with the resource", "answers 204"])
def test_own_writes_are_no_strangers_to_the_versions(silent: bool) -> None:
    target = versioned(answers_without_body=silent)
    plan = the_plan(an_update("e1"), a_deactivation("e1"), population=MANY)
    assert [o.status for o in carry_out(plan, target).outcomes] == [Status.APPLIED] * 2
    assert target.done == [0, 1]
