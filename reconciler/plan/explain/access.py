"""Why somebody should be at a target or should not: the questions of `desired`, one by one.

The order is that of Entra's scoping step: active in the source, assigned, role, filter; classes
that are left out by default come before the filter. Each answer comes from the function that
decides it for a plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from reconciler.desired.assignment import Grant, grants_of_group, grants_of_user
from reconciler.desired.grounds import Grounds
from reconciler.desired.membership import because_member
from reconciler.desired.scoping import FilterResult, GroupResult
from reconciler.desired.standing import Gate, inactivity
from reconciler.desired.subjects import SourceObject, source_group
from reconciler.desired.truth import Truth
from reconciler.model.declared import Group, User
from reconciler.model.desired import Excluded, Provisioned, Reason, Standing, Undetermined
from reconciler.model.identity import GroupKey
from reconciler.model.sealed import HIDDEN


@dataclass(frozen=True, slots=True)
class Answer:
    """One question about somebody, answered with its reason."""

    truth: Truth
    reason: Reason


@dataclass(frozen=True, slots=True)
class Access:
    """How a standing came about, before any mapping.

    `grants` are all lines that assign; the first is the one that counts. `entitled` (by role) and
    `included` (in no class left out by default) are None where the target does not ask. `ways` say
    how a person is in each group that assigns them, groups inside it included. `filter` is
    None where the target has none, and undetermined where it names one that is not declared.
    `before_mapping` is the standing that these answers lead to.
    """

    active: Answer
    assigned: Answer
    grants: tuple[Grant, ...]
    entitled: Answer | None
    included: Answer | None
    filter: FilterResult | Undetermined | None
    before_mapping: Standing
    ways: Mapping[GroupKey, Reason] = field(default_factory=dict)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that all the lines together give, sorted; Default Access is none."""
        return tuple(sorted({grant.role for grant in self.grants if grant.role is not None}))


def access_of_user(user: User, grounds: Grounds) -> Access:
    """A person's access to the target."""
    source = grounds.source_of_user(user)
    inactive = inactivity(user, source, grounds.suspensions)
    active = Provisioned(Reason("nothing suspends it", user.at)) if inactive is None else inactive
    grants = grants_of_user(grounds.declared, grounds.target, grounds.rolls, user.key)
    access = _access(source, active, grants, grounds.standing_of_user(source), grounds)
    return replace(access, ways=_ways(user, grants, grounds))


def _ways(user: User, grants: tuple[Grant, ...], grounds: Grounds) -> Mapping[GroupKey, Reason]:
    declared, as_of, zone = grounds.declared, grounds.as_of, grounds.zone
    groups = sorted({grant.through for grant in grants if grant.through is not None})
    found = (
        (group, because_member(declared, group, user.key, as_of=as_of, zone=zone))
        for group in groups
    )
    return {group: way for group, way in found if way is not None}


def access_of_group(group: Group, grounds: Grounds) -> Access:
    """A group's access to the target: groups have neither dates nor a switch."""
    active = Provisioned(Reason("groups are always active", group.at))
    grants = grants_of_group(grounds.declared, grounds.target, group.key)
    return _access(source_group(group), active, grants, grounds.standing_of_group(group), grounds)


def _access(
    source: SourceObject,
    active: Standing,
    grants: tuple[Grant, ...],
    standing: Standing,
    grounds: Grounds,
) -> Access:
    gate, asks = grounds.gates[source.kind], grounds.gates[source.kind].questions
    entitled = None if asks is None else asks.entitled(source)
    included = None if asks is None else asks.included(source, grounds.as_of)
    return Access(
        active=_answer(active),
        assigned=_answer(gate.assigned(source)),
        grants=grants,
        entitled=None if entitled is None else _answer(entitled),
        included=None if included is None else _answer(included),
        filter=_filter(gate, source, grounds),
        before_mapping=standing,
    )


def _filter(
    gate: Gate, source: SourceObject, grounds: Grounds
) -> FilterResult | Undetermined | None:
    if gate.filter is None or isinstance(gate.filter, Undetermined):
        return gate.filter
    result = gate.filter.evaluate(source, grounds.as_of)
    hidden = grounds.mappings[source.kind].redacted_inputs
    return replace(result, groups=tuple(_veiled(group, hidden) for group in result.groups))


def _veiled(group: GroupResult, hidden: frozenset[str]) -> GroupResult:
    """Without the values of attributes that must not be shown."""
    clauses = (
        replace(clause, seen=HIDDEN) if clause.clause.attribute in hidden else clause
        for clause in group.clauses
    )
    when = group.when
    if when is not None:
        seen = ((name, HIDDEN if _bare(name) in hidden else held) for name, held in when.seen)
        when = replace(when, seen=tuple(seen))
    return replace(group, clauses=tuple(clauses), when=when)


def _bare(name: str) -> str:
    """An attribute's name without the variable before it."""
    return name.rpartition(".")[2]


def _answer(standing: Standing) -> Answer:
    match standing:
        case Provisioned(reason=reason):
            return Answer(Truth.TRUE, reason)
        case Excluded(reason=reason):
            return Answer(Truth.FALSE, reason)
        case Undetermined(reason=reason):
            return Answer(Truth.UNDETERMINED, reason)
        case _:
            assert_never(standing)
