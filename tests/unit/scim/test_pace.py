"""A declared rate is never exceeded, in any second, and hardly anything of it is wasted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.dialect import SharedBy
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.profile import RFC7644
from reconciler.model.rates import KindRates, Rates
from reconciler.model.secret import Secret
from reconciler.scim.client import connect
from reconciler.scim.connection import Connection
from reconciler.scim.pace import Budget, Pace, Paces
from tests.unit.scim.builders_wire import Asked, Provider, Says, VirtualTime, a_user


def a_pace(
    rate: float | None, time: VirtualTime, sleep: Callable[[float], Awaitable[None]] | None = None
) -> Pace:
    return Pace(Budget(Rates(rate), clock=time.clock), sleep=sleep or time.sleep)


def leaving(rate: float | None, number: int, time: VirtualTime, late: float = 0.0) -> list[float]:
    """When each of `number` requests, all there at once, leaves; each sleep `late` too long."""
    left: list[float] = []

    async def sleep(seconds: float) -> None:
        await time.sleep(seconds + late)

    async def one(pace: Pace) -> None:
        await pace.turn()
        left.append(time.now)

    async def run() -> None:
        pace = a_pace(rate, time, sleep)
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
        pace = a_pace(50, time)
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
        pace = a_pace(rate, time)
        pace.budget.hold(13)
        pace.budget.hold(2)  # a shorter break does not end a longer one
        left = []
        for _ in range(3):
            await pace.turn()
            left.append(time.now)
        return left

    assert min(asyncio.run(run())) == 1013.0


def test_a_break_can_begin_while_somebody_waits_for_a_turn() -> None:
    time = VirtualTime()

    async def run() -> float:
        pace = a_pace(1, time)
        await pace.turn()
        waiting = asyncio.create_task(pace.turn())
        await asyncio.sleep(0)
        pace.budget.hold(30)
        await waiting
        return time.now

    assert asyncio.run(run()) >= 1030.0


def departures(
    budget: Budget, time: VirtualTime, number: int, *, writes: Kind | None
) -> list[float]:
    async def run() -> list[float]:
        pace = Pace(budget, sleep=time.sleep)
        return [await pace.turn(writes) for _ in range(number)]

    return asyncio.run(run())


def test_reads_and_writes_have_limits_of_their_own_under_a_common_one() -> None:
    time = VirtualTime()
    budget = Budget(Rates(requests=None, reads=20.0, writes=5.0), clock=time.clock)
    reads = departures(budget, time, 41, writes=None)
    writes = departures(budget, time, 11, writes=Kind.USER)
    assert most_in_a_second(reads) == 20
    assert most_in_a_second(writes) == 5
    common = Budget(Rates(requests=4.0, reads=20.0, writes=5.0), clock=time.clock)
    both = departures(common, time, 8, writes=None) + departures(common, time, 8, writes=Kind.USER)
    assert most_in_a_second(both) == 4


def test_a_burst_that_the_provider_lends_is_used_after_a_rest_and_no_more_of_it() -> None:
    time = VirtualTime()
    budget = Budget(Rates(writes=2.0, write_burst=10), clock=time.clock)
    time.now += 60
    left = departures(budget, time, 20, writes=Kind.USER)
    assert left.count(left[0]) == 10
    for number, moment in enumerate(left):
        assert number + 1 <= 10 + 2.0 * (moment - left[0]) + 1e-6
    assert departures(budget, time, 1, writes=None)[0] == time.now  # reads are not held up


def test_writes_of_one_kind_have_a_limit_of_their_own_under_that_of_all_writes() -> None:
    """180 writes of users a minute with a burst of 20, beside 600 of anything."""
    time = VirtualTime()
    rates = Rates(writes=10.0, users=KindRates(per_second=3.0, burst=20))
    budget = Budget(rates, clock=time.clock)
    time.now += 60
    people = departures(budget, time, 50, writes=Kind.USER)
    for number, moment in enumerate(people):
        assert number + 1 <= 20 + 3.0 * (moment - people[0]) + 1e-6
    rest = time.now
    assert departures(budget, time, 1, writes=Kind.GROUP)[0] <= rest + 0.2
    groups = departures(budget, time, 40, writes=Kind.GROUP)
    assert most_in_a_second(groups) == 10


def test_no_hour_holds_more_writes_than_the_limit_and_until_then_nobody_waits() -> None:
    time = VirtualTime()
    budget = Budget(Rates(users=KindRates(per_hour=100)), clock=time.clock)
    people = departures(budget, time, 250, writes=Kind.USER)
    assert people[99] == people[0]
    assert all(b - a > 3600 for a, b in zip(people, people[100:], strict=False))
    assert departures(budget, time, 300, writes=Kind.GROUP)[-1] == time.now
    assert people[-1] - people[0] < 2 * 3700


def test_the_strictest_of_those_who_share_a_limit_holds_for_kinds_as_well() -> None:
    time = VirtualTime()
    paces = Paces()
    paces.budget("h", Rates(users=KindRates(per_second=50.0, per_hour=9)), clock=time.clock)
    shared = paces.budget("h", Rates(users=KindRates(2.0, 0, 5)), clock=time.clock)
    paces.budget("h", Rates(users=KindRates(60.0, 0, 7)), clock=time.clock)
    people = departures(shared, time, 6, writes=Kind.USER)
    assert most_in_a_second(people) == 2
    assert people[5] - people[0] > 3600


def test_targets_that_share_a_host_share_its_limit_and_the_stricter_one_holds() -> None:
    time = VirtualTime()
    paces = Paces()
    first = paces.budget("scim.example", Rates(50.0), clock=time.clock)
    left = departures(first, time, 10, writes=Kind.USER)
    second = paces.budget("scim.example", Rates(10.0), clock=time.clock)
    assert second is first
    left += departures(second, time, 20, writes=Kind.USER)
    assert most_in_a_second(left[10:]) == 10
    assert paces.budget("other.example", Rates(10.0), clock=time.clock) is not first


def test_a_break_that_one_target_is_told_to_make_holds_for_all_at_that_host() -> None:
    time = VirtualTime()
    paces = Paces()
    paces.budget("scim.example", Rates(50.0), clock=time.clock).hold(13)
    other = paces.budget("scim.example", Rates(50.0), clock=time.clock)
    assert departures(other, time, 1, writes=None)[0] >= 1013.0


@pytest.mark.parametrize("limit", [5, 20, 50, 200])
@pytest.mark.parametrize("connections", [1, 8])
def test_a_limit_that_nobody_declared_is_found_at_the_cost_of_a_few_refusals(
    limit: int, connections: int
) -> None:
    """A provider that counts a sliding second and says so with `Retry-After: 1`."""
    time = VirtualTime(turns=connections + 2)
    recent: list[float] = []
    refusals = 0
    answered: list[float] = []

    async def one(pace: Pace, waiting: list[int]) -> None:
        nonlocal refusals
        while waiting:
            left = await pace.turn(writes=Kind.USER)
            await time.sleep(0.004)
            recent[:] = [t for t in recent if t > time.now - 1.0]
            if len(recent) >= limit:
                refusals += 1
                pace.budget.refused(left)
                pace.budget.hold(1.0)
                continue
            recent.append(time.now)
            answered.append(time.now)
            if waiting:
                waiting.pop()
            pace.budget.accepted(left)

    async def run() -> None:
        pace = Pace(Budget(Rates(), clock=time.clock), sleep=time.sleep)
        waiting = list(range(20 * limit))
        await asyncio.gather(*(one(pace, waiting) for _ in range(connections)))

    asyncio.run(run())
    assert refusals <= 2 * connections
    steady = [t for t in answered if t > answered[0] + 5]
    assert len(steady) / (steady[-1] - steady[0]) >= 0.75 * limit


def test_a_declared_limit_is_not_unlearned_by_a_refusal() -> None:
    time = VirtualTime()
    budget = Budget(Rates(50.0), clock=time.clock)
    budget.refused(departures(budget, time, 1, writes=Kind.USER)[0])
    assert most_in_a_second(departures(budget, time, 120, writes=Kind.USER)) == 50


@pytest.mark.parametrize(
    ("shared_by", "tokens", "at_once"),
    [
        (SharedBy.ORGANISATION, ("one", "two"), 1),
        (SharedBy.CREDENTIAL, ("one", "one"), 1),
        (SharedBy.CREDENTIAL, ("one", "two"), 2),
    ],
)
def test_who_shares_a_limit_stands_in_the_profile(
    shared_by: SharedBy, tokens: tuple[str, str], at_once: int
) -> None:
    time = VirtualTime()
    profile = replace(RFC7644, limits_shared_by=shared_by)
    left: list[float] = []

    def answer(_asked: Asked) -> Says:
        left.append(time.now)
        return Says(200, a_user())

    async def ask(token: str, paces: Paces) -> None:
        connection = Connection(
            base_url="https://embedded.invalid", token=Secret(token), rates=Rates(1.0)
        )
        provider = Provider(answer)
        async with connect(
            connection, profile, app=provider, sleep=time.sleep, clock=time.clock, paces=paces
        ) as client:
            await client.get(Kind.USER, ResourceId("u1"))

    async def run() -> None:
        paces = Paces()
        for token in tokens:
            await ask(token, paces)

    asyncio.run(run())
    assert left.count(1000.0) == at_once
