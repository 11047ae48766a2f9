"""What manifests say, checked and converted, with the place of everything that can be blamed.

`reconciler.manifests` builds these from YAML; nobody else makes them but tests. Names of fields
follow the manifests, values are typed: a clause's operator is an enum, a date is a date.

Three written states of an attribute: absent from `attributes` (not managed), `None` or `()` (clear
it), or a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from reconciler.model.access import OPEN, Admission, AppRole
from reconciler.model.diagnostic import Position
from reconciler.model.expectation import Expectation
from reconciler.model.feed import Feed, Row
from reconciler.model.identity import GroupKey, Kind, UserKey
from reconciler.model.path import AttributePath, Value
from reconciler.model.period import ALWAYS, Period
from reconciler.model.profile import Profile
from reconciler.model.rates import Rates


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


class Scope(StrEnum):
    """Who is a candidate for a target: only the assigned, or everybody declared."""

    ASSIGNED = "assigned"
    ALL = "all"


class Manage(StrEnum):
    """Whether we write resources of a kind, or only look them up to refer to them."""

    FULL = "full"
    LOOKUP = "lookup"


class Ability(StrEnum):
    """What a target may do to one kind of resource (Entra's target object actions)."""

    CREATE = "create"
    UPDATE = "update"
    DEACTIVATE = "deactivate"
    DELETE = "delete"


class Removal(StrEnum):
    """What happens to somebody who should no longer be there."""

    KEEP = "keep"
    REPORT = "report"  # kept, and every plan says so
    DEACTIVATE = "deactivate"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Exclusive:
    """Everything behind the endpoint is ours."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Ours is what carries our mark in the attribute that the profile names."""


@dataclass(frozen=True, slots=True)
class OwnedWhen:
    """Ours is a live resource for which a CEL condition over `resource` holds."""

    condition: str
    at: Position


Ownership = Exclusive | Marked | OwnedWhen


@dataclass(frozen=True, slots=True)
class Deprovision:
    """What happens to a live, owned resource, by why it should no longer be there.

    `disabled`: `accountEnabled: false`, a hold, or outside from/until. `out_of_scope`: fails the
    scoping filter. `unassigned`: no assignment. `removed`: no manifest any more.
    `delete_after_days`: after so many days deactivated, delete; None means never. For groups, which
    cannot be deactivated: so many days after a run first saw that they should go; None means at
    once.
    """

    disabled: Removal = Removal.DEACTIVATE
    out_of_scope: Removal = Removal.DEACTIVATE
    unassigned: Removal = Removal.DEACTIVATE
    removed: Removal = Removal.DEACTIVATE
    delete_after_days: int | None = None


@dataclass(frozen=True, slots=True)
class Handling:
    """How a target treats one kind of resource. `filter` and `mapping` are names of manifests.

    `admission` is about people; groups are not asked for roles. `not_kept` are attributes that the
    provider drops or alters: they are sent when a resource is created, and never compared.
    """

    manage: Manage
    abilities: frozenset[Ability]
    ownership: Ownership
    mapping: str | None
    filter: str | None
    deprovision: Deprovision
    at: Position
    admission: Admission = OPEN
    not_kept: tuple[AttributePath, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """A service provider and what we may do there.

    `credential` is an alias; token and allowed hosts are bound to it outside the manifests.
    `repository` names this tree in ownership marks. `notice_days` is how long before somebody
    ends they are named. `handling` has both kinds, always. `roles`
    are the ones that assignments can give there, by their values; none means any text.
    `default_domain` is what `DefaultDomain()` gives in mappings.
    """

    name: str
    profile: str
    base_url: str
    credential: str | None
    enabled: bool
    time_zone: str
    scope: Scope
    repository: str | None
    users: Handling
    groups: Handling
    at: Position
    requests_per_second: float | None = None
    sole_writer: bool = False
    notice_days: int = 14
    roles: tuple[AppRole, ...] = ()
    default_domain: str | None = None

    def handling(self, kind: Kind) -> Handling:
        """The handling of one kind."""
        return self.users if kind is Kind.USER else self.groups

    @property
    def embedded(self) -> str | None:
        """The name of the embedded service provider behind `embedded:NAME`; None for a URL."""
        scheme, _, name = self.base_url.partition(":")
        return name if scheme == "embedded" else None

    def rates(self, profile: Profile) -> Rates:
        """How fast requests may be sent.

        The target's own word wins. A profile's limits are the provider's, of which a share is ours
        unless the target says that nobody else writes there; nobody else uses an embedded one.
        """
        if self.requests_per_second is not None or self.embedded is not None:
            return Rates(self.requests_per_second)
        return profile.rates if self.sole_writer else profile.rates.shared(profile.share)


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


class Operator(StrEnum):
    """The clause operators: Entra's fourteen as Entra spells them, then ours."""

    EQUALS = "EQUALS"
    NOT_EQUALS = "NOT EQUALS"
    INCLUDES = "Includes"
    ENDS_WITH = "ENDS_WITH"
    REGEX_MATCH = "REGEX MATCH"
    NOT_REGEX_MATCH = "NOT REGEX MATCH"
    GREATER_THAN = "Greater_Than"
    GREATER_THAN_OR_EQUALS = "Greater_Than_OR_EQUALS"
    IS_TRUE = "IS TRUE"
    IS_FALSE = "IS FALSE"
    IS_NULL = "IS NULL"
    IS_NOT_NULL = "IS NOT NULL"
    IN = "&"
    NOT_IN = "!&"
    HAS_BITS = "HAS BITS"  # every bit of the written mask is set; what some read `&` as


#: Entra's own operators.
ENTRA_OPERATORS: Final = frozenset(Operator) - {Operator.HAS_BITS}


class Match(StrEnum):
    """How many values of a list a clause must hold for."""

    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition on one source attribute; `value` is None for the unary operators.

    `match` is None where nothing is written, which means all. `negated` turns the answer round;
    `null_is_match` lets a negating operator hold where there is no value.
    """

    attribute: str
    operator: Operator
    value: str | None
    at: Position
    match: Match | None = None
    negated: bool = False
    null_is_match: bool = False
    #: An operator that does not exist here, verbatim; `operator` means nothing then.
    unsupported: str | None = None


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """Clauses joined by AND, and a CEL condition joined to them when there is one.

    `negated` turns round what all of it comes to.
    """

    name: str
    clauses: tuple[Clause, ...]
    when: str | None
    at: Position
    negated: bool = False


@dataclass(frozen=True, slots=True)
class ScopingFilter:
    """Filter groups joined by OR."""

    name: str
    kind: Kind
    any_of: tuple[FilterGroup, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class Direct:
    """The value of a source attribute."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Constant:
    """Always this value."""

    value: Value


@dataclass(frozen=True, slots=True)
class Expression:
    """The result of an expression in Entra's expression language.

    `unsupported` are functions that the author knows not to be there: whoever needs one is not
    decided, and nobody else is concerned.
    """

    text: str
    unsupported: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Untouched:
    """Entra's *None*: what is live is left alone; the default is written wherever it is empty."""


ValueSource = Direct | Constant | Expression | Untouched


class Apply(StrEnum):
    """When a mapping writes."""

    ALWAYS = "always"  # at every difference
    ON_CREATE = "onCreate"  # when the resource is created, never afterwards
    IF_EMPTY = "ifEmpty"  # where the live attribute has no value (Graph's AttributeAddOnly)
    #: Values are added, none is taken away (Graph's MultiValueAddOnly and ValueAddOnly). Of an
    #: attribute with one value: where it has none.
    ADD_ONLY = "addOnly"


class DefaultWhen(StrEnum):
    """When a default stands in: with every evaluation, or as in Entra only at creation."""

    ALWAYS = "always"
    ON_CREATE = "onCreate"


@dataclass(frozen=True, slots=True)
class MappingRule:
    """One target attribute and where its value comes from.

    `match` is the precedence (1 is tried first) of a matching attribute; attributes with the same
    one must all match. `default` replaces a null. `within` is the mapping that the rule was
    included from.
    """

    target: AttributePath
    source: ValueSource
    at: Position
    match: int | None = None
    apply: Apply = Apply.ALWAYS
    default: Value = None
    default_when: DefaultWhen = DefaultWhen.ALWAYS
    within: str = ""


@dataclass(frozen=True, slots=True)
class AttributeMapping:
    """How a declared user or group becomes a resource of the target.

    `rules` has those of the `includes` as well, once the tree is loaded. A `fragment` is there to
    be included; no target uses it.
    """

    name: str
    kind: Kind
    rules: tuple[MappingRule, ...]
    at: Position
    includes: tuple[str, ...] = ()
    fragment: bool = False


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
