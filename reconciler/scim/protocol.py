"""After each attempt: done, wait and try again, or stop. The rules of retrying, without a socket.

The rule above all others: a write that the provider may have carried out is never sent again.

================================  ==========================  =====================================
what happened                     a read (GET)                a write (POST, PATCH, DELETE)
================================  ==========================  =====================================
no connection, nothing sent       try again, then Unreachable try again, then Unreachable
sent, no complete answer          try again, then fail        OutcomeUnknown at once
429                               wait as asked, then         the same: it is not carried out
                                  Throttled
what the profile says is retried  try again, then Rejected    the same: it is not carried out
503                               the same as 429             OutcomeUnknown at once, and nobody
                                                              sends before the time asked for: what
                                                              stands before a provider may say so
                                                              when the work is done
502, 504, 408, 520 and up         try again, then Rejected    OutcomeUnknown at once: a gateway
                                                              speaks for a provider that may have
                                                              done it
500, other 5xx                    try again, then Rejected    Rejected
3xx, 4xx                          Rejected                    Rejected
success that is not SCIM          NotScim                     OutcomeUnknown: a sign-in page on the
                                                              way and a provider that answers
                                                              oddly look alike
================================  ==========================  =====================================
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from reconciler.errors import ProviderError
from reconciler.model.exchange import Failure
from reconciler.model.profile.clauses import Errors
from reconciler.scim import exceptions
from reconciler.scim.answers import Answer, NotScim, Refusal
from reconciler.scim.calls import Call


@dataclass(frozen=True, slots=True)
class Attempt:
    """Which attempt this was (from 1), how long the call has waited before it in seconds, and a
    random number from 0 to 1 that keeps several clients from coming back together."""

    number: int = 1
    waited: float = 0.0
    jitter: float = 0.5


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient a call is. Times in seconds.

    `tries` counts attempts after failures, `throttled_tries` after 429 and 503, and `budget` all
    the waiting of one call together. A provider may have statuses of its own that mean `not now`
    (`retried`), and a time of its own to wait where its 429 names none (`unnamed`).
    """

    tries: int = 4
    throttled_tries: int = 20
    first_wait: float = 0.5
    longest_wait: float = 30.0
    budget: float = 300.0
    retried: frozenset[int] = frozenset()
    unnamed: float | None = None

    def at(self, errors: Errors) -> Limits:
        """The same towards a provider whose refusals mean this."""
        return replace(self, retried=frozenset(errors.retried), unnamed=errors.wait)


@dataclass(frozen=True, slots=True)
class Done:
    """The answer stands."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Wait:
    """Try again after so many seconds. `everybody`: no other call goes out before, either."""

    seconds: float
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """Give up, for this reason. No call goes out for `pause` seconds after it."""

    error: ProviderError
    pause: float = 0.0


Decision = Done | Wait | Stop


def decide(
    call: Call, attempt: Attempt, result: Answer | Refusal | NotScim | Failure, limits: Limits
) -> Decision:
    """What to do after one attempt; see the table above."""
    match result:
        case Answer(body=None) if call.reads:
            empty = NotScim(result.status, "empty", result.request_id)
            return Stop(exceptions.not_scim(call, empty))
        case Answer():
            return Done(result)
        case NotScim():
            if call.reads or result.status >= 300:
                return Stop(exceptions.not_scim(call, result))
            return Stop(exceptions.unknown(call, f"the answer is {result.found}, not SCIM"))
        case Refusal(status=status) if status in limits.retried:
            return _after_not_now(call, attempt, result, limits)
        case Refusal(status=503) if not call.reads:
            why = "the service provider answered 503, which does not say that it was not"
            pause = min(result.retry_after or 0.0, limits.budget)
            return Stop(exceptions.unknown(call, why), pause)
        case Refusal(status=429 | 503):
            return _after_throttling(call, attempt, result, limits)
        case Refusal():
            return _after_refusal(call, attempt, result, limits)
        case Failure():
            return _after_failure(call, attempt, result, limits)
        case _:
            assert_never(result)


def _after_throttling(call: Call, attempt: Attempt, refusal: Refusal, limits: Limits) -> Decision:
    # Never sooner than asked for, and not at the same instant as everybody else who was told so.
    asked = refusal.retry_after or limits.unnamed or 0.0
    seconds = asked + attempt.jitter * limits.first_wait if asked else _back_off(attempt, limits)
    if attempt.number < limits.throttled_tries and attempt.waited + seconds <= limits.budget:
        return Wait(seconds, everybody=True)
    return Stop(exceptions.throttled(call, refusal, attempt.waited))


def _after_not_now(call: Call, attempt: Attempt, refusal: Refusal, limits: Limits) -> Decision:
    """Somebody else is at work, or the provider is: what was sent is not done."""
    seconds = refusal.retry_after or _back_off(attempt, limits)
    if attempt.number < limits.tries and attempt.waited + seconds <= limits.budget:
        return Wait(seconds, everybody=refusal.retry_after is not None)
    return Stop(exceptions.rejected(call, refusal))


def _after_refusal(call: Call, attempt: Attempt, refusal: Refusal, limits: Limits) -> Decision:
    if not call.reads and _from_gateway(refusal.status):
        why = f"a gateway answered {refusal.status} in place of the service provider"
        return Stop(exceptions.unknown(call, why))
    passing = refusal.status >= 500 or refusal.status == 408
    if call.reads and passing and attempt.number < limits.tries:
        return Wait(_back_off(attempt, limits))
    return Stop(exceptions.rejected(call, refusal))


def _after_failure(call: Call, attempt: Attempt, failure: Failure, limits: Limits) -> Decision:
    if not call.reads and not failure.never_sent:
        return Stop(exceptions.unknown(call, failure.fault))
    if not failure.lasting and attempt.number < limits.tries:
        return Wait(_back_off(attempt, limits))
    return Stop(exceptions.failed(call, failure))


def _from_gateway(status: int) -> bool:
    return status in {408, 502, 504} or status >= 520


def _back_off(attempt: Attempt, limits: Limits) -> float:
    """Doubling, capped, and between half and the whole of it at random."""
    longest = min(limits.longest_wait, limits.first_wait * 2.0 ** (attempt.number - 1))
    return longest * (0.5 + attempt.jitter / 2)
