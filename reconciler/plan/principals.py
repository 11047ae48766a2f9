"""Who the keys of members, and of people who are named, stand for in a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.model.change import AddMembers, Change, Delete, RemoveMembers, SetReferences
from reconciler.model.identity import ResourceId, id_from_key, subject_of_member
from reconciler.model.plan import Principal
from reconciler.plan.scene import Scene


def principals(changes: Iterable[Change], scene: Scene) -> Mapping[str, Principal]:
    """Everybody whom a change names, by key, keys sorted."""
    keys = {key for change in changes for key in _named(change)}
    return {key: principal(key, scene) for key in sorted(keys)}


def _named(change: Change) -> tuple[str, ...]:
    match change:
        case AddMembers() | RemoveMembers() | Delete():
            return change.members
        case SetReferences():
            return change.named
        case _:
            return ()


def principal(key: str, scene: Scene) -> Principal:
    """One member key: a user's, `group:KEY`, or `id:…` for whoever has no key."""
    live = id_from_key(key)
    if live is not None:
        return _live(live, scene)
    subject = subject_of_member(key)
    pairing, wanted = scene.of(subject.kind), scene.desired.get(subject)
    if wanted is None:  # declared once; it has a key because it is live
        return _live(pairing.ids[subject.key], scene)
    return Principal(pairing.links.get(subject.key), wanted.name)


def _live(live: ResourceId, scene: Scene) -> Principal:
    for pairing in (scene.users, scene.groups):
        if live in pairing.side.listing.resources:
            return Principal(live, pairing.side.name_of(live))
    return Principal(live, live)
