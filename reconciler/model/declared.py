"""What manifests say, checked and converted, with the place of everything that can be blamed.

People, groups, who is assigned, and the whole of it; targets, filters and mappings are modules of
their own (`target`, `scoping`, `mapping`).

`reconciler.manifests` builds these from YAML; nobody else makes them but tests. Names of fields
follow the manifests, values are typed: a clause's operator is an enum, a date is a date.

Three written states of an attribute: absent from `attributes` (not managed), `None` or `()` (clear
it), or a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.diagnostic import Position
from reconciler.model.expectation import Expectation
from reconciler.model.feed import Feed, Row
from reconciler.model.identity import GroupKey, Kind, UserKey
from reconciler.model.mapping import AttributeMapping
from reconciler.model.path import Value
from reconciler.model.period import ALWAYS, Period
from reconciler.model.profile import Profile
from reconciler.model.scoping import ScopingFilter
from reconciler.model.target import Target


@dataclass(frozen=True, slots=True)
class User:
    """A person: source attributes in the directory's vocabulary (`userPrincipalName`, `surname`).

    `attributes` holds what is written, plus `objectId` (declared, or derived from the key).
    `places` gives line and column of each written attribute in `at.file`. `row` is the row of a
    source that speaks of them; somebody whom no manifest declares has its place as theirs.
    `formerly` are earlier sign-in names, so that a rename finds the live account.
    """

    key: UserKey
    attributes: Mapping[str, Value]
    at: Position
    period: Period = ALWAYS
    labels: Mapping[str, str] = field(default_factory=dict)
    owner: str | None = None
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    row: Row | None = None
    formerly: tuple[str, ...] = ()

    def place(self, attribute: str) -> Position:
        """Where an attribute is written; the user's own place when it is not."""
        written = self.places.get(attribute)
        if written is not None:
            return Position(self.at.file, *written)
        return self.row.at if self.fed(attribute) and self.row is not None else self.at

    def fed(self, attribute: str) -> bool:
        """Whether a source's row, and no manifest, gives an attribute (or `from`, `until`)."""
        return self.row is not None and attribute in self.row.attributes


class MembershipMode(StrEnum):
    """Whether members that nobody declares are removed."""

    AUTHORITATIVE = "authoritative"
    ADDITIVE = "additive"


@dataclass(frozen=True, slots=True)
class DatedMember:
    """A member for a time: `{user: e20881, until: 2026-12-31}`, or a group for a time."""

    kind: Kind
    key: str
    period: Period
    at: Position


@dataclass(frozen=True, slots=True)
class Group:
    """A group and who is in it.

    `users` and `groups` map each plain member to its line in `at.file`; members with dates stand
    in `dated`. `member_rule` is CEL over `user`. `formerly` are earlier display names, so that a
    rename finds the live group. `adopt` allows taking ownership of a live group that matches by
    name but carries no mark.
    """

    key: GroupKey
    attributes: Mapping[str, Value]
    at: Position
    membership: MembershipMode = MembershipMode.AUTHORITATIVE
    users: Mapping[UserKey, int] = field(default_factory=dict)
    groups: Mapping[GroupKey, int] = field(default_factory=dict)
    dated: tuple[DatedMember, ...] = ()
    member_rule: str | None = None
    member_rule_at: Position | None = None
    formerly: tuple[str, ...] = ()
    adopt: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    owner: str | None = None

    @property
    def privileged(self) -> bool:
        return self.labels.get("privileged") == "true"


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who is assigned to a target: users, and direct members of groups.

    `nested`: also the people of groups inside those groups, which Entra leaves out. `role` is None
    for Default Access.
    """

    name: str
    target: str
    role: str | None
    users: Mapping[UserKey, int]
    groups: Mapping[GroupKey, int]
    at: Position
    nested: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Somebody's access is suspended until a date, whatever anything else says.

    `targets` empty means all. Beats source, scope, assignment, undo and healing.
    """

    name: str
    user: UserKey
    ticket: str
    ends: Period
    targets: frozenset[str]
    at: Position

    def valid_at(self, target: str) -> bool:
        """Whether it is about that target."""
        return not self.targets or target in self.targets


@dataclass(frozen=True, slots=True)
class Declared:
    """Everything the tree of manifests says; each mapping in the order of its keys."""

    users: Mapping[UserKey, User] = field(default_factory=dict)
    groups: Mapping[GroupKey, Group] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)
    assignments: Mapping[str, Assignment] = field(default_factory=dict)
    filters: Mapping[str, ScopingFilter] = field(default_factory=dict)
    mappings: Mapping[str, AttributeMapping] = field(default_factory=dict)
    holds: Mapping[str, Hold] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    expectations: Mapping[str, Expectation] = field(default_factory=dict)
    feeds: Mapping[str, Feed] = field(default_factory=dict)
