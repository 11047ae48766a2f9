"""How members are taken out of a group, at a provider that takes them out in its own way.

What a plan does to a group at first says who leaves. Selections, conflicts and seats may still keep
somebody in, so whether the group is emptied is decided once all of that is known (`emptied`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconciler.model.change import AddMembers, Change, RemoveMembers, Removing
from reconciler.model.dialect import MemberRemoval, Updating
from reconciler.model.profile import Profile
from reconciler.model.resource import Members
from reconciler.plan.scene import Scene


def way_out(profile: Profile, held: Members | None) -> Removing | str:
    """How some of the members of a group are taken out; in words, why nobody can be."""
    if profile.update_group is Updating.PUT_MERGES:
        return "a provider that merges groups on PUT cannot take members out"
    replaces = profile.member_removal is MemberRemoval.REPLACE
    if not replaces and profile.update_group is not Updating.PUT_REPLACES:
        return Removing.EACH
    if not isinstance(held, frozenset):
        return "replacing its members would take out those whom nobody can see"
    return Removing.REPLACE


def emptied(changes: Iterable[Change], scene: Scene) -> Iterator[Change]:
    """The changes, removals of everybody in one request where the profile has that.

    Only of a group that nobody joins in the same plan, and whose members are all seen.
    """
    changes = tuple(changes)
    profile, groups = scene.profile, scene.groups.side.listing.resources
    empties = profile.bare_remove and profile.update_group is not Updating.PUT_REPLACES
    joined = {change.subject for change in changes if isinstance(change, AddMembers)}
    for change in changes:
        match change:
            case RemoveMembers(id=live_id, members=members, held=held) if (
                empties
                and live_id is not None
                and len(members) == held
                and change.subject not in joined
                and isinstance(groups[live_id].members, frozenset)
            ):
                yield replace(change, by=Removing.EMPTY)
            case _:
                yield change
