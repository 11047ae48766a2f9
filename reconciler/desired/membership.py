"""Who belongs to a group: listed, for a time, by rule, or through a group inside it.

Memberships are sets of keys, never objects; *why* somebody belongs is found out on demand
(`because_member`). A rule that errs for a person says nothing about them: they are neither a
member nor no member.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from reconciler.desired.conditions import (
    Condition,
    ConditionError,
    ConditionScope,
    UndeterminedResult,
    compile_condition,
)
from reconciler.desired.subjects import source_user
from reconciler.model.declared import DatedMember, Declared, Group
from reconciler.model.desired import Reason
from reconciler.model.diagnostic import Position
from reconciler.model.expectation import Way
from reconciler.model.identity import GroupKey, Kind, UserKey
from reconciler.model.period import Phase


@dataclass(frozen=True, slots=True)
class Roll:
    """A group's own members at one instant, before anybody asked what a target gets.

    `undetermined` are people for whom the member rule failed and who are not members otherwise.
    """

    users: frozenset[UserKey]
    undetermined: frozenset[UserKey]
    groups: frozenset[GroupKey]


def call_rolls(
    declared: Declared, groups: Iterable[GroupKey], *, as_of: datetime, zone: tzinfo
) -> Mapping[GroupKey, Roll]:
    """The rolls of these groups and of every group inside them, however deep.

    Each member rule is compiled once and evaluated once per person.
    """
    people = declared.users
    bindings = {k: source_user(u, among=people).bindings(as_of) for k, u in people.items()}
    rolls: dict[GroupKey, Roll] = {}
    waiting = [key for key in groups if key in declared.groups]
    while waiting:
        key = waiting.pop()
        if key in rolls:
            continue
        group = declared.groups[key]
        dated = [member for member in group.dated if _current(member, as_of, zone)]
        listed = {*group.users, *(UserKey(m.key) for m in dated if m.kind is Kind.USER)}
        inside = {*group.groups, *(GroupKey(m.key) for m in dated if m.kind is Kind.GROUP)}
        users = listed & bindings.keys()
        uncertain: set[UserKey] = set()
        if group.member_rule is not None:
            rule = compile_condition(group.member_rule, ConditionScope.USER)
            for user, seen in bindings.items():
                holds = rule.evaluate(seen) if isinstance(rule, Condition) else None
                if holds is True:
                    users.add(user)
                elif holds is not False:
                    uncertain.add(user)
        nested = frozenset(inside & declared.groups.keys() - {key})
        rolls[key] = Roll(frozenset(users), frozenset(uncertain - users), nested)
        waiting.extend(nested)
    return rolls


def expand(rolls: Mapping[GroupKey, Roll], key: GroupKey) -> Roll:
    """A group's roll with the people of all groups inside it; a circle is walked once."""
    users: set[UserKey] = set()
    undetermined: set[UserKey] = set()
    for group in groups_within(rolls, key):
        users |= rolls[group].users
        undetermined |= rolls[group].undetermined
    return Roll(frozenset(users), frozenset(undetermined - users), frozenset())


def groups_within(rolls: Mapping[GroupKey, Roll], key: GroupKey) -> tuple[GroupKey, ...]:
    """A group and all groups inside it, however deep, each once; the group itself first."""
    reached: dict[GroupKey, None] = {}
    waiting = [key]
    while waiting:
        group = waiting.pop()
        if group in reached:
            continue
        reached[group] = None
        waiting.extend(sorted(rolls[group].groups))
    return tuple(reached)


def because_member(
    declared: Declared, group: GroupKey, user: UserKey, *, as_of: datetime, zone: tzinfo
) -> Reason | None:
    """Why somebody belongs to a group at `as_of`, days counted in `zone`; None when they do not.

    The shortest way counts: a line of the group itself before its rule, the group itself before
    the groups inside it. The target's view (nesting, standing) plays no part.
    """
    if user not in declared.users:
        return None
    way: dict[GroupKey, str] = {group: ""}
    waiting = [group]
    for key in waiting:  # grows while it is walked: breadth first
        current = declared.groups.get(key)
        if current is None:
            continue
        found = _own_reason(declared, current, user, as_of, zone)
        if found is not None:
            return Reason(found.text + way[key], found.at)
        for inner in _groups_inside(current, as_of, zone):
            if inner not in way:
                way[inner] = f", which is inside {key}{way[key]}"
                waiting.append(inner)
    return None


def why_undetermined(
    declared: Declared, group: GroupKey, user: UserKey, *, as_of: datetime
) -> Reason | None:
    """Why the group's own rule says nothing about somebody; None when it does."""
    current = declared.groups.get(group)
    if current is None or user not in declared.users:
        return None
    failure = _judge(declared, current, user, as_of)
    if not isinstance(failure, str):
        return None
    said = f"memberRule of {group} failed for {user}: {failure}"
    return Reason(said, current.member_rule_at or current.at)


def own_ways(
    declared: Declared, group: GroupKey, user: UserKey, *, as_of: datetime, zone: tzinfo
) -> frozenset[Way]:
    """The ways by which a group itself has somebody, groups inside it apart; both must exist."""
    current = declared.groups[group]
    return frozenset(way for way, _ in _own_reasons(declared, current, user, as_of, zone))


def _own_reason(
    declared: Declared, group: Group, user: UserKey, as_of: datetime, zone: tzinfo
) -> Reason | None:
    ways = _own_reasons(declared, group, user, as_of, zone)
    return next((reason for _, reason in ways), None)


def _own_reasons(
    declared: Declared, group: Group, user: UserKey, as_of: datetime, zone: tzinfo
) -> Iterator[tuple[Way, Reason]]:
    """Lines before the rule, which is evaluated only if it is asked for."""
    line = group.users.get(user)
    if line is not None:
        yield Way.STATIC, Reason(f"listed in {group.key}", Position(group.at.file, line))
    for member in group.dated:
        if member.kind is Kind.USER and member.key == user and _current(member, as_of, zone):
            yield Way.STATIC, Reason(f"listed in {group.key} for a time", member.at)
    if _judge(declared, group, user, as_of) is True:
        at = group.member_rule_at or group.at
        yield Way.RULE, Reason(f"memberRule of {group.key} is true", at)


def _groups_inside(group: Group, as_of: datetime, zone: tzinfo) -> list[GroupKey]:
    dated = (
        GroupKey(member.key)
        for member in group.dated
        if member.kind is Kind.GROUP and _current(member, as_of, zone)
    )
    return sorted({*group.groups, *dated})


def _judge(declared: Declared, group: Group, user: UserKey, as_of: datetime) -> bool | str | None:
    """The group's rule for one person: true, false, why it failed, or None without a rule."""
    if group.member_rule is None:
        return None
    rule = compile_condition(group.member_rule, ConditionScope.USER)
    if isinstance(rule, ConditionError):
        return str(rule)
    source = source_user(declared.users[user], among=declared.users)
    result = rule.evaluate(source.bindings(as_of))
    return result.reason if isinstance(result, UndeterminedResult) else result


def _current(member: DatedMember, as_of: datetime, zone: tzinfo) -> bool:
    return member.period.at(as_of, zone) is Phase.WITHIN
