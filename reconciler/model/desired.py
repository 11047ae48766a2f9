"""What a target should hold, by our keys, before anybody looked at what it does hold.

For each declared person and group one *standing*: provisioned, excluded (with the cause), or
undetermined. Undetermined is not false: whoever it concerns keeps what they have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.declared import MembershipMode
from reconciler.model.diagnostic import Position
from reconciler.model.feed import FeedState
from reconciler.model.identity import GroupKey, Kind, Subject, UserKey
from reconciler.model.light import light_value
from reconciler.model.mapping import Apply
from reconciler.model.note_code import NoteCode
from reconciler.model.path import AttributePath, Value
from reconciler.model.sealed import Seals


class Cause(StrEnum):
    """Why something changes: the class that guardrails, views and `--only cause:` use."""

    ADDED = "added"  # a manifest (or an assignment) brings somebody who is not there yet
    CHANGED = "changed"  # a manifest or a mapping gives another value
    ENABLED = "enabled"  # somebody comes back
    DISABLED = "disabled"  # `accountEnabled: false`
    ENDED = "ended"  # `until` is over
    NOT_YET = "notYet"  # `from` is to come
    HELD = "held"  # a Hold suspends the person
    OUT_OF_SCOPE = "outOfScope"  # fails the scoping filter
    UNASSIGNED = "unassigned"  # no assignment reaches them
    NOT_ENTITLED = "notEntitled"  # assigned, with no role that counts at the target
    REMOVED = "removed"  # no manifest any more
    DUE = "due"  # deactivated long enough to be deleted
    DRIFT = "drift"  # changed behind Git's back
    UNDO = "undo"  # an apply is taken back


@light_value()
class Reason:
    """Why, in words, and the line that says so."""

    text: str
    at: Position | None = None


@light_value()
class Provisioned:
    """Should be there and active."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Excluded:
    """Should not have access. `managed`: attributes are still kept up to date (Entra 5.5)."""

    cause: Cause
    reason: Reason
    managed: bool = False


@dataclass(frozen=True, slots=True)
class Undetermined:
    """Could not be decided (a condition erred, a required value is missing): keep what is there."""

    code: NoteCode
    reason: Reason


Standing = Provisioned | Excluded | Undetermined


@light_value()
class MatchKey:
    """A value that finds the live resource, and how: precedence 1 is tried first.

    `also` are further attributes that must have their values as well: a compound key.
    """

    path: AttributePath
    value: str
    precedence: int
    also: tuple[tuple[AttributePath, str], ...] = ()

    @property
    def parts(self) -> tuple[tuple[AttributePath, str], ...]:
        """Every attribute of the key with its value."""
        return ((self.path, self.value), *self.also)


@light_value()
class DesiredValue:
    """One attribute's wanted value and the line that decided it. None or () means: clear it.

    Where there are `candidates`, `value` is the first of them, and planning takes the first that
    nobody has yet when the resource is created.
    """

    value: Value
    at: Position | None
    apply: Apply = Apply.ALWAYS
    candidates: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class DesiredReference:
    """Another user, by key, whom an attribute should name, and the line that says so.

    None: it should name nobody. Which live id that is, is found out anew with every plan.
    """

    key: UserKey | None
    at: Position | None
    apply: Apply = Apply.ALWAYS


@light_value()
class DesiredUser:
    """One person as the target should hold them.

    `values` and `references` are empty when the standing does not keep attributes. `identity` is
    the immutable object id when a mapping writes it (to `externalId`, say), with the path it is
    written to.
    """

    key: UserKey
    name: str
    standing: Standing
    at: Position
    values: Mapping[AttributePath, DesiredValue] = field(default_factory=dict)
    references: Mapping[AttributePath, DesiredReference] = field(default_factory=dict)
    match: tuple[MatchKey, ...] = ()
    identity: MatchKey | None = None

    @property
    def subject(self) -> Subject:
        return Subject(Kind.USER, self.key)


@dataclass(frozen=True, slots=True)
class DesiredGroup:
    """One group as the target should hold it.

    `members` and `nested` are who should be in it; `undetermined` and `undetermined_nested` those
    for whom that could not be decided, who keep what they have. `members_managed` is False when the
    mapping has no `members`, so membership is none of our business.
    """

    key: GroupKey
    name: str
    standing: Standing
    at: Position
    values: Mapping[AttributePath, DesiredValue] = field(default_factory=dict)
    match: tuple[MatchKey, ...] = ()
    identity: MatchKey | None = None
    members_managed: bool = True
    membership: MembershipMode = MembershipMode.AUTHORITATIVE
    members: frozenset[UserKey] = frozenset()
    nested: frozenset[GroupKey] = frozenset()
    undetermined: frozenset[UserKey] = frozenset()
    undetermined_nested: frozenset[GroupKey] = frozenset()
    privileged: bool = False
    adopt: bool = False

    @property
    def subject(self) -> Subject:
        return Subject(Kind.GROUP, self.key)


@dataclass(frozen=True, slots=True)
class Desired:
    """The desired state of one target, keys sorted.

    `seals` says what of it must not be shown; `feeds` are the sources that it is made from.
    """

    target: str
    users: Mapping[UserKey, DesiredUser]
    groups: Mapping[GroupKey, DesiredGroup]
    seals: Seals = field(default_factory=Seals)
    feeds: tuple[FeedState, ...] = ()

    @property
    def subjects(self) -> Iterator[DesiredUser | DesiredGroup]:
        """Everybody: users, then groups."""
        yield from self.users.values()
        yield from self.groups.values()

    def get(self, subject: Subject) -> DesiredUser | DesiredGroup | None:
        """What is wanted of somebody; None for whom no manifest declares."""
        if subject.kind is Kind.USER:
            return self.users.get(UserKey(subject.key))
        return self.groups.get(GroupKey(subject.key))

    @property
    def incomplete(self) -> tuple[str, ...]:
        """The sources of which more may be known than is there, by name."""
        return tuple(feed.name for feed in self.feeds if feed.gap is not None)
