"""The actual state: what the service provider really holds, and what of it was really read.

*Not returned* is not *empty*: each part of the state carries whether it was read completely, and a
consumer must look (`match`) before it may conclude an absence (safety statement 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import Json


@dataclass(frozen=True, slots=True)
class Unread:
    """Members that were not read, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Probed:
    """Members who were asked for one by one, because nothing shows them. Of anybody else nothing is
    known: whoever is in neither set may be a member, or not.

    `gap` says why somebody was asked for and is in neither.
    """

    present: frozenset[ResourceId] = frozenset()
    absent: frozenset[ResourceId] = frozenset()
    gap: str | None = None


#: The members of a live group: all ids, what is known of some, or that they are not known. Never an
#: object per membership.
Members = frozenset[ResourceId] | Probed | Unread


def known_members(members: Members | None) -> frozenset[ResourceId]:
    """Who certainly is a member. Only where `members` is a set is nobody else one."""
    match members:
        case frozenset():
            return members
        case Probed(present=present):
            return present
        case Unread() | None:
            return frozenset()
        case _:
            assert_never(members)


def gap_of(members: Members | None) -> str | None:
    """Why something is not known that a reading wanted to know; None where nothing is amiss."""
    match members:
        case Unread(reason=why) | Probed(gap=why):
            return why
        case frozenset() | None:
            return None
        case _:
            assert_never(members)


@dataclass(frozen=True, slots=True)
class Resource:
    """One live user or group.

    `data` is the resource as the provider sent it, names folded (`reconciler.model.path.fold`),
    without `members`, which stand in `members` (None for users). `version` is the entity tag.
    """

    id: ResourceId
    kind: Kind
    data: Mapping[str, Json]
    members: Members | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Every live resource of one kind, or as many as could be read.

    `gap` says why the reading is not complete; None means that it is: an id that is not in
    `resources` does not exist.
    """

    resources: Mapping[ResourceId, Resource]
    gap: str | None = None

    @property
    def complete(self) -> bool:
        return self.gap is None


@dataclass(frozen=True, slots=True)
class Actual:
    """What one service provider held when it was read. `requests` is what the reading cost."""

    users: Listing
    groups: Listing
    requests: int = 0

    @property
    def complete(self) -> bool:
        """Users, groups and every group's members were read to the end."""
        return (
            self.users.complete
            and self.groups.complete
            and all(isinstance(g.members, frozenset) for g in self.groups.resources.values())
        )

    def listing(self, kind: Kind) -> Listing:
        """The listing of one kind."""
        return self.users if kind is Kind.USER else self.groups
