"""Readings that are spoilt so that nobody can take them for whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.e2e.spoiling import FAULTS
from tests.lives.behind import Truth
from tests.lives.company import SHOWS_MEMBERS_APART
from tests.lives.wire import Faults, Log

#: How a reading is spoilt so that nobody can take it for whole; the first need a row to spoil.
OF_ROWS = ("row-lost", "row-twice")
OF_LISTS = (*OF_ROWS, "total-more")
CUTS = (
    *OF_LISTS,
    "status-500",
    "reset-before",
    "truncated-at-40",
    "answer-html",
    "answer-empty",
    "error-malformed",
)
PARTS = {"/Users": "user", "/Groups": "group", "/Groups/*": "members"}


@dataclass(frozen=True)
class Cut:
    """A part that is read badly, and how; `late`: only from the second page on."""

    part: str
    fault: str
    late: bool = False

    @property
    def faults(self) -> Faults:
        nth = ', nth: "2-"' if self.late else ""
        return Faults(f"request: GET {self.part}{nth}", FAULTS[self.fault])


def spoilt(cut: Cut | None, log: Log, before: Truth, profile: str) -> frozenset[str]:
    """Of what the reading was spoilt for certain: a list without rows cannot lose one."""
    if cut is None:
        return frozenset()
    kind, fault = PARTS[cut.part], cut.fault
    asked = [request for request in log.requests if _is_at(request.path, cut.part)]
    if cut.late:
        asked = asked[1:]
    if kind == "members" and profile not in SHOWS_MEMBERS_APART:
        return frozenset()  # the list has shown them
    rows = any(map(before.active, before.users)) if kind == "user" else before.groups
    if not asked or (fault in OF_ROWS and not rows) or (fault in OF_LISTS and kind == "members"):
        return frozenset()
    return frozenset({kind})


def _is_at(path: str, pattern: str) -> bool:
    return re.fullmatch(pattern.replace("*", "[^/]+"), path) is not None
