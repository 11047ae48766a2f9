"""Where a provider shows no members: whom to ask for, and what may follow from the answers.

Asking costs a request for each membership, so only those are asked for who should be members, and
those whom we have added ourselves (`Memory.joined`). Nobody else's membership is anything that a
plan could touch: whoever was added by somebody else is never removed.

A group that goes takes the memberships of everybody in it along, seen or not. So one is deleted
only when we have made it (`Memory.made`), so that it began without members, and when of everybody
whom we have added it is known whether they are in it. Of others who may be in it the plan says that
nobody sees them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from reconciler.model.change import Change, RemoveMembers
from reconciler.model.declared import MembershipMode
from reconciler.model.desired import Cause, DesiredGroup, Excluded, Provisioned
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.plan import Principal
from reconciler.model.profile import MembersIn
from reconciler.model.resource import Probed, Resource
from reconciler.model.target import Ability
from reconciler.plan.lifecycle import Effect, effect_of
from reconciler.plan.scene import Scene

#: Of those who were added to a group, so many are asked for once the provider has answered.
MOST_READ_BACK: Final = 10

#: Of those who stay in a group that others leave, so many are asked for before and afterwards.
_MOST_WITNESSES: Final = 3

Pairs = Mapping[ResourceId, frozenset[ResourceId]]


def to_ask(scene: Scene) -> Pairs:
    """Live ids to ask for, by the live id of the group; empty where a provider shows members."""
    if scene.profile.members_in is not MembersIn.PROBED or not scene.groups.side.managed:
        return {}
    found = {
        group_id: _of_group(group, group_id, scene)
        for group in scene.desired.groups.values()
        if group.members_managed and isinstance(group.standing, Provisioned)
        if (group_id := scene.groups.links.get(group.key)) is not None
    }
    found |= {group_id: ours_in(group_id, scene) for group_id in _about_to_go(scene)}
    return {group_id: members for group_id, members in found.items() if members}


def left_unseen(scene: Scene) -> Mapping[ResourceId, tuple[ResourceId, ...]]:
    """Whom we have added and who are no members any more, by the live id of the group.

    Not those who are declared: they are added again, and are ours as before.
    """
    found: dict[ResourceId, tuple[ResourceId, ...]] = {}
    for group_id, members in to_ask(scene).items():
        seen = scene.groups.side.live(group_id).members
        absent = seen.absent if isinstance(seen, Probed) else frozenset()
        ours = scene.history.memory.joined.get(group_id, frozenset())
        if gone := (ours & members & absent) - _wanted(scene, group_id):
            found[group_id] = tuple(sorted(gone))
    return dict(sorted(found.items()))


def witnesses(
    changes: Iterable[Change], principals: Mapping[str, Principal], scene: Scene
) -> Mapping[ResourceId, tuple[ResourceId, ...]]:
    """A few of those who are known to stay where others leave, by the live id of the group."""
    leaving: defaultdict[ResourceId, set[ResourceId | None]] = defaultdict(set)
    for change in changes:
        if isinstance(change, RemoveMembers) and change.id is not None:
            leaving[change.id].update(principals[key].id for key in change.members)
    found = {}
    for group_id, gone in sorted(leaving.items()):
        seen = scene.groups.side.live(group_id).members
        stay = seen.present - gone if isinstance(seen, Probed) else frozenset()
        if stay:
            found[group_id] = tuple(sorted(stay)[:_MOST_WITNESSES])
    return found


def witnesses_of(change: RemoveMembers) -> int:
    """How many there are, where nothing shows members: `held` are those who are known."""
    return min(_MOST_WITNESSES, change.held - len(change.members))


def unseen_loss(group: Resource, scene: Scene) -> str | None:
    """Why a group whose members nobody shows must not be deleted; None where it may be."""
    if group.id not in scene.history.memory.made:
        return "this provider does not show who would lose it, and no apply here has made it"
    seen = group.members if isinstance(group.members, Probed) else Probed()
    if not ours_in(group.id, scene) <= seen.present | seen.absent:
        why = seen.gap or "nobody was asked for"
        return f"it is not known who of those whom an apply has added is in it: {why}"
    return None


def ours_in(group_id: ResourceId, scene: Scene) -> frozenset[ResourceId]:
    """Whom we have added to it; whoever is gone has taken their memberships along."""
    ours = scene.history.memory.joined.get(group_id, frozenset())
    live = (scene.of(kind).side.listing.resources.keys() for kind in Kind)
    return ours.intersection(frozenset().union(*live))


def _of_group(group: DesiredGroup, group_id: ResourceId, scene: Scene) -> frozenset[ResourceId]:
    wanted = _links(group, scene)
    if group.membership is MembershipMode.AUTHORITATIVE:
        return wanted | ours_in(group_id, scene)
    return wanted


def _links(group: DesiredGroup, scene: Scene) -> frozenset[ResourceId]:
    users, groups = scene.users.links, scene.groups.links
    return frozenset(
        [
            *(users[key] for key in group.members if key in users),
            *(groups[key] for key in group.nested if key in groups),
        ]
    )


def _wanted(scene: Scene, group_id: ResourceId) -> frozenset[ResourceId]:
    """Who is declared to be in it; nobody where it goes."""
    return frozenset().union(
        *(
            _links(group, scene)
            for group in scene.desired.groups.values()
            if scene.groups.links.get(group.key) == group_id
            if isinstance(group.standing, Provisioned)
        )
    )


def _about_to_go(scene: Scene) -> Iterator[ResourceId]:
    """The groups that we have made and that this target may delete by now."""
    side = scene.groups.side
    if not side.may(Ability.DELETE):
        return
    going = [(live_id, Cause.REMOVED) for live_id in scene.groups.undeclared]
    going += [
        (scene.groups.links[group.key], group.standing.cause)
        for group in scene.desired.groups.values()
        if isinstance(group.standing, Excluded) and group.key in scene.groups.links
    ]
    for live_id, cause in going:
        effect = effect_of(Kind.GROUP, cause, side.handling.deprovision)
        if effect is Effect.DELETED_LATER and live_id in scene.history.memory.made:
            yield live_id
