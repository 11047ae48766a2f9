"""When a run stops sending: asked to, out of time, refused, cut off, or failing too often.

One object's failure never stops another's; these are the failures that are about everybody. What
is in flight when the brake is pulled is finished; what has not begun is skipped with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(slots=True)
class StopRequest:
    """Somebody wants the run to end: set by a signal handler, read before anything is sent."""

    requested: bool = False
    by: str = "a signal"

    def request(self, by: str) -> None:
        """Ask for it, in the words that outcomes will carry: "stopped by SIGINT"."""
        self.by = by
        self.requested = True


def unwritten(why: str) -> str:
    """What a ledger that takes nothing more means to a run."""
    return f"what is sent must stand in the ledger, and it cannot be written: {why}"


@dataclass(slots=True)
class Brake:
    """What speaks against sending more. `pulled` is the first reason that was acted upon.

    `overdue` is asked before anything is sent, and names what has run out, if anything has.
    """

    stop: StopRequest
    budget: int
    overdue: Callable[[], Halt | None] = lambda: None
    pulled: Halt | None = None
    failures: int = 0
    _about: str = ""
    _unreachable: int = 0
    _heard: ProviderError | None = None
    #: Why no member may be removed any more, whatever else goes on.
    removals_unsafe: str | None = None
    #: Why none may be added.
    additions_unsafe: str | None = None

    @property
    def reason(self) -> str | None:
        """Why nothing new may be sent, for the outcomes of what is not; None while it may."""
        if self.stop.requested:
            self._pull(Halt.STOPPED)
        elif self.pulled is None and (out := self.overdue()) is not None:
            self._pull(out)
        match self.pulled:
            case None:
                return None
            case Halt.STOPPED:
                return f"stopped by {self.stop.by}"
            case Halt.TIME:
                return "the time of this run is up"
            case Halt.LEASE:
                return "the lease on the ledger could not be renewed, so another run may begin"
            case Halt.LEDGER:
                return unwritten(self._about)
            case Halt.CANARY:
                return f"the canary failed, see {self._about}: nothing else is sent"
            case Halt.CREDENTIAL:
                return "credential refused: renew it, then plan again"
            case Halt.UNREACHABLE:
                return "provider unreachable: nothing was sent for this change"
            case Halt.ERRORS:
                # How many there are when somebody asks differs: what is in flight fails as well.
                return f"{self.budget} changes of this run have failed: see why first"

    @property
    def removal_reason(self) -> str | None:
        """Why no member may be removed: what stops everything, or what stops removals alone."""
        return self.reason or self.removals_unsafe

    @property
    def addition_reason(self) -> str | None:
        """Why no member may be added; likewise."""
        return self.reason or self.additions_unsafe

    def answered(self) -> None:
        """The provider said something, so it can be reached."""
        self._unreachable = 0

    def refused(self, error: ProviderError) -> None:
        """A request was not carried out; some errors are about every request.

        One that was about many changes is heard of from each of them, and counts once.
        """
        if error is self._heard:
            return
        self._heard = error
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
        self.failures += 1
        if self.failures >= self.budget:
            self._pull(Halt.ERRORS)

    def canary_failed(self, about: str) -> None:
        """One of the first few changes did not come to what it should, and neither may the rest."""
        self._pull(Halt.CANARY, about)

    def unrecorded(self, why: str) -> None:
        """What would be sent next could not be written down first."""
        self._pull(Halt.LEDGER, why)

    def _pull(self, why: Halt, about: str = "") -> None:
        if self.pulled is None:
            self.pulled, self._about = why, about
