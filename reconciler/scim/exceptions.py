"""Which exception of `reconciler.errors` an answer is, and what its message says.

A message names the call, the status and the provider's own sentence; never the URL, the token or
the rest of the body.
"""

from __future__ import annotations

from reconciler.errors import (
    ConflictError,
    NotFoundError,
    NotScimError,
    OutcomeUnknownError,
    ProviderError,
    RejectedError,
    StaleVersionError,
    ThrottledError,
    UnauthorizedError,
    UnreachableError,
)
from reconciler.model.exchange import Failure, Fault
from reconciler.scim.answers import NotScim, Refusal
from reconciler.scim.calls import Call


def rejected(call: Call, refusal: Refusal) -> RejectedError:
    """The class for a status (RFC 7644 §3.12), with what to do about it."""
    kind, hint = _class_and_hint(call, refusal)
    return kind(
        f"cannot {call.doing}: the service provider answered {_summary(refusal)}",
        status=refusal.status,
        scim_type=refusal.scim_type,
        request_id=refusal.request_id,
        hint=hint,
    )


def throttled(call: Call, refusal: Refusal, waited: float) -> ThrottledError:
    """Every allowed wait is used up, or the provider asks for a longer one than is allowed."""
    asked = "" if refusal.retry_after is None else f", asking for {refusal.retry_after:.0f} s more"
    return ThrottledError(
        f"cannot {call.doing}: the service provider still answers {_summary(refusal)} after "
        f"{waited:.0f} s of waiting{asked}",
        status=refusal.status,
        scim_type=refusal.scim_type,
        request_id=refusal.request_id,
        hint="try again later, or set a lower requestsPerSecond on the target",
    )


def not_scim(call: Call, reply: NotScim) -> NotScimError:
    """A reply that is not SCIM, to a read, or to a write that cannot have been carried out."""
    return NotScimError(
        f"cannot {call.doing}: the answer (status {reply.status}) is {reply.found}, not SCIM",
        hint="check the path of the target's baseUrl, and whether a proxy, a firewall or a sign-in "
        "page stands between",
    )


def unknown(call: Call, why: str) -> OutcomeUnknownError:
    """A write of which nobody knows whether it was carried out."""
    return OutcomeUnknownError(
        f"tried to {call.doing}, and it may or may not have been done: {why}",
        hint="it is not sent again before the resource was read; the next plan shows what is there",
    )


def failed(call: Call, failure: Failure) -> ProviderError:
    """No answer, and nothing that can have changed."""
    if failure.never_sent:
        return UnreachableError(
            f"cannot {call.doing}: {failure.fault}; nothing was sent",
            hint="check the target's baseUrl, and the way from this machine to its host",
        )
    hint = "it only read, so it can simply be repeated"
    if failure.fault is Fault.TOO_LARGE:
        hint = "a profile with a smaller pageMax asks for fewer rows at a time"
    return ProviderError(f"cannot {call.doing}: {failure.fault}", hint=hint)


def _class_and_hint(call: Call, refusal: Refusal) -> tuple[type[RejectedError], str | None]:
    match refusal.status:
        case 401 | 403:
            return UnauthorizedError, (
                "the token may be wrong, expired, or not allowed to do this; check what is bound "
                "to the target's credential"
            )
        case 404 if call.of_all:
            return NotFoundError, (
                "check the path of the target's baseUrl; it ends where `/Users` begins"
            )
        case 404 | 410:
            return NotFoundError, None
        case 409:
            return ConflictError, None
        case 412:
            return StaleVersionError, "it was changed since it was read; make a new plan"
        case status if status < 400:
            return RejectedError, (
                "redirects are not followed, because the token would go along; set baseUrl to the "
                "final address"
            )
        case _:
            return RejectedError, None


def _summary(refusal: Refusal) -> str:
    """`409 (uniqueness): userName is taken`."""
    scim_type = "" if refusal.scim_type is None else f" ({refusal.scim_type})"
    detail = "" if refusal.detail is None else f": {refusal.detail}"
    return f"{refusal.status}{scim_type}{detail}"
