"""What must hold whoever changes the manifests: tests of effective access, kept beside them.

An expectation is asked of the manifests, never of a live provider: of declared membership, or of
what a target should therefore hold. It holds or it does not; what cannot be decided does not hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from reconciler.model.diagnostic import Position
from reconciler.model.identity import GroupKey, UserKey
from reconciler.model.period import Moment


class Way(StrEnum):
    """How a group itself comes by a member."""

    STATIC = "static"  # a line of `members`, with dates or without
    RULE = "rule"  # its `memberRule`


@dataclass(frozen=True, slots=True)
class Inside:
    """By being in a group that is inside, however deep."""

    group: GroupKey


@dataclass(frozen=True, slots=True)
class MemberOf:
    """A person is in a group. `through`: that way leads there, whatever others do; None is any."""

    user: UserKey
    group: GroupKey
    through: Way | Inside | None
    at: Position


@dataclass(frozen=True, slots=True)
class NotMemberOf:
    """A person is not in a group, by any way."""

    user: UserKey
    group: GroupKey
    at: Position


@dataclass(frozen=True, slots=True)
class HasAccount:
    """A person should have an active account at the target; `wanted` False: should not."""

    user: UserKey
    wanted: bool
    at: Position


@dataclass(frozen=True, slots=True)
class MemberCount:
    """How many people a group has, both bounds included; None is no bound."""

    group: GroupKey
    at_least: int | None
    at_most: int | None
    at: Position


@dataclass(frozen=True, slots=True)
class EveryMember:
    """Everybody in a group satisfies a condition in CEL over `user`."""

    group: GroupKey
    condition: str
    at: Position


@dataclass(frozen=True, slots=True)
class NoMember:
    """Nobody in a group satisfies a condition in CEL over `user`."""

    group: GroupKey
    condition: str
    at: Position


@dataclass(frozen=True, slots=True)
class Disjoint:
    """Nobody is in both groups: separation of duties."""

    group: GroupKey
    other: GroupKey
    at: Position


Assertion = MemberOf | NotMemberOf | HasAccount | MemberCount | EveryMember | NoMember | Disjoint


@dataclass(frozen=True, slots=True)
class Mentions:
    """Whom and what an assertion names, and the condition that it sets."""

    users: tuple[UserKey, ...] = ()
    groups: tuple[GroupKey, ...] = ()
    condition: str | None = None


def mentions(assertion: Assertion) -> Mentions:
    """What must be declared, or compile, for the assertion to mean anything."""
    match assertion:
        case MemberOf(user=user, group=group, through=Inside(group=inner)):
            return Mentions((user,), (group, inner))
        case MemberOf(user=user, group=group) | NotMemberOf(user=user, group=group):
            return Mentions((user,), (group,))
        case HasAccount(user=user):
            return Mentions((user,))
        case MemberCount(group=group):
            return Mentions(groups=(group,))
        case EveryMember(group=group, condition=text) | NoMember(group=group, condition=text):
            return Mentions(groups=(group,), condition=text)
        case Disjoint(group=group, other=other):
            return Mentions(groups=(group, other))
        case unknown:
            assert_never(unknown)


@dataclass(frozen=True, slots=True)
class Expectation:
    """Assertions that must all hold, and why they must.

    `target` None: membership as declared, whoever is provisioned anywhere. `as_of` None: the
    instant of the run; a day means its beginning, in the target's time zone (else UTC).
    """

    name: str
    target: str | None
    as_of: Moment | None
    because: str
    assertions: tuple[Assertion, ...]
    at: Position
    owner: str | None = None
