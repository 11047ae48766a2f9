"""How fast requests may leave: one budget per host, shared by every target and connection there,
unless a profile says that each credential has a limit of its own.

A declared limit is never exceeded. An undeclared one is found by being told: what left in the last
second before a 429 is, but for what was refused, what the provider allows, and from then on nine
tenths of it are used. Whatever was under way at that moment may be refused as well, so a limit
costs at most as many 429s as there are connections, and one round more where a burst is lent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterator
from math import inf
from typing import Final, Protocol

from reconciler.model.identity import Kind
from reconciler.model.rates import HOUR, KindRates, Rates

# Requests that leave a second apart may arrive a little closer together, so our second is longer.
_SLACK: Final = 1.02
_LEARNED_SHARE: Final = 0.9
_SLOWEST: Final = 0.2  # a limit that is learned is never taken to be below one in five seconds


class Budget:
    """What one host allows, and what was used of it. Nothing here waits."""

    def __init__(self, rates: Rates, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        now = clock()
        self._all = _Bucket(rates.requests, 0, now)
        self._reads = _Bucket(rates.reads, rates.read_burst, now)
        self._writes = _Bucket(rates.writes, rates.write_burst, now)
        self._kinds = {kind: _Kind(rates.of(kind), now) for kind in Kind}
        self._closed_until = now
        self._learns = not rates.declared
        self._learned_at = now
        self._accepted: deque[float] = deque()

    def tighten(self, rates: Rates) -> None:
        """Another target at the same host declares this: the stricter of both holds."""
        now = self._clock()
        self._all.tighten(rates.requests, 0, now)
        self._reads.tighten(rates.reads, rates.read_burst, now)
        self._writes.tighten(rates.writes, rates.write_burst, now)
        for kind, limits in self._kinds.items():
            limits.tighten(rates.of(kind), now)
        self._learns = self._learns and not rates.declared

    def wait(self, writes: Kind | None = None) -> float:
        """Seconds until a request may leave, which writes that kind or reads; 0 or less is now."""
        buckets = self._limits(writes)
        return max(self._closed_until, *(b.due() for b in buckets)) - self._clock()

    def leave(self, writes: Kind | None = None) -> float:
        """A request leaves, now: the moment, by which `refused` knows it again."""
        now = self._clock()
        for bucket in self._limits(writes):
            bucket.count(now)
        return now

    def hold(self, seconds: float) -> None:
        """Let nothing through for so long: the provider asked for a break."""
        self._closed_until = max(self._closed_until, self._clock() + seconds)

    def accepted(self, left: float) -> None:
        """What left then was not refused for being too much."""
        if self._learns:
            self._accepted.append(left)
            while self._accepted and self._accepted[0] < left - 1.0:
                self._accepted.popleft()

    def refused(self, left: float) -> None:
        """What left then was too much. What left before the last lesson teaches nothing."""
        if not self._learns or left <= self._learned_at:
            return
        now = self._clock()
        found = float(sum(1 for moment in self._accepted if left - 1.0 <= moment <= left))
        if self._all.rate is not None:  # too fast still, and never to be less than halved by chance
            found = min(self._all.rate, max(found, self._all.rate / 2))
        self._all = _Bucket(max(_SLOWEST, found * _LEARNED_SHARE), 0, now)
        self._learned_at = now
        self._accepted.clear()

    def _limits(self, writes: Kind | None) -> Iterator[_Limit]:
        yield self._all
        if writes is None:
            yield self._reads
        else:
            yield self._writes
            yield from self._kinds[writes].limits


class Pace:
    """Lets the requests of one client through, in the order in which they came."""

    def __init__(self, budget: Budget, *, sleep: Callable[[float], Awaitable[None]]) -> None:
        """`sleep` is seconds."""
        self.budget = budget
        self._sleep = sleep
        self._in_order = asyncio.Lock()

    async def turn(self, writes: Kind | None = None) -> float:
        """Return when the next request may leave, which the caller then sends at once. `writes` is
        the kind that it writes, None for one that reads."""
        async with self._in_order:
            while (wait := self.budget.wait(writes)) > 0:
                await self._sleep(wait)
            # Between the last look and here nobody else has run: the budget is not overdrawn.
            return self.budget.leave(writes)


class Paces:
    """The budgets of one run, by whoever lives under one limit: mostly all targets of a host."""

    def __init__(self) -> None:
        self._budgets: dict[Hashable, Budget] = {}

    def budget(self, sharing: Hashable, rates: Rates, *, clock: Callable[[], float]) -> Budget:
        """The budget of those who share one, no looser than any of them says."""
        found = self._budgets.get(sharing)
        if found is None:
            found = self._budgets[sharing] = Budget(rates, clock=clock)
        else:
            found.tighten(rates)
        return found


class _Limit(Protocol):
    """When it lets the next request leave, and that one has left."""

    def due(self) -> float: ...

    def count(self, now: float) -> None: ...


class _Kind:
    """The limits on writes of one kind."""

    def __init__(self, rates: KindRates, now: float) -> None:
        self._second = _Bucket(rates.per_second, rates.burst, now)
        self._hour = _Hour(rates.per_hour)

    @property
    def limits(self) -> tuple[_Limit, ...]:
        return self._second, self._hour

    def tighten(self, rates: KindRates, now: float) -> None:
        self._second.tighten(rates.per_second, rates.burst, now)
        self._hour.tighten(rates.per_hour)


class _Hour:
    """At most so many in any hour, as fast as the other limits let them."""

    def __init__(self, most: int | None) -> None:
        self._left: deque[float] = deque(maxlen=most or 0)

    def tighten(self, most: int | None) -> None:
        if most is not None and (not self._left.maxlen or most < self._left.maxlen):
            self._left = deque(self._left, maxlen=most)

    def due(self) -> float:
        full = self._left and len(self._left) == self._left.maxlen
        return self._left[0] + _SLACK * HOUR if full else -inf

    def count(self, now: float) -> None:
        self._left.append(now)


class _Bucket:
    """One limit. In any second at most `rate` requests leave, and they leave spread out, with
    bursts of at most a tenth of a second's worth; a rate below one is counted over the time of one
    request. Where the provider lends a burst, only the tokens count: as many as it lends after a
    rest, and `rate` more with every second.
    """

    def __init__(self, rate: float | None, burst: int, now: float) -> None:
        self._resize(rate, burst, now)

    def _resize(self, rate: float | None, burst: int, now: float) -> None:
        self.rate = rate
        self._lent = burst
        self._burst = 1.0 if rate is None else max(1.0, rate / 10)
        self._tokens = self._burst
        self._counted_at = now
        per_window = 1 if rate is None else max(1, int(rate))
        self._window = 0.0 if rate is None else _SLACK * per_window / rate
        self._left: deque[float] = deque(maxlen=per_window)

    def tighten(self, rate: float | None, burst: int, now: float) -> None:
        if rate is not None and (self.rate is None or rate < self.rate):
            left = self._left
            self._resize(rate, burst, now)
            self._left.extend(left)

    def due(self) -> float:
        """When the next request may leave."""
        if self.rate is None:
            return self._counted_at
        due = self._counted_at + max(0.0, 1.0 - self._tokens) / self.rate
        if not self._lent and len(self._left) == self._left.maxlen:
            due = max(due, self._left[0] + self._window)
        return due

    def count(self, now: float) -> None:
        """A request leaves."""
        if self.rate is None:
            return
        gained = (now - self._counted_at) * self.rate
        most = max(self._burst, float(self._lent))
        self._tokens = min(most, self._tokens + gained) - 1.0
        self._counted_at = now
        self._left.append(now)
