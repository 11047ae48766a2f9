"""Who the keys of members, and of people who are named, stand for in a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.model.change import AddMembers, Change, Delete, RemoveMembers, SetReferences
from reconciler.model.desired import DesiredGroup, DesiredUser
from reconciler.model.identity import LIVE_PREFIX, GroupKey, ResourceId, UserKey
from reconciler.model.plan import Principal
from reconciler.plan.matching import Pairing
from reconciler.plan.scene import Scene, nested_key


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
    if key.startswith(LIVE_PREFIX):
        return _live(ResourceId(key.removeprefix(LIVE_PREFIX)), scene)
    if key.startswith(nested_key("")):
        group = GroupKey(key.removeprefix(nested_key("")))
        return _declared(group, scene.desired.groups.get(group), scene.groups, scene)
    user = UserKey(key)
    return _declared(user, scene.desired.users.get(user), scene.users, scene)


def _declared(
    key: str, wanted: DesiredUser | DesiredGroup | None, pairing: Pairing, scene: Scene
) -> Principal:
    if wanted is None:
        return _live(pairing.ids[key], scene)  # declared once; it has a key because it is live
    return Principal(pairing.links.get(key), wanted.name)


def _live(live_id: ResourceId, scene: Scene) -> Principal:
    for pairing in (scene.users, scene.groups):
        if live_id in pairing.side.listing.resources:
            return Principal(live_id, pairing.side.name_of(live_id))
    return Principal(live_id, live_id)
