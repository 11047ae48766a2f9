"""Who is in a group: as it is declared, or as far as a target gets it.

Two readings of the same memberships. Each knows for whom it cannot be told, and says when nothing
can be told at all: about a group that the target does not get, *nobody is in it* would be a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol, assert_never

from reconciler.desired.grounds import Grounds
from reconciler.desired.membership import (
    Roll,
    because_member,
    expand,
    groups_within,
    own_ways,
    why_undetermined,
)
from reconciler.model.declared import Declared, MembershipMode
from reconciler.model.desired import (
    Desired,
    DesiredGroup,
    Excluded,
    Provisioned,
    Reason,
    Standing,
    Undetermined,
)
from reconciler.model.expectation import Inside, Way
from reconciler.model.identity import GroupKey, UserKey
from reconciler.model.target import Manage


@dataclass(frozen=True, slots=True)
class Roster:
    """The people in a group, those inside its groups included.

    `uncertain` may be in it, too. `unlisted` is why people may be in it whom nobody declares.
    """

    members: frozenset[UserKey]
    uncertain: frozenset[UserKey]
    unlisted: Reason | None = None


@dataclass(frozen=True, slots=True)
class Silent:
    """The manifests do not say, and why."""

    reason: Reason


class Reading(Protocol):
    """One reading of the memberships, at one instant. Every key is one that is declared."""

    def roster(self, group: GroupKey) -> Roster | Silent:
        """Who is in a group."""
        ...

    def account(self, user: UserKey) -> Standing | Silent:
        """Whether somebody should have an account."""
        ...

    def why_in(self, group: GroupKey, user: UserKey) -> Reason:
        """Why one of the group's members is in it."""
        ...

    def why_not_in(self, group: GroupKey, user: UserKey) -> Reason:
        """Why somebody is not in it."""
        ...

    def why_uncertain(self, group: GroupKey, user: UserKey) -> Reason:
        """Why that cannot be told of one of the uncertain."""
        ...

    def leads(self, way: Way | Inside, group: GroupKey, user: UserKey) -> bool:
        """Whether that way brings a member into the group, whatever others do."""
        ...


@dataclass(frozen=True, slots=True)
class AsDeclared:
    """Membership as it is written, whoever is provisioned anywhere.

    `rolls` holds every group that is asked for, and the groups inside.
    """

    declared: Declared
    rolls: Mapping[GroupKey, Roll]
    as_of: datetime
    zone: tzinfo

    def roster(self, group: GroupKey) -> Roster | Silent:
        whole = expand(self.rolls, group)
        return Roster(whole.users, whole.undetermined)

    def account(self, user: UserKey) -> Standing | Silent:
        return Silent(Reason("no target is named", self.declared.users[user].at))

    def why_in(self, group: GroupKey, user: UserKey) -> Reason:
        because = self.because(group, user)
        if because is None:
            return Reason(f"nothing in {group} brings {user}", self.declared.groups[group].at)
        return because

    def why_not_in(self, group: GroupKey, user: UserKey) -> Reason:
        return self.why_in(group, user)

    def why_uncertain(self, group: GroupKey, user: UserKey) -> Reason:
        failed = (
            why_undetermined(self.declared, inner, user, as_of=self.as_of)
            for inner in groups_within(self.rolls, group)
        )
        return next(reason for reason in failed if reason is not None)

    def leads(self, way: Way | Inside, group: GroupKey, user: UserKey) -> bool:
        match way:
            case Inside(group=inner):
                deeper = groups_within(self.rolls, group)[1:]
                return inner in deeper and user in expand(self.rolls, inner).users
            case Way():
                ways = own_ways(self.declared, group, user, as_of=self.as_of, zone=self.zone)
                return way in ways
            case unknown:
                assert_never(unknown)

    def because(self, group: GroupKey, user: UserKey) -> Reason | None:
        """Why somebody belongs to a group; None where they do not."""
        return because_member(self.declared, group, user, as_of=self.as_of, zone=self.zone)


@dataclass(frozen=True, slots=True)
class AtTarget:
    """Membership as a target should hold it: of those who are there, in groups that are there.

    It speaks of the people in `desired`, who may be some only (see `desire_for`).
    """

    grounds: Grounds
    desired: Desired

    def roster(self, group: GroupKey) -> Roster | Silent:
        wanted = self.desired.groups[group]
        silent = self._silent(wanted)
        if silent is not None:
            return silent
        members = set(wanted.members)
        uncertain = set(wanted.undetermined)
        unlisted = None
        for inner in self._nested(wanted):
            members |= inner.members
            uncertain |= inner.undetermined
            if inner.membership is MembershipMode.ADDITIVE:
                said = f"{inner.key} is additive, so whoever is added at the provider stays"
                unlisted = Reason(said, inner.at)
            for doubtful in inner.undetermined_nested:
                uncertain |= expand(self.grounds.rolls, doubtful).users
        return Roster(frozenset(members), frozenset(uncertain - members), unlisted)

    def account(self, user: UserKey) -> Standing | Silent:
        target = self.grounds.target
        if target.users.manage is Manage.LOOKUP:
            said = f"{target.name} only looks people up: somebody else decides who is there"
            return Silent(Reason(said, target.users.at))
        return self.desired.users[user].standing

    def why_in(self, group: GroupKey, user: UserKey) -> Reason:
        return self._written.why_in(group, user)

    def why_not_in(self, group: GroupKey, user: UserKey) -> Reason:
        because = self._written.because(group, user)
        if because is None:
            return self._written.why_not_in(group, user)
        standing = self.desired.users[user].standing
        if isinstance(standing, Excluded):
            said = f"{user} is not at {self.desired.target}: {standing.reason.text}"
            return Reason(said, standing.reason.at)
        said = f"{because.text}, and a group on the way is not at {self.desired.target}"
        return Reason(said, because.at)

    def why_uncertain(self, group: GroupKey, user: UserKey) -> Reason:
        standing = self.desired.users[user].standing
        if isinstance(standing, Undetermined):
            reason = standing.reason
            said = f"whether {user} belongs to {self.desired.target} is not known: {reason.text}"
            return Reason(said, reason.at)
        if user in expand(self.grounds.rolls, group).undetermined:
            return self._written.why_uncertain(group, user)
        said = f"whether a group inside {group} belongs to {self.desired.target} is not known"
        return Reason(said, self.desired.groups[group].at)

    def leads(self, way: Way | Inside, group: GroupKey, user: UserKey) -> bool:
        return self._written.leads(way, group, user)

    @property
    def _written(self) -> AsDeclared:
        grounds = self.grounds
        return AsDeclared(grounds.declared, grounds.rolls, grounds.as_of, grounds.zone)

    def _silent(self, wanted: DesiredGroup) -> Silent | None:
        """Why the manifests do not decide who is in a group at the target; None where they do."""
        target = self.grounds.target
        if not wanted.members_managed:
            return Silent(
                Reason(f"{target.name} does not write the members of groups", target.groups.at)
            )
        match wanted.standing:
            case Provisioned():
                return None
            case Excluded(reason=reason):
                said = f"{wanted.key} is not at {target.name}: {reason.text}"
                return Silent(Reason(said, reason.at))
            case Undetermined(reason=reason):
                said = f"whether {wanted.key} belongs to {target.name} is not known: {reason.text}"
                return Silent(Reason(said, reason.at))
            case unknown:
                assert_never(unknown)

    def _nested(self, wanted: DesiredGroup) -> tuple[DesiredGroup, ...]:
        """The group, and those inside that the provider takes as members, however deep."""
        reached = {wanted.key: wanted}
        waiting = [wanted]
        while waiting:
            for key in sorted(waiting.pop().nested - reached.keys()):
                reached[key] = self.desired.groups[key]
                waiting.append(reached[key])
        return tuple(reached.values())
