"""A lease is renewed while a run writes; one that cannot be renewed ends the run in time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from reconciler.apply.brake import Brake, StopRequest
from reconciler.apply.journal import Journal
from reconciler.apply.keeper import LASTS, MARGIN, kept
from reconciler.apply.verdict import Halt
from reconciler.errors import LedgerError
from reconciler.model.exit import ExitCode
from reconciler.model.outcome import Outcome, Status
from tests.builders import NOON, a_create
from tests.fakes.target import FakeTarget
from tests.unit.apply.builders_apply import (
    PLAIN,
    MemoryLease,
    MemoryLedger,
    Ticks,
    carry_out,
    the_plan,
)

SOON = timedelta(milliseconds=1)


@dataclass
class Refused(MemoryLease):
    def renew(self) -> None:
        raise LedgerError("no leave to push")


def while_it_is_kept(lease: MemoryLease, ledger: MemoryLedger) -> Brake:
    """Until the lease was renewed three times, or the brake is pulled."""
    brake, journal = Brake(StopRequest(), 10), Journal(ledger, "run-1", Ticks())
    ledger.leased = True
    journal.note(Outcome("h", "create", a_create().kind, "e1", Status.APPLIED))

    async def run() -> None:
        async with kept(lease, journal, brake, SOON):
            while lease.renewals < 3 and brake.pulled is None:
                await asyncio.sleep(0.001)

    asyncio.run(run())
    return brake


def test_it_is_renewed_again_and_again_and_what_waits_is_kept_with_it() -> None:
    lease, ledger = MemoryLease(NOON), MemoryLedger()
    assert while_it_is_kept(lease, ledger).pulled is None
    assert lease.renewals >= 3
    assert [result.hash for result in ledger.results] == ["h"]


def test_one_that_cannot_be_renewed_pulls_the_brake() -> None:
    brake = while_it_is_kept(Refused(NOON), MemoryLedger())
    assert brake.pulled is Halt.LEDGER
    assert brake.reason is not None
    assert brake.reason.endswith("it cannot be written: no leave to push")


def test_one_that_lasts_as_long_as_the_process_is_left_alone() -> None:
    lease = MemoryLease(None, renewals=7)
    while_it_is_kept(lease, MemoryLedger())
    assert lease.renewals == 7


@pytest.mark.parametrize(
    ("left", "sent"), [(MARGIN + timedelta(seconds=1), 1), (MARGIN, 0), (timedelta(), 0)]
)
def test_nothing_new_is_sent_when_too_little_is_left_of_the_lease(
    left: timedelta, sent: int
) -> None:
    """Nobody renews it in so short a time, as when every renewal hangs."""
    clock = Still()
    ledger = MemoryLedger(lease_ends=clock.time + left)
    target = FakeTarget(replace(PLAIN, connections=1))
    target.on_write = lambda: setattr(clock, "time", clock.time + LASTS)
    applied = carry_out(
        the_plan(a_create("e1", "a"), a_create("e2", "b")), target, ledger=ledger, now=clock
    )
    assert len(target.sent) == sent
    assert (applied.halt, applied.outcomes[1].status) == (Halt.LEASE, Status.SKIPPED)
    assert applied.exit_code is (ExitCode.PARTIAL if sent else ExitCode.ERROR)


class Still(Ticks):
    """A clock that stands still unless it is moved."""

    def __call__(self):  # type: ignore[no-untyped-def]  # as the base class
        return self.time
