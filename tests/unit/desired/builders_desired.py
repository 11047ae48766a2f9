"""Declared values with one interesting detail, and the shortest way to their desired state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from reconciler.desired.desire import desire
from reconciler.desired.grounds import Grounds, find_grounds
from reconciler.model.declared import (
    Assignment,
    DatedMember,
    Declared,
    Group,
    Hold,
    MembershipMode,
    User,
)
from reconciler.model.desired import Desired, DesiredGroup, DesiredUser
from reconciler.model.diagnostic import Position
from reconciler.model.identity import GroupKey, Kind, UserKey
from reconciler.model.mapping import (
    Apply,
    AttributeMapping,
    Direct,
    Expression,
    MappingRule,
    Untouched,
)
from reconciler.model.mapping import Constant as ConstantSource
from reconciler.model.path import Value, parse_path
from reconciler.model.period import ALWAYS, Period
from reconciler.model.profile import BUILT_IN, RFC7644, Profile
from reconciler.model.scoping import Clause, FilterGroup, Operator, ScopingFilter
from reconciler.model.target import (
    Ability,
    Deprovision,
    Exclusive,
    Handling,
    Manage,
    Ownership,
    Scope,
    Target,
)
from tests.builders import A_KEY

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
PAST, FUTURE = date(2026, 1, 31), date(2026, 12, 31)

USERS_AT = Position("users.yaml", 1)
GROUPS_AT = Position("groups.yaml", 1)
FILTER_AT = Position("filters.yaml", 1)
MAPPING_AT = Position("mappings.yaml", 1)
TARGET_AT = Position("targets.yaml", 1)
ASSIGNMENT_AT = Position("assignments.yaml", 1)


def a_user(
    key: str = "e1",
    more: Mapping[str, Value] | None = None,
    /,
    *,
    period: Period = ALWAYS,
    **attributes: Value,
) -> User:
    """A person who has a `userPrincipalName`, and for the rest what is named.

    Attribute number n is written in line 10 + n, the name being number 0.
    """
    written = {"userPrincipalName": f"{key}@zone.example", **(more or {}), **attributes}
    places = {name: (10 + at, 5) for at, name in enumerate(written)}
    if period.begins is not None:
        places["from"] = (7, 3)
    if period.ends is not None:
        places["until"] = (8, 3)
    return User(UserKey(key), written, USERS_AT, period=period, places=places)


def a_group(
    key: str = "g1",
    /,
    *,
    users: Iterable[str] = (),
    groups: Iterable[str] = (),
    dated: Iterable[DatedMember] = (),
    rule: str | None = None,
    formerly: Iterable[str] = (),
    labels: Mapping[str, str] | None = None,
    adopt: bool = False,
    membership: MembershipMode = MembershipMode.AUTHORITATIVE,
    **attributes: Value,
) -> Group:
    """A group called like its key; its members stand in the lines 20, 21, … (groups: 40, …)."""
    return Group(
        GroupKey(key),
        {"displayName": key, **attributes},
        GROUPS_AT,
        membership=membership,
        users={UserKey(user): 20 + at for at, user in enumerate(users)},
        groups={GroupKey(group): 40 + at for at, group in enumerate(groups)},
        dated=tuple(dated),
        member_rule=rule,
        member_rule_at=None if rule is None else Position("groups.yaml", 60),
        formerly=tuple(formerly),
        labels=labels or {},
        adopt=adopt,
    )


def dated(key: str, period: Period, kind: Kind = Kind.USER) -> DatedMember:
    return DatedMember(kind, key, period, Position("groups.yaml", 80))


def a_hold(user: str, *, ends: Period = ALWAYS, targets: Iterable[str] = ()) -> Hold:
    at = Position("holds.yaml", 3)
    return Hold(f"hold-{user}", UserKey(user), "INC-7", ends, frozenset(targets), at)


def a_clause(attribute: str, operator: Operator, value: str | None = None, line: int = 5) -> Clause:
    return Clause(attribute, operator, value, Position("filters.yaml", line))


def an_entry(
    *clauses: Clause, name: str = "staff", when: str | None = None, line: int = 4
) -> FilterGroup:
    return FilterGroup(name, clauses, when, Position("filters.yaml", line))


def a_filter(*entries: FilterGroup, kind: Kind = Kind.USER, name: str = "people") -> ScopingFilter:
    return ScopingFilter(name, kind, entries, FILTER_AT)


def direct(
    target: str, source: str, *, match: int | None = None, line: int = 10, **more: Value
) -> MappingRule:
    at = Position("mappings.yaml", line)
    return MappingRule(parse_path(target), Direct(source), at, match, default=more.get("default"))


def constant(
    target: str, value: Value, *, match: int | None = None, apply: Apply = Apply.ALWAYS
) -> MappingRule:
    at = Position("mappings.yaml", 30)
    return MappingRule(parse_path(target), ConstantSource(value), at, match, apply)


def expression(
    target: str, text: str, *, match: int | None = None, default: Value = None
) -> MappingRule:
    at = Position("mappings.yaml", 50)
    return MappingRule(parse_path(target), Expression(text), at, match, default=default)


def untouched(target: str, default: Value, *, apply: Apply = Apply.ALWAYS) -> MappingRule:
    at = Position("mappings.yaml", 70)
    return MappingRule(parse_path(target), Untouched(), at, None, apply, default)


USER_NAME = direct("userName", "userPrincipalName", match=1)
GROUP_NAME = direct("displayName", "displayName", match=1)
MEMBERS = direct("members", "members")


def a_mapping(*rules: MappingRule, kind: Kind = Kind.USER, name: str = "m") -> AttributeMapping:
    """A mapping with these rules; the usual ones where none are named."""
    usual = (USER_NAME,) if kind is Kind.USER else (GROUP_NAME, MEMBERS)
    return AttributeMapping(name, kind, rules or usual, MAPPING_AT)


def a_handling(
    *,
    manage: Manage = Manage.FULL,
    filter: str | None = None,
    mapping: str | None = "users",
    ownership: Ownership | None = None,
) -> Handling:
    everything = frozenset(Ability)
    owned = ownership or Exclusive()
    return Handling(manage, everything, owned, mapping, filter, Deprovision(), TARGET_AT)


def a_target(
    *,
    users: Handling | None = None,
    groups: Handling | None = None,
    scope: Scope = Scope.ALL,
    time_zone: str = "UTC",
    profile: str = "rfc7644",
) -> Target:
    return Target(
        name="app",
        profile=profile,
        base_url="embedded:app",
        credential=None,
        enabled=True,
        time_zone=time_zone,
        scope=scope,
        repository=None,
        users=users or a_handling(),
        groups=groups or a_handling(mapping="groups"),
        at=TARGET_AT,
    )


def an_assignment(
    *, users: Iterable[str] = (), groups: Iterable[str] = (), name: str = "a", target: str = "app"
) -> Assignment:
    """Users stand in the lines 5, 6, …, groups in 15, 16, …"""
    return Assignment(
        name,
        target,
        None,
        {UserKey(key): 5 + at for at, key in enumerate(users)},
        {GroupKey(key): 15 + at for at, key in enumerate(groups)},
        ASSIGNMENT_AT,
    )


def a_tree(
    *,
    users: Iterable[User] = (),
    groups: Iterable[Group] = (),
    assignments: Iterable[Assignment] = (),
    filters: Iterable[ScopingFilter] = (),
    user_mapping: AttributeMapping | None = None,
    group_mapping: AttributeMapping | None = None,
    holds: Iterable[Hold] = (),
    target: Target | None = None,
) -> Declared:
    mappings = {
        "users": user_mapping or a_mapping(),
        "groups": group_mapping or a_mapping(kind=Kind.GROUP),
    }
    return Declared(
        users={user.key: user for user in users},
        groups={group.key: group for group in groups},
        targets={"app": target or a_target()},
        assignments={assignment.name: assignment for assignment in assignments},
        filters={one.name: one for one in filters},
        mappings=mappings,
        holds={hold.name: hold for hold in holds},
        profiles=dict(BUILT_IN),
    )


def desired(tree: Declared, profile: Profile = RFC7644, as_of: datetime = NOW) -> Desired:
    return desire(tree, tree.targets["app"], profile, as_of=as_of, key=A_KEY)


def grounds_of(tree: Declared, profile: Profile = RFC7644) -> Grounds:
    """On what the tree decides about its target `app`."""
    return find_grounds(tree, tree.targets["app"], profile, as_of=NOW, key=A_KEY)


def desired_user(tree: Declared, key: str = "e1") -> DesiredUser:
    return desired(tree).users[UserKey(key)]


def desired_group(tree: Declared, key: str = "g1") -> DesiredGroup:
    return desired(tree).groups[GroupKey(key)]
