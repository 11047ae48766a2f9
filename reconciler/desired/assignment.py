"""Whom assignments bring to a target, and with which roles.

Users one by one, groups, and the groups' direct members: as in Entra, assigning a group assigns
its own members, not those of groups inside it, unless the assignment says `nested`.

Roles are united over every line that reaches somebody. Where a member rule failed, a line *may*
reach somebody: what it would give is kept apart, and is never counted as had or as not had.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from reconciler.desired.membership import Roll, expand
from reconciler.model.declared import Assignment, Declared
from reconciler.model.desired import Reason
from reconciler.model.diagnostic import Position
from reconciler.model.identity import GroupKey, UserKey
from reconciler.model.target import Target


@dataclass(frozen=True, slots=True)
class Grant:
    """One line of an assignment; shared by everybody whom it reaches.

    `role` is None for Default Access. `nested`: also the people of groups inside the group.
    """

    assignment: str
    through: GroupKey | None
    at: Position
    role: str | None = None
    nested: bool = False

    @property
    def reason(self) -> Reason:
        """Why somebody is assigned."""
        through = f" through group {self.through}" if self.through is not None else ""
        return Reason(f"assigned by {self.assignment}{through}", self.at)

    @property
    def doubt(self) -> Reason:
        """Why it cannot be said whether the line reaches somebody."""
        whose = f"a memberRule in or inside {self.through}" if self.nested else None
        rule = whose or f"memberRule of {self.through}"
        return Reason(f"{rule} failed, so {self.assignment} is unclear", self.at)


@dataclass(frozen=True, slots=True)
class Reach:
    """Everybody who is assigned to one target, and by which line.

    Keyed by the keys of users, and of groups in `groups`. `uncertain` are people whom only a failed
    member rule could bring in. `roles` are all that somebody has; `doubtful` is a line for each
    role that somebody has only if a failed rule holds.
    """

    users: Mapping[str, Grant]
    uncertain: Mapping[str, Grant]
    groups: Mapping[str, Grant]
    roles: Mapping[str, frozenset[str | None]]
    doubtful: Mapping[str, Mapping[str | None, Grant]]


def assigned_groups(declared: Declared, target: Target) -> tuple[GroupKey, ...]:
    """The groups that any assignment to the target names, sorted."""
    found = {group for assignment in _to(declared, target) for group in assignment.groups}
    return tuple(sorted(found))


def find_reach(declared: Declared, target: Target, rolls: Mapping[GroupKey, Roll]) -> Reach:
    """Who is assigned. A user's own line counts before a group's; then the first name counts."""
    users: dict[str, Grant] = {}
    uncertain: dict[str, Grant] = {}
    groups: dict[str, Grant] = {}
    roles: dict[str, frozenset[str | None]] = {}
    possible: dict[str, dict[str | None, Grant]] = {}
    for line in _lines(declared, target, rolls):
        role = frozenset({line.grant.role})  # shared by everybody who has no other
        for user in line.users:
            users.setdefault(user, line.grant)
            held = roles.setdefault(user, role)
            if line.grant.role not in held:
                roles[user] = held | role
        for user in line.undetermined:
            uncertain.setdefault(user, line.grant)
            possible.setdefault(user, {}).setdefault(line.grant.role, line.grant)
    for group, grant in _groups(declared, target):
        groups.setdefault(group, grant)
    doubtful = {
        user: {role: grant for role, grant in may_be.items() if role not in roles.get(user, ())}
        for user, may_be in possible.items()
    }
    return Reach(users, uncertain, groups, roles, {u: d for u, d in doubtful.items() if d})


def grants_of_user(
    declared: Declared, target: Target, rolls: Mapping[GroupKey, Roll], user: UserKey
) -> tuple[Grant, ...]:
    """Every line that assigns a person; the first is the one that counts in `find_reach`."""
    return tuple(line.grant for line in _lines(declared, target, rolls) if user in line.users)


def grants_of_group(declared: Declared, target: Target, group: GroupKey) -> tuple[Grant, ...]:
    """Every line that assigns a group; the first is the one that counts in `find_reach`."""
    return tuple(grant for named, grant in _groups(declared, target) if named == group)


@dataclass(frozen=True, slots=True)
class _Line:
    """Whom one line of an assignment brings, and whom it may bring."""

    grant: Grant
    users: Collection[UserKey]
    undetermined: Collection[UserKey] = ()


def _lines(declared: Declared, target: Target, rolls: Mapping[GroupKey, Roll]) -> Iterator[_Line]:
    """In the order in which they count: users' own lines, then groups', by assignment."""
    for assignment in _to(declared, target):
        for user, line in assignment.users.items():
            yield _Line(_grant(assignment, None, line), (user,))
    for assignment in _to(declared, target):
        for group, line in sorted(assignment.groups.items()):
            if group in rolls:
                roll = expand(rolls, group) if assignment.nested else rolls[group]
                yield _Line(_grant(assignment, group, line), roll.users, roll.undetermined)


def _groups(declared: Declared, target: Target) -> Iterator[tuple[GroupKey, Grant]]:
    for assignment in _to(declared, target):
        for group, line in sorted(assignment.groups.items()):
            yield group, _grant(assignment, None, line)


def _to(declared: Declared, target: Target) -> list[Assignment]:
    named = (a for a in declared.assignments.values() if a.target == target.name)
    return sorted(named, key=lambda assignment: assignment.name)


def _grant(assignment: Assignment, through: GroupKey | None, line: int) -> Grant:
    at = Position(assignment.at.file, line)
    nested = assignment.nested and through is not None
    return Grant(assignment.name, through, at, assignment.role, nested)
