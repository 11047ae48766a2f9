"""What has to be before what: names and seats that must be free first, groups that must exist.

A plan's steps give the coarse order. Inside it, a change waits for an earlier one (earlier in the
plan, or freeing a name in the same step), and is skipped when that one did not come to pass.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeGuard

from reconciler.model.attributes import DISPLAY_NAME, EXTERNAL_ID, USER_NAME
from reconciler.model.change import (
    AddMembers,
    Change,
    Create,
    Delete,
    Reactivate,
    RemoveMembers,
    SetReferences,
    Step,
    Update,
)
from reconciler.model.identity import Kind, Subject
from reconciler.model.path import AttributePath, parse_path
from reconciler.model.profile import Profile
from reconciler.model.sealed import Held
from reconciler.plan.canonical import comparable


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A value that only one live resource of a kind may have, as it compares; never shown."""

    kind: Kind
    path: str
    value: str


@dataclass(frozen=True, slots=True)
class Edge:
    """`on` is the index of the change that comes first. `unless` says what is missing when it does
    not come to pass; None when only the order matters."""

    on: int
    unless: str | None


#: By what a resource is recognised, and found again. A person's display name is not among it: two
#: people may share one.
NAMING: Final = {
    Kind.USER: (USER_NAME, EXTERNAL_ID),
    Kind.GROUP: (DISPLAY_NAME, EXTERNAL_ID),
}


def sought(create: Create, profile: Profile) -> tuple[AttributePath, str] | None:
    """The name by which a search finds what a create makes; None when it has none."""
    values = {parse_path(v.path): v.value for v in create.values}
    for path in NAMING[create.kind]:
        if name_of(create.kind, path, values.get(path), profile) is not None:
            return path, str(values[path])
    return None


def name_of(kind: Kind, path: AttributePath, value: Held, profile: Profile) -> Name | None:
    """The name that this value is; None for no value, and for several."""
    key = comparable(profile.characteristics(kind, path), value)
    return Name(kind, path.folded, key) if isinstance(key, str) else None


def taken(change: Change, profile: Profile) -> frozenset[Name]:
    """The names that a change brings into use."""
    match change:
        case Create(values=values):
            return _names(change.kind, ((v.path, v.value) for v in values), profile)
        case Update(changes=parts) | Reactivate(changes=parts):
            after = _names(change.kind, ((p.path, p.after) for p in parts), profile)
            return after - _names(change.kind, ((p.path, p.before) for p in parts), profile)
        case _:
            return frozenset()


def freed(change: Change, profile: Profile) -> frozenset[Name]:
    """The names that nobody has any more once a change is carried out."""
    match change:
        case Delete(seen=seen):
            return _names(change.kind, ((v.path, v.value) for v in seen), profile)
        case Update(changes=parts) | Reactivate(changes=parts):
            before = _names(change.kind, ((p.path, p.before) for p in parts), profile)
            return before - _names(change.kind, ((p.path, p.after) for p in parts), profile)
        case _:
            return frozenset()


def _names(kind: Kind, values: Iterable[tuple[str, Held]], profile: Profile) -> frozenset[Name]:
    found = (
        name_of(kind, path, value, profile)
        for text, value in values
        if (path := parse_path(text)) in NAMING[kind]
    )
    return frozenset(name for name in found if name is not None)


def edges(changes: Sequence[Change], profile: Profile) -> tuple[tuple[Edge, ...], ...]:
    """For each change, by its index, what it waits for."""
    freeing: dict[Name, int] = {
        name: index for index, change in enumerate(changes) for name in freed(change, profile)
    }
    created = {c.subject: index for index, c in enumerate(changes) if isinstance(c, Create)}
    earlier: dict[Subject, list[int]] = defaultdict(list)
    seats = {
        member: index
        for index, change in enumerate(changes)
        if frees_seats(change)
        for member in change.members
    }
    found: list[tuple[Edge, ...]] = []
    for index, change in enumerate(changes):
        waits = [_on_same_subject(i, changes[i]) for i in earlier[change.subject]]
        for name in sorted(taken(change, profile)):
            on = freeing.get(name)
            if on is not None and on != index and changes[on].step <= change.step:
                subject = changes[on].subject
                waits.append(Edge(on, f"{name.path}: {subject} still has what this one needs"))
        waits += _on_whom_it_names(change, created)
        if isinstance(change, AddMembers):
            # Whoever keeps the seat is left out then (`Known.joining`), and nobody else is.
            waits += [
                Edge(on, None) for on in sorted({seats[m] for m in change.members if m in seats})
            ]
        earlier[change.subject].append(index)
        found.append(tuple(waits))
    return tuple(found)


def frees_seats(change: Change) -> TypeGuard[RemoveMembers]:
    """Whether its members leave a group early, because they join another (`plan.capacity`)."""
    return isinstance(change, RemoveMembers) and change.step is Step.FREE


def _on_whom_it_names(change: Change, created: Mapping[Subject, int]) -> list[Edge]:
    if not isinstance(change, SetReferences):
        return []
    named = (Subject(Kind.USER, part.after) for part in change.references if part.after is not None)
    return [
        Edge(created[subject], f"{subject}, whom it names, was not created")
        for subject in named
        if subject in created
    ]


def _on_same_subject(index: int, before: Change) -> Edge:
    match before:
        case Create():
            return Edge(index, f"{before.subject} was not created")
        case Update(adopts=True):
            return Edge(index, f"ownership of {before.subject} was not taken")
        case _:
            return Edge(index, None)


def waves(indexes: Sequence[int], waits: Sequence[Sequence[Edge]]) -> Iterator[tuple[int, ...]]:
    """One step's changes in groups that may go at the same time, plan order within each.

    Changes that wait for one another in a circle (two people who swap names) come last, together:
    the provider decides.
    """
    left = list(indexes)
    while left:
        ahead = set(left)
        ready = tuple(i for i in left if ahead.isdisjoint(edge.on for edge in waits[i]))
        wave = ready or tuple(left)
        yield wave
        gone = set(wave)
        left = [i for i in left if i not in gone]
