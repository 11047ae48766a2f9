"""Readings that are spoilt so that nobody can take them for whole."""

from __future__ import annotations

import re

from tests.lives.behind import Truth
from tests.lives.wire import Log

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


def spoilt(cut: tuple[str, str] | None, log: Log, before: Truth) -> frozenset[str]:
    """Of what the reading was spoilt for certain: a list without rows cannot lose one."""
    if cut is None:
        return frozenset()
    (path, fault), kind = cut, PARTS[cut[0]]
    asked = [request for request in log.requests if _is_at(request.path, path)]
    rows = any(map(before.active, before.users)) if kind == "user" else before.groups
    if not asked or (fault in OF_ROWS and not rows) or (fault in OF_LISTS and kind == "members"):
        return frozenset()
    return frozenset({kind})


def _is_at(path: str, pattern: str) -> bool:
    return re.fullmatch(pattern.replace("*", "[^/]+"), path) is not None
