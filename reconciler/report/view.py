"""A plan, prepared for reading: sections in the order of what hurts most, one entry per change.

Renderers only lay this out. All values in it are inert (`reconciler.model.show`) already. Removals
are never folded away; of long lists of additions the first few stand for the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from reconciler.model.change import (
    AddMembers,
    AttributeChange,
    Change,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    ReferenceChange,
    RemoveMembers,
    Removing,
    SetReferences,
    Update,
)
from reconciler.model.diagnostic import Position
from reconciler.model.element import called
from reconciler.model.identity import Kind
from reconciler.model.plan import Note, NoteKind, Plan
from reconciler.model.show import inert, plain, show
from reconciler.model.words import and_more
from reconciler.report.style import Detail, Tone
from reconciler.report.summary import summary

_SHOWN: Final = 8  # entries of a section, before the rest is folded
_NAMED: Final = 3  # members who are added to one group, likewise


@dataclass(frozen=True, slots=True)
class Line:
    """A line under an entry: what differs, or who."""

    text: str
    tone: Tone
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: `+ user "Ada Lovelace" (e10342)`, why, and what exactly."""

    symbol: str
    tone: Tone
    title: str
    reason: str
    at: str | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Changes of one sort. `folded` is how many more there are than are written out."""

    title: str
    entries: tuple[Entry, ...]
    folded: int = 0


@dataclass(frozen=True, slots=True)
class NoteGroup:
    """Notes of one sort, as sentences."""

    title: str
    lines: tuple[Line, ...]
    folded: int = 0


@dataclass(frozen=True, slots=True)
class PlanView:
    """What a renderer lays out."""

    sections: tuple[Section, ...]
    notes: tuple[NoteGroup, ...]
    summary: str


_SECTIONS: Final[tuple[tuple[str, type[Change]], ...]] = (
    ("Deleted", Delete),
    ("Deactivated", Deactivate),
    ("Removed from groups", RemoveMembers),
    ("Changed", Update),
    ("Active again", Reactivate),
    ("Created", Create),
    ("References set", SetReferences),  # they may name whoever is created
    ("Added to groups", AddMembers),
)
_NEVER_FOLDED: Final = (Delete, Deactivate, RemoveMembers)

_NOTES: Final[tuple[tuple[NoteKind, str], ...]] = (
    (NoteKind.CONFLICT, "Conflicts: nothing is done for these until somebody decides"),
    (NoteKind.SKIPPED, "Not decided or not allowed: these keep what they have"),
    (NoteKind.HELD, "On hold"),
    (NoteKind.WAITING, "Waiting for somebody who is not there yet"),
    (NoteKind.UPCOMING, "To come, by date"),
    (NoteKind.STRANGER, "Live, but not ours: left alone"),
    (NoteKind.ADVICE, "Worth knowing"),
)


def prepare(plan: Plan, detail: Detail) -> PlanView:
    """The view of a plan."""
    sections = tuple(
        _section(title, [c for c in plan.changes if isinstance(c, sort)], plan, detail)
        for title, sort in _SECTIONS
        if any(isinstance(c, sort) for c in plan.changes)
    )
    notes = tuple(
        _note_group(title, [n for n in plan.notes if n.note is sort], detail)
        for sort, title in _NOTES
        if any(n.note is sort for n in plan.notes)
    )
    return PlanView(sections, notes, summary(plan))


def _section(title: str, changes: Sequence[Change], plan: Plan, detail: Detail) -> Section:
    keep_all = detail is Detail.FULL or isinstance(changes[0], _NEVER_FOLDED)
    shown = changes if keep_all else changes[:_SHOWN]
    return Section(
        title, tuple(_entry(c, plan, detail) for c in shown), folded=len(changes) - len(shown)
    )


def _note_group(title: str, notes: Sequence[Note], detail: Detail) -> NoteGroup:
    shown = notes if detail is Detail.FULL else notes[:_SHOWN]
    lines = tuple(
        Line(f"{who(n.kind, n.key, n.name)}: {inert(n.message)}", Tone.QUIET, place(n.at))
        for n in shown
    )
    return NoteGroup(title, lines, folded=len(notes) - len(shown))


def place(at: Position | None) -> str | None:
    """`file:line`, as editors and terminals make it clickable."""
    return None if at is None else f"{plain(at.file)}:{at.line}"


def who(kind: Kind, key: str, name: str) -> str:
    """`user "Ada Lovelace" (e10342)`; the key alone where it says the same."""
    return f"{kind} {plain(key)}" if name == key else f"{kind} {show(name)} ({plain(key)})"


def _entry(change: Change, plan: Plan, detail: Detail) -> Entry:
    symbol, tone, lines = _body(change, plan, detail)
    if change.irreversible is not None:
        lines = (*lines, Line(f"cannot be undone: {inert(change.irreversible)}", Tone.REMOVE))
    return Entry(
        symbol,
        tone,
        who(change.kind, change.key, change.name),
        inert(change.reason.text) + _brought(change),
        place(change.reason.at),
        lines,
    )


def _brought(change: Change) -> str:
    """Which sources brought a change, or the part of it that they brought."""
    if not change.sources:
        return ""
    named = f"source {', '.join(map(plain, change.sources))}"
    if isinstance(change, AddMembers | RemoveMembers) and change.brought != change.members:
        return f" ({len(change.brought):,} of {len(change.members):,} by {named})"
    return f" (by {named})"


def _body(change: Change, plan: Plan, detail: Detail) -> tuple[str, Tone, tuple[Line, ...]]:
    match change:
        case Create():
            if detail is Detail.FOLDED:
                return "+", Tone.ADD, ()
            lines = (
                Line(f"{v.path}: {_shown(v.path, v.value)}", Tone.ADD, place(v.at))
                for v in change.values
            )
            return "+", Tone.ADD, tuple(lines)
        case Update():
            adopted = (Line("ownership is taken (adopt)", Tone.CHANGE),) if change.adopts else ()
            return "~", Tone.CHANGE, (*adopted, *map(_difference, change.changes))
        case Reactivate():
            return "^", Tone.ADD, tuple(map(_difference, change.changes))
        case Deactivate():
            return "!", Tone.REMOVE, ()
        case Delete():
            return "-", Tone.REMOVE, _one_by_one(change.members, "loses", plan)
        case SetReferences():
            return "~", Tone.CHANGE, tuple(_reference(part, plan) for part in change.references)
        case AddMembers():
            if detail is Detail.FULL:
                return "+", Tone.ADD, _one_by_one(change.members, "+", plan, Tone.ADD)
            return "+", Tone.ADD, (_together(change.members, plan),)
        case RemoveMembers():
            named = _one_by_one(change.members, "-", plan)
            return "-", Tone.REMOVE, (*_how(change), *named)
        case _:
            assert_never(change)


def _how(change: RemoveMembers) -> tuple[Line, ...]:
    match change.by:
        case Removing.EACH:
            return ()
        case Removing.EMPTY:
            return (Line("the group is emptied in one request", Tone.REMOVE),)
        case Removing.REPLACE:
            stay = change.held - len(change.members)
            return (Line(f"the list of members is replaced; {stay:,} stay", Tone.REMOVE),)
        case _:
            assert_never(change.by)


def _shown(path: str, value: object) -> str:
    return show(called(path, value))


def _difference(change: AttributeChange) -> Line:
    return Line(
        f"{change.path}: {_shown(change.path, change.before)} -> "
        f"{_shown(change.path, change.after)}",
        Tone.CHANGE,
        place(change.at),
    )


def _reference(part: ReferenceChange, plan: Plan) -> Line:
    before, after = (
        "nobody" if key is None else _principal(key, plan) for key in (part.before, part.after)
    )
    return Line(f"{part.path}: {before} -> {after}", Tone.CHANGE, place(part.at))


def _one_by_one(
    keys: Sequence[str], symbol: str, plan: Plan, tone: Tone = Tone.REMOVE
) -> tuple[Line, ...]:
    return tuple(Line(f"{symbol} {_principal(key, plan)}", tone) for key in keys)


def _together(keys: Sequence[str], plan: Plan) -> Line:
    named = and_more([_principal(key, plan) for key in keys[:_NAMED]], len(keys))
    return Line(f"+ {named}", Tone.ADD)


def _principal(key: str, plan: Plan) -> str:
    principal = plan.principals.get(key)
    if principal is None or principal.name == key:
        return plain(key)
    return f"{show(principal.name)} ({plain(key)})"
