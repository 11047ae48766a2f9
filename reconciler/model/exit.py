"""The exit codes of every command: one enumeration, documented in the README, tested.

Over several targets the gravest counts (`gravest`): a bug before anything, a refused plan before an
error of one target, an error before a blocked plan, and so on down to "in sync".
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """What a run came to."""

    OK = 0  # in sync, or done
    ERROR = 1  # network, credential, provider
    CHANGES = 2  # changes, drift or undecided people present
    BLOCKED = 3  # a check says no
    INVALID = 4  # manifests or policies are wrong
    PARTIAL = 5  # applied in part (also: every change failed)
    STALE = 6  # the plan is stale, edited or for something else
    USAGE = 64  # the command line is wrong
    BUG = 70  # our own
    INTERRUPTED = 130  # stopped by a signal


_GRAVEST_FIRST: Final = (
    ExitCode.BUG,
    ExitCode.INTERRUPTED,
    ExitCode.USAGE,
    ExitCode.STALE,
    ExitCode.INVALID,
    ExitCode.ERROR,
    ExitCode.BLOCKED,
    ExitCode.PARTIAL,
    ExitCode.CHANGES,
    ExitCode.OK,
)


def gravest(codes: Iterable[ExitCode]) -> ExitCode:
    """The code of a run over several targets; OK for none."""
    return min(codes, key=_GRAVEST_FIRST.index, default=ExitCode.OK)
