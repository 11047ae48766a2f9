"""Names that only one can have: who needs one, who holds it, and who gives it up in time.

A `userName` is unique (RFC 7643 §4.1.1), and group names are what everybody finds groups by. A name
that a create or a rename needs may be held by somebody live. A delete or a rename that gives it up
goes first (`Step.FREE`; within the step, the executor lets each wait for the one that it needs).
Where nothing in this plan gives it up in time, or two people would swap names, the change that
needs it is left out, with a conflict that says who holds it. A deactivation gives up nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.model.change import (
    Change,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    RemoveMembers,
    Step,
    Update,
    of_members,
)
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.note_code import NoteCode
from reconciler.model.plan import Note, NoteKind
from reconciler.model.sealed import Held
from reconciler.plan.canonical import Comparable, comparable, read
from reconciler.plan.diff import folded
from reconciler.plan.notes import noted
from reconciler.plan.scene import Scene

Name = tuple[Kind, Comparable]
Holders = Mapping[Name, set[ResourceId]]


@dataclass(frozen=True, slots=True)
class Arranged:
    """Changes in the order of an apply, and the conflicts over names."""

    changes: tuple[Change, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class _Refused:
    """A change whose name is not free. `spared`: live resources that are in the conflict too."""

    change: Change
    message: str
    spared: frozenset[ResourceId]


def arrange(changes: Iterable[Change], scene: Scene) -> Arranged:
    """The changes that can be carried out in one go, in their order.

    Leaving one out may keep a name taken that another one needs, so it goes on until nothing more
    has to be left out. Live resources without a manifest that hold a needed name may well be the
    same person under another key: they are not removed while that is open.
    """
    kept = list(changes)
    if not any(_needs(change, scene) for change in kept):
        return Arranged(tuple(sorted(kept, key=position)), ())
    holders = _holders(scene)
    refused: list[_Refused] = []
    while True:
        stepped = _freeing_first(kept, scene)
        more = list(_refuse(stepped, holders, scene))
        if not more:
            break
        refused += more
        out = {position(r.change)[1:] for r in more}
        kept = [change for change in kept if position(change)[1:] not in out]
    spared = {live_id for r in refused for live_id in r.spared}
    arranged = sorted(_sparing(stepped, spared, scene), key=position)
    return Arranged(tuple(arranged), tuple(_note(r) for r in refused))


def position(change: Change) -> tuple[Step, Kind, str, str]:
    """Where a change stands in its plan."""
    return change.step, change.kind, change.key, change.action


def _note(refused: _Refused) -> Note:
    change = refused.change
    return noted(NoteKind.CONFLICT, NoteCode.NAME_TAKEN, change, refused.message, change.reason.at)


def _holders(scene: Scene) -> Holders:
    holders: defaultdict[Name, set[ResourceId]] = defaultdict(set)
    for kind in Kind:
        side = scene.of(kind).side
        for live_id, resource in side.listing.resources.items():
            name = comparable(side.known(side.unique), read(resource, side.unique, side.profile))
            holders[kind, name].add(live_id)
    return holders


def _needs(change: Change, scene: Scene) -> Name | None:
    """The name that a change gives to its resource."""
    match change:
        case Create(values=values):
            return _name(change, ((value.path, value.value) for value in values), scene)
        case Update(changes=parts) | Reactivate(changes=parts):
            return _name(change, ((part.path, part.after) for part in parts), scene)
        case _:
            return None


def _frees(change: Change, scene: Scene) -> Name | None:
    """The name that its resource no longer has after a change."""
    match change:
        case Delete(seen=seen):
            return _name(change, ((value.path, value.value) for value in seen), scene)
        case Update(changes=parts) | Reactivate(changes=parts):
            return _name(change, ((part.path, part.before) for part in parts), scene)
        case _:
            return None


def _name(change: Change, values: Iterable[tuple[str, Held]], scene: Scene) -> Name | None:
    side = scene.of(change.kind).side
    wanted = side.unique.folded
    for path, value in values:
        if value is not None and folded(path) == wanted:
            return change.kind, comparable(side.known(side.unique), value)
    return None


def _freeing_first(changes: Sequence[Change], scene: Scene) -> list[Change]:
    """The changes, those earlier that give up a name which another one needs."""
    needed = {name for change in changes if (name := _needs(change, scene))}
    return [
        replace(change, step=Step.FREE)
        if change.step > Step.FREE and _frees(change, scene) in needed
        else change
        for change in changes
    ]


@dataclass(frozen=True, slots=True)
class _Market:
    """Who needs, holds and gives up which name."""

    scene: Scene
    holders: Holders
    needing: Mapping[Name, Sequence[Change]]
    freeing: Mapping[tuple[Name, ResourceId], Change]

    def holding(self, change: Change) -> list[tuple[Name, ResourceId]]:
        """Everybody else who holds the name that a change needs."""
        name = _needs(change, self.scene)
        if name is None:
            return []
        return [(name, live_id) for live_id in sorted(self.holders.get(name, set()) - {change.id})]

    def in_circle(self, start: Change) -> bool:
        """Whether what a change waits for waits for the change itself."""
        seen: set[int] = set()
        ahead = [start]
        while ahead:
            for held in self.holding(ahead.pop()):
                before = self.freeing.get(held)
                if before is start:
                    return True
                if before is not None and id(before) not in seen:
                    seen.add(id(before))
                    ahead.append(before)
        return False


def _market(changes: Sequence[Change], holders: Holders, scene: Scene) -> _Market:
    needing: defaultdict[Name, list[Change]] = defaultdict(list)
    freeing: dict[tuple[Name, ResourceId], Change] = {}
    for change in changes:
        if needed := _needs(change, scene):
            needing[needed].append(change)
        freed = _frees(change, scene)
        if freed is not None and change.id is not None:
            freeing[freed, change.id] = change
    return _Market(scene, holders, needing, freeing)


def _refuse(changes: Sequence[Change], holders: Holders, scene: Scene) -> Iterator[_Refused]:
    market = _market(changes, holders, scene)
    for wanted_by in market.needing.values():
        for change in wanted_by:
            # Whatever gives a needed name up has been put first, so it is in time.
            left = [held[1] for held in market.holding(change) if held not in market.freeing]
            if len(wanted_by) > 1:
                message = f"one name is wanted for {_keys(wanted_by)}; only one can have it"
            elif left:
                message = _held_by(left, change, scene)
            elif market.in_circle(change):
                message = "it would swap names with somebody; give one of them a third name first"
            else:
                continue
            undeclared = scene.of(change.kind).undeclared
            yield _Refused(change, message, frozenset(left).intersection(undeclared))


def _keys(changes: Iterable[Change]) -> str:
    return ", ".join(sorted(change.key for change in changes))


def _held_by(held: Sequence[ResourceId], change: Change, scene: Scene) -> str:
    pairing = scene.of(change.kind)
    keys = ", ".join(pairing.key_of(live_id) for live_id in held)
    text = f"its {pairing.side.unique} is still taken by {keys}, so it waits until that is free"
    if pairing.undeclared and not set(pairing.undeclared).isdisjoint(held):
        text += (
            "; if both are one and the same, keep the key, and if not, rename or delete the live "
            "one at the provider"
        )
    return text


def _sparing(changes: Iterable[Change], spared: set[ResourceId], scene: Scene) -> Iterator[Change]:
    keys = {scene.principal_of(live_id) for live_id in spared}
    for change in changes:
        match change:
            case Deactivate(id=live_id) if live_id in spared:
                pass
            case RemoveMembers(members=members) if not keys.isdisjoint(members):
                left = tuple(key for key in members if key not in keys)
                if left:
                    yield of_members(change, left)
            case _:
                yield change
