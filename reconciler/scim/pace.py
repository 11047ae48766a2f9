"""How fast requests may leave: one pace per target, shared by all its connections."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

# Requests that leave a second apart may arrive a little closer together, so our second is longer.
_SLACK: Final = 1.02


class Pace:
    """Lets requests through so that a declared rate is never exceeded.

    Two rules at once: in any second at most `rate` requests leave, and they leave spread out, with
    bursts of at most a tenth of a second's worth (a token bucket). A rate below one is counted
    over the time of one request. Waiting requests leave in the order in which they came.
    """

    def __init__(
        self,
        rate: float | None,
        *,
        sleep: Callable[[float], Awaitable[None]],
        clock: Callable[[], float],
    ) -> None:
        """`rate` is requests per second, None for no limit; `sleep` and `clock` are seconds."""
        self._rate = rate
        self._sleep = sleep
        self._clock = clock
        self._in_order = asyncio.Lock()
        self._closed_until = clock()
        self._burst = 1.0 if rate is None else max(1.0, rate / 10)
        self._tokens = self._burst
        self._counted_at = clock()
        per_window = 1 if rate is None else max(1, int(rate))
        self._window = 0.0 if rate is None else _SLACK * per_window / rate
        self._left: deque[float] = deque(maxlen=per_window)

    async def turn(self) -> None:
        """Return when the next request may leave, which the caller then sends at once."""
        async with self._in_order:
            while (wait := self._due() - self._clock()) > 0:
                await self._sleep(wait)
            self._count()

    def hold(self, seconds: float) -> None:
        """Let nothing through for so long: the provider asked for a break."""
        self._closed_until = max(self._closed_until, self._clock() + seconds)

    def _due(self) -> float:
        due = self._closed_until
        if self._rate is not None:
            missing = max(0.0, 1.0 - self._tokens)
            due = max(due, self._counted_at + missing / self._rate)
            if len(self._left) == self._left.maxlen:
                due = max(due, self._left[0] + self._window)
        return due

    def _count(self) -> None:
        if self._rate is None:
            return
        now = self._clock()
        gained = (now - self._counted_at) * self._rate
        self._tokens = min(self._burst, self._tokens + gained) - 1.0
        self._counted_at = now
        self._left.append(now)
