"""What holds of every plan that this product makes, beyond the types of its values.

A file with the right digest may have been made by somebody else. Whatever reads a plan relies on
these; so a file in which they do not hold is no plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from reconciler.model.change import (
    AddMembers,
    Change,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    RemoveMembers,
    SetReferences,
    Update,
)
from reconciler.model.path import PathError, parse_path
from reconciler.model.plan import Plan
from reconciler.model.show import plain, show


def shape_fault(plan: Plan) -> str | None:
    """The first thing in it that no plan has, in words."""
    for change in plan.changes:
        whom = f"its {change.action} of {change.kind} {plain(change.key)}"
        # Whoever the same plan creates has no id yet, and neither has what is linked to them.
        if change.id is None and not isinstance(change, Create | AddMembers | SetReferences):
            return f"{whom} names no live resource"
        for path in _paths(change):
            try:
                parse_path(path)
            except PathError:
                return f"{whom} is about {show(path)}, which is no path of an attribute"
    return None


def _paths(change: Change) -> Iterator[str]:
    match change:
        case Create(values=parts) | Delete(seen=parts):
            yield from (part.path for part in parts)
        case Update(changes=differences) | Reactivate(changes=differences):
            yield from (part.path for part in differences)
        case SetReferences(references=references):
            yield from (part.path for part in references)
        case Deactivate() | AddMembers() | RemoveMembers():
            pass
        case _:
            assert_never(change)
