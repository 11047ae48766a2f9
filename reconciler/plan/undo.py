"""The way back from an apply: a plan like any other, from what its plan says that it did.

Each change of the applied plan has a counterpart, made only where live is still what that apply
left; what somebody has changed since is theirs, and a note. What cannot be brought back is a note
too, with the reason, and stood in the applied plan as irreversible.

==================  ================================================================================
what was applied    what undoes it
==================  ================================================================================
create              leaving, as the target's `deprovision` says for whom no manifest declares
update              the values from before, of the attributes that still have the new ones
reactivate          deactivation, and the values from before
deactivate          reactivation; not for whom a Hold or a date keeps out now, and not where
                    deactivating destroys the account
setReferences       whom they named before
addMembers          removal of those who are members still
removeMembers       addition of those who are no members and have an account; not of whom a Hold or
                    a date keeps out
delete              nothing: a deleted account, its data and its memberships are gone
==================  ================================================================================

Ownership, the target's `actions`, an incomplete listing and conflicts forbid here what they forbid
anywhere. Whether Git still wants what is undone does not matter here; the next plan will say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import assert_never

from reconciler.model.attributes import ACTIVE
from reconciler.model.change import (
    AddMembers,
    AttributeChange,
    Change,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    RemoveMembers,
    SetReferences,
    Step,
    Update,
)
from reconciler.model.desired import Cause, Reason
from reconciler.model.identity import Kind
from reconciler.model.plan import Note
from reconciler.model.resource import Resource, known_members
from reconciler.model.sealed import Sealed
from reconciler.model.target import Ability
from reconciler.model.undoing import Undoing
from reconciler.model.words import listed
from reconciler.plan.canonical import read
from reconciler.plan.diff import is_active
from reconciler.plan.leaving import OFF_FOR_GOOD, Leaver, lasting, leave
from reconciler.plan.scene import Scene
from reconciler.plan.undo_ground import SINCE, Ground
from reconciler.plan.undo_links import undo_additions, undo_references, undo_removals


def undo_changes(undoing: Undoing, scene: Scene) -> Iterator[Change | Note]:
    """The way back of everything that the run did, or why there is none."""
    on = Ground(undoing, scene)
    found = [item for change in undoing.changes() for item in _back(change, on)]
    # A group that goes altogether is not emptied first.
    gone = {item.subject for item in found if isinstance(item, Delete)}
    for item in found:
        if not (isinstance(item, RemoveMembers) and item.subject in gone):
            yield item


def _back(change: Change, on: Ground) -> Iterator[Change | Note]:
    live = on.live(change)
    if isinstance(live, Note):
        yield live
        return
    match change:
        case Create():
            yield from _created(change, live, on)
        case Update(changes=parts):
            yield from _values(change, parts, live, on)
        case Reactivate(changes=parts):
            yield from _reactivated(change, live, on)
            yield from _values(change, [p for p in parts if not is_active(p.path)], live, on)
        case Deactivate():
            yield from _deactivated(change, live, on)
        case SetReferences():
            yield from undo_references(change, live, on)
        case AddMembers():
            yield from undo_additions(change, live, on)
        case RemoveMembers():
            yield from undo_removals(change, live, on)
        case Delete():
            yield on.note(change, f"{SINCE}: it is there again")
        case _:
            assert_never(change)


def _created(change: Create, live: Resource, on: Ground) -> Iterator[Change | Note]:
    plain = [value for value in change.values if not isinstance(value.value, Sealed)]
    moved = sorted(v.path for v in plain if not on.holds(live, v.path, v.value))
    if moved:
        yield on.note(change, f"{SINCE}: {listed(moved)}")
        return
    if others := _joined_since(change, live, on):
        yield on.note(change, f"{SINCE}: {listed(others)} joined it")
        return
    reason = Reason(f"{on.by} created it")
    key = on.scene.of(change.kind).key_of(live.id)
    leaver = Leaver(change.kind, key, change.name, live, Cause.REMOVED, reason)
    found = list(leave(leaver, on.scene))
    if not found:
        yield on.note(change, "`deprovision.removed` keeps it")
    for item in found:
        yield item if isinstance(item, Note) else replace(item, cause=Cause.UNDO, reason=reason)


def _joined_since(change: Create, live: Resource, on: Ground) -> list[str]:
    """Members of a group that the run made, other than those whom it added."""
    added = on.added.get(change.subject, frozenset())
    return sorted(map(on.scene.principal_of, known_members(live.members) - added))


def _values(
    change: Update | Reactivate, parts: Sequence[AttributeChange], live: Resource, on: Ground
) -> Iterator[Change | Note]:
    back: list[AttributeChange] = []
    left: list[str] = []
    for part in parts:
        if isinstance(part.before, Sealed) or isinstance(part.after, Sealed):
            left.append(f"{part.path}: its value is sealed in the plan")
        elif on.holds(live, part.path, part.before):
            continue
        elif on.holds(live, part.path, part.after):
            back.append(AttributeChange(part.path, part.after, part.before))
        else:
            left.append(f"{part.path}: {SINCE}")
    if left:
        yield on.note(change, "; ".join(left))
    if not back:
        return
    if note := on.off(change, Ability.UPDATE):
        yield note
        return
    yield Update(
        **on.whom(change, live),
        reason=Reason(f"{on.by} gave {', '.join(p.path for p in back)} another value"),
        step=Step.UPDATE_USERS if change.kind is Kind.USER else Step.UPDATE_GROUPS,
        changes=tuple(back),
    )


def _reactivated(change: Reactivate, live: Resource, on: Ground) -> Iterator[Change | Note]:
    if not on.scene.users.side.active(live.id):
        yield on.note(change, f"{SINCE}: it is not active")
    elif note := on.off(change, Ability.DEACTIVATE):
        yield note
    else:
        yield Deactivate(
            **on.whom(change, live),
            reason=Reason(f"{on.by} made it active again"),
            step=Step.DEACTIVATE,
            irreversible=lasting(on.scene.profile),
        )


def _deactivated(change: Deactivate, live: Resource, on: Ground) -> Iterator[Change | Note]:
    if on.scene.users.side.active(live.id):
        yield on.note(change, f"{SINCE}: it is active")
    elif not on.scene.profile.reactivates:
        yield on.note(change, OFF_FOR_GOOD)
    elif why := on.kept_out(live.id):
        yield on.note(change, f"it stays deactivated: {why}")
    elif note := on.off(change, Ability.UPDATE):
        yield note
    else:
        before = read(live, ACTIVE, on.scene.profile)
        yield Reactivate(
            **on.whom(change, live),
            reason=Reason(f"{on.by} deactivated it"),
            step=Step.UPDATE_USERS,
            changes=(AttributeChange(ACTIVE.text, before, True),),
        )
