"""`SelectUniqueValue`: which of somebody's candidates nobody has yet.

Only whoever is about to be created gets one, and keeps it: afterwards the value is theirs, whatever
the candidates come to. Taken is what any live resource of the kind has, ours or not, what Git wants
for anybody, and what somebody earlier in the order of keys gets in the same plan. It needs a
complete reading, as every create does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from reconciler.model.desired import (
    Desired,
    DesiredGroup,
    DesiredUser,
    DesiredValue,
    Provisioned,
    Reason,
    Undetermined,
)
from reconciler.model.identity import GroupKey, UserKey
from reconciler.model.note_code import NoteCode
from reconciler.model.path import AttributePath
from reconciler.plan.canonical import Comparable, canonical_value, comparable, read
from reconciler.plan.pairing import Pairing

_Subject = TypeVar("_Subject", DesiredUser, DesiredGroup)
_Key = TypeVar("_Key", UserKey, GroupKey)


def choose_unique(desired: Desired, users: Pairing, groups: Pairing) -> Desired:
    """The desired state, each candidate that is free in the place of its candidates.

    Whoever finds all of them taken is undetermined, alone.
    """
    return replace(
        desired,
        users=_chosen(desired.users, users),
        groups=_chosen(desired.groups, groups),
    )


def _chosen(subjects: Mapping[_Key, _Subject], pairing: Pairing) -> Mapping[_Key, _Subject]:
    choosing = sorted(key for key, one in subjects.items() if _is_choosing(one, pairing))
    if not choosing or pairing.side.listing.gap is not None:
        return subjects
    taken = _Taken(pairing, tuple(subjects.values()))
    found = dict(subjects)
    for key in choosing:
        found[key] = _settle(subjects[key], taken)
    return found


def _is_choosing(one: DesiredUser | DesiredGroup, pairing: Pairing) -> bool:
    """Whether it is about to be created and has something to choose."""
    return (
        isinstance(one.standing, Provisioned)
        and any(value.candidates for value in one.values.values())
        and pairing.live(one.key) is None
    )


def _settle(one: _Subject, taken: _Taken) -> _Subject:
    values = dict(one.values)
    for path, value in sorted(one.values.items(), key=lambda item: item[0].folded):
        if not value.candidates:
            continue
        free = taken.first_free(path, value)
        if free is None:
            said = (
                f"every value that could be the {path} of {one.key} is taken, at the target or "
                "by somebody else in this plan"
            )
            return replace(
                one, standing=Undetermined(NoteCode.NO_UNIQUE_VALUE, Reason(said, value.at))
            )
        values[path] = free
    for path, value in one.values.items():
        if value.candidates:
            taken.reserve(path, values[path])
    return replace(one, values=values)


@dataclass(slots=True)
class _Taken:
    """Everything that somebody has or gets, by attribute; worked out when it is first asked."""

    pairing: Pairing
    subjects: Collection[DesiredUser | DesiredGroup]
    _by_path: dict[AttributePath, set[str]] = field(default_factory=dict)

    def first_free(self, path: AttributePath, value: DesiredValue) -> DesiredValue | None:
        taken = self._of(path)
        known = self.pairing.side.known(path)
        for candidate in value.candidates:
            if taken.isdisjoint(_parts(comparable(known, canonical_value(known, candidate)))):
                return replace(value, value=candidate, candidates=())
        return None

    def reserve(self, path: AttributePath, value: DesiredValue) -> None:
        self._of(path).update(self._keys(path, value))

    def _of(self, path: AttributePath) -> set[str]:
        if path not in self._by_path:
            self._by_path[path] = {*self._live(path), *self._wanted(path)}
        return self._by_path[path]

    def _live(self, path: AttributePath) -> Iterator[str]:
        side = self.pairing.side
        known = side.known(path)
        for resource in side.listing.resources.values():
            yield from _parts(comparable(known, read(resource, path, side.profile)))

    def _wanted(self, path: AttributePath) -> Iterator[str]:
        for one in self.subjects:
            value = one.values.get(path)
            if value is not None and not value.candidates:
                yield from self._keys(path, value)

    def _keys(self, path: AttributePath, value: DesiredValue) -> Iterator[str]:
        known = self.pairing.side.known(path)
        yield from _parts(comparable(known, canonical_value(known, value.value)))


def _parts(key: Comparable) -> frozenset[str]:
    """A list of values takes each of them."""
    match key:
        case None:
            return frozenset()
        case str():
            return frozenset({key})
        case _:
            return key
