"""Changes in one request: each has its own outcome, by the same rules as if it had been alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from reconciler.apply.brake import StopRequest
from reconciler.apply.limits import UNLIMITED
from reconciler.apply.verdict import Halt
from reconciler.model.identity import Kind
from reconciler.model.ledger import Intent
from reconciler.model.outcome import Status
from reconciler.model.path import Value
from reconciler.model.plan import Plan, Principal
from reconciler.model.resource import Resource
from tests.builders import (
    a_create,
    a_deactivation,
    a_reactivation,
    a_removal,
    an_addition,
    an_update,
)
from tests.fakes.target import FakeTarget, Fault, a_live_group, a_person
from tests.unit.apply.builders_apply import (
    MANY,
    PLAIN,
    MemoryLedger,
    carry_out,
    create_group,
    delete_user,
    fates,
    the_plan,
)

BULK = replace(PLAIN, bulk_operations=3)
APPLIED, ALREADY, FAILED = Status.APPLIED, Status.ALREADY_APPLIED, Status.FAILED
UNKNOWN, SKIPPED = Status.UNKNOWN, Status.SKIPPED


def people(number: int) -> Plan:
    return the_plan(*(a_create(f"e{n}", f"n{n}") for n in range(number)), profile=BULK)


def a_target(
    writes: Mapping[int, Fault] | None = None, operations: Mapping[int, Fault] | None = None
) -> FakeTarget:
    return FakeTarget(BULK, write_faults=writes or {}, bulk_faults=operations or {})


def sent(target: FakeTarget) -> list[object]:
    """How many were in each Bulk request, and what else was sent."""
    return [len(what) - 1 if what[0] == "bulk" else what[0] for what in target.sent]


def everybody_once(target: FakeTarget, number: int) -> bool:
    names = sorted(str(r.data["username"]) for (kind, _), r in target.state.items())
    return names == [f"n{n}" for n in range(number)]


def test_many_creates_are_few_requests_and_each_has_its_outcome() -> None:
    target = a_target()
    applied = carry_out(people(7), target)
    assert sorted(map(str, sent(target))) == ["3", "3", "create"]
    assert {status for _, status in fates(applied)} == {APPLIED}
    assert len({outcome.id for outcome in applied.outcomes}) == 7
    assert everybody_once(target, 7)
    assert target.slept == [] and applied.bulk_refused is None


def test_groups_go_together_too_but_not_with_people() -> None:
    target = a_target()
    plan = the_plan(
        a_create("e0", "n0"), a_create("e1", "n1"), create_group("a"), create_group("b"),
        profile=BULK,
    )  # fmt: skip
    assert {status for _, status in fates(carry_out(plan, target))} == {APPLIED}
    assert [[o[1] for o in what[1:]] for what in target.sent] == [[Kind.USER] * 2, [Kind.GROUP] * 2]


def test_each_is_in_the_ledger_before_it_is_sent_whatever_the_batch() -> None:
    ledger = MemoryLedger(batch=2)
    target = a_target()
    carry_out(people(8), target, ledger=ledger)
    intents = [len(record.hashes) for record in ledger.kept if isinstance(record, Intent)]
    assert intents == [3, 3, 2]
    assert sent(target) == [3, 3, 2]


def test_one_that_is_refused_stops_no_other() -> None:
    target = a_target(operations={1: Fault.REJECTED})
    applied = carry_out(people(3), target)
    assert [status for _, status in fates(applied)] == [APPLIED, FAILED, APPLIED]
    assert sent(target) == [3]


def test_who_is_there_already_is_no_failure() -> None:
    """The name was taken by this very create, in a run that did not live to see the answer."""
    target = a_target()
    target.meanwhile = {1: lambda t: t.holds(a_person("n1"))}
    applied = carry_out(people(3), target)
    assert [status for _, status in fates(applied)] == [APPLIED, ALREADY, APPLIED]
    assert sent(target) == [3]


@pytest.mark.parametrize(
    "fault", [Fault.LOST, Fault.LOST_AFTER, Fault.ERROR_AFTER, Fault.HTML_AFTER]
)
def test_a_lost_answer_is_settled_by_reading_and_nobody_is_made_twice(fault: Fault) -> None:
    target = a_target({1: fault})
    applied = carry_out(people(3), target)
    assert {status for _, status in fates(applied)} == {APPLIED}
    assert sent(target) == ([3] if fault is not Fault.LOST else [3, "create", "create", "create"])
    assert len(target.reads) > 3
    assert everybody_once(target, 3)


def test_a_part_of_the_answer_that_is_missing_is_settled_alone() -> None:
    target = a_target(operations={0: Fault.LOST_AFTER, 2: Fault.LOST})
    applied = carry_out(people(3), target)
    assert {status for _, status in fates(applied)} == {APPLIED}
    assert sent(target) == [3, "create"]
    assert everybody_once(target, 3)


def test_a_create_that_is_answered_without_an_id_is_looked_up() -> None:
    target = a_target()
    target.says_ids = False
    applied = carry_out(people(2), target)
    assert [outcome.id for outcome in applied.outcomes] == ["new-1", "new-2"]


@pytest.mark.parametrize("fault", [Fault.REJECTED, Fault.NOT_FOUND])
def test_a_provider_without_bulk_gets_single_requests_for_the_rest_of_the_run(
    fault: Fault,
) -> None:
    target = a_target({1: fault})
    applied = carry_out(people(6), target)
    assert sent(target) == [3, *["create"] * 6]
    assert {status for _, status in fates(applied)} <= {APPLIED, ALREADY}
    assert applied.bulk_refused is not None
    assert everybody_once(target, 6)


def test_a_token_that_is_refused_ends_the_run() -> None:
    """As of single requests: what is not under way yet is not sent."""
    target = FakeTarget(replace(BULK, connections=1), write_faults={1: Fault.UNAUTHORIZED})
    applied = carry_out(people(6), target)
    assert sent(target) == [3]
    assert applied.halt is Halt.CREDENTIAL
    assert [status for _, status in fates(applied)] == [*[FAILED] * 3, *[SKIPPED] * 3]


def test_the_answers_to_one_request_are_heard_before_the_next_is_sent() -> None:
    refused = dict.fromkeys(range(3), Fault.REJECTED)
    target = replace(a_target(operations=refused), profile=replace(BULK, connections=1))
    applied = carry_out(people(9), target, limits=replace(UNLIMITED, failures=3))
    assert (sent(target), applied.halt) == ([3], Halt.ERRORS)


def test_too_many_requests_is_a_refusal_of_each() -> None:
    target = a_target({1: Fault.THROTTLED})
    assert {status for _, status in fates(carry_out(people(3), target))} == {FAILED}
    assert sent(target) == [3]


def test_a_stop_during_the_request_skips_what_has_not_gone_and_finishes_what_has() -> None:
    stop = StopRequest()
    target = a_target(operations={1: Fault.LOST_AFTER})
    target.on_write = lambda: stop.request("SIGINT")
    applied = carry_out(people(6), target, stop=stop)
    assert [status for _, status in fates(applied)] == [*[APPLIED] * 3, *[SKIPPED] * 3]
    assert sent(target) == [3]


def test_the_canary_goes_first_and_alone() -> None:
    target = a_target()
    applied = carry_out(people(6), target, limits=replace(UNLIMITED, canary=2))
    assert sent(target)[:2] == ["create", "create"]
    assert sorted(map(str, sent(target))) == ["3", "create", "create", "create"]
    assert {status for _, status in fates(applied)} == {APPLIED}


def test_what_was_sent_together_is_read_back_where_everything_is() -> None:
    target = a_target()
    carry_out(people(3), target, limits=replace(UNLIMITED, read_back=True))
    assert [read[0] for read in target.reads].count("get") == 3


def test_what_is_waiting_behind_many_requests_is_sent_one_connection_at_a_time() -> None:
    target = FakeTarget(replace(BULK, connections=1), yields=True)
    assert {status for _, status in fates(carry_out(people(9), target))} == {APPLIED}
    assert (sent(target), target.most_in_flight) == ([3, 3, 3], 1)


def held(*keys: str, **data: Value) -> list[Resource]:
    return [a_person(key, **data) for key in keys]


def kinds(target: FakeTarget) -> list[list[str]]:
    """What each request did, operation by operation; one that was shared is longer."""
    return [[o[0] for o in (what[1:] if what[0] == "bulk" else [what])] for what in target.sent]


def test_whatever_changes_people_and_groups_goes_together_step_by_step() -> None:
    """Urgent leavers before all, then who is new, then who changes; members come last."""
    plan = the_plan(
        *(an_addition("a", ["x"]), an_addition("b", ["x"])),
        *(an_update("u1"), an_update("u2")),
        *(a_create("c1", "n1"), a_reactivation("c2")),
        *(a_deactivation("l1"), a_deactivation("l2")),
        *(delete_user("d1"), delete_user("d2")),
        population=MANY,
        profile=BULK,
    )
    target = FakeTarget(BULK).holds(
        *held("u1", "u2", "c2", "l1", "l2", "d1", "d2", "x", title="Lead"),
        *(a_live_group("a"), a_live_group("b")),
    )
    target.holds(a_person("c2", active=False))
    applied = carry_out(plan, target)
    assert {status for _, status in fates(applied)} == {APPLIED}
    assert kinds(target) == [
        ["update", "update"],
        ["create", "update"],
        ["update", "update"],
        ["add", "add"],
        ["delete", "delete"],
    ]
    assert target.sent[0][1][2:] == ("id-l1", {"active": False})
    # Four who lose something were read back.
    assert [read[:1] for read in target.reads].count(("get",)) == 4


@pytest.mark.parametrize("etags", [False, True])
def test_one_that_moved_meanwhile_is_looked_at_and_sent_by_itself(etags: bool) -> None:
    """Its version is that of the second look; somebody else has changed its nickname since."""
    bulk = replace(BULK, etags=etags)
    target = FakeTarget(bulk).holds(*held("u1", "u2", title="Lead"))
    target.meanwhile = {1: lambda t: t.holds(replace(a_person("u1", title="Lead"), version="7"))}
    applied = carry_out(the_plan(an_update("u1"), an_update("u2"), profile=bulk), target)
    assert [status for _, status in fates(applied)] == [APPLIED, APPLIED]
    assert kinds(target) == [["update", "update"], *([["update"]] if etags else [])]


def test_of_changes_that_are_answered_in_part_only_those_without_an_answer_are_open() -> None:
    target = FakeTarget(BULK, bulk_faults={0: Fault.LOST, 1: Fault.LOST_AFTER})
    target.holds(*held("u1", "u2", "u3", title="Lead"))
    plan = the_plan(an_update("u1"), an_update("u2"), an_update("u3"), profile=BULK)
    assert {status for _, status in fates(carry_out(plan, target))} == {APPLIED}
    assert kinds(target) == [["update"] * 3, ["update"]]
    assert {read[2] for read in target.reads if read[0] == "get"} == {"id-u1", "id-u2"}


def test_a_deletion_without_an_answer_is_not_sent_again_when_it_was_done() -> None:
    target = FakeTarget(BULK, bulk_faults={1: Fault.LOST_AFTER}).holds(*held("d1", "d2"))
    plan = the_plan(delete_user("d1"), delete_user("d2"), profile=BULK)
    assert {status for _, status in fates(carry_out(plan, target))} == {APPLIED}
    assert kinds(target) == [["delete", "delete"]]


def groups_that_lose(*keys: str) -> tuple[Plan, list[Resource]]:
    removals = [a_removal(key, ["x"]) for key in keys]
    live = [a_live_group(key, ["x", "y"]) for key in keys]
    return the_plan(*removals, profile=BULK), [*live, *held("x", "y")]


def test_the_first_group_that_loses_members_goes_ahead_in_a_request_of_its_own() -> None:
    plan, live = groups_that_lose("a", "b", "c")
    target = FakeTarget(BULK).holds(*live)
    assert {status for _, status in fates(carry_out(plan, target))} == {APPLIED}
    assert [what[0] for what in target.sent] == ["bulk", "bulk"]
    assert kinds(target) == [["remove"], ["remove", "remove"]]
    assert [target.members(key) for key in ("id-a", "id-b", "id-c")] == [{"id-y"}] * 3


def test_a_provider_that_empties_groups_in_bulk_empties_one() -> None:
    plan, live = groups_that_lose("a", "b", "c")
    target = FakeTarget(BULK, empties_groups=True).holds(*live)
    assert [status for _, status in fates(carry_out(plan, target))] == [FAILED, SKIPPED, SKIPPED]
    assert kinds(target) == [["remove"]]
    assert target.members("id-b") == {"id-x", "id-y"}


def test_whoever_has_nothing_to_send_does_not_hold_the_others_up() -> None:
    target = FakeTarget(BULK).holds(*held("x"), *map(a_live_group, "abc"))
    plan = the_plan(
        *(an_addition("a", ["nobody"]), an_addition("b", ["x"]), an_addition("c", ["x"])),
        principals={"nobody": Principal(None, "nobody")},
        profile=BULK,
    )
    applied = carry_out(plan, target)
    assert [status for _, status in fates(applied)] == [SKIPPED, APPLIED, APPLIED]
    assert kinds(target) == [["add", "add"]]


def test_who_is_left_alone_in_a_request_goes_by_itself() -> None:
    target = FakeTarget(BULK).holds(*held("x"), *map(a_live_group, "ab"))
    plan = the_plan(
        *(an_addition("a", ["nobody"]), an_addition("b", ["x"])),
        principals={"nobody": Principal(None, "nobody")},
        profile=BULK,
    )
    assert [status for _, status in fates(carry_out(plan, target))] == [SKIPPED, APPLIED]
    assert [what[0] for what in target.sent] == ["add"]


def test_a_request_without_a_connection_is_one_and_not_as_many_as_it_carries() -> None:
    target = FakeTarget(replace(BULK, connections=1), write_faults={1: Fault.UNREACHABLE})
    applied = carry_out(people(6), target)
    assert [status for _, status in fates(applied)] == [*[FAILED] * 3, *[APPLIED] * 3]
    assert applied.halt is None
