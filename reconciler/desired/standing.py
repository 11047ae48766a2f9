"""Standings: whether somebody is to be provisioned at a target, and if not, for which cause.

For people, in this order, the first that applies: a hold; before `from`; after `until`;
`accountEnabled: false`; no assignment; no role that counts; a class that is left out by default;
the scoping filter. Groups only know assignment and filter. Mapping may still make the standing
undetermined (`reconciler.desired.desire`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import assert_never

from reconciler.desired.admission import Questions, questions_of
from reconciler.desired.assignment import Grant, Reach
from reconciler.desired.scoping import CompiledFilter, compile_filter, passed
from reconciler.desired.subjects import SourceObject
from reconciler.desired.truth import Truth
from reconciler.model.declared import Declared, Hold, User
from reconciler.model.desired import Cause, Excluded, Provisioned, Reason, Standing, Undetermined
from reconciler.model.identity import Kind, UserKey
from reconciler.model.note_code import NoteCode
from reconciler.model.period import Phase
from reconciler.model.scoping import FilterGroup
from reconciler.model.show import plain
from reconciler.model.source import ACCOUNT_ENABLED, FROM, UNTIL
from reconciler.model.target import Handling, Manage, Scope, Target


@dataclass(frozen=True, slots=True)
class Gate:
    """What lets objects of one kind into a target: assignment, what people are asked, then filter.

    `everybody` is why nobody needs an assignment, where nobody does. `questions` is None for
    groups, `filter` without a filter; one that is named and not declared lets nobody be judged.
    """

    target: Target
    handling: Handling
    everybody: Reason | None
    grants: Mapping[str, Grant]
    uncertain: Mapping[str, Grant]
    questions: Questions | None
    filter: CompiledFilter | Undetermined | None

    def admit(self, source: SourceObject, as_of: datetime) -> Standing:
        """Assigned, let in and through the filter, or why not."""
        assigned = self.assigned(source)
        if not isinstance(assigned, Provisioned):
            return assigned
        if self.questions is not None:
            for answer in (
                self.questions.entitled(source),
                self.questions.included(source, as_of),
            ):
                if isinstance(answer, Excluded | Undetermined):
                    return answer
        if self.filter is None:
            return assigned
        if isinstance(self.filter, Undetermined):
            return self.filter
        result = self.filter.admission(source, as_of)
        if isinstance(result, FilterGroup):
            why, by = assigned.reason, passed(self.filter.filter, result)
            return Provisioned(Reason(f"{why.text}; {by.text}", why.at))
        if result.truth is Truth.FALSE:
            return Excluded(Cause.OUT_OF_SCOPE, result.reason)
        return Undetermined(NoteCode.FILTER_UNDETERMINED, result.reason)

    @property
    def reads(self) -> frozenset[str]:
        """The attributes that filter and questions look at."""
        filtered = self.filter.reads if isinstance(self.filter, CompiledFilter) else frozenset()
        return filtered if self.questions is None else filtered | self.questions.reads

    def assigned(self, source: SourceObject) -> Standing:
        """Assigned, or why not, before the filter is asked."""
        if self.handling.untouched:
            said = f"{self.target.name} has nothing to do with {source.kind}s"
            return Excluded(Cause.UNASSIGNED, Reason(said, self.handling.at))
        if self.everybody is not None:
            return Provisioned(self.everybody)
        grant = self.grants.get(source.key)
        if grant is not None:
            return Provisioned(grant.reason)
        doubtful = self.uncertain.get(source.key)
        if doubtful is not None:
            return Undetermined(NoteCode.MEMBER_RULE_FAILED, doubtful.doubt)
        said = f"no assignment to {self.target.name} reaches {source.key}"
        return Excluded(Cause.UNASSIGNED, Reason(said, source.at))


def build_gate(declared: Declared, target: Target, kind: Kind, reach: Reach) -> Gate:
    """The gate of one kind. People who are only looked up need no assignment."""
    handling = target.handling(kind)
    people = kind is Kind.USER
    everybody = None
    if target.scope is Scope.ALL:
        everybody = Reason(f"{target.name} takes every declared {kind}", target.at)
    elif people and handling.manage is Manage.LOOKUP:
        everybody = Reason(f"{target.name} only looks people up", handling.at)
    return Gate(
        target=target,
        handling=handling,
        everybody=everybody,
        grants=reach.users if people else reach.groups,
        uncertain=reach.uncertain if people else {},
        questions=questions_of(target, reach) if people else None,
        filter=_filter(declared, handling),
    )


def _filter(declared: Declared, handling: Handling) -> CompiledFilter | Undetermined | None:
    if handling.filter is None:
        return None
    found = declared.filters.get(handling.filter)
    if found is not None:
        return compile_filter(found)
    said = f"there is no ScopingFilter {handling.filter}, so nobody can be judged by it"
    return Undetermined(NoteCode.MISSING_FILTER, Reason(said, handling.at))


@dataclass(frozen=True, slots=True)
class Suspensions:
    """What keeps people out whatever admits them: holds and dates, at one instant."""

    holds: Mapping[UserKey, Hold]
    as_of: datetime
    zone: tzinfo

    def of(self, user: User) -> Excluded | None:
        """The first cause that keeps a person out; None when there is none."""
        hold = self.holds.get(user.key)
        if hold is not None:
            reason = Reason(f"held by {hold.name} ({plain(hold.ticket)})", hold.at)
            return Excluded(Cause.HELD, reason)
        match user.period.at(self.as_of, self.zone):
            case Phase.BEFORE:
                said = f"from {user.period.begins}, which is to come"
                return Excluded(Cause.NOT_YET, Reason(said, user.place(FROM)))
            case Phase.AFTER:
                said = f"until {user.period.ends}, which is over"
                return Excluded(Cause.ENDED, Reason(said, user.place(UNTIL)))
            case Phase.WITHIN:
                return None
            case unknown:
                assert_never(unknown)


def find_suspensions(
    declared: Declared, target: Target, as_of: datetime, zone: tzinfo
) -> Suspensions:
    """The holds that are valid at the target, the first by name for each person, and the clock."""
    holds: dict[UserKey, Hold] = {}
    for hold in sorted(declared.holds.values(), key=lambda hold: hold.name):
        if hold.valid_at(target.name) and hold.ends.at(as_of, zone) is Phase.WITHIN:
            holds.setdefault(hold.user, hold)
    return Suspensions(holds, as_of, zone)


def standing_of(user: User, source: SourceObject, suspensions: Suspensions, gate: Gate) -> Standing:
    """A person's standing before mapping.

    Somebody disabled who would be admitted stays managed: their attributes are still written.
    """
    inactive = inactivity(user, source, suspensions)
    match inactive:
        case None:
            return gate.admit(source, suspensions.as_of)
        case Excluded(cause=Cause.DISABLED) if gate.handling.manage is Manage.FULL and _known(user):
            admitted = gate.admit(source, suspensions.as_of)
            return replace(inactive, managed=isinstance(admitted, Provisioned))
        case _:
            return inactive


def _known(user: User) -> bool:
    """Whether all that is said of somebody could be read."""
    return user.row is None or user.row.sound


def inactivity(
    user: User, source: SourceObject, suspensions: Suspensions
) -> Excluded | Undetermined | None:
    """Why a person is not active, whatever admits them; None when they are."""
    suspended = suspensions.of(user)
    if suspended is not None:
        return suspended
    if user.row is not None and user.row.left:
        said = f"the row in {user.row.source} says that they have left"
        return Excluded(Cause.DISABLED, Reason(said, user.row.at))
    enabled = source.value(ACCOUNT_ENABLED)
    if enabled is True:
        return None
    place = user.place(ACCOUNT_ENABLED)
    if enabled is False:
        return Excluded(Cause.DISABLED, Reason(f"{ACCOUNT_ENABLED} is false", place))
    said = f"{ACCOUNT_ENABLED} of {user.key} is neither true nor false"
    return Undetermined(NoteCode.ACCOUNT_ENABLED, Reason(said, place))
