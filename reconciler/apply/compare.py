"""Whether live still is what the plan saw: the rule behind "approved = applied".

Only what a change touches is compared (safety statement 4): equal to the result is done, equal to
what the plan saw is due, anything else has moved and is refused. Membership has two states only, so
a member who already is where the change wants them is left out of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.apply.finding import Done, Due, Finding, Moved, Unclear
from reconciler.model.attributes import ACTIVE
from reconciler.model.change import (
    AttributeChange,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    Update,
)
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import AttributePath, Value, parse_path
from reconciler.model.plan import Principal
from reconciler.model.profile import Deactivation, MembersIn, Profile
from reconciler.model.resource import Members, Probed, Resource, Unread, known_members
from reconciler.model.sealed import Held, Sealed
from reconciler.plan.canonical import read, same

_CLOSED = "the manifests (or the key) no longer give the hidden value that was planned"

#: Where nobody can see who has joined a group; the plan says so of its deletion.
_UNSEEN = frozenset({MembersIn.NEVER, MembersIn.PROBED})

GONE = Moved("it is no longer there")


def compare_create(
    create: Create, strangers: Sequence[Resource], known: Sequence[Resource], profile: Profile
) -> Finding:
    """Both are live resources that have one of the names that this create takes: those whom the
    plan does not know, one of which an earlier try may have made, and those whom it does know."""
    values = {parse_path(v.path): v.value for v in create.values if not isinstance(v.value, Sealed)}
    closed = [v.path for v in create.values if isinstance(v.value, Sealed)]
    if closed:
        return Moved(f"{', '.join(sorted(closed))}: {_CLOSED}")
    match [*strangers, *known]:
        case []:
            return Due(values)
        case [only]:
            other = [p.text for p, v in values.items() if not holds_value(only, p, v, profile)]
            if strangers and not other:
                return Done(only.id)
            differs = f"differs in {', '.join(sorted(other))}" if other else "is somebody else's"
            return Moved(f"the plan saw no such {create.kind}; one is there now, and {differs}")
        case _ as holders:
            return Moved(
                f"the plan saw no such {create.kind}; {len(holders)} that have one of its names "
                "are there now"
            )


def compare_update(change: Update | Reactivate, live: Resource | None, profile: Profile) -> Finding:
    """Each attribute for itself: those that are as wanted already are not sent again."""
    if live is None:
        return GONE
    due: dict[AttributePath, Value] = {}
    moved: list[str] = []
    closed: list[str] = []
    # Activation has two states: whatever is not active is due for reactivation.
    if isinstance(change, Reactivate) and not holds_value(live, ACTIVE, True, profile):
        due[ACTIVE] = True
    for part in _beside_activation(change):
        path = parse_path(part.path)
        if holds_value(live, path, part.after, profile):
            continue
        if isinstance(part.after, Sealed):
            closed.append(part.path)
        elif holds_value(live, path, part.before, profile):
            due[path] = part.after
        else:
            moved.append(part.path)
    if closed:
        return Moved(f"{', '.join(sorted(closed))}: {_CLOSED}")
    if moved:
        return Moved(f"{', '.join(sorted(moved))}: no longer as the plan saw it")
    return Due(due, version=live.version, seen=live) if due else Done(live.id)


def holds_value(live: Resource, path: AttributePath, value: Held, profile: Profile) -> bool:
    """Live has this value, as the provider compares."""
    known = profile.characteristics(live.kind, path)
    return same(known, read(live, path, profile), value)


def _beside_activation(change: Update | Reactivate) -> tuple[AttributeChange, ...]:
    if isinstance(change, Update):
        return change.changes
    return tuple(part for part in change.changes if parse_path(part.path) != ACTIVE)


def compare_deactivate(change: Deactivate, live: Resource | None, profile: Profile) -> Finding:
    """Where deactivating removes or hides the account, one that is gone is a deactivated one."""
    if live is None:
        stays = profile.inactive_shown and profile.deactivation is not Deactivation.DESTRUCTIVE
        return GONE if stays else Done(change.id)
    if holds_value(live, ACTIVE, False, profile):
        return Done(live.id)
    return Due({ACTIVE: False}, version=live.version, seen=live)


def compare_delete(
    change: Delete,
    live: Resource | None,
    principals: Mapping[str, Principal],
    profile: Profile,
) -> Finding:
    """What was seen must still hold, and nobody may have joined a group since."""
    if live is None:
        return Done(change.id)
    moved = [
        seen.path
        for seen in change.seen
        if not holds_value(live, parse_path(seen.path), seen.value, profile)
    ]
    if moved:
        return Moved(f"{', '.join(sorted(moved))}: no longer as the plan saw it")
    if change.kind is Kind.GROUP and profile.members_in not in _UNSEEN:
        known = {principals[key].id for key in change.members if key in principals}
        match live.members:
            case Unread(reason=reason):
                return Unclear(f"its members could not be read again: {reason}")
            case frozenset() as members if members - known:
                return Moved(f"{len(members - known)} members have joined since the plan was made")
            case _:
                pass
    return Due(version=live.version)


def compare_additions(
    group: ResourceId, members: Members | None, wanted: Sequence[ResourceId]
) -> Finding:
    """Who of `wanted` is not a member yet."""
    return _members(group, members, [one for one in wanted if not _holds(members, one)])


def compare_removals(
    group: ResourceId, members: Members | None, unwanted: Sequence[ResourceId]
) -> Finding:
    """Who of `unwanted` is a member still. Nobody counts as gone who was not asked for."""
    if isinstance(members, Probed) and not members.present | members.absent >= set(unwanted):
        return Unclear(f"its members could not be read: {members.gap or 'nobody asked for them'}")
    return _members(group, members, [one for one in unwanted if _holds(members, one)])


def _holds(members: Members | None, one: ResourceId) -> bool:
    return one in known_members(members)


def _members(group: ResourceId, members: Members | None, left: Sequence[ResourceId]) -> Finding:
    match members:
        case frozenset() | Probed():
            return Due(members=tuple(left)) if left else Done(group)
        case Unread(reason=reason):
            return Unclear(f"its members could not be read: {reason}")
        case None:
            return Unclear("its members were not in the answer")
