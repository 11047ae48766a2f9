"""When a run stops sending: asked to, refused, cut off, or failing too often.

One object's failure never stops another's; these are the failures that are about everybody. What
is in flight when the brake is pulled is finished; what has not begun is skipped with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

from reconciler.apply.verdict import Halt
from reconciler.errors import (
    NotScimError,
    ProviderError,
    RejectedError,
    UnauthorizedError,
    UnreachableError,
)

#: Requests in a row that found no connection before the rest is not even tried.
UNREACHABLE_IN_A_ROW: Final = 3

_FEWEST_FAILURES: Final = 10
_FAILURE_SHARE: Final = 0.2


@dataclass(slots=True)
class StopRequest:
    """Somebody wants the run to end: set by a signal handler, read before anything is sent."""

    requested: bool = False
    by: str = "a signal"

    def request(self, by: str) -> None:
        """Ask for it, in the words that outcomes will carry: "stopped by SIGINT"."""
        self.by = by
        self.requested = True


def failure_budget(changes: int) -> int:
    """How many failures a run over so many changes bears: at least ten, else a fifth of them."""
    return max(_FEWEST_FAILURES, ceil(_FAILURE_SHARE * changes))


@dataclass(slots=True)
class Brake:
    """What speaks against sending more. `pulled` is the first reason that was acted upon."""

    stop: StopRequest
    budget: int
    pulled: Halt | None = None
    _failures: int = 0
    _unreachable: int = 0
    #: Why no member may be removed any more, whatever else goes on.
    removals_unsafe: str | None = None

    @property
    def reason(self) -> str | None:
        """Why nothing new may be sent, for the outcomes of what is not; None while it may."""
        if self.stop.requested:
            self._pull(Halt.STOPPED)
        match self.pulled:
            case None:
                return None
            case Halt.STOPPED:
                return f"stopped by {self.stop.by}"
            case Halt.CREDENTIAL:
                return "credential refused: renew it, then plan again"
            case Halt.UNREACHABLE:
                return "provider unreachable: nothing was sent for this change"
            case Halt.ERRORS:
                return f"{self._failures} changes of this run have failed already: see why first"

    @property
    def removal_reason(self) -> str | None:
        """Why no member may be removed: what stops everything, or what stops removals alone."""
        return self.reason or self.removals_unsafe

    def answered(self) -> None:
        """The provider said something, so it can be reached."""
        self._unreachable = 0

    def refused(self, error: ProviderError) -> None:
        """A request was not carried out; some errors are about every request."""
        match error:
            case UnauthorizedError():
                self._pull(Halt.CREDENTIAL)
            case UnreachableError():
                self._unreachable += 1
                if self._unreachable >= UNREACHABLE_IN_A_ROW:
                    self._pull(Halt.UNREACHABLE)
            case RejectedError() | NotScimError():
                self.answered()
            case _:
                pass

    def cut_off(self) -> None:
        """There is no connection, and nothing has been sent yet that would have to be finished."""
        self._pull(Halt.UNREACHABLE)

    def failed(self) -> None:
        """One more change ended failed or unknown."""
        self._failures += 1
        if self._failures >= self.budget:
            self._pull(Halt.ERRORS)

    def _pull(self, why: Halt) -> None:
        if self.pulled is None:
            self.pulled = why
