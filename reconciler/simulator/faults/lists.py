"""Lists that are not what they should be: totals that are wrong, rows that are lost or repeated."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.simulator.faults.answers import Caught
from reconciler.simulator.faults.script import Distort
from reconciler.simulator.values import Document, Json

Rows = list[Json]


def distorted(caught: Caught, distort: Distort) -> Caught:
    """The answer with its list made wrong; any other answer as it is."""

    def change(rows: Rows) -> Rows:
        kept = rows[: len(rows) - distort.lose] if distort.lose else rows
        return [*kept, *rows[: distort.repeat]]

    return with_rows(caught, change, distort.total)


def with_rows(caught: Caught, change: Callable[[Rows], Rows], total: int) -> Caught:
    """The list with other rows, `total` added to its total; an answer that is no list as it is."""
    document = caught.document()
    rows = None if document is None else document.get("Resources")
    if document is None or not isinstance(rows, list):
        return caught
    held = document.get("totalResults")
    changed: Document = {**document, "Resources": change(rows)}
    if isinstance(held, int):
        changed["totalResults"] = max(0, held + total)
    return caught.saying(changed)
