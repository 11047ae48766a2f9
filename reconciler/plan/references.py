"""Whom people name (`manager`): keys in Git, live ids at the provider, resolved with every plan.

A reference is a change of its own, after everybody who can be named has been created, so one apply
is enough for somebody and their manager. Nothing is remembered: whoever comes into scope later is
named by the next plan, and a live value that names somebody else is a difference like any other.

Whoever should be named and is not there, should not be there, or cannot be decided, is *waited
for*: the live value stays what it is. Only Git clears it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from reconciler.model.change import (
    Change,
    Create,
    Deactivate,
    Delete,
    ReferenceChange,
    SetReferences,
    Step,
)
from reconciler.model.desired import (
    Cause,
    DesiredReference,
    DesiredUser,
    Excluded,
    Provisioned,
    Reason,
    Undetermined,
)
from reconciler.model.identity import Kind, Subject, UserKey
from reconciler.model.note_code import NoteCode
from reconciler.model.path import AttributePath
from reconciler.model.plan import Note, NoteKind
from reconciler.model.profile import Deactivation
from reconciler.model.target import Ability
from reconciler.plan.canonical import read_reference
from reconciler.plan.diff import left_alone
from reconciler.plan.notes import noted, skipped
from reconciler.plan.provisioning import DRIFT
from reconciler.plan.scene import Scene


def plan_references(scene: Scene, planned: Sequence[Change]) -> Iterator[Change | Note]:
    """Changes and notes for everybody whose references are managed, given the other changes."""
    if not scene.users.side.managed:
        return
    profile = scene.profile
    ends = profile.deactivation is Deactivation.DESTRUCTIVE or not profile.inactive_shown
    created = {change.subject for change in planned if isinstance(change, Create)}
    leaving = {
        change.subject
        for change in planned
        if isinstance(change, Delete) or (ends and isinstance(change, Deactivate))
    }
    for user in scene.desired.users.values():
        subject = user.subject
        there = subject in created or user.key in scene.users.links
        if user.references and there and subject not in leaving:
            yield from _Person(user, scene, created).plan()


@dataclass(frozen=True, slots=True)
class _Awaited:
    """Whoever should be named cannot be, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class _Person:
    """Somebody who is live, or about to be, and whom they should name."""

    user: DesiredUser
    scene: Scene
    created: set[Subject]

    def plan(self) -> Iterator[Change | Note]:
        parts: list[ReferenceChange] = []
        for path, reference in sorted(self.user.references.items(), key=lambda p: p[0].folded):
            match self._compare(path, reference):
                case ReferenceChange() as part:
                    parts.append(part)
                case Note() as note:
                    yield note
                case _:
                    pass  # it names whom it should
        if parts:
            yield self._change(tuple(parts))

    def _compare(
        self, path: AttributePath, reference: DesiredReference
    ) -> ReferenceChange | Note | None:
        live = self.scene.users.live(self.user.key)
        held = None if live is None else read_reference(live, path, self.scene.profile)
        if live is not None and left_alone(reference.apply, held, reference.key):
            return None
        before = None if held is None else self.scene.principal_of(held)
        if reference.key is None:
            return None if held is None else ReferenceChange(path.text, before, None, reference.at)
        if held is not None and held == self.scene.users.links.get(reference.key):
            return None
        match self._find(reference.key):
            case _Awaited(why=why):
                return self._waits(path, reference, why)
            case key:
                return ReferenceChange(path.text, before, key, reference.at)

    def _find(self, key: UserKey) -> UserKey | _Awaited:
        named = self.scene.desired.users.get(key)
        if named is None:
            return _Awaited("no manifest declares them")
        match named.standing:
            case Undetermined(reason=reason):
                return _Awaited(f"nobody can say whether they are to be there: {reason.text}")
            case Excluded(reason=reason):
                return _Awaited(f"they are not to be there: {reason.text}")
            case Provisioned():
                subject = Subject(Kind.USER, key)
                there = key in self.scene.users.links or subject in self.created
                return key if there else _Awaited("they are not live yet")
            case _:
                assert_never(named.standing)

    def _waits(self, path: AttributePath, reference: DesiredReference, why: str) -> Note:
        user = self.user
        message = f"`{path}` should name {reference.key} and stays as it is: {why}"
        return noted(
            NoteKind.WAITING, NoteCode.WAITS_FOR_REFERENCE, user, message, reference.at or user.at
        )

    def _change(self, parts: tuple[ReferenceChange, ...]) -> Change | Note:
        user, scene = self.user, self.scene
        subject, live_id = user.subject, scene.users.links.get(user.key)
        paths = ", ".join(part.path for part in parts)
        if live_id is not None and not scene.users.side.may(Ability.UPDATE):
            message = f"{paths} would be updated, but the target's actions have no update"
            return skipped(NoteCode.ACTION_OFF, user, message, user.at)
        cause, reason = scene.history.why(
            subject,
            Cause.ADDED if live_id is None else Cause.CHANGED,
            Reason(f"Git names somebody else in {paths}", parts[0].at or user.at),
            drift=DRIFT,
        )
        return SetReferences(
            kind=Kind.USER,
            key=user.key,
            name=user.name,
            id=live_id,
            cause=cause,
            reason=reason,
            step=Step.SET_REFERENCES,
            references=parts,
        )
