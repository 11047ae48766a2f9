"""What undoing asks of the applied plan and of the scene: who is meant, and whether it may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypedDict

from reconciler.model.change import AddMembers, Change
from reconciler.model.desired import Cause, Excluded
from reconciler.model.identity import Kind, ResourceId, Subject, UserKey, subject_of_member
from reconciler.model.note_code import NoteCode
from reconciler.model.path import parse_path
from reconciler.model.plan import Note
from reconciler.model.resource import Resource
from reconciler.model.sealed import Held
from reconciler.model.target import Ability
from reconciler.model.undoing import Undoing
from reconciler.plan.canonical import read, same
from reconciler.plan.notes import skipped
from reconciler.plan.scene import Scene

#: What a change did, by its action.
_DONE: Final = {
    "create": "creation",
    "update": "update",
    "reactivate": "reactivation",
    "deactivate": "deactivation",
    "delete": "deletion",
    "setReferences": "change of references",
    "addMembers": "addition of members",
    "removeMembers": "removal of members",
}
SINCE: Final = "it is no longer as that run left it"

#: Who is kept out by something that undoing must not overrule.
_KEPT_OUT: Final = frozenset({Cause.HELD, Cause.ENDED, Cause.NOT_YET})


class Whom(TypedDict):
    """What every change of an undoing has."""

    kind: Kind
    key: str
    name: str
    id: ResourceId
    cause: Cause


@dataclass(frozen=True, slots=True)
class Ground:
    """An applied run, and the scene on which it is to be undone."""

    undoing: Undoing
    scene: Scene
    #: Whom that run made, and whom it added to which group.
    made: Mapping[Subject, ResourceId] = field(init=False)
    added: Mapping[Subject, frozenset[ResourceId]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "made", self.undoing.made())
        added = {
            change.subject: frozenset(self.ids(change.members))
            for change in self.undoing.changes()
            if isinstance(change, AddMembers)
        }
        object.__setattr__(self, "added", added)

    @property
    def by(self) -> str:
        """Who did what is undone, as reasons say it."""
        return f"run {self.undoing.run.opened.run[:8]}"

    def whom(self, change: Change, live: Resource) -> Whom:
        """Whom a counterpart of `change` is about."""
        key = self.scene.of(change.kind).key_of(live.id)
        return Whom(kind=change.kind, key=key, name=change.name, id=live.id, cause=Cause.UNDO)

    def note(self, change: Change, why: str) -> Note:
        """That a change is not undone."""
        words = f"its {_DONE[change.action]} is not undone: {why}"
        return skipped(NoteCode.CANNOT_UNDO, change, words)

    def off(self, change: Change, ability: Ability) -> Note | None:
        """That the target never makes such changes."""
        if self.scene.of(change.kind).side.may(ability):
            return None
        return self.note(change, f"the target's actions have no {ability}")

    def live(self, change: Change) -> Resource | Note:
        """The resource that a change was about, if it is there, ours, and nobody disputes it."""
        pairing = self.scene.of(change.kind)
        side = pairing.side
        made = self.made.get(change.subject) or pairing.links.get(change.key)
        live_id = change.id or made
        if change.irreversible is not None:
            return self.note(change, change.irreversible)
        if side.listing.gap is not None:
            return self.note(change, f"the {change.kind}s were not read to the end")
        if live_id is None or live_id not in side.listing.resources:
            return self.note(change, f"{SINCE}: it is not there")
        if live_id not in side.claims.owned or not side.managed:
            return self.note(change, "it is not ours to change")
        if live_id in pairing.blocked:
            return self.note(change, "it is in a conflict")
        return side.live(live_id)

    def holds(self, live: Resource, path: str, value: Held) -> bool:
        """Whether live has that value."""
        profile, parsed = self.scene.profile, parse_path(path)
        known = profile.characteristics(live.kind, parsed)
        return same(known, read(live, parsed, profile), value)

    def kept_out(self, id: ResourceId) -> str | None:
        """Why somebody must not get anything back, whoever took it: a Hold, a date."""
        user = self.scene.desired.users.get(UserKey(self.scene.users.key_of(id)))
        match None if user is None else user.standing:
            case Excluded(cause=cause, reason=reason) if cause in _KEPT_OUT:
                return reason.text
            case _:
                return None

    def is_live(self, id: ResourceId) -> bool:
        """Whether somebody has an account, or a group is there."""
        return any(id in self.scene.of(kind).side.listing.resources for kind in Kind)

    def ids(self, keys: Sequence[str]) -> list[ResourceId]:
        """Those of `keys` who can be told."""
        return [who for key in keys if (who := self.id(key)) is not None]

    def id(self, key: str | None) -> ResourceId | None:
        """Whom a key of the applied plan stood for, or stands for since that run made them."""
        if key is None:
            return None
        principal = self.undoing.plan.principals.get(key)
        if principal is not None and principal.id is not None:
            return principal.id
        subject = subject_of_member(key)
        links = self.scene.of(subject.kind).links
        return self.made.get(subject) or links.get(subject.key)
