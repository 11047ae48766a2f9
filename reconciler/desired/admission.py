"""What people are asked between assignment and filter: a role that counts, no excluded class.

Entra's `NotEffectivelyEntitled` is the first: assigned, with roles that the target does not accept.
Default exclusions are ours: a class (contractors, service accounts) stays out of a target whichever
group brings it, until an assignment names the person herself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.desired.assignment import Grant, Reach
from reconciler.desired.conditions import (
    Condition,
    ConditionError,
    ConditionScope,
    UndeterminedResult,
    compile_condition,
)
from reconciler.desired.subjects import SourceObject
from reconciler.model.access import DEFAULT_ACCESS, Exclusion
from reconciler.model.desired import Cause, Excluded, Provisioned, Reason, Standing, Undetermined
from reconciler.model.note_code import NoteCode
from reconciler.model.show import plain
from reconciler.model.target import Target


@dataclass(frozen=True, slots=True)
class Questions:
    """The questions that one target asks of people; an answer is None where it is not asked."""

    target: Target
    grants: Mapping[str, Grant]
    roles: Mapping[str, frozenset[str | None]]
    doubtful: Mapping[str, Mapping[str | None, Grant]]
    exclusions: tuple[tuple[Exclusion, Condition | ConditionError], ...]

    @property
    def reads(self) -> frozenset[str]:
        """The attributes of people that the exclusions look at."""
        compiled = (c for _, c in self.exclusions if isinstance(c, Condition))
        return frozenset().union(*(condition.attributes for condition in compiled))

    def entitled(self, source: SourceObject) -> Standing | None:
        """Whether any role that somebody has counts."""
        handling = self.target.users
        if not handling.admission.by_role:
            return None
        held = self.roles.get(source.key, frozenset())
        for role in sorted(held, key=_named):
            if handling.admission.counts(role):
                return Provisioned(Reason(f"role {_named(role)} counts", handling.at))
        for role, doubtful in self.doubtful.get(source.key, {}).items():
            if handling.admission.counts(role):
                return Undetermined(NoteCode.MEMBER_RULE_FAILED, doubtful.doubt)
        has = ", ".join(sorted(map(_named, held)))
        said = f"NotEffectivelyEntitled: {source.key} has {has}, and at {self.target.name} that"
        grant = self.grants.get(source.key)
        at = handling.at if grant is None else grant.at
        return Excluded(Cause.NOT_ENTITLED, Reason(f"{said} counts for nothing", at))

    def included(self, source: SourceObject, as_of: datetime) -> Standing | None:
        """Whether somebody is in none of the classes that are left out by default."""
        if not self.exclusions:
            return None
        grant = self.grants.get(source.key)
        if grant is not None and grant.through is None:
            said = f"{grant.assignment} names {source.key}, so no default exclusion counts"
            return Provisioned(Reason(said, grant.at))
        unclear: Undetermined | None = None
        bindings = source.bindings(as_of)
        for exclusion, condition in self.exclusions:
            name = f"default exclusion {plain(exclusion.name)}"
            if isinstance(condition, ConditionError):
                holds: bool | UndeterminedResult = UndeterminedResult(str(condition))
            else:
                holds = condition.evaluate(bindings)
            if isinstance(holds, UndeterminedResult):
                said = f"{name} could not be decided for {source.key}: {holds.reason}"
                unclear = unclear or Undetermined(
                    NoteCode.EXCLUSION_UNDETERMINED, Reason(said, exclusion.at)
                )
            elif holds:
                said = f"{name} of {self.target.name}, and no assignment names {source.key}"
                return Excluded(Cause.OUT_OF_SCOPE, Reason(said, exclusion.at))
        said = "in no class that is left out by default"
        return unclear or Provisioned(Reason(said, self.target.users.at))


def questions_of(target: Target, reach: Reach) -> Questions:
    """The questions of a target, its exclusions compiled.

    One that does not compile is undetermined for everybody: `reconciler.desired.check` reports it.
    """
    return Questions(
        target,
        reach.users,
        reach.roles,
        reach.doubtful,
        tuple(
            (exclusion, compile_condition(exclusion.condition, ConditionScope.CANDIDATE))
            for exclusion in target.users.admission.exclusions
        ),
    )


def _named(role: str | None) -> str:
    return DEFAULT_ACCESS if role is None else plain(role)
