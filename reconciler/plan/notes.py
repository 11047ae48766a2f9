"""Notes: for whom nothing is planned, and why."""

from __future__ import annotations

from typing import Protocol

from reconciler.model.diagnostic import Position
from reconciler.model.identity import Subject
from reconciler.model.note_code import NoteCode
from reconciler.model.plan import Note, NoteKind


class Somebody(Protocol):
    """Whom a note can be about: a declared subject, a change, somebody who leaves."""

    @property
    def subject(self) -> Subject:
        """The person or group."""
        ...

    @property
    def name(self) -> str:
        """What people call it."""
        ...


def noted(
    kind: NoteKind, code: NoteCode, about: Somebody, message: str, at: Position | None = None
) -> Note:
    """A note about somebody."""
    subject = about.subject
    return Note(kind, code, subject.kind, subject.key, about.name, message, at)


def skipped(code: NoteCode, about: Somebody, message: str, at: Position | None = None) -> Note:
    """A note that something is not done for somebody, and why."""
    return noted(NoteKind.SKIPPED, code, about, message, at)
