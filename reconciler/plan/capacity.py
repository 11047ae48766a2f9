"""How many there can be: groups of a person (`groups_per_user`), and users and groups in all.

Beyond its limit a provider drops memberships without a word, so nobody may be planned beyond it.
Grants go before revokes, so what counts is the most that a person holds on the way: the groups
they are in, and those that they join; nothing that they leave is taken off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from reconciler.model.change import AddMembers, Change, Create
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.plan import Note, NoteKind
from reconciler.model.resource import known_members
from reconciler.plan.notes import noted
from reconciler.plan.principals import principal
from reconciler.plan.scene import Scene

#: The note by which `judge` knows of somebody beyond the limit.
TOO_MANY_GROUPS: Final = "too-many-groups"

_WARN_AT: Final = 0.9


def crowded(changes: Iterable[Change], scene: Scene) -> Iterator[Note]:
    """Everybody who joins a group and comes near the provider's limit, or beyond it."""
    limit = scene.profile.groups_per_user
    if limit is None:
        return
    held: Counter[ResourceId] = Counter()
    for group in scene.groups.side.listing.resources.values():
        held.update(known_members(group.members))
    joins: Counter[str] = Counter()
    for change in changes:
        if isinstance(change, AddMembers):
            joins.update(change.members)
    for key in sorted(joins):
        who = principal(key, scene)
        groups = joins[key] + (0 if who.id is None else held[who.id])
        if groups >= _WARN_AT * limit:
            message = f"would be in {groups} groups; this provider keeps {limit} per person"
            code = TOO_MANY_GROUPS if groups > limit else "many-groups"
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
            yield noted(NoteKind.ADVICE, "no-room", first, said)
