"""One request brought to an end: answered, refused, or settled by reading when no answer came.

A request whose answer is lost may have been carried out. Live is read until it shows the result, or
for as long as the provider may take to show a write; only when it then shows that nothing happened
is the request sent once more. An answer that does not say whether something happened (a server
error, a page of HTML) is settled the same way, and not repeated: the provider did answer.

A refusal because of another version (RFC 7644 §3.14) is looked into once: what the change touches
may still be as the plan saw it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final

from reconciler.apply.brake import Brake
from reconciler.apply.finding import Done, Due, Finding, Moved, Unclear
from reconciler.errors import (
    NotScimError,
    OutcomeUnknownError,
    ProviderError,
    RejectedError,
    StaleVersionError,
    ThrottledError,
)
from reconciler.model.identity import ResourceId
from reconciler.model.written import Written

Look = Callable[[], Awaitable[Finding]]
Send = Callable[[Due], Awaitable[Written]]

#: Looks before a request counts as not carried out, however quick a provider says it is: it may
#: still be at work on a request whose connection broke.
_FEWEST_LOOKS: Final = 4
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider answered that it is done."""

    written: Written


@dataclass(frozen=True, slots=True)
class Shown:
    """No answer, but live shows the result."""

    id: ResourceId | None


@dataclass(frozen=True, slots=True)
class Already:
    """Refused, and live is as the change wants it."""

    id: ResourceId | None


@dataclass(frozen=True, slots=True)
class Refused:
    """It was not carried out."""

    error: ProviderError


@dataclass(frozen=True, slots=True)
class Unsettled:
    """It may or may not have been carried out; reading did not tell."""

    reason: str


Delivery = Accepted | Shown | Already | Refused | Moved | Unsettled


@dataclass(frozen=True, slots=True)
class Courier:
    """What bringing a request to an end needs. `visible_within` is seconds, as in the profile."""

    brake: Brake
    sleep: Callable[[float], Awaitable[None]]
    visible_within: float

    async def deliver(self, due: Due, send: Send, look: Look) -> Delivery:
        """Send `due`, at most twice. `look` reads live and compares it with the change."""
        first = await self._attempt(send, due)
        if isinstance(first, Written):
            return Accepted(first)
        finding = await self._examine(first, look)
        repeatable = isinstance(first, OutcomeUnknownError | StaleVersionError)
        if not (isinstance(finding, Due) and repeatable and self.brake.reason is None):
            return _conclude(first, finding)
        second = await self._attempt(send, finding)
        if isinstance(second, Written):
            return Accepted(second)
        return _conclude(second, await self._examine(second, look))

    async def settle(self, look: Look) -> Finding:
        """Look until live shows the result, or until it must have shown it by now."""
        finding = await self.look_once(look)
        for looks, pause in enumerate(_pauses(self.visible_within), start=1):
            if isinstance(finding, Done | Moved):
                return finding
            if looks >= _FEWEST_LOOKS and (why := self.brake.reason) is not None:
                return Unclear(f"{why}, before reading could settle it")
            await self.sleep(pause)
            finding = await self.look_once(look)
        return finding

    async def watch(self, look: Look) -> Finding:
        """Look at something that was answered: until it shows, or must have shown by now.

        There is no request still at work here, so a clear look counts at once where the provider
        shows writes at once; a look that failed is made again.
        """
        waited = 0.0
        finding = await self.look_once(look)
        for pause in _pauses(self.visible_within):
            late = isinstance(finding, Due) and waited >= self.visible_within
            if isinstance(finding, Done | Moved) or late or self.brake.reason is not None:
                return finding
            await self.sleep(pause)
            waited += pause
            finding = await self.look_once(look)
        return finding

    async def look_once(self, look: Look) -> Finding:
        """One look; a provider that cannot be read makes it unclear."""
        try:
            finding = await look()
        except ProviderError as error:
            self.brake.refused(error)
            return Unclear(error.message)
        self.brake.answered()
        return finding

    async def _attempt(self, send: Send, due: Due) -> Written | ProviderError:
        try:
            written = await send(due)
        except ProviderError as error:
            self.brake.refused(error)
            return error
        self.brake.answered()
        return written

    async def _examine(self, error: ProviderError, look: Look) -> Finding | None:
        """What live says about a request that failed so; None when the error says it all."""
        if _leaves_open(error):
            return await self.settle(look)
        if isinstance(error, StaleVersionError):
            return await self.look_once(look)
        return None


def _conclude(error: ProviderError, finding: Finding | None) -> Delivery:
    match finding:
        case Done(id=id):
            return Shown(id) if _leaves_open(error) else Already(id)
        case Moved(reason=reason) | Unclear(reason=reason) if _leaves_open(error):
            return Unsettled(f"{error.message}; {reason}")
        case Moved():
            return finding
        case _:
            return Refused(error)


def _leaves_open(error: ProviderError) -> bool:
    """Whether the request may have been carried out all the same."""
    match error:
        case OutcomeUnknownError() | NotScimError():
            return True
        case ThrottledError():
            return False
        case RejectedError(status=status):
            return status >= 500
        case _:
            return False


def _pauses(visible_within: float) -> Iterator[float]:
    """Seconds to wait between looks: doubling, until the time and the number of looks are up."""
    waited, looks, pause = 0.0, 1, _FIRST_PAUSE
    while looks < _FEWEST_LOOKS or waited < visible_within:
        yield pause
        waited, looks, pause = waited + pause, looks + 1, min(pause * 2, _LONGEST_PAUSE)
