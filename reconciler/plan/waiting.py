"""Changes that name people and can be carried out: they are there, or come with this plan.

A selection, or a conflict over a name, may take a create away that an addition to a group, or a
reference, counted on. Then that waits too; the rest of it is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reconciler.model.change import AddMembers, Change, Create, SetReferences, of_members
from reconciler.model.identity import member_key
from reconciler.model.note_code import NoteCode
from reconciler.model.plan import Note, NoteKind
from reconciler.model.words import listed
from reconciler.plan.notes import noted
from reconciler.plan.principals import principal
from reconciler.plan.scene import Scene


def without_those_who_wait(
    changes: Iterable[Change], scene: Scene
) -> tuple[list[Change], list[Note]]:
    """The changes less whatever names, or is about, somebody who is not there; and notes of it."""
    changes = list(changes)
    created = {member_key(change.subject) for change in changes if isinstance(change, Create)}
    kept: list[Change] = []
    notes: list[Note] = []

    def there(key: str) -> bool:
        return key in created or principal(key, scene).id is not None

    for change in changes:
        match change:
            case AddMembers(id=None) if member_key(change.subject) not in created:
                notes.append(
                    _note(change, "its members are added once the group itself is created")
                )
            case AddMembers():
                joining = tuple(filter(there, change.members))
                absent = [key for key in change.members if key not in joining]
                if absent:
                    said = f"{listed(absent)} cannot be added before being created"
                    notes.append(_note(change, said))
                if joining:
                    kept.append(of_members(change, joining))
            case SetReferences(id=None) if change.key not in created:
                pass  # whoever is not created this time is named in a note already
            case SetReferences(references=parts):
                named = tuple(part for part in parts if part.after is None or there(part.after))
                absent = [str(part.after) for part in parts if part not in named]
                if absent:
                    said = f"{listed(absent)} cannot be named before being created"
                    notes.append(_note(change, said))
                if named:
                    kept.append(replace(change, references=named))
            case _:
                kept.append(change)
    return kept, notes


def _note(change: AddMembers | SetReferences, message: str) -> Note:
    return noted(NoteKind.WAITING, NoteCode.WAITS_FOR_CREATE, change, message, change.reason.at)
