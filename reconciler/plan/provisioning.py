"""What brings a resource into being, and what keeps its attributes as Git wants them.

The counterpart of `leaving`: every create, update and reactivation comes from here, for users and
groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.model.attributes import ACTIVE
from reconciler.model.change import (
    AttributeChange,
    AttributeValue,
    Change,
    Create,
    Reactivate,
    Step,
    Update,
)
from reconciler.model.desired import Cause, DesiredGroup, DesiredUser, Reason
from reconciler.model.identity import Kind
from reconciler.model.note_code import NoteCode
from reconciler.model.plan import Note, NoteKind
from reconciler.model.resource import Resource
from reconciler.model.resource_type import Rename
from reconciler.model.target import Ability
from reconciler.plan.canonical import read
from reconciler.plan.diff import differences, folded, immutable, initial_values
from reconciler.plan.leaving import OFF_FOR_GOOD
from reconciler.plan.notes import noted, skipped
from reconciler.plan.ownership import mark_for
from reconciler.plan.pairing import Pairing
from reconciler.plan.scene import Scene

_CREATE_STEP: Final = {Kind.USER: Step.CREATE_USERS, Kind.GROUP: Step.CREATE_GROUPS}
_UPDATE_STEP: Final = {Kind.USER: Step.UPDATE_USERS, Kind.GROUP: Step.UPDATE_GROUPS}
DRIFT: Final = "live differs from Git, which has not changed since it was last applied"
_RENAMED: Final = {
    Kind.USER: "at this provider a new userName is a new account: the old one, its data and its "
    "sessions are lost",
    Kind.GROUP: "at this provider a new displayName is a new group: the old one and whatever "
    "refers to it are lost",
}


def create(
    wanted: DesiredUser | DesiredGroup, reason: Reason, scene: Scene
) -> Iterator[Change | Note]:
    """A create, or why there is none. It follows from a verified absence only."""
    subject = wanted.subject
    pairing = scene.of(subject.kind)
    if pairing.side.listing.gap is not None:
        return  # absent from what was read is not absent; the plan's gaps say so
    refusal = _refusal(wanted, pairing)
    if refusal is not None:
        yield refusal
        return
    cause, reason = scene.history.why(
        subject, Cause.ADDED, reason, drift="it was deleted at the provider; Git has not changed"
    )
    yield Create(
        kind=subject.kind,
        key=subject.key,
        name=wanted.name,
        cause=cause,
        reason=reason,
        step=_CREATE_STEP[subject.kind],
        values=_initial(wanted, pairing, scene),
    )


def _refusal(wanted: DesiredUser | DesiredGroup, pairing: Pairing) -> Note | None:
    if wanted.key in pairing.unlocatable:
        message = "it may be there already, but has no value that would find it"
        return skipped(NoteCode.UNLOCATABLE, wanted, message, wanted.at)
    if pairing.side.marked and pairing.side.mark is None:
        message = "ownership is told by marks, and this provider has no attribute that carries one"
        return skipped(NoteCode.NO_MARK, wanted, message, wanted.at)
    if not pairing.side.may(Ability.CREATE):
        message = "would be created, but the target's actions have no create"
        return skipped(NoteCode.ACTION_OFF, wanted, message, wanted.at)
    return None


def _initial(
    wanted: DesiredUser | DesiredGroup, pairing: Pairing, scene: Scene
) -> tuple[AttributeValue, ...]:
    side = pairing.side
    values = initial_values(wanted.values, side.profile.of(side.kind))
    mark = side.mark
    if mark is None:
        return values
    ours = AttributeValue(mark.text, mark_for(scene.target, wanted.key), wanted.at)
    others = (value for value in values if folded(value.path) != mark.folded)
    return tuple(sorted((ours, *others), key=lambda value: folded(value.path)))


def keep(
    wanted: DesiredUser | DesiredGroup, live: Resource, scene: Scene
) -> Iterator[Change | Note]:
    """An update of what differs, if anything does; with it goes taking ownership (`adopt`)."""
    yield from _fixed(wanted, live, scene)
    changes = _changes(wanted, live, scene)
    if not changes:
        return
    subject, pairing = wanted.subject, scene.of(live.kind)
    paths = ", ".join(change.path for change in changes)
    if not pairing.side.may(Ability.UPDATE):
        message = f"{paths} would be updated, but the target's actions have no update"
        yield skipped(NoteCode.ACTION_OFF, wanted, message, wanted.at)
        return
    adopts = wanted.key in pairing.adopting
    text = "`adopt: true` takes it over" if adopts else f"Git has another value for {paths}"
    cause, reason = scene.history.why(
        subject, Cause.CHANGED, Reason(text, changes[0].at or wanted.at), drift=DRIFT
    )
    yield Update(
        kind=subject.kind,
        key=subject.key,
        name=wanted.name,
        id=live.id,
        cause=cause,
        reason=reason,
        step=_UPDATE_STEP[subject.kind],
        irreversible=_irreversible(changes, pairing),
        changes=changes,
        adopts=adopts,
    )


def reactivate(user: DesiredUser, live: Resource, scene: Scene) -> Iterator[Change | Note]:
    """`active` goes back to true, together with whatever else differs."""
    subject = user.subject
    if not scene.profile.reactivates:
        yield skipped(NoteCode.NO_REACTIVATION, user, OFF_FOR_GOOD, user.at)
        return
    if not scene.users.side.may(Ability.UPDATE):
        message = "would be made active again, but the target's actions have no update"
        yield skipped(NoteCode.ACTION_OFF, user, message, user.at)
        return
    yield from _fixed(user, live, scene)
    before = read(live, ACTIVE, scene.profile)
    switched = AttributeChange(ACTIVE.text, before, True, user.at)
    changes = _changes(user, live, scene)
    cause, reason = scene.history.why(
        subject,
        Cause.ENABLED,
        user.standing.reason,
        drift="it was deactivated at the provider; Git has not changed",
    )
    yield Reactivate(
        kind=Kind.USER,
        key=user.key,
        name=user.name,
        id=live.id,
        cause=cause,
        reason=reason,
        step=Step.UPDATE_USERS,
        irreversible=_irreversible(changes, scene.users),
        changes=tuple(sorted((switched, *changes), key=lambda change: folded(change.path))),
    )


def _changes(
    wanted: DesiredUser | DesiredGroup, live: Resource, scene: Scene
) -> tuple[AttributeChange, ...]:
    pairing = scene.of(live.kind)
    changes = differences(wanted.values, live, scene.profile)
    mark = pairing.side.mark
    if mark is None:
        return changes
    # The mark is ours to write, whatever a mapping says of its attribute.
    changes = tuple(change for change in changes if folded(change.path) != mark.folded)
    if wanted.key not in pairing.adopting:
        return changes
    before = read(live, mark, scene.profile)
    ours = AttributeChange(mark.text, before, mark_for(scene.target, wanted.key), wanted.at)
    return tuple(sorted((ours, *changes), key=lambda change: folded(change.path)))


def _fixed(wanted: DesiredUser | DesiredGroup, live: Resource, scene: Scene) -> Iterator[Note]:
    """What differs, and nobody can change any more."""
    for path in immutable(wanted.values, live, scene.profile):
        message = (
            f"`{path}` is another one in Git, and this provider takes it only when it creates a "
            f"{live.kind}; it stays as it is"
        )
        yield noted(NoteKind.ADVICE, NoteCode.IMMUTABLE, wanted, message, wanted.values[path].at)


def _irreversible(changes: tuple[AttributeChange, ...], pairing: Pairing) -> str | None:
    side = pairing.side
    rename = side.profile.of(side.kind).rename
    renamed = any(folded(change.path) == side.unique.folded for change in changes)
    return _RENAMED[side.kind] if renamed and rename is Rename.DESTROYS else None
