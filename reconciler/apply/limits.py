"""What bounds one run, apart from the plan: how often it may fail, how long it may last, and how
many changes are tried and looked at before the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Final

_FEWEST_FAILURES: Final = 10
_FAILURE_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True)
class Limits:
    """Said by whoever starts the run. `failures` None is the default of `budget`; with `canary` 0
    everything goes at once; after `until` nothing new is sent; `read_back`: every change is read
    again, and not only those that take something away."""

    failures: int | None = None
    canary: int = 0
    until: datetime | None = None
    read_back: bool = False

    def budget(self, changes: int) -> int:
        """How many failures a run over so many changes bears before it stops."""
        return failure_budget(changes) if self.failures is None else self.failures


def failure_budget(changes: int) -> int:
    """What nobody has set otherwise: at least ten failures, else a fifth of the changes."""
    return max(_FEWEST_FAILURES, ceil(_FAILURE_SHARE * changes))


UNLIMITED: Final = Limits()
