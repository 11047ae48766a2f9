"""Undoing who names whom and who is in which group; `undo` has the table."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.change import (
    AddMembers,
    Change,
    ReferenceChange,
    RemoveMembers,
    Removing,
    SetReferences,
    Step,
)
from reconciler.model.desired import Reason
from reconciler.model.identity import GroupKey, ResourceId
from reconciler.model.path import parse_path
from reconciler.model.plan import Note
from reconciler.model.resource import Probed, Resource, known_members
from reconciler.model.target import Ability
from reconciler.model.words import listed
from reconciler.plan.canonical import read_reference
from reconciler.plan.removing import way_out
from reconciler.plan.undo_ground import SINCE, Ground


def undo_references(change: SetReferences, live: Resource, on: Ground) -> Iterator[Change | Note]:
    """Whom they named before, where they still name whom that run made them name."""
    back: list[ReferenceChange] = []
    left: list[str] = []
    for part in change.references:
        held = read_reference(live, parse_path(part.path), on.scene.profile)
        after, before = on.id(part.after), on.id(part.before)
        if held == before and (before is not None or part.before is None):
            continue
        if held != after or (part.before is not None and before is None):
            left.append(f"{part.path}: {SINCE}")
        else:
            back.append(ReferenceChange(part.path, _named(held, on), _named(before, on)))
    if left:
        yield on.note(change, "; ".join(left))
    if not back:
        return
    if note := on.off(change, Ability.UPDATE):
        yield note
        return
    yield SetReferences(
        **on.whom(change, live),
        reason=Reason(f"{on.by} named somebody else"),
        step=Step.SET_REFERENCES,
        references=tuple(back),
    )


def _named(id: ResourceId | None, on: Ground) -> str | None:
    return None if id is None else on.scene.principal_of(id)


def undo_additions(change: AddMembers, live: Resource, on: Ground) -> Iterator[Change | Note]:
    """Those of whom that run added, and who are members still, are taken out."""
    members = _members(change, live, on)
    if isinstance(members, Note):
        yield members
        return
    leaving = [member for member in on.ids(change.members) if member in members]
    if not leaving:
        yield on.note(change, f"{SINCE}: they are no members")
    elif note := on.off(change, Ability.UPDATE):
        yield note
    elif not isinstance(by := way_out(on.scene.profile, live.members), Removing):
        yield on.note(change, by)
    else:
        yield RemoveMembers(
            **on.whom(change, live),
            reason=Reason(f"{on.by} added them"),
            step=Step.REMOVE_MEMBERS,
            members=tuple(sorted(map(on.scene.principal_of, leaving))),
            held=len(members),
            by=by,
        )


def undo_removals(change: RemoveMembers, live: Resource, on: Ground) -> Iterator[Change | Note]:
    """Those whom that run removed, and who are no members, get their membership back."""
    members = _members(change, live, on)
    if isinstance(members, Note):
        yield members
        return
    back: list[ResourceId] = []
    left: list[str] = []
    for key in change.members:
        member = on.id(key)
        if member is None or not on.is_live(member):
            left.append(f"{key} has no account any more")
        elif member in members:
            continue
        elif why := on.kept_out(member):
            left.append(f"{key}: {why}")
        else:
            back.append(member)
    if left:
        yield on.note(change, f"not everybody is added again: {listed(left)}")
    if not back:
        return
    if note := on.off(change, Ability.UPDATE):
        yield note
        return
    # A group that no manifest describes any more may have been privileged.
    group = on.scene.desired.groups.get(GroupKey(change.key))
    yield AddMembers(
        **on.whom(change, live),
        reason=Reason(f"{on.by} removed them"),
        step=Step.ADD_MEMBERS,
        members=tuple(sorted(map(on.scene.principal_of, back))),
        privileged=group is None or group.privileged,
    )


def _members(change: Change, live: Resource, on: Ground) -> frozenset[ResourceId] | Note:
    gap = on.scene.users.side.listing.gap
    match live.members:
        case frozenset() | Probed(gap=None) as members if gap is None:
            return known_members(members)
        case _:
            return on.note(change, "its members, or who they are, were not read to the end")
