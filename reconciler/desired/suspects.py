"""Who can break an assertion about access: everybody else need not be decided about to judge it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from reconciler.desired.conditions import (
    Bindings,
    Condition,
    ConditionError,
    ConditionScope,
    UndeterminedResult,
    compile_condition,
)
from reconciler.desired.membership import Roll, expand
from reconciler.desired.subjects import source_user
from reconciler.model.declared import Declared
from reconciler.model.expectation import (
    Assertion,
    Disjoint,
    EveryMember,
    HasAccount,
    MemberCount,
    MemberOf,
    NoMember,
    NotMemberOf,
)
from reconciler.model.identity import GroupKey, UserKey


@dataclass(frozen=True, slots=True)
class Results:
    """What conditions come to for people, each asked once."""

    declared: Declared
    as_of: datetime
    _seen: dict[UserKey, Bindings] = field(default_factory=dict)
    _known: dict[tuple[str, UserKey], bool | UndeterminedResult] = field(default_factory=dict)

    def of(self, condition: str, user: UserKey) -> bool | UndeterminedResult:
        """True, false, or why neither."""
        found = self._known.get((condition, user))
        if found is None:
            if user not in self._seen:
                source = source_user(self.declared.users[user], among=self.declared.users)
                self._seen[user] = source.bindings(self.as_of)
            compiled = compile_condition(condition, ConditionScope.USER)
            found = _evaluate(compiled, self._seen[user])
            self._known[condition, user] = found
        return found


def suspects(
    assertion: Assertion, rolls: Mapping[GroupKey, Roll], results: Results
) -> Collection[UserKey]:
    """Those on whose standing it depends whether the assertion holds; nobody else can break it.

    `rolls` may lack groups, of which then nothing can be said anyway.
    """
    match assertion:
        case MemberOf(user=user) | NotMemberOf(user=user) | HasAccount(user=user):
            return {user}
        case MemberCount(group=group):
            return _possible(rolls, group)
        case EveryMember(group=group, condition=text):
            return {u for u in _possible(rolls, group) if results.of(text, u) is not True}
        case NoMember(group=group, condition=text):
            return {u for u in _possible(rolls, group) if results.of(text, u) is not False}
        case Disjoint(group=group, other=other):
            return _possible(rolls, group) & _possible(rolls, other)
        case unknown:
            assert_never(unknown)


def _possible(rolls: Mapping[GroupKey, Roll], group: GroupKey) -> frozenset[UserKey]:
    if group not in rolls:
        return frozenset()
    whole = expand(rolls, group)
    return whole.users | whole.undetermined


def _evaluate(
    condition: Condition | ConditionError, bindings: Bindings
) -> bool | UndeterminedResult:
    if isinstance(condition, ConditionError):
        return UndeterminedResult(condition.message)
    return condition.evaluate(bindings)
