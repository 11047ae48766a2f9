"""From outcomes to the exit code of an apply."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from reconciler.model.exit import ExitCode
from reconciler.model.outcome import Outcome, Status


class Halt(StrEnum):
    """Why a run stopped sending before its end."""

    STOPPED = "stopped"  # somebody asked for it
    TIME = "time"  # it has lasted as long as it may
    CANARY = "canary"  # one of the changes that went first failed, or cannot be seen
    LEASE = "lease"  # the right to write to the target could not be renewed in time
    LEDGER = "ledger"  # what would be sent next could not be written down
    CREDENTIAL = "credential"  # the provider refuses it
    UNREACHABLE = "unreachable"  # several requests in a row found no connection
    ERRORS = "errors"  # more failures than the budget allows


_FINE = frozenset({Status.APPLIED, Status.ALREADY_APPLIED})
_TOUCHED = frozenset({Status.APPLIED, Status.UNKNOWN})


def exit_code(outcomes: Sequence[Outcome], halt: Halt | None = None) -> ExitCode:
    """0 when every change is as wanted now; otherwise what the operator has to know first.

    A run that was stopped says so (130). One that could not do anything because of the credential,
    the connection or the ledger is an error (1), not a partial apply; so is one that did everything
    and could not write it down. When nothing was applied and all that is missing was refused as
    stale, the plan is stale (6). Everything else is partial (5).
    """
    missing = [outcome for outcome in outcomes if outcome.status not in _FINE]
    if not missing:
        return ExitCode.ERROR if halt is Halt.LEDGER else ExitCode.OK
    touched = any(outcome.status in _TOUCHED for outcome in outcomes)
    match halt:
        case Halt.STOPPED:
            return ExitCode.INTERRUPTED
        case Halt.CREDENTIAL | Halt.UNREACHABLE | Halt.LEASE | Halt.LEDGER if not touched:
            return ExitCode.ERROR
        case _ if not touched and all(outcome.stale for outcome in missing):
            return ExitCode.STALE
        case _:
            return ExitCode.PARTIAL
