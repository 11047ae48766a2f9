"""Who joins and who leaves the groups that are ours: sets of ids, one change per group and way.

A member is *ours to remove* when the live user behind it is ours: owned, where users are managed;
paired with a declared person, where they are only looked up. The others are reported and stay. So
do people in a conflict, people for whom membership is undetermined, and, while one of those cannot
be found among the live users, everybody whom no manifest declares: it may be them.

Where a provider shows no members, they are asked for one by one (`probing`): whoever is declared,
and whoever was added by us. What was not asked for is neither added nor removed.

There are providers that number users and groups each for themselves, though an id should be one of
a kind (RFC 7643 §3.1). A member is the user then, where groups are no members; where they are,
nobody can tell, and such a group is left as it is.

Somebody who is deactivated or deleted by the same plan is no desired member any more, so their
removal from groups follows by itself, in its own step.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from reconciler.model.change import AddMembers, Change, RemoveMembers, Removing, Step
from reconciler.model.declared import MembershipMode
from reconciler.model.desired import Cause, DesiredGroup, Provisioned, Reason
from reconciler.model.identity import GroupKey, Kind, ResourceId, Subject, UserKey, member_key
from reconciler.model.note_code import NoteCode
from reconciler.model.plan import Note, NoteKind
from reconciler.model.profile import Nesting
from reconciler.model.resource import Members, Probed, Unread, known_members
from reconciler.model.target import Ability
from reconciler.model.words import listed
from reconciler.plan.eligible import Eligible
from reconciler.plan.notes import noted, skipped
from reconciler.plan.removing import way_out
from reconciler.plan.scene import Scene


def plan_members(scene: Scene, eligible: Eligible) -> Iterator[Change | Note]:
    """Changes of members and notes for every declared group that is ours."""
    if not scene.groups.side.managed:
        return
    waiting: defaultdict[UserKey, list[str]] = defaultdict(list)
    for group in scene.desired.groups.values():
        managed = group.members_managed and isinstance(group.standing, Provisioned)
        live = scene.groups.live(group.key)
        if not managed or (live is None and group.key not in eligible.arriving_groups):
            continue
        held = frozenset[ResourceId]() if live is None else live.members
        yield from _Group(group, held, scene, eligible).plan()
        for key in awaited(group, scene):
            waiting[key].append(group.name)
    for key in sorted(waiting):
        user = scene.desired.users[key]
        groups = listed(sorted(waiting[key]))
        message = f"is not live yet, so it cannot be added to {groups}"
        yield noted(NoteKind.WAITING, NoteCode.NOT_LIVE, user, message, user.at)


def awaited(group: DesiredGroup, scene: Scene) -> Iterator[UserKey]:
    """Members whom somebody else has yet to push; only a complete listing shows that."""
    users = scene.users
    if users.side.managed or users.side.listing.gap is not None:
        return
    for key in group.members - users.links.keys():
        if key in scene.desired.users and key not in users.conflicted | users.unlocatable:
            yield key


@dataclass(frozen=True, slots=True)
class _Group:
    """One group: who is in it, and who should be."""

    group: DesiredGroup
    held: Members | None
    scene: Scene
    eligible: Eligible

    def plan(self) -> Iterator[Change | Note]:
        wanted = self._wanted()
        if (both := self._ambiguous(wanted)) is not None:
            yield self._unread(both)
            return
        match self.held:
            case frozenset() as held:
                missing = wanted.keys() - held
            case Probed(present=held, absent=absent, gap=gap):
                missing = wanted.keys() & absent
                if gap is not None:
                    said = f"not of everybody it is known whether they are members: {gap}"
                    yield self._skipped(NoteCode.MEMBERS_UNREAD, said)
            case Unread(reason=why):
                yield self._unread(why)
                return
            case None:
                yield self._unread("they were not in the answer")
                return
            case _:
                assert_never(self.held)
        joining = self._joining({wanted[live_id] for live_id in missing})
        yield from self._additions(joining)
        if self.group.membership is MembershipMode.AUTHORITATIVE:
            surplus = held.difference(wanted, self._kept())
            yield from self._removals(surplus, len(held))

    def _unread(self, why: str) -> Note:
        return self._skipped(NoteCode.MEMBERS_UNREAD, f"its members are left as they are: {why}")

    def _wanted(self) -> dict[ResourceId, str]:
        """The live ids that should be members, and what they are called."""
        users, groups = self.scene.users.links, self.scene.groups.links
        return {
            **{users[key]: key for key in self.group.members if key in users},
            **{groups[key]: _as_member(key) for key in self.group.nested if key in groups},
        }

    def _ambiguous(self, wanted: Iterable[ResourceId]) -> str | None:
        """Why nobody can tell whether a member is a user or a group."""
        if self.scene.profile.nesting is Nesting.EXPANDED:
            return None
        users, groups = (self.scene.of(kind).side.listing.resources.keys() for kind in Kind)
        both = (users & groups).intersection([*wanted, *known_members(self.held)])
        return f"a user and a group have the same id ({listed(sorted(both))})" if both else None

    def _joining(self, live: Iterable[str]) -> list[str]:
        """Those who are there and no members, and those who are about to be there."""
        users = self.group.members & self.eligible.arriving_users
        groups = self.group.nested & self.eligible.arriving_groups
        return sorted([*live, *users, *map(_as_member, groups)])

    def _kept(self) -> set[ResourceId]:
        """Who keeps what they have: undetermined, unmanaged, or in a conflict."""
        users, groups = self.scene.users, self.scene.groups
        undetermined = {
            *(users.links[key] for key in self.group.undetermined if key in users.links),
            *(groups.links[key] for key in self.group.undetermined_nested if key in groups.links),
        }
        return undetermined.union(users.blocked, groups.blocked, self.eligible.unmanaged)

    def _additions(self, joining: list[str]) -> Iterator[Change | Note]:
        if not joining:
            return
        if not self.scene.groups.side.may(Ability.UPDATE):
            yield self._off("add", joining)
            return
        group = self.group
        created = group.key in self.eligible.arriving_groups
        cause, reason = self.scene.history.why(
            group.subject,
            Cause.ADDED if created else Cause.CHANGED,
            Reason("Git has them as members", group.at),
            drift="they were removed at the provider; Git has not changed",
        )
        yield AddMembers(
            kind=Kind.GROUP,
            key=group.key,
            name=group.name,
            id=self.scene.groups.links.get(group.key),
            cause=cause,
            reason=reason,
            step=Step.ADD_MEMBERS,
            members=tuple(joining),
            privileged=group.privileged,
        )

    def _removals(self, surplus: frozenset[ResourceId], held: int) -> Iterator[Change | Note]:
        if not surplus:
            return
        gap = self.scene.users.side.listing.gap or self.scene.groups.side.listing.gap
        if gap is not None:
            message = f"no member is removed, because not everything was read: {gap}"
            yield self._skipped(NoteCode.INCOMPLETE_READ, message)
            return
        strangers = surplus - self.eligible.removable
        if strangers:
            yield self._strangers(strangers)
        leaving = surplus & self.eligible.removable
        missing = leaving.intersection(self.scene.users.undeclared)
        if missing and self.scene.desired.incomplete:
            names = listed(sorted(map(self.scene.principal_of, missing)))
            sources = ", ".join(self.scene.desired.incomplete)
            yield self._skipped(
                NoteCode.SOURCE_INCOMPLETE, f"kept, because source {sources} is incomplete: {names}"
            )
            leaving -= missing
        unplaced = self._unplaced()
        if unplaced and leaving - self.eligible.declared:
            message = f"members whom no manifest declares stay: any may be {listed(unplaced)}"
            yield self._skipped(NoteCode.MEMBERS_UNDETERMINED, message)
            leaving &= self.eligible.declared
        if leaving:
            yield self._removal(leaving, held)

    def _unplaced(self) -> list[str]:
        """Who is, or may be, a member, and cannot be told among the live resources."""
        users = self.group.members | self.group.undetermined
        groups = self.group.nested | self.group.undetermined_nested
        return sorted(
            [*(users & self.scene.users.unlocatable), *(groups & self.scene.groups.unlocatable)]
        )

    def _removal(self, leaving: frozenset[ResourceId], held: int) -> Change | Note:
        if not self.scene.groups.side.may(Ability.UPDATE):
            return self._off("remove", sorted(map(self.scene.principal_of, leaving)))
        by = way_out(self.scene.profile, self.held)
        if not isinstance(by, Removing):
            return self._skipped(NoteCode.NO_REMOVAL, by)
        group = self.group
        cause, reason = self.scene.history.why(
            group.subject,
            Cause.CHANGED,
            Reason("Git does not have them as members", group.at),
            drift="they were added at the provider; Git has not changed",
        )
        return RemoveMembers(
            kind=Kind.GROUP,
            key=group.key,
            name=group.name,
            id=self.scene.groups.links.get(group.key),
            cause=cause,
            reason=reason,
            step=Step.REMOVE_MEMBERS,
            members=tuple(sorted(map(self.scene.principal_of, leaving))),
            held=held,
            by=by,
        )

    def _strangers(self, strangers: frozenset[ResourceId]) -> Note:
        group = self.group
        message = f"members that are not ours stay: {listed(sorted(strangers))}"
        return noted(NoteKind.STRANGER, NoteCode.MEMBERS_NOT_OURS, group, message, group.at)

    def _off(self, verb: str, keys: list[str]) -> Note:
        message = f"would {verb} {listed(keys)}, but the target's actions have no update"
        return self._skipped(NoteCode.ACTION_OFF, message)

    def _skipped(self, code: NoteCode, message: str) -> Note:
        return skipped(code, self.group, message, self.group.at)


def _as_member(group: GroupKey) -> str:
    return member_key(Subject(Kind.GROUP, group))
