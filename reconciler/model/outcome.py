"""What became of each planned change: exactly one outcome per change (safety statement 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconciler.model.entry_code import EntryCode
from reconciler.model.identity import Kind, ResourceId, Subject


class Status(StrEnum):
    """The five fates of a change."""

    APPLIED = "applied"
    ALREADY_APPLIED = "alreadyApplied"  # live was equal to the change's result
    FAILED = "failed"
    UNKNOWN = "unknown"  # sent, no answer, and reading did not settle it
    SKIPPED = "skipped"  # not sent, and why


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fate of the change with this hash. `detail` is for people and holds no personal value.

    `stale` marks a change that was refused because live is no longer as the plan saw it. `code` is
    Entra's word for what stood in the way, None where nothing did. `not_kept` are the attributes
    that were sent, and that the provider dropped or altered.
    """

    hash: str
    action: str
    kind: Kind
    key: str
    status: Status
    detail: str | None = None
    id: ResourceId | None = None
    request_ids: tuple[str, ...] = ()
    stale: bool = False
    code: EntryCode | None = None
    not_kept: tuple[str, ...] = ()

    @property
    def subject(self) -> Subject:
        return Subject(self.kind, self.key)


@dataclass(frozen=True, slots=True)
class Span:
    """When carrying out one change began, and when its fate was known."""

    began: datetime
    ended: datetime

    @property
    def milliseconds(self) -> int:
        return round((self.ended - self.began).total_seconds() * 1000)


@dataclass(frozen=True, slots=True)
class Event:
    """What became of one change, and when."""

    outcome: Outcome
    span: Span
