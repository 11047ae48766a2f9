"""What stops a whole run, and what does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.apply.brake import StopRequest
from reconciler.apply.limits import Limits, failure_budget
from reconciler.apply.verdict import Halt, exit_code
from reconciler.errors import LedgerError
from reconciler.model.exit import ExitCode
from reconciler.model.identity import Kind
from reconciler.model.ledger import Opened, Record
from reconciler.model.outcome import Outcome, Status
from reconciler.model.plan import Plan
from tests.builders import NOON, a_create, an_update
from tests.fakes.target import FakeTarget, Fault, a_person
from tests.unit.apply.builders_apply import (
    MANY,
    PLAIN,
    MemoryLedger,
    Ticks,
    carry_out,
    only,
    the_plan,
)

BATCH = MemoryLedger.batch
ONE_AT_A_TIME = replace(PLAIN, connections=1)


def creates(count: int) -> Plan:
    return the_plan(*(a_create(f"e{n:03}", f"p{n:03}") for n in range(count)))


def statuses(outcomes: tuple[Outcome, ...]) -> Counter[Status]:
    return Counter(outcome.status for outcome in outcomes)


def test_one_failure_never_stops_another_change() -> None:
    target = FakeTarget(ONE_AT_A_TIME, write_faults={2: Fault.REJECTED, 4: Fault.THROTTLED})
    applied = carry_out(creates(6), target)
    assert [o.status for o in applied.outcomes] == [
        Status.APPLIED,
        Status.FAILED,
        Status.APPLIED,
        Status.FAILED,
        Status.APPLIED,
        Status.APPLIED,
    ]
    assert (applied.halt, applied.exit_code) == (None, ExitCode.PARTIAL)


def test_a_credential_refused_before_anything_was_done_is_an_error() -> None:
    target = FakeTarget(ONE_AT_A_TIME, write_faults={1: Fault.UNAUTHORIZED})
    applied = carry_out(creates(3), target)
    assert statuses(applied.outcomes) == {Status.FAILED: 1, Status.SKIPPED: 2}
    assert applied.outcomes[1].detail == "credential refused: renew it, then plan again"
    assert (len(target.sent), applied.halt) == (1, Halt.CREDENTIAL)
    assert applied.exit_code is ExitCode.ERROR


def test_a_credential_refused_half_way_leaves_a_partial_apply() -> None:
    target = FakeTarget(ONE_AT_A_TIME, write_faults={2: Fault.UNAUTHORIZED})
    applied = carry_out(creates(3), target)
    assert [o.status for o in applied.outcomes] == [Status.APPLIED, Status.FAILED, Status.SKIPPED]
    assert applied.exit_code is ExitCode.PARTIAL


@pytest.mark.parametrize(
    ("fault", "halt", "reason"),
    [
        (Fault.UNAUTHORIZED, Halt.CREDENTIAL, "credential refused: renew it, then plan again"),
        (
            Fault.UNREACHABLE,
            Halt.UNREACHABLE,
            "provider unreachable: nothing was sent for this change",
        ),
    ],
)
def test_a_second_look_that_gets_nowhere_sends_nothing(
    fault: Fault, halt: Halt, reason: str
) -> None:
    target = FakeTarget(PLAIN, read_faults=dict.fromkeys(range(1, 9), fault))
    target.holds(a_person("e1", title="Lead"))
    applied = carry_out(the_plan(an_update("e1")), target)
    outcome = only(applied)
    assert (outcome.status, outcome.stale, outcome.detail) == (Status.SKIPPED, False, reason)
    assert (target.sent, applied.halt, applied.exit_code) == ([], halt, ExitCode.ERROR)


def test_after_three_requests_without_a_connection_the_rest_is_not_tried() -> None:
    faults = dict.fromkeys(range(2, 99), Fault.UNREACHABLE)
    target = FakeTarget(ONE_AT_A_TIME, write_faults=faults)
    applied = carry_out(creates(8), target)
    assert [o.status for o in applied.outcomes] == [
        Status.APPLIED,
        *[Status.FAILED] * 3,
        *[Status.SKIPPED] * 4,
    ]
    assert len(target.sent) == 4
    assert applied.outcomes[-1].detail == "provider unreachable: nothing was sent for this change"


@pytest.mark.parametrize("between", [None, Fault.REJECTED], ids=["an answer", "a refusal"])
def test_any_answer_in_between_shows_that_the_provider_is_there(between: Fault | None) -> None:
    faults = dict.fromkeys((1, 2, 4, 5), Fault.UNREACHABLE)
    if between is not None:
        faults[3] = between
    target = FakeTarget(ONE_AT_A_TIME, write_faults=faults)
    applied = carry_out(creates(6), target)
    assert len(target.sent) == 6
    assert applied.outcomes[5].status is Status.APPLIED


def test_a_provider_that_fails_too_often_gets_no_more() -> None:
    target = FakeTarget(ONE_AT_A_TIME, write_faults=dict.fromkeys(range(1, 99), Fault.REJECTED))
    applied = carry_out(creates(30), target)
    assert statuses(applied.outcomes) == {Status.FAILED: 10, Status.SKIPPED: 20}
    reasons = {o.detail for o in applied.outcomes if o.status is Status.SKIPPED}
    assert reasons == {"10 changes of this run have failed: see why first"}
    assert (applied.halt, applied.exit_code) == (Halt.ERRORS, ExitCode.PARTIAL)


@pytest.mark.parametrize(("changes", "budget"), [(0, 10), (50, 10), (51, 11), (1000, 200)])
def test_the_budget_is_ten_failures_or_a_fifth(changes: int, budget: int) -> None:
    assert failure_budget(changes) == budget


def test_a_stop_finishes_what_is_in_flight_and_skips_the_rest() -> None:
    stop = StopRequest()
    target = FakeTarget(replace(PLAIN, connections=2), yields=True)

    def interrupted() -> None:
        if len(target.sent) == 3:
            stop.request("SIGINT")

    target.on_write = interrupted
    ledger = MemoryLedger()
    applied = carry_out(creates(9), target, stop=stop, ledger=ledger)
    done = [o for o in applied.outcomes if o.status is Status.APPLIED]
    left = [o for o in applied.outcomes if o.status is Status.SKIPPED]
    assert (len(done), len(left)) == (len(target.sent), 9 - len(target.sent))
    assert 4 <= len(target.sent) <= 5
    assert {o.detail for o in left} == {"stopped by SIGINT"}
    assert (applied.halt, applied.exit_code) == (Halt.STOPPED, ExitCode.INTERRUPTED)
    assert {result.hash for result in ledger.results} == {o.hash for o in applied.outcomes}


def test_a_stop_before_anything_was_read_does_nothing_at_all() -> None:
    stop = StopRequest()
    stop.requested = True  # as a signal handler sets it
    target = FakeTarget(PLAIN).holds(a_person("e1", title="Lead"))
    applied = carry_out(the_plan(an_update("e1"), a_create("e2")), target, stop=stop)
    assert {o.detail for o in applied.outcomes} == {"stopped by a signal"}
    assert (target.sent, target.reads) == ([], [])


def test_a_stop_after_the_last_change_changes_nothing() -> None:
    stop = StopRequest()
    target = FakeTarget(PLAIN)
    target.on_write = lambda: stop.request("SIGINT")
    assert carry_out(creates(1), target, stop=stop).exit_code is ExitCode.OK


def test_no_more_requests_are_under_way_than_the_profile_has_connections() -> None:
    target = FakeTarget(replace(PLAIN, connections=3), yields=True)
    carry_out(creates(20), target)
    assert target.most_in_flight == 3


def test_a_listing_with_a_gap_never_makes_anything_absent() -> None:
    target = FakeTarget(PLAIN, gaps={Kind.USER: "page 2 failed"})
    target.holds(a_person("ada"), a_person("bob"))
    plan = the_plan(a_create("e1", "bob"), a_create("e2", "ada"), population=MANY)
    applied = carry_out(plan, target)
    blind, seen = applied.outcomes
    assert (blind.status, blind.stale) == (Status.SKIPPED, True)
    assert blind.detail == "it cannot be confirmed: page 2 failed"
    assert seen.status is Status.ALREADY_APPLIED
    assert target.sent == []
    assert applied.exit_code is ExitCode.STALE


def test_what_a_listing_with_a_gap_does_show_can_be_changed() -> None:
    target = FakeTarget(PLAIN, gaps={Kind.USER: "page 2 failed"})
    target.holds(a_person("e1", title="Lead"), a_person("e2", title="Lead"))
    plan = the_plan(a_create("e3", "nobody"), an_update("e1"), an_update("e2"))
    assert [o.status for o in carry_out(plan, target).outcomes] == [
        Status.SKIPPED,
        Status.APPLIED,
        Status.SKIPPED,
    ]


def test_a_resource_that_cannot_be_read_again_is_left_alone_and_the_others_are_not() -> None:
    target = FakeTarget(PLAIN, read_faults={1: Fault.UNREACHABLE})
    target.holds(a_person("e1", title="Lead"), a_person("e2", title="Lead"))
    applied = carry_out(the_plan(an_update("e1"), an_update("e2"), population=MANY), target)
    assert [o.status for o in applied.outcomes] == [Status.SKIPPED, Status.APPLIED]
    assert applied.outcomes[0].detail == "it cannot be confirmed: no connection"


def test_a_listing_that_fails_altogether_is_one_with_a_gap() -> None:
    target = FakeTarget(PLAIN, read_faults={1: Fault.ERROR})
    outcome = only(carry_out(creates(1), target))
    assert (outcome.status, outcome.detail) == (
        Status.SKIPPED,
        "it cannot be confirmed: server error",
    )


class FullAfter(MemoryLedger):
    """Takes so many appends, and no more."""

    def __init__(self, appends: int) -> None:
        super().__init__()
        self.left = appends

    def append(self, records: Sequence[Record]) -> None:
        if self.appends == self.left:
            raise LedgerError("no room left")
        super().append(records)


def test_a_ledger_that_cannot_take_intents_stops_the_run_before_anything_is_sent() -> None:
    target = FakeTarget(PLAIN)
    ledger = FullAfter(1)  # the run is opened
    applied = carry_out(creates(3), target, ledger=ledger)
    assert target.sent == []
    assert statuses(applied.outcomes) == {Status.SKIPPED: 3}
    assert {o.detail for o in applied.outcomes} == {applied.why}
    assert applied.why == (
        "what is sent must stand in the ledger, and it cannot be written: no room left"
    )
    assert (applied.halt, applied.exit_code) == (Halt.LEDGER, ExitCode.ERROR)
    assert [type(record) for record in ledger.kept] == [Opened]


def test_a_run_that_cannot_write_down_what_it_did_says_so() -> None:
    target = FakeTarget(PLAIN)
    applied = carry_out(creates(3), target, ledger=FullAfter(2))
    assert statuses(applied.outcomes) == {Status.APPLIED: 3}
    assert (applied.halt, applied.exit_code) == (Halt.LEDGER, ExitCode.ERROR)


def test_a_ledger_that_is_full_half_way_leaves_a_partial_apply() -> None:
    target = FakeTarget(PLAIN)
    applied = carry_out(creates(BATCH + 5), target, ledger=FullAfter(2))
    assert statuses(applied.outcomes) == {Status.APPLIED: BATCH, Status.SKIPPED: 5}
    assert (len(target.sent), applied.exit_code) == (BATCH, ExitCode.PARTIAL)


def test_a_smaller_budget_of_failures_stops_sooner() -> None:
    target = FakeTarget(ONE_AT_A_TIME, write_faults=dict.fromkeys(range(1, 99), Fault.REJECTED))
    applied = carry_out(creates(30), target, limits=Limits(failures=2))
    assert statuses(applied.outcomes) == {Status.FAILED: 2, Status.SKIPPED: 28}
    assert (applied.halt, applied.budget) == (Halt.ERRORS, 2)


def test_a_larger_budget_lets_everything_be_tried() -> None:
    target = FakeTarget(ONE_AT_A_TIME, write_faults=dict.fromkeys(range(1, 99), Fault.REJECTED))
    applied = carry_out(creates(30), target, limits=Limits(failures=100))
    assert statuses(applied.outcomes) == {Status.FAILED: 30}
    assert applied.halt is None


def test_a_run_whose_time_is_up_finishes_what_is_in_flight_and_the_next_one_goes_on() -> None:
    plan, target, clock = creates(9), FakeTarget(ONE_AT_A_TIME), Ticks()

    def three_are_done() -> None:
        if len(target.sent) == 3:
            clock.time += timedelta(hours=1)

    target.on_write = three_are_done
    until = clock.time + timedelta(minutes=45)
    applied = carry_out(plan, target, limits=Limits(until=until), now=clock)
    assert [o.status for o in applied.outcomes] == [Status.APPLIED] * 4 + [Status.SKIPPED] * 5
    assert {o.detail for o in applied.outcomes[4:]} == {"the time of this run is up"}
    assert (applied.halt, applied.exit_code) == (Halt.TIME, ExitCode.PARTIAL)

    rest = carry_out(plan, target.healed())
    assert statuses(rest.outcomes) == {Status.ALREADY_APPLIED: 4, Status.APPLIED: 5}


def test_a_run_whose_time_is_up_while_it_looks_sends_nothing() -> None:
    target = FakeTarget(PLAIN).holds(a_person("e1", title="Lead"))
    applied = carry_out(the_plan(an_update("e1")), target, limits=Limits(until=NOON))
    assert (target.sent, applied.halt) == ([], Halt.TIME)


def test_a_lease_that_another_run_holds_stops_the_run_before_anything_is_read() -> None:
    target = FakeTarget(PLAIN)
    with pytest.raises(LedgerError):
        carry_out(creates(3), target, ledger=MemoryLedger(leased=True))
    assert (target.reads, target.sent) == ([], [])


def outcome(status: Status, *, stale: bool = False) -> Outcome:
    return Outcome("h", "create", Kind.USER, "e1", status, stale=stale)


FINE = outcome(Status.APPLIED)
BEFORE = outcome(Status.ALREADY_APPLIED)
STALE = outcome(Status.SKIPPED, stale=True)
SKIPPED = outcome(Status.SKIPPED)
FAILED = outcome(Status.FAILED)
UNKNOWN = outcome(Status.UNKNOWN)


@pytest.mark.parametrize(
    ("outcomes", "halt", "code"),
    [
        ([], None, ExitCode.OK),
        ([FINE, BEFORE], None, ExitCode.OK),
        ([FINE, BEFORE], Halt.STOPPED, ExitCode.OK),
        ([FINE, FAILED], None, ExitCode.PARTIAL),
        ([FAILED], None, ExitCode.PARTIAL),
        ([UNKNOWN], None, ExitCode.PARTIAL),
        ([SKIPPED], None, ExitCode.PARTIAL),
        ([STALE], None, ExitCode.STALE),
        ([STALE, BEFORE], None, ExitCode.STALE),
        ([STALE, FINE], None, ExitCode.PARTIAL),
        ([STALE, FAILED], None, ExitCode.PARTIAL),
        ([STALE, UNKNOWN], None, ExitCode.PARTIAL),
        ([FAILED, SKIPPED], Halt.CREDENTIAL, ExitCode.ERROR),
        ([FAILED, SKIPPED], Halt.UNREACHABLE, ExitCode.ERROR),
        ([UNKNOWN, SKIPPED], Halt.UNREACHABLE, ExitCode.PARTIAL),
        ([FINE, SKIPPED], Halt.CREDENTIAL, ExitCode.PARTIAL),
        ([FAILED, SKIPPED], Halt.ERRORS, ExitCode.PARTIAL),
        ([FINE, SKIPPED], Halt.STOPPED, ExitCode.INTERRUPTED),
        ([FINE, SKIPPED], Halt.TIME, ExitCode.PARTIAL),
        ([SKIPPED], Halt.TIME, ExitCode.PARTIAL),
        ([FAILED, SKIPPED], Halt.CANARY, ExitCode.PARTIAL),
        ([STALE, SKIPPED], Halt.CANARY, ExitCode.PARTIAL),
        ([FINE, SKIPPED], Halt.LEASE, ExitCode.PARTIAL),
        ([SKIPPED], Halt.LEASE, ExitCode.ERROR),
        ([FINE], Halt.LEDGER, ExitCode.ERROR),
    ],
)
def test_the_exit_code_says_first_what_matters_most(
    outcomes: list[Outcome], halt: Halt | None, code: ExitCode
) -> None:
    assert exit_code(outcomes, halt) is code
