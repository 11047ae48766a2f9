"""Why nothing is done with somebody, in Entra's word for it: from a note, or from a standing.

Explanation, on-demand provisioning and provisioning log all ask here, so that nobody reads two
words for one thing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, assert_never

from reconciler.model.desired import Cause, Excluded, Provisioned, Standing, Undetermined
from reconciler.model.entry_code import EntryCode
from reconciler.model.note_code import NoteCode
from reconciler.model.plan import Note, NoteKind

_BY_CODE: Final = {
    NoteCode.MAPPING_ERROR: EntryCode.VALIDATION_FAILED,
    NoteCode.MAPPING_TYPE: EntryCode.VALIDATION_FAILED,
    NoteCode.VALUE_TOO_LONG: EntryCode.VALIDATION_FAILED,
    NoteCode.DOMAIN_NOT_ACCEPTED: EntryCode.VALIDATION_FAILED,
    NoteCode.REQUIRED_VALUE_MISSING: EntryCode.VALIDATION_FAILED,
    NoteCode.MATCH_VALUE_MISSING: EntryCode.IMPORT_SKIPPED,
    NoteCode.UNLOCATABLE: EntryCode.IMPORT_SKIPPED,
    NoteCode.INCOMPLETE_READ: EntryCode.IMPORT_SKIPPED,
    NoteCode.NOT_LIVE: EntryCode.UNRESOLVED_REFERENCE,
    NoteCode.WAITS_FOR_CREATE: EntryCode.UNRESOLVED_REFERENCE,
    NoteCode.WAITS_FOR_REFERENCE: EntryCode.UNRESOLVED_REFERENCE,
    NoteCode.DUPLICATE_VALUE: EntryCode.DUPLICATE_SOURCE,
    NoteCode.CONTESTED_MATCH: EntryCode.DUPLICATE_SOURCE,
    NoteCode.AMBIGUOUS_MATCH: EntryCode.DUPLICATE_TARGET,
    NoteCode.IDENTITY_DIFFERS: EntryCode.ENTRY_CONFLICT,
    NoteCode.NOT_OURS: EntryCode.ENTRY_CONFLICT,
    NoteCode.FOREIGN_MARK: EntryCode.ENTRY_CONFLICT,
    NoteCode.NAME_TAKEN: EntryCode.ENTRY_CONFLICT,
}
#: Notes that say why nothing is done, the gravest first.
_OBSTACLES: Final = (NoteKind.CONFLICT, NoteKind.SKIPPED, NoteKind.WAITING)


def obstacle_among(notes: Iterable[Note]) -> Note | None:
    """The gravest of the notes that say why nothing is done."""
    notes = tuple(notes)
    return next((note for kind in _OBSTACLES for note in notes if note.note is kind), None)


def obstructed(note: Note) -> EntryCode:
    """What an obstacle is called."""
    return _named(note.code)


def skip_by_git(standing: Standing) -> EntryCode | None:
    """Why somebody is not provisioned, as far as Git alone says it; None for whoever should be."""
    match standing:
        case Provisioned():
            return None
        case Excluded():
            return code_of_exclusion(standing)
        case Undetermined(code=code):
            return _named(code)
        case _:
            assert_never(standing)


def _named(code: NoteCode) -> EntryCode:
    return _BY_CODE.get(code, EntryCode.SYNCHRONIZATION_SKIPPED)


def code_of_exclusion(standing: Excluded) -> EntryCode:
    """What it is called that somebody should not be there."""
    if standing.cause in {Cause.UNASSIGNED, Cause.NOT_ENTITLED}:
        return EntryCode.NOT_ENTITLED
    return EntryCode.SYNCHRONIZATION_SKIPPED
