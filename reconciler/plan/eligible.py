"""Who can become a member of a group, and who may be taken out of one, whichever group it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from reconciler.model.change import Change, Create
from reconciler.model.desired import Excluded
from reconciler.model.identity import Kind, ResourceId, UserKey
from reconciler.plan.lifecycle import Effect, effect_of, event_of
from reconciler.plan.scene import Scene

_STAYS: Final = frozenset({Effect.STAYS, Effect.REPORTED})


@dataclass(frozen=True, slots=True)
class Eligible:
    """Who can become a member and who may be removed, as far as no single group decides it.

    `arriving` are the keys of users and groups that this plan creates; `removable` the live ids
    that are ours; `declared` those of them that some manifest declares; `unmanaged` people whom
    the target keeps though they are out of its scope: nothing is done with their memberships.
    """

    arriving_users: frozenset[str]
    arriving_groups: frozenset[str]
    removable: frozenset[ResourceId]
    declared: frozenset[ResourceId]
    unmanaged: frozenset[ResourceId]


def find_eligible(changes: Iterable[Change], scene: Scene) -> Eligible:
    """Who is eligible, given the changes of users and groups that are already planned."""
    created = [change for change in changes if isinstance(change, Create)]
    people = scene.users.side.listing.resources.keys()
    groups = frozenset(scene.groups.links.values()) - people
    declared = groups.union(scene.users.links.values())
    undeclared = frozenset(scene.groups.undeclared) - people
    return Eligible(
        arriving_users=frozenset(c.key for c in created if c.kind is Kind.USER),
        arriving_groups=frozenset(c.key for c in created if c.kind is Kind.GROUP),
        removable=declared.union(undeclared, scene.users.undeclared),
        declared=declared,
        unmanaged=frozenset(_unmanaged(scene)),
    )


def _unmanaged(scene: Scene) -> Iterator[ResourceId]:
    deprovision = scene.users.side.handling.deprovision
    for key, live_id in scene.users.links.items():
        standing = scene.desired.users[UserKey(key)].standing
        if scene.users.side.managed and isinstance(standing, Excluded):
            event = event_of(Kind.USER, standing.cause)
            effect = effect_of(Kind.USER, standing.cause, deprovision)
            if event is not None and event.unmanaged and effect in _STAYS:
                yield live_id
