"""What becomes of references: people who name people that may be minutes old."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.attributes import MANAGER
from reconciler.model.change import ReferenceChange
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.outcome import Status
from reconciler.model.path import ENTERPRISE_USER, Json
from reconciler.model.resource import Resource
from tests.builders import a_create, a_reference, an_update
from tests.fakes.target import FakeTarget, Fault, a_person
from tests.unit.apply.builders_apply import PLAIN, carry_out, delete_user, fates, only, the_plan


def person(key: str, boss: Json = None) -> Resource:
    return a_person(key, **{ENTERPRISE_USER: {"manager": {"value": boss}}})


def boss_of(target: FakeTarget, id: str) -> object:
    return MANAGER.read(target.data(Kind.USER, id))


def test_a_reference_is_one_patch_with_the_live_id() -> None:
    target = FakeTarget(PLAIN).holds(person("e1"), person("e2"))
    outcome = only(carry_out(the_plan(a_reference("e1", None, "e2")), target))
    assert (outcome.status, outcome.id) == (Status.APPLIED, ResourceId("id-e1"))
    assert target.sent == [("update", Kind.USER, "id-e1", {MANAGER.text: "id-e2"})]


def test_somebody_and_the_manager_are_created_and_linked_in_one_run() -> None:
    target = FakeTarget(PLAIN)
    plan = the_plan(
        a_create("e1", "ada"), a_create("e2", "boss"), a_reference("e1", None, "e2", live=False)
    )
    applied = carry_out(plan, target)
    assert {status for _, status in fates(applied)} == {Status.APPLIED}
    ids = {outcome.key: outcome.id for outcome in applied.outcomes[:2]}
    assert boss_of(target, str(ids["e1"])) == ids["e2"]


def test_manager_who_was_not_created_is_not_named() -> None:
    target = FakeTarget(PLAIN, write_faults={2: Fault.REJECTED}).holds(person("e1"))
    plan = the_plan(a_create("e2", "boss"), a_reference("e1", None, "e2"))
    target = replace(target, write_faults={1: Fault.REJECTED})
    applied = carry_out(plan, target)
    assert [status for _, status in fates(applied)] == [Status.FAILED, Status.SKIPPED]
    assert applied.outcomes[1].detail == "user:e2, whom it names, was not created"


def test_who_was_not_created_names_nobody() -> None:
    target = FakeTarget(PLAIN, write_faults={1: Fault.REJECTED}).holds(person("e2"))
    plan = the_plan(a_create("e1", "ada"), a_reference("e1", None, "e2", live=False))
    applied = carry_out(plan, target)
    assert [status for _, status in fates(applied)] == [Status.FAILED, Status.SKIPPED]
    assert applied.outcomes[1].detail == "user:e1 was not created"


def test_whose_own_id_the_provider_does_not_tell_names_nobody() -> None:
    target = FakeTarget(PLAIN, says_ids=False, shows_after=1e9).holds(person("e2"))
    plan = the_plan(a_create("e1", "ada"), a_reference("e1", None, "e2", live=False))
    applied = carry_out(plan, target)
    assert applied.outcomes[1].status is Status.SKIPPED
    assert applied.outcomes[1].detail == "its own id is not known yet; plan again"


def test_reference_that_is_right_by_now_is_already_applied() -> None:
    target = FakeTarget(PLAIN).holds(person("e1", "id-e2"), person("e2"))
    outcome = only(carry_out(the_plan(a_reference("e1", None, "e2")), target))
    assert (outcome.status, target.sent) == (Status.ALREADY_APPLIED, [])


def test_reference_that_somebody_else_has_changed_is_stale() -> None:
    target = FakeTarget(PLAIN).holds(person("e1", "id-e9"), person("e2"))
    outcome = only(carry_out(the_plan(a_reference("e1", None, "e2")), target))
    assert (outcome.status, outcome.stale, target.sent) == (Status.SKIPPED, True, [])
    assert outcome.detail == f"{MANAGER.text}: no longer as the plan saw it; plan again"


def test_reference_of_somebody_who_is_gone_is_stale() -> None:
    target = FakeTarget(PLAIN).holds(person("e2"))
    outcome = only(carry_out(the_plan(a_reference("e1", None, "e2")), target))
    assert (outcome.status, outcome.stale) == (Status.SKIPPED, True)


def test_reference_is_cleared_from_whom_the_plan_saw() -> None:
    target = FakeTarget(PLAIN).holds(person("e1", "id-e2"), person("e2"))
    outcome = only(carry_out(the_plan(a_reference("e1", "e2", None)), target))
    assert outcome.status is Status.APPLIED
    assert boss_of(target, "id-e1") is None


def test_manager_whom_the_same_run_deletes_is_not_named() -> None:
    """Somebody's hand-made plan: ours would wait."""
    target = FakeTarget(PLAIN).holds(person("e1"), person("e2"))
    gone = replace(delete_user("e2"), step=a_create().step)
    applied = carry_out(the_plan(gone, a_reference("e1", None, "e2")), target)
    assert [status for _, status in fates(applied)] == [Status.APPLIED, Status.SKIPPED]
    assert applied.outcomes[1].detail == "no account here for e2"


def test_only_what_still_differs_is_sent() -> None:
    sponsor = "urn:example:User:sponsor"
    change = a_reference("e1", None, "e2")
    both = replace(change, references=(*change.references, ReferenceChange(sponsor, None, "e2")))
    target = FakeTarget(PLAIN).holds(person("e1", "id-e2"), person("e2"))
    assert only(carry_out(the_plan(both), target)).status is Status.APPLIED
    assert target.sent == [("update", Kind.USER, "id-e1", {sponsor: "id-e2"})]


def test_lost_answer_to_a_reference_is_settled_by_reading() -> None:
    target = FakeTarget(PLAIN, write_faults={1: Fault.LOST_AFTER})
    target = target.holds(person("e1"), person("e2"))
    outcome = only(carry_out(the_plan(a_reference("e1", None, "e2")), target))
    assert outcome.status is Status.APPLIED
    assert len(target.sent) == 1


def test_values_go_first_and_the_reference_insists_on_the_version_that_they_made() -> None:
    target = FakeTarget(replace(PLAIN, etags=True))
    target = target.holds(replace(a_person("e1", title="Lead"), version="1"), person("e2"))
    plan = the_plan(an_update("e1"), a_reference("e1", None, "e2"), profile=target.profile)
    assert {status for _, status in fates(carry_out(plan, target))} == {Status.APPLIED}


def test_a_reference_of_somebody_whom_a_broken_off_run_made_is_not_sent_twice() -> None:
    made = FakeTarget(PLAIN).holds(person("e2"), replace(person("e1", "id-e2"), id=ResourceId("7")))
    plan = the_plan(a_create("e1", "e1"), a_reference("e1", after="e2", live=False))
    created, linked = carry_out(plan, made).outcomes
    assert (created.status, linked.status) == (Status.ALREADY_APPLIED, Status.ALREADY_APPLIED)
    assert made.sent == []
