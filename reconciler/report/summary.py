"""What a plan does, in one sentence; and what it leaves open, in a second one."""

from __future__ import annotations

from collections.abc import Callable, Iterable

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
from reconciler.model.identity import Kind
from reconciler.model.plan import NoteKind, Plan
from reconciler.model.words import counted


def summary(plan: Plan) -> str:
    """Everything a plan does, counted, in one sentence; a second one for what it leaves open."""
    left = _left_open(plan)
    return f"{_done(plan)} {left}" if left else _done(plan)


def _left_open(plan: Plan) -> str:
    open_ = plan.undecided
    conflicts = sum(1 for note in open_ if note.note is NoteKind.CONFLICT)
    parts = []
    if conflicts:
        parts.append(counted(conflicts, "conflict"))
    if len(open_) > conflicts:
        parts.append(f"{len(open_) - conflicts:,} not decided")
    return f"Left as it is: {', '.join(parts)}." if parts else ""


def _done(plan: Plan) -> str:
    if not plan.changes:
        return "No changes."
    parts = [
        *_counted(plan, "create", lambda c: isinstance(c, Create)),
        *_counted(plan, "update", lambda c: isinstance(c, Update)),
        *_counted(plan, "reactivate", lambda c: isinstance(c, Reactivate)),
        *_counted(plan, "deactivate", lambda c: isinstance(c, Deactivate)),
        *_counted(plan, "delete", lambda c: isinstance(c, Delete)),
    ]
    added = sum(len(c.members) for c in plan.changes if isinstance(c, AddMembers))
    removed = sum(len(c.members) for c in plan.changes if isinstance(c, RemoveMembers))
    named = sum(len(c.references) for c in plan.changes if isinstance(c, SetReferences))
    if named:
        parts.append(f"{counted(named, 'reference')} to set")
    if added:
        parts.append(f"{counted(added, 'membership')} to add")
    if removed:
        parts.append(f"{counted(removed, 'membership')} to remove")
    return ", ".join(parts) + "."


def _counted(plan: Plan, verb: str, wanted: Callable[[Change], bool]) -> Iterable[str]:
    for kind in Kind:
        number = sum(1 for c in plan.changes if c.kind is kind and wanted(c))
        if number:
            yield f"{counted(number, kind.value)} to {verb}"
