"""What a target does with somebody who should no longer be there, by why."""

from __future__ import annotations

from typing import Final, assert_never

from reconciler.model.change import Step
from reconciler.model.declared import Deprovision, Removal
from reconciler.model.desired import Cause
from reconciler.model.identity import Kind

#: Access that must end now: these go before everything else (safety statement 10).
URGENT: Final = frozenset({Cause.DISABLED, Cause.HELD, Cause.ENDED})


def removal_for(cause: Cause, deprovision: Deprovision) -> Removal:
    """The removal that `deprovision` names for one cause of leaving; KEEP for every other cause."""
    match cause:
        case Cause.DISABLED | Cause.HELD | Cause.ENDED | Cause.NOT_YET:
            return deprovision.disabled
        case Cause.OUT_OF_SCOPE:
            return deprovision.out_of_scope
        case Cause.UNASSIGNED | Cause.NOT_ENTITLED:
            return deprovision.unassigned
        case Cause.REMOVED:
            return deprovision.removed
        case Cause.ADDED | Cause.CHANGED | Cause.ENABLED | Cause.DUE | Cause.DRIFT | Cause.UNDO:
            return Removal.KEEP
        case _:
            assert_never(cause)


def deactivation_step(cause: Cause) -> Step:
    """When somebody is deactivated who leaves for this cause."""
    return Step.LEAVERS if cause in URGENT else Step.DEACTIVATE


def deletion_step(kind: Kind, cause: Cause) -> Step:
    """When a resource is deleted that leaves for this cause."""
    match kind:
        case Kind.USER:
            return Step.LEAVERS if cause in URGENT else Step.DELETE_USERS
        case Kind.GROUP:
            return Step.DELETE_GROUPS
        case _:
            assert_never(kind)
