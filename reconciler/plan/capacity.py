"""How many there can be: groups of a person (`groups_per_user`), and users and groups in all.

Beyond its limit a provider drops memberships without a word, so nobody may be planned beyond it.
Grants go before revokes, so what counts is the most that a person holds on the way: the groups
they are in, and those that they join. Whoever would be in too many on the way, and not in the end,
leaves as many groups as have to make room before anything is granted (`free_seats`); what they
leave beside those, they leave last, as everybody does.

A seat comes from leaving a group that stays, or one whose name has to be free early. Any other
group is deleted last, so it is counted: an early deletion would take it from everybody else too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from reconciler.model.change import (
    AddMembers,
    Change,
    Create,
    Delete,
    RemoveMembers,
    Step,
    of_members,
)
from reconciler.model.desired import Reason
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.note_code import NoteCode
from reconciler.model.plan import Note, NoteKind
from reconciler.model.resource import known_members
from reconciler.plan.names import position
from reconciler.plan.notes import noted
from reconciler.plan.principals import principal
from reconciler.plan.scene import Scene

_WARN_AT: Final = 0.9


def free_seats(changes: Sequence[Change], scene: Scene) -> tuple[Change, ...]:
    """The changes, removals that make room for a grant first: of each person no more than needed.

    A removal of members of whom some have to leave early becomes two.
    """
    limit = scene.profile.groups_per_user
    if limit is None:
        return tuple(changes)
    leaving: defaultdict[str, list[str]] = defaultdict(list)
    for change in changes:
        if isinstance(change, RemoveMembers):
            for key in change.members:
                leaving[key].append(change.key)
    early: defaultdict[str, set[str]] = defaultdict(set)
    for key, groups in _on_the_way(changes, scene).items():
        too_many = max(0, groups - limit)
        if too_many <= len(leaving[key]):  # where no room can be made, nobody leaves early
            for group in sorted(leaving[key])[:too_many]:
                early[group].add(key)
    found = (part for change in changes for part in _split(change, early, limit))
    return tuple(sorted(found, key=position))


def _split(change: Change, early: Mapping[str, set[str]], limit: int) -> Iterator[Change]:
    first = early.get(change.key)
    if not isinstance(change, RemoveMembers) or not first:
        yield change
        return
    late = [key for key in change.members if key not in first]
    said = f"{change.reason.text}; before they join another, since only {limit} are kept of each"
    freeing = replace(change, step=Step.FREE, reason=Reason(said, change.reason.at))
    yield of_members(freeing, sorted(first))
    if late:
        yield of_members(replace(change, held=change.held - len(first)), late)


def crowded(changes: Iterable[Change], scene: Scene) -> Iterator[Note]:
    """Everybody who joins a group and comes near the provider's limit, or beyond it."""
    limit = scene.profile.groups_per_user
    if limit is None:
        return
    for key, groups in sorted(_on_the_way(changes, scene).items()):
        if groups >= _WARN_AT * limit:
            message = f"would be in {groups} groups; this provider keeps {limit} per person"
            code = NoteCode.TOO_MANY_GROUPS if groups > limit else NoteCode.MANY_GROUPS
            who = principal(key, scene)
            yield Note(NoteKind.ADVICE, code, Kind.USER, key, who.name, message)


def overfull(changes: Sequence[Change], scene: Scene) -> Iterator[Note]:
    """The first of those for whom the provider has no room, where it takes so many only.

    What is deleted makes room in time only where it goes first, so nothing is taken off.
    """
    for kind in Kind:
        most = scene.profile.of(kind).most
        live = len(scene.of(kind).side.listing.resources)
        created = [c for c in changes if isinstance(c, Create) and c.kind is kind]
        room = len(created) if most is None else max(0, most - live)
        if len(created) > room:
            first, beyond = created[room], len(created) - room
            more = "" if beyond == 1 else f", and {beyond - 1:,} more with it"
            said = f"would be one too many{more}: this provider takes {most:,} {kind}s"
            yield noted(NoteKind.ADVICE, NoteCode.NO_ROOM, first, said)


def _on_the_way(changes: Iterable[Change], scene: Scene) -> Mapping[str, int]:
    """Of everybody who joins a group: the most groups that they are in at any moment."""
    held: Counter[ResourceId] = Counter()
    for group in scene.groups.side.listing.resources.values():
        held.update(known_members(group.members))
    joins: Counter[str] = Counter()
    freed: Counter[str] = Counter()
    for change in changes:
        match change:
            case AddMembers(members=members):
                joins.update(members)
            case RemoveMembers(members=members, step=Step.FREE):
                freed.update(members)
            case Delete(members=members, step=Step.FREE):  # another group needs its name
                freed.update(members)
            case _:
                pass
    return {
        key: number + (0 if (live := principal(key, scene).id) is None else held[live]) - freed[key]
        for key, number in joins.items()
    }
