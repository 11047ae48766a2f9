"""Writes that are done and do not show yet: what reads see instead, and for how many reads."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from reconciler.simulator.errors import ScimError
from reconciler.simulator.faults.answers import Caught
from reconciler.simulator.faults.lists import Rows, with_rows
from reconciler.simulator.values import Document

_MISSING = ScimError(404, "not found")


@dataclass(slots=True)
class _Hidden:
    """One resource as it was before the write; `before` None: it was not there. `gone`: it is not
    there any more."""

    collection: str
    id: str
    before: Document | None
    gone: bool
    reads: int


@dataclass(slots=True)
class Hiding:
    """Everything that does not show yet."""

    _hidden: list[_Hidden] = field(default_factory=list)

    def begin(
        self, path: tuple[str, str], before: Document | None, reads: int, *, gone: bool
    ) -> None:
        """From now on, for so many reads of what is at `path`, or of a list that may have it."""
        self._hidden.append(_Hidden(*path, before, gone, reads))

    def veil(self, path: tuple[str, ...], caught: Caught, *, filtered: bool) -> Caught:
        """What a read shows; it counts for whatever it would have shown."""
        for hidden in [h for h in self._hidden if h.collection == path[0]]:
            if path[1:] == (hidden.id,):
                caught = _one(hidden, caught)
            elif len(path) == 1:
                caught = _list(hidden, caught, filtered=filtered)
            else:
                continue
            hidden.reads -= 1
        self._hidden = [hidden for hidden in self._hidden if hidden.reads > 0]
        return caught


def _one(hidden: _Hidden, caught: Caught) -> Caught:
    if hidden.before is None:
        return replace(caught, status=404).saying(_MISSING.body())
    return replace(caught, status=200).saying(hidden.before)


def _list(hidden: _Hidden, caught: Caught, *, filtered: bool) -> Caught:
    """The list as it was: the row that changed, without the new one, or with the one that went.

    Of a filtered list nobody knows whether a row that is not in it was, so only what is there
    changes.
    """
    document = caught.document() or {}
    rows = document.get("Resources")
    there = isinstance(rows, list) and any(_id(row) == hidden.id for row in rows)
    before = hidden.before
    if before is None:
        # Rows of a later page move up; that the total moved is all that a client can see of it.
        fewer = 0 if filtered and not there else -1
        return with_rows(caught, lambda rows: [r for r in rows if _id(r) != hidden.id], fewer)
    if there:
        return with_rows(
            caught, lambda rows: [before if _id(r) == hidden.id else r for r in rows], 0
        )
    if not hidden.gone or filtered:
        return caught
    return with_rows(caught, lambda rows: _with_the_lost_one(rows, before, document), 1)


def _with_the_lost_one(rows: Rows, before: Document, document: Document) -> Rows:
    """At the end of the last page, where a deleted row is put back."""
    start, total = document.get("startIndex"), document.get("totalResults")
    if isinstance(start, int) and isinstance(total, int):
        last = start + len(rows) > total
    else:
        last = "nextCursor" not in document
    return [*rows, before] if last else rows


def _id(row: object) -> object:
    return row.get("id") if isinstance(row, dict) else None
