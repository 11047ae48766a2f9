"""What becomes of a live resource of ours that should no longer be there.

The one place where a deactivation or a deletion comes from, for declared and undeclared, for users
and groups, so the three things that forbid one are asked in one place: the listing was complete,
the target's `actions` allow it, and the provider can do it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, assert_never

from reconciler.model.attributes import ACTIVE
from reconciler.model.change import AttributeValue, Change, Deactivate, Delete
from reconciler.model.desired import Cause, DesiredGroup, DesiredUser, Excluded, Reason
from reconciler.model.identity import Kind, Subject
from reconciler.model.note_code import NoteCode
from reconciler.model.path import AttributePath
from reconciler.model.plan import Note, NoteKind
from reconciler.model.profile import Deactivation, Deletion, MembersIn, Profile
from reconciler.model.resource import Probed, Resource, Unread, known_members
from reconciler.model.target import Ability, Removal
from reconciler.plan.canonical import read
from reconciler.plan.lifecycle import Effect, deactivation_step, deletion_step, effect_of, event_of
from reconciler.plan.notes import noted, skipped
from reconciler.plan.pairing import Pairing
from reconciler.plan.probing import unseen_loss
from reconciler.plan.scene import Scene

_DELETED: Final = "a deleted resource and its memberships cannot be brought back"
_UNSEEN: Final = "; so does whoever else is in it: this provider shows nobody who does not ask"
_DESTROYED: Final = "this provider removes the person and their data on deactivation"
_FOR_GOOD: Final = "; nor can anybody be created again under that name"
_HIDDEN: Final = "this provider shows nobody who is switched off, so nothing here switches them on"
#: Why nobody comes back from a deactivation, where they do not.
OFF_FOR_GOOD: Final = "this provider switches nobody on again"


def lasting(profile: Profile) -> str | None:
    """Why a deactivation cannot be taken back at this provider; None where it can."""
    if profile.deactivation is Deactivation.DESTRUCTIVE:
        return _DESTROYED
    if not profile.reactivates:
        return OFF_FOR_GOOD
    return None if profile.inactive_shown else _HIDDEN


@dataclass(frozen=True, slots=True)
class Leaver:
    """A live resource that should not be there, what it is called here, and why it should not.

    `identity` is the attribute that holds its immutable object id, where there is one.
    """

    kind: Kind
    key: str
    name: str
    live: Resource
    cause: Cause
    reason: Reason
    identity: AttributePath | None = None

    @property
    def subject(self) -> Subject:
        return Subject(self.kind, self.key)

    @classmethod
    def of(cls, wanted: DesiredUser | DesiredGroup, excluded: Excluded, live: Resource) -> Leaver:
        """Somebody declared who is excluded."""
        return cls(
            kind=wanted.subject.kind,
            key=wanted.key,
            name=wanted.name,
            live=live,
            cause=excluded.cause,
            reason=excluded.reason,
            identity=None if wanted.identity is None else wanted.identity.path,
        )


def leave(leaver: Leaver, scene: Scene) -> Iterator[Change | Note]:
    """The change that the target's `deprovision` asks for, or why it is not made: one, or none."""
    found = _fate(leaver, scene)
    if found is not None:
        yield found


def _fate(leaver: Leaver, scene: Scene) -> Change | Note | None:
    pairing = scene.of(leaver.kind)
    deprovision = pairing.side.handling.deprovision
    # Whoever was created behind Git's back leaves as one without a manifest.
    why = Cause.REMOVED if leaver.cause is Cause.DRIFT else leaver.cause
    effect = _effect(leaver.kind, why, scene)
    active = pairing.side.active(leaver.live.id)
    match effect:
        case Effect.STAYS:
            return None
        case Effect.REPORTED:
            message = f"{leaver.reason.text}; it stays, as `deprovision` says"
            return noted(NoteKind.ADVICE, NoteCode.LEFT_OVER, leaver, message, leaver.reason.at)
        case Effect.SUSPENDED if _no_way_but_deletion(leaver.kind, why, scene):
            return _delete(leaver, why, scene)
        case Effect.SUSPENDED:
            return _deactivate(leaver, why, scene) if active else None
        case Effect.DEACTIVATED if active:
            return _deactivate(leaver, why, scene)
        case Effect.DEACTIVATED:
            since = scene.history.memory.deactivated.get(leaver.live.id)
            deletes = scene.profile.deletion is Deletion.REMOVES
            if not deletes or since is None or deprovision.delete_after_days is None:
                return None
            return _delete_when_due(leaver, "deactivated since", since, scene)
        case Effect.DELETED_LATER if deprovision.delete_after_days is not None:
            # Nothing shows when it began to be one too many; the ledger counts from the first run.
            since = scene.history.memory.waiting.get(leaver.live.id, scene.as_of)
            return _delete_when_due(leaver, f"{leaver.reason.text}, seen since", since, scene)
        case Effect.DELETED | Effect.DELETED_LATER:
            return _delete(leaver, why, scene)
        case _:
            assert_never(effect)


def _effect(kind: Kind, why: Cause, scene: Scene) -> Effect:
    """What the table says, as far as the provider can do it."""
    effect = effect_of(kind, why, scene.of(kind).side.handling.deprovision)
    if effect is Effect.DELETED and scene.profile.deletion is Deletion.DEACTIVATES:
        return Effect.DEACTIVATED  # the same at this provider, and it says what happens
    return effect


def _no_way_but_deletion(kind: Kind, why: Cause, scene: Scene) -> bool:
    """Whether access ends by deletion only, and the target says that it may."""
    event = event_of(kind, why)
    said = None if event is None else event.setting.of(scene.of(kind).side.handling.deprovision)
    return scene.profile.deactivation is Deactivation.NONE and said is Removal.DELETE


def _deactivate(leaver: Leaver, why: Cause, scene: Scene) -> Change | Note:
    if scene.profile.deactivation is Deactivation.NONE:
        message = "this provider cannot deactivate, and `deprovision` does not say delete"
        return _kept(leaver, NoteCode.NO_DEACTIVATION, message)
    refusal = _refusal(leaver, Ability.DEACTIVATE, scene)
    if refusal is not None:
        return refusal
    cause, reason = scene.history.why(
        leaver.subject,
        leaver.cause,
        leaver.reason,
        drift=f"{leaver.reason.text}; somebody made the account active again, Git did not",
    )
    return Deactivate(
        kind=leaver.kind,
        key=leaver.key,
        name=leaver.name,
        id=leaver.live.id,
        cause=cause,
        reason=reason,
        step=deactivation_step(why),
        irreversible=lasting(scene.profile),
    )


def _delete_when_due(
    leaver: Leaver, why: str, since: datetime, scene: Scene
) -> Change | Note | None:
    """`deleteAfterDays`: only for those whose time the ledger knows; announced until it is over."""
    handling = scene.of(leaver.kind).side.handling
    days = handling.deprovision.delete_after_days or 0
    due = (since + timedelta(days=days)).astimezone(UTC)
    text = f"{why} {since:%Y-%m-%d}, and `deleteAfterDays` is {days}"
    if due > scene.as_of:
        if not scene.of(leaver.kind).side.may(Ability.DELETE):
            return None
        message = f"deleted from {due:%Y-%m-%d %H:%M} UTC on: {text}"
        note = noted(
            NoteKind.UPCOMING, NoteCode.DELETION_TO_COME, leaver, message, leaver.reason.at
        )
        return replace(note, due=due)
    refusal = _refusal(leaver, Ability.DELETE, scene)
    if refusal is not None:
        return refusal
    return _deletion(leaver, Cause.DUE, Reason(text, handling.at), Cause.DUE, scene)


def _delete(leaver: Leaver, why: Cause, scene: Scene) -> Change | Note:
    if leaver.kind is Kind.USER and scene.profile.deletion is Deletion.NONE:
        message = "this provider deletes nobody; let `deprovision` say deactivate"
        return _kept(leaver, NoteCode.NO_DELETION, message)
    refusal = _refusal(leaver, Ability.DELETE, scene)
    if refusal is not None:
        return refusal
    cause, reason = scene.history.why(
        leaver.subject,
        leaver.cause,
        leaver.reason,
        drift=f"{leaver.reason.text}; somebody created it again, Git did not",
    )
    return _deletion(leaver, cause, reason, why, scene)


def _deletion(leaver: Leaver, cause: Cause, reason: Reason, why: Cause, scene: Scene) -> Delete:
    return Delete(
        kind=leaver.kind,
        key=leaver.key,
        name=leaver.name,
        id=leaver.live.id,
        cause=cause,
        reason=reason,
        step=deletion_step(leaver.kind, why),
        irreversible=_consequences(leaver.kind, scene.profile),
        seen=_seen(leaver, scene.of(leaver.kind)),
        members=_members(leaver.live, scene),
    )


def _consequences(kind: Kind, profile: Profile) -> str:
    become = profile.of(kind).become
    with_it = "" if become is None else f"; the {become} that it is there goes with it"
    for_good = _FOR_GOOD if kind is Kind.USER and not profile.recreates else ""
    unseen = kind is Kind.GROUP and profile.members_in is MembersIn.PROBED
    return f"{_DELETED}{with_it}{for_good}{_UNSEEN if unseen else ''}"


def _seen(leaver: Leaver, pairing: Pairing) -> tuple[AttributeValue, ...]:
    """What must still hold when it is deleted: its name, its state, whose it is."""
    side = pairing.side
    paths = [side.unique, side.mark, leaver.identity]
    if leaver.kind is Kind.USER:
        paths.append(ACTIVE)
    distinct = {path.text: path for path in paths if path is not None}
    return tuple(
        AttributeValue(text, read(leaver.live, path, side.profile))
        for text, path in sorted(distinct.items())
    )


def _members(live: Resource, scene: Scene) -> tuple[str, ...]:
    return tuple(sorted(map(scene.principal_of, known_members(live.members))))


def _refusal(leaver: Leaver, ability: Ability, scene: Scene) -> Note | None:
    """Why this removal must not be, if anything forbids it."""
    pairing = scene.of(leaver.kind)
    verb = "deactivated" if ability is Ability.DEACTIVATE else "deleted"
    gap = pairing.side.listing.gap
    if gap is not None:
        message = f"would be {verb}, but the {leaver.kind}s were not read to the end: {gap}"
        return _kept(leaver, NoteCode.INCOMPLETE_READ, message)
    members = leaver.live.members
    match members:
        case Unread(reason=why):
            message = f"would be {verb}, but its members were not read: {why}"
            return _kept(leaver, NoteCode.INCOMPLETE_READ, message)
        case Probed() if (unseen := unseen_loss(leaver.live, scene)) is not None:
            return _kept(leaver, NoteCode.MEMBERS_UNSEEN, f"would be {verb}, but {unseen}")
        case frozenset() | Probed() | None:
            pass
        case _:
            assert_never(members)
    if not pairing.side.may(ability):
        return _kept(
            leaver,
            NoteCode.ACTION_OFF,
            f"would be {verb}, but the target's actions have no {ability}",
        )
    return None


def _kept(leaver: Leaver, code: NoteCode, message: str) -> Note:
    message = f"{leaver.reason.text}: {message}"
    return skipped(code, leaver, message, leaver.reason.at)
