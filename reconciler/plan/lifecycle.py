"""What becomes of a live resource of ours, by what happened to whom it belongs: one table.

The planner reads it (`effect_of`, the steps), the fingerprints do, and `manifests/README.md` shows
it; a test holds the three together. What a policy cannot mean for an event is decided here as well:
a hold suspends whatever `disabled` says, since it would hold nobody otherwise, and nobody is
deleted who is to come back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, assert_never

from reconciler.model.change import Step
from reconciler.model.desired import Cause
from reconciler.model.identity import Kind
from reconciler.model.target import Deprovision, Removal


class Effect(StrEnum):
    """What is done with the resource, in the words of the documentation."""

    STAYS = "stays as it is"
    REPORTED = "stays, and every plan says so"
    SUSPENDED = "deactivated; never deleted, since it comes back"
    DEACTIVATED = "deactivated; deleted when `deleteAfterDays` are over"
    DELETED = "deleted"
    DELETED_LATER = "deleted, when `deleteAfterDays` are over where they are set"


class Setting(StrEnum):
    """The fields of `deprovision` that name a removal, as manifests spell them."""

    DISABLED = "disabled"
    OUT_OF_SCOPE = "outOfScope"
    UNASSIGNED = "unassigned"
    REMOVED = "removed"

    def of(self, deprovision: Deprovision) -> Removal:
        """What a target says there."""
        match self:
            case Setting.DISABLED:
                return deprovision.disabled
            case Setting.OUT_OF_SCOPE:
                return deprovision.out_of_scope
            case Setting.UNASSIGNED:
                return deprovision.unassigned
            case Setting.REMOVED:
                return deprovision.removed
            case _:
                assert_never(self)


Effects = Mapping[Removal, Effect]

_LASTING: Final[Effects] = MappingProxyType(
    {
        Removal.KEEP: Effect.STAYS,
        Removal.REPORT: Effect.REPORTED,
        Removal.DEACTIVATE: Effect.DEACTIVATED,
        Removal.DELETE: Effect.DELETED,
    }
)
#: Whoever comes back is switched off at most.
_PASSING: Final[Effects] = MappingProxyType(
    {**_LASTING, Removal.DEACTIVATE: Effect.SUSPENDED, Removal.DELETE: Effect.SUSPENDED}
)
_HELD: Final[Effects] = MappingProxyType(dict.fromkeys(Removal, Effect.SUSPENDED))
#: Groups have no `active` (RFC 7643 §4.2).
_OF_GROUPS: Final[Effects] = MappingProxyType(
    {
        Removal.KEEP: Effect.STAYS,
        Removal.REPORT: Effect.REPORTED,
        Removal.DEACTIVATE: Effect.STAYS,
        Removal.DELETE: Effect.DELETED_LATER,
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to somebody who is live, and what each policy makes of it.

    `urgent`: access must end now, before anything else is done (safety statement 10).
    `unmanaged`: where it stays, its memberships stay as well.
    """

    kind: Kind
    cause: Cause
    words: str
    setting: Setting
    effects: Effects
    urgent: bool = False
    unmanaged: bool = False


LIFECYCLE: Final = (
    Event(
        Kind.USER, Cause.DISABLED, "`accountEnabled: false`, or a leaver's row in a source",
        Setting.DISABLED, _LASTING, urgent=True,
    ),
    Event(Kind.USER, Cause.ENDED, "`until` is over", Setting.DISABLED, _LASTING, urgent=True),
    Event(Kind.USER, Cause.NOT_YET, "`from` is to come", Setting.DISABLED, _PASSING),
    Event(Kind.USER, Cause.HELD, "a Hold", Setting.DISABLED, _HELD, urgent=True),
    Event(
        Kind.USER, Cause.OUT_OF_SCOPE, "fails the scoping filter",
        Setting.OUT_OF_SCOPE, _LASTING, unmanaged=True,
    ),
    Event(
        Kind.USER, Cause.UNASSIGNED, "no assignment",
        Setting.UNASSIGNED, _LASTING, unmanaged=True,
    ),
    Event(
        Kind.USER, Cause.NOT_ENTITLED, "assigned, with no role that counts",
        Setting.UNASSIGNED, _LASTING, unmanaged=True,
    ),
    Event(
        Kind.USER, Cause.REMOVED, "no manifest and no row any more: an orphan",
        Setting.REMOVED, _LASTING,
    ),
    Event(
        Kind.GROUP, Cause.OUT_OF_SCOPE, "fails the scoping filter",
        Setting.OUT_OF_SCOPE, _OF_GROUPS,
    ),
    Event(Kind.GROUP, Cause.UNASSIGNED, "no assignment", Setting.UNASSIGNED, _OF_GROUPS),
    Event(
        Kind.GROUP, Cause.REMOVED, "no manifest any more: an orphan",
        Setting.REMOVED, _OF_GROUPS,
    ),
)  # fmt: skip

_BY_EVENT: Final = MappingProxyType({(event.kind, event.cause): event for event in LIFECYCLE})


def event_of(kind: Kind, cause: Cause) -> Event | None:
    """The event that a cause of leaving is; None for what makes nobody leave."""
    return _BY_EVENT.get((kind, cause))


def effect_of(kind: Kind, cause: Cause, deprovision: Deprovision) -> Effect:
    """What a target does with whoever leaves for this cause."""
    event = event_of(kind, cause)
    return Effect.STAYS if event is None else event.effects[event.setting.of(deprovision)]


def deactivation_step(cause: Cause) -> Step:
    """When somebody is deactivated who leaves for this cause."""
    return Step.LEAVERS if _is_urgent(Kind.USER, cause) else Step.DEACTIVATE


def deletion_step(kind: Kind, cause: Cause) -> Step:
    """When a resource is deleted that leaves for this cause."""
    if kind is Kind.GROUP:
        return Step.DELETE_GROUPS
    return Step.LEAVERS if _is_urgent(kind, cause) else Step.DELETE_USERS


def _is_urgent(kind: Kind, cause: Cause) -> bool:
    event = event_of(kind, cause)
    return event is not None and event.urgent
