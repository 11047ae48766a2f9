"""Everything that carrying out one change needs, and the five ways in which that can end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from reconciler.apply.brake import Brake
from reconciler.apply.deliver import Courier
from reconciler.apply.known import Known
from reconciler.apply.provider import Provider
from reconciler.model.change import Change
from reconciler.model.entry_code import EntryCode
from reconciler.model.identity import ResourceId
from reconciler.model.outcome import Outcome, Status
from reconciler.model.profile import Profile
from reconciler.model.written import Written

#: Live is as the change wants it.
FINE: Final = frozenset({Status.APPLIED, Status.ALREADY_APPLIED})


@dataclass(frozen=True, slots=True)
class Run:
    """One run's provider, its rules, and what it knows and minds."""

    provider: Provider
    profile: Profile
    known: Known
    courier: Courier
    brake: Brake


def live_id(change: Change) -> ResourceId:
    """The resource that a change is about; only creates, and members of what they make, have none.

    Raises:
        ValueError: it has none, so the plan is not one that this product makes.
    """
    if change.id is None:
        raise ValueError(f"{change.action} of {change.subject} names no live resource")
    return change.id


def applied(
    change: Change,
    id: ResourceId | None,
    *,
    detail: str | None = None,
    requests: tuple[str, ...] = (),
) -> Outcome:
    """Live is as the change wants it, by this run's doing."""
    return _outcome(change, Status.APPLIED, detail, id, requests)


def already(change: Change, id: ResourceId | None, detail: str | None = None) -> Outcome:
    """Live is as the change wants it, and nothing had to be sent for that."""
    return _outcome(change, Status.ALREADY_APPLIED, detail, id)


def failed(
    change: Change,
    detail: str,
    id: ResourceId | None = None,
    requests: tuple[str, ...] = (),
    *,
    code: EntryCode,
) -> Outcome:
    """It was tried, and live is not as the change wants it."""
    return replace(_outcome(change, Status.FAILED, detail, id or change.id, requests), code=code)


def unknown(
    change: Change,
    detail: str,
    id: ResourceId | None = None,
    requests: tuple[str, ...] = (),
) -> Outcome:
    """It was sent, and reading did not tell what became of it."""
    outcome = _outcome(change, Status.UNKNOWN, detail, id or change.id, requests)
    return replace(outcome, code=EntryCode.TIMEOUT)


def skipped(change: Change, detail: str, code: EntryCode) -> Outcome:
    """It was not sent."""
    return replace(_outcome(change, Status.SKIPPED, detail, change.id), code=code)


def stale(change: Change, detail: str) -> Outcome:
    """It was not sent, because live is not, or cannot be confirmed to be, as the plan saw it."""
    return replace(skipped(change, detail, EntryCode.LIVE_STATE_CHANGED), stale=True)


def _outcome(
    change: Change,
    status: Status,
    detail: str | None,
    id: ResourceId | None,
    requests: tuple[str, ...] = (),
) -> Outcome:
    return Outcome(
        hash=change.hash,
        action=change.action,
        kind=change.kind,
        key=change.key,
        status=status,
        detail=detail,
        id=id,
        request_ids=requests,
    )


def request_ids(written: Written) -> tuple[str, ...]:
    """What the provider calls its request, where it does."""
    return () if written.request_id is None else (written.request_id,)
