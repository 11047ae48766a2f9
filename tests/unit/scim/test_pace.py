"""A declared rate is never exceeded, in any second, and hardly anything of it is wasted."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.scim.pace import Pace
from tests.unit.scim.builders_wire import VirtualTime


def leaving(rate: float | None, number: int, time: VirtualTime, late: float = 0.0) -> list[float]:
    """When each of `number` requests, all there at once, leaves; each sleep `late` too long."""
    left: list[float] = []

    async def sleep(seconds: float) -> None:
        await time.sleep(seconds + late)

    async def one(pace: Pace) -> None:
        await pace.turn()
        left.append(time.now)

    async def run() -> None:
        pace = Pace(rate, sleep=sleep, clock=time.clock)
        await asyncio.gather(*(one(pace) for _ in range(number)))

    asyncio.run(run())
    return left


def most_in_a_second(left: list[float]) -> int:
    return max(sum(1 for t in left if start <= t <= start + 1) for start in left)


@pytest.mark.parametrize("rate", [1, 2, 10, 50, 200])
def test_no_second_holds_more_requests_than_the_rate(rate: int) -> None:
    left = leaving(rate, 3 * rate + 1, VirtualTime())
    assert most_in_a_second(left) == rate


@settings(deadline=None)
@given(rate=st.integers(1, 60), late=st.floats(0, 0.05), number=st.integers(1, 150))
def test_a_late_timer_never_makes_up_for_it_by_exceeding_the_rate(
    rate: int, late: float, number: int
) -> None:
    left = leaving(rate, number, VirtualTime(), late)
    assert most_in_a_second(left) <= rate
    assert left == sorted(left)


@pytest.mark.parametrize("rate", [10, 50, 200])
def test_at_least_95_percent_of_the_rate_is_used(rate: int) -> None:
    left = leaving(rate, 20 * rate, VirtualTime(), late=0.001)
    assert (len(left) - 1) / (left[-1] - left[0]) >= 0.95 * rate


def test_requests_are_spread_out_and_not_sent_in_one_burst() -> None:
    left = leaving(50, 50, VirtualTime())
    assert max(sum(1 for t in left if start <= t < start + 0.1) for start in left) <= 10


def test_less_than_one_request_per_second_is_counted_over_the_time_of_one() -> None:
    left = leaving(0.5, 3, VirtualTime())
    assert [round(t - left[0], 2) for t in left] == [0.0, 2.04, 4.08]


def test_an_idle_minute_does_not_add_up_to_a_burst() -> None:
    time = VirtualTime()

    async def run() -> list[float]:
        pace = Pace(50, sleep=time.sleep, clock=time.clock)
        await pace.turn()
        await time.sleep(60)
        left = []
        for _ in range(100):
            await pace.turn()
            left.append(time.now)
        return left

    left = asyncio.run(run())
    assert left.count(left[0]) == 5
    assert most_in_a_second(left) == 50


def test_without_a_rate_nobody_waits() -> None:
    time = VirtualTime()
    assert leaving(None, 5, time) == [1000.0] * 5
    assert time.slept == []


@pytest.mark.parametrize("rate", [None, 100.0])
def test_a_provider_that_asks_for_a_break_gets_it_from_everybody(rate: float | None) -> None:
    time = VirtualTime()

    async def run() -> list[float]:
        pace = Pace(rate, sleep=time.sleep, clock=time.clock)
        pace.hold(13)
        pace.hold(2)  # a shorter break does not end a longer one
        left = []
        for _ in range(3):
            await pace.turn()
            left.append(time.now)
        return left

    assert min(asyncio.run(run())) == 1013.0


def test_a_break_can_begin_while_somebody_waits_for_a_turn() -> None:
    time = VirtualTime()

    async def run() -> float:
        pace = Pace(1, sleep=time.sleep, clock=time.clock)
        await pace.turn()
        waiting = asyncio.create_task(pace.turn())
        await asyncio.sleep(0)
        pace.hold(30)
        await waiting
        return time.now

    assert asyncio.run(run()) >= 1030.0
