"""Whom to ask for where a provider shows no members: the memberships that a plan decides about.

Asking costs a request for each, so only those are asked for who should be members, and those whom
we have added ourselves (`Memory.joined`). Nobody else's membership is anything that a plan could
touch: whoever was added by somebody else is never removed.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.declared import MembershipMode
from reconciler.model.desired import DesiredGroup, Provisioned
from reconciler.model.identity import ResourceId
from reconciler.model.profile import MembersIn
from reconciler.plan.scene import Scene


def to_ask(scene: Scene) -> Mapping[ResourceId, frozenset[ResourceId]]:
    """Live ids to ask for, by the live id of the group; empty where a provider shows members."""
    if scene.profile.members_in is not MembersIn.PROBED or not scene.groups.side.managed:
        return {}
    return {
        group_id: members
        for group in scene.desired.groups.values()
        if group.members_managed and isinstance(group.standing, Provisioned)
        if (group_id := scene.groups.links.get(group.key)) is not None
        if (members := _of_group(group, group_id, scene))
    }


def _of_group(group: DesiredGroup, group_id: ResourceId, scene: Scene) -> frozenset[ResourceId]:
    users, groups = scene.users, scene.groups
    wanted = {users.links[key] for key in group.members if key in users.links}
    wanted.update(groups.links[key] for key in group.nested if key in groups.links)
    if group.membership is MembershipMode.AUTHORITATIVE:
        ours = scene.history.memory.joined.get(group_id, frozenset())
        # Whoever is gone has taken their memberships along.
        wanted |= ours & (
            users.side.listing.resources.keys() | groups.side.listing.resources.keys()
        )
    return frozenset(wanted)
