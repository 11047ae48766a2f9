"""Who is in which group, in Git and live, and why: for one person's groups, for one group's people.

What becomes of a membership is the plan's additions and removals; here they are only put beside
what Git says and what is live.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never

from reconciler.desired.grounds import Grounds
from reconciler.desired.membership import call_rolls, expand
from reconciler.desired.truth import Truth
from reconciler.model.change import AddMembers, Delete, RemoveMembers
from reconciler.model.declared import MembershipMode
from reconciler.model.desired import Desired, DesiredGroup, Reason
from reconciler.model.identity import GroupKey, Kind, ResourceId, UserKey, member_key
from reconciler.model.note_code import NoteCode
from reconciler.model.plan import Plan
from reconciler.model.profile import Nesting
from reconciler.model.resource import Probed, Resource, Unread, known_members
from reconciler.plan.eligible import find_eligible
from reconciler.plan.explain.belonging import (
    Belonging,
    belonging,
    belonging_inside,
    is_open,
    stranger,
)
from reconciler.plan.principals import principal
from reconciler.plan.scene import Scene


class Presence(StrEnum):
    """Whether somebody is a live member."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"  # nothing was read, or not the members of this group


class Move(StrEnum):
    """What the plan does with a membership."""

    ADDED = "added"
    REMOVED = "removed"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Part:
    """A group or a member of one, as a plan calls it: a key, `group:KEY`, or `id:…`."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Membership:
    """One person (or group) in one group.

    `belonging` is Git's view; `stays` says why a live member whom Git does not have is left there.
    """

    group: Part
    member: Part
    belonging: Belonging
    live: Presence
    move: Move
    stays: str | None

    @property
    def waits(self) -> bool:
        """The target should hold it, does not, and this plan cannot bring it about."""
        absent = self.live is Presence.NO and self.move is Move.NONE
        return absent and self.belonging.wanted is Truth.TRUE


@dataclass(frozen=True, slots=True)
class Sight:
    """What is live, and what a plan for everybody makes of it."""

    scene: Scene
    plan: Plan


_STAYS: Final = frozenset(
    {NoteCode.INCOMPLETE_READ, NoteCode.ACTION_OFF, NoteCode.MEMBERS_UNDETERMINED}
)
_UNDECLARED: Final = Belonging(None, Truth.FALSE, Reason("no manifest declares this group"))


@dataclass(frozen=True, slots=True)
class Books:
    """Git and the target side by side. `sight` is None where the target was not read.

    `moves`: what the plan does, by group and member; `removable`: live ids that are ours.
    """

    grounds: Grounds
    desired: Desired
    sight: Sight | None
    moves: Mapping[tuple[str, str], Move]
    removable: frozenset[ResourceId]

    def groups_of(self, user: UserKey) -> tuple[Membership, ...]:
        """Every group that a person is in, or may be, in Git or live; declared ones first."""
        declared = [
            found
            for group in self.desired.groups.values()
            if (found := self._person(group, user)).belonging.declared is not None
            or user in group.undetermined
            or found.live is Presence.YES
        ]
        live_id = None if self.sight is None else self.sight.scene.users.links.get(user)
        if self.sight is None or live_id is None:
            return tuple(declared)
        member = Part(user, self.desired.users[user].name)
        return (*declared, *self._undeclared_groups(member, live_id, self.sight.scene))

    def groups_of_stranger(
        self, member: Part, live_id: ResourceId, scene: Scene
    ) -> tuple[Membership, ...]:
        """Every live group that holds somebody whom no manifest declares; declared ones first."""
        declared = (
            self._membership(group, member, live_id, stranger(group, self.grounds))
            for group in self.desired.groups.values()
            if self._presence(group, live_id) is Presence.YES
        )
        return (*declared, *self._undeclared_groups(member, live_id, scene))

    def people_of_stranger(
        self, group: Part, live: Resource, scene: Scene
    ) -> tuple[Membership, ...]:
        """Every live member of a group that no manifest declares."""
        return tuple(
            self._unmanaged(group, Part(key, principal(key, scene).name))
            for key in sorted(map(scene.principal_of, known_members(live.members)))
        )

    def people_of(self, group: DesiredGroup) -> tuple[Membership, ...]:
        """Everybody who is in a group, or may be, in Git or live; those whom Git has first."""
        grounds = self.grounds
        rolls = call_rolls(grounds.declared, [group.key], as_of=grounds.as_of, zone=grounds.zone)
        native = grounds.profile.nesting is Nesting.NATIVE
        roll = rolls[group.key] if native else expand(rolls, group.key)
        declared = [
            *(self._person(group, user) for user in sorted(roll.users | roll.undetermined)),
            *(self._inside(group, inner) for inner in sorted(roll.groups)),
        ]
        return (*declared, *self._others(group, {found.member.key for found in declared}))

    def _person(self, group: DesiredGroup, user: UserKey) -> Membership:
        member = Part(user, self.desired.users[user].name)
        live_id = None if self.sight is None else self.sight.scene.users.links.get(user)
        found = belonging(group, user, self.grounds, self.desired)
        return self._membership(group, member, live_id, found)

    def _inside(self, group: DesiredGroup, inner: GroupKey) -> Membership:
        wanted = self.desired.groups[inner]
        member = Part(member_key(wanted.subject), wanted.name)
        live_id = None if self.sight is None else self.sight.scene.groups.links.get(inner)
        found = belonging_inside(group, inner, self.grounds, self.desired)
        return self._membership(group, member, live_id, found)

    def _others(self, group: DesiredGroup, named: set[str]) -> Iterator[Membership]:
        """Live members whom Git does not have."""
        live = None if self.sight is None else self.sight.scene.groups.live(group.key)
        if self.sight is None or live is None:
            return
        scene = self.sight.scene
        found = stranger(group, self.grounds)
        known = known_members(live.members)
        for key, live_id in sorted((scene.principal_of(held), held) for held in known):
            if key not in named:
                member = Part(key, principal(key, scene).name)
                yield self._membership(group, member, live_id, found)

    def _membership(
        self, group: DesiredGroup, member: Part, live_id: ResourceId | None, found: Belonging
    ) -> Membership:
        live = self._presence(group, live_id)
        move = self.moves.get((group.key, member.key), Move.NONE)
        surplus = found.wanted is Truth.FALSE and live is Presence.YES and move is Move.NONE
        return Membership(
            group=Part(group.key, group.name),
            member=member,
            belonging=found,
            live=live,
            move=move,
            stays=self._why_it_stays(group, live_id) if surplus else None,
        )

    def _presence(self, group: DesiredGroup, live_id: ResourceId | None) -> Presence:
        if self.sight is None:
            return Presence.UNKNOWN
        live = self.sight.scene.groups.live(group.key)
        if live is None:
            complete = self.sight.scene.groups.side.listing.complete
            return Presence.NO if complete else Presence.UNKNOWN
        return presence(live, live_id)

    def _why_it_stays(self, group: DesiredGroup, live_id: ResourceId | None) -> str | None:
        if self.sight is None or not is_open(group, self.grounds):
            return None
        scene = self.sight.scene
        if group.membership is MembershipMode.ADDITIVE:
            return "additive membership removes nobody"
        if live_id in scene.users.blocked | scene.groups.blocked:
            return "who is in a conflict is left alone"
        if live_id not in self.removable:
            return "it is not ours to remove"
        notes = (
            note.message
            for note in self.sight.plan.notes
            if (note.kind, note.key) == (Kind.GROUP, group.key) and note.code in _STAYS
        )
        return next(notes, "something about it is still open")

    def _undeclared_groups(
        self, member: Part, live_id: ResourceId, scene: Scene
    ) -> Iterator[Membership]:
        """Live groups that hold a person and that no manifest declares."""
        groups = scene.groups
        declared = frozenset(groups.links.values())
        for group_id in sorted(groups.side.listing.resources.keys() - declared):
            live = groups.side.live(group_id)
            if presence(live, live_id) is Presence.YES:
                group = Part(groups.key_of(group_id), groups.side.name_of(group_id))
                yield self._unmanaged(group, member)

    def _unmanaged(self, group: Part, member: Part) -> Membership:
        move = self.moves.get((group.key, member.key), Move.NONE)
        return Membership(group, member, _UNDECLARED, Presence.YES, move, None)


def open_books(grounds: Grounds, desired: Desired, sight: Sight | None) -> Books:
    """The books of one target, of which every question can be asked."""
    if sight is None:
        return Books(grounds, desired, None, {}, frozenset())
    moves = {
        (change.key, member): Move.ADDED if isinstance(change, AddMembers) else Move.REMOVED
        for change in sight.plan.changes
        if isinstance(change, AddMembers | RemoveMembers | Delete)
        for member in change.members
    }
    removable = find_eligible(sight.plan.changes, sight.scene).removable
    return Books(grounds, desired, sight, moves, removable)


def presence(group: Resource, member: ResourceId | None) -> Presence:
    """Whether somebody is in a live group, as far as it was read."""
    members = group.members
    match members:
        case frozenset():
            return Presence.YES if member in members else Presence.NO
        case Probed(present=present) if member in present:
            return Presence.YES
        case Probed(absent=absent) if member in absent:
            return Presence.NO
        case Probed() | Unread() | None:
            return Presence.UNKNOWN
        case _:
            assert_never(members)
