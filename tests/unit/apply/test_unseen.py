"""Members whom nothing shows: asked for before and after, and kept in the ledger as ours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.apply.limits import Limits
from reconciler.model.entry_code import EntryCode
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.ledger import Intent, remember
from reconciler.model.outcome import Status
from reconciler.model.plan import Plan
from reconciler.model.profile import MembersIn
from reconciler.plan.estimate import estimate
from reconciler.plan.probing import MOST_READ_BACK
from tests.builders import a_create, a_deletion, a_removal, an_addition
from tests.fakes.target import FakeTarget, Fault, Killed, a_live_group, a_person
from tests.unit.apply.builders_apply import (
    MANY,
    PLAIN,
    MemoryLedger,
    carry_out,
    create_group,
    fates,
    listing,
    only,
    the_plan,
)
from tests.unit.plan.builders_plan import a_target

UNSEEN = replace(PLAIN, members_in=MembersIn.PROBED)
OPS = ResourceId("id-ops")
THREE = ["e1", "e2", "e3"]


def a_box(*members: str, **odd: object) -> FakeTarget:
    box = FakeTarget(UNSEEN, **odd)  # type: ignore[arg-type]  # its own fields
    return box.holds(*map(a_person, THREE), a_live_group("ops", members))


def ids(*keys: str) -> frozenset[ResourceId]:
    return frozenset(ResourceId(f"id-{key}") for key in keys)


def asked(key: str) -> tuple[object, ...]:
    return ("ask", OPS, f"id-{key}")


def test_only_who_is_absent_is_added_and_only_they_are_ours() -> None:
    box, ledger = a_box("e1"), MemoryLedger()
    plan = the_plan(an_addition("ops", THREE), profile=UNSEEN, population=MANY)
    outcome = only(carry_out(plan, box, ledger=ledger))
    assert (outcome.status, outcome.detail) == (Status.APPLIED, "1 were members already")
    assert box.sent == [("add", OPS, ("id-e2", "id-e3"))]
    assert box.reads == [("get", Kind.GROUP, OPS), *map(asked, THREE), *map(asked, THREE)]
    assert remember(ledger.kept).joined == {OPS: ids("e2", "e3")}


@pytest.mark.parametrize("fault", [Fault.KILLED, Fault.KILLED_AFTER])
def test_who_is_added_when_the_process_dies_is_ours(fault: Fault) -> None:
    box, ledger = a_box(write_faults={1: fault}), MemoryLedger()
    plan = the_plan(an_addition("ops", ["e1"]), profile=UNSEEN, population=MANY)
    with pytest.raises((Killed, BaseExceptionGroup)):
        carry_out(plan, box, ledger=ledger)
    assert remember(ledger.kept).joined == {OPS: ids("e1")}
    ledger.leased = False
    carry_out(plan, box.healed(), ledger=ledger)
    assert remember(ledger.kept).joined == {OPS: ids("e1")}


def test_who_leaves_is_asked_for_before_and_after_and_forgotten() -> None:
    box, ledger = a_box("e1", "e2"), MemoryLedger()
    ledger.kept.append(Intent("r", (), joining={OPS: (ResourceId("id-e1"), ResourceId("id-e2"))}))
    plan = the_plan(a_removal("ops", ["e1"]), profile=UNSEEN, population=MANY)
    assert only(carry_out(plan, box, ledger=ledger)).status is Status.APPLIED
    assert box.sent == [("remove", OPS, ("id-e1",))]
    assert box.reads == [("get", Kind.GROUP, OPS), asked("e1"), asked("e1")]
    assert remember(ledger.kept).joined == {OPS: ids("e2")}


def test_who_has_left_meanwhile_is_already_gone_and_forgotten() -> None:
    box, ledger = a_box("e2"), MemoryLedger()
    ledger.kept.append(Intent("r", (), joining={OPS: (ResourceId("id-e1"),)}))
    plan = the_plan(a_removal("ops", ["e1"]), profile=UNSEEN, population=MANY)
    assert only(carry_out(plan, box, ledger=ledger)).status is Status.ALREADY_APPLIED
    assert (box.sent, remember(ledger.kept).joined) == ([], {})


def test_who_cannot_be_asked_for_is_not_removed() -> None:
    box = a_box("e1", "e2", read_faults={3: Fault.ERROR})
    plan = the_plan(a_removal("ops", ["e1", "e2"]), profile=UNSEEN, population=MANY)
    outcome = only(carry_out(plan, box))
    assert (outcome.status, outcome.stale, box.sent) == (Status.SKIPPED, True, [])
    assert "server error" in (outcome.detail or "")


def test_a_removal_that_the_provider_only_says_is_done_has_failed() -> None:
    box = a_box("e1", "e2", ignores_removals=True)
    ledger = MemoryLedger()
    ledger.kept.append(Intent("r", (), joining={OPS: (ResourceId("id-e1"),)}))
    plan = the_plan(a_removal("ops", ["e1"]), profile=UNSEEN, population=MANY)
    assert only(carry_out(plan, box, ledger=ledger)).status is Status.FAILED
    assert remember(ledger.kept).joined == {OPS: ids("e1")}


def test_a_lost_answer_is_settled_by_asking() -> None:
    box = a_box(write_faults={1: Fault.LOST_AFTER})
    plan = the_plan(an_addition("ops", ["e1"]), profile=UNSEEN, population=MANY)
    assert only(carry_out(plan, box)).status is Status.APPLIED
    assert box.sent == [("add", OPS, ("id-e1",))]


def test_a_canary_and_whatever_is_read_back_are_asked_for() -> None:
    box = a_box()
    plan = the_plan(an_addition("ops", ["e1"]), profile=UNSEEN, population=MANY)
    applied = carry_out(plan, box, limits=Limits(canary=1))
    assert (len(applied.canary), only(applied).status) == (1, Status.APPLIED)
    assert box.reads[-1] == asked("e1")


def test_a_group_that_is_made_begins_with_those_who_join_it() -> None:
    box, ledger = FakeTarget(UNSEEN).holds(a_person("e1")), MemoryLedger()
    plan = the_plan(
        create_group("ops"),
        a_create("e2"),
        replace(an_addition("ops", ["e1", "e2"]), id=None),
        profile=UNSEEN,
    )
    applied = carry_out(plan, box, ledger=ledger)
    assert {status for _, status in fates(applied)} == {Status.APPLIED}
    assert [read[0] for read in box.reads] == ["list", "list", "ask", "ask"]
    (members,) = remember(ledger.kept).joined.values()
    assert members > ids("e1") and len(members) == 2


def test_listings_are_completed_by_asking() -> None:
    box = a_box("e1")
    plan = listing(the_plan(an_addition("ops", ["e1", "e2"]), profile=UNSEEN))
    assert only(carry_out(plan, box)).status is Status.APPLIED
    assert box.sent == [("add", OPS, ("id-e2",))]


def test_a_group_that_is_gone_is_not_asked_about() -> None:
    box = FakeTarget(UNSEEN).holds(a_person("e1"))
    plan = the_plan(a_removal("ops", ["e1"]), profile=UNSEEN, population=MANY)
    assert only(carry_out(plan, box)).stale
    assert box.reads == [("get", Kind.GROUP, OPS)]


def test_a_group_whose_members_nobody_sees_is_deleted_where_the_plan_says_so() -> None:
    """The plan has asked for those whom we have added; of others it says that nobody sees them."""
    plan = the_plan(a_deletion("ops", ["e1"]), profile=UNSEEN, population=MANY)
    box = a_box("e1")
    outcome = only(carry_out(plan, box))
    assert (outcome.status, box.sent) == (Status.APPLIED, [("delete", Kind.GROUP, "id-ops")])


def test_some_of_those_who_join_are_asked_for_afterwards() -> None:
    many = [f"m{n:02}" for n in range(12)]
    unseen = replace(UNSEEN, members_per_patch=50)
    box = FakeTarget(unseen).holds(*map(a_person, many), a_live_group("ops"))
    plan = the_plan(an_addition("ops", many), profile=unseen, population=MANY)
    assert only(carry_out(plan, box)).status is Status.APPLIED
    assert box.reads[-MOST_READ_BACK:] == [asked(key) for key in many[:MOST_READ_BACK]]
    assert len(box.reads) == 1 + len(many) + MOST_READ_BACK


def test_members_whom_the_provider_does_not_take_are_noticed() -> None:
    class Forgets(FakeTarget):
        async def add_members(self, group, members):  # type: ignore[no-untyped-def]  # as there
            return await super().add_members(group, members[1:])

    box = Forgets(UNSEEN).holds(*map(a_person, THREE), a_live_group("ops"))
    plan = the_plan(an_addition("ops", ["e1", "e2"]), profile=UNSEEN, population=MANY)
    outcome = only(carry_out(plan, box))
    assert (outcome.status, outcome.code) == (Status.FAILED, EntryCode.NOT_KEPT)


def test_a_provider_that_empties_the_group_is_noticed_by_those_who_joined() -> None:
    box = a_box("e1", empties_groups=True)
    plan = the_plan(
        an_addition("ops", ["e2"]),
        a_removal("ops", ["e1"]),
        a_removal("zed", ["e1"]),
        profile=UNSEEN,
        population=MANY,
    )
    box.holds(a_live_group("zed", ["e1", "e3"]))
    outcomes = carry_out(plan, box).outcomes
    assert [o.status for o in outcomes] == [Status.APPLIED, Status.FAILED, Status.SKIPPED]
    assert "1 members vanished" in (outcomes[1].detail or "")
    assert box.members("id-zed") == ids("e1", "e3")


def test_as_many_are_asked_for_as_was_estimated() -> None:
    box = a_box("e1")
    plan = the_plan(
        an_addition("ops", ["e2", "e3"]),
        a_removal("ops", ["e1"], held=1),
        profile=UNSEEN,
        population=MANY,
    )
    assert {o.status for o in carry_out(plan, box).outcomes} == {Status.APPLIED}
    cost = estimate(plan.changes, MANY, UNSEEN, a_target())
    assert len(box.reads) == cost.gets == (1 + 3) + 2 + (1 + 2)
    assert len(box.sent) == cost.patches == 2


def leaving_with_a_witness() -> Plan:
    plan = the_plan(a_removal("ops", ["e1"], held=2), profile=UNSEEN, population=MANY)
    return replace(plan, witnesses={OPS: (ResourceId("id-e2"),)})


def test_a_provider_that_empties_the_group_is_noticed_by_those_who_were_to_stay() -> None:
    box = a_box("e1", "e2", empties_groups=True)
    outcome = only(carry_out(leaving_with_a_witness(), box))
    assert outcome.status is Status.FAILED
    assert "1 members vanished" in (outcome.detail or "")


def test_a_witness_who_was_gone_before_says_nothing() -> None:
    box = a_box("e1")
    assert only(carry_out(leaving_with_a_witness(), box)).status is Status.APPLIED


def test_witnesses_cost_what_was_estimated() -> None:
    box, plan = a_box("e1", "e2"), leaving_with_a_witness()
    assert only(carry_out(plan, box)).status is Status.APPLIED
    cost = estimate(plan.changes, MANY, UNSEEN, a_target())
    assert len(box.reads) == cost.gets == 1 + 2 + 2
