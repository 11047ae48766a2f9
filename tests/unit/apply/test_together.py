"""Creates in one request: each has its own outcome, by the same rules as if it had been alone."""

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
from reconciler.model.plan import Plan
from tests.builders import a_create
from tests.fakes.target import FakeTarget, Fault, a_person
from tests.unit.apply.builders_apply import (
    PLAIN,
    MemoryLedger,
    carry_out,
    create_group,
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
    named = {a_create(f"e{n}").hash: fault for n, fault in (operations or {}).items()}
    return FakeTarget(BULK, write_faults=writes or {}, bulk_faults=named)


def sent(target: FakeTarget) -> list[object]:
    """How many were in each Bulk request, and what else was sent."""
    return [len(what[2]) if what[0] == "bulk" else what[0] for what in target.sent]


def everybody_once(target: FakeTarget, number: int) -> bool:
    names = sorted(str(r.data["username"]) for (kind, _), r in target.state.items())
    return names == [f"n{n}" for n in range(number)]


def test_many_creates_are_few_requests_and_each_has_its_outcome() -> None:
    target = a_target()
    applied = carry_out(people(7), target)
    assert sent(target) == [3, 3, "create"]
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
    assert [what[:2] for what in target.sent] == [("bulk", Kind.USER), ("bulk", Kind.GROUP)]


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


def test_an_answer_that_leaves_one_out_leaves_it_open() -> None:
    class Forgets(FakeTarget):
        async def create_together(self, kind, creates):  # type: ignore[no-untyped-def]  # as there
            told = await super().create_together(kind, creates)
            return dict(list(told.items())[1:])

    target = Forgets(BULK)
    assert {status for _, status in fates(carry_out(people(3), target))} == {APPLIED}
    assert sent(target) == [3]
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
