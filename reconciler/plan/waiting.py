"""Changes of members that can be carried out: whoever joins is there, or comes with this plan.

A selection, or a conflict over a name, may take a create away that an addition counted on. Then the
addition waits too; the rest of it is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reconciler.model.change import AddMembers, Change, Create
from reconciler.model.identity import Kind
from reconciler.model.plan import Note, NoteKind
from reconciler.plan.members import listed
from reconciler.plan.principals import principal
from reconciler.plan.scene import Scene, nested_key


def without_those_who_wait(
    changes: Iterable[Change], scene: Scene
) -> tuple[list[Change], list[Note]]:
    """The changes less every addition of, or to, something that is not there; and notes of it."""
    changes = list(changes)
    created = {
        change.key if change.kind is Kind.USER else nested_key(change.key)
        for change in changes
        if isinstance(change, Create)
    }
    kept: list[Change] = []
    notes: list[Note] = []
    for change in changes:
        if not isinstance(change, AddMembers):
            kept.append(change)
            continue
        if change.id is None and nested_key(change.key) not in created:
            notes.append(_note(change, "its members are added once the group itself is created"))
            continue
        there = tuple(
            key for key in change.members if key in created or principal(key, scene).id is not None
        )
        if there != change.members:
            absent = [key for key in change.members if key not in there]
            notes.append(_note(change, f"{listed(absent)} cannot be added before being created"))
        if there:
            kept.append(replace(change, members=there))
    return kept, notes


def _note(change: AddMembers, message: str) -> Note:
    return Note(
        NoteKind.WAITING,
        "waits-for-create",
        change.kind,
        change.key,
        change.name,
        message,
        change.reason.at,
    )
