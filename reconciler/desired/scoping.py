"""Scoping filters: which assigned people and groups a target gets.

A filter is groups of clauses: clauses (and a CEL condition) joined by AND, groups by OR. The result
keeps what every clause saw and said, so that it can be shown clause by clause. A group that cannot
be decided only matters when no other group lets the object in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from reconciler.desired.clauses import ClauseResult, CompiledClause, compile_clause
from reconciler.desired.conditions import (
    Bindings,
    Condition,
    ConditionError,
    ConditionScope,
    compile_condition,
)
from reconciler.desired.subjects import SourceObject
from reconciler.desired.truth import Truth, all_of, any_of, truth_of
from reconciler.model.declared import FilterGroup, ScopingFilter
from reconciler.model.desired import Reason
from reconciler.model.identity import Kind
from reconciler.model.show import plain


@dataclass(frozen=True, slots=True)
class WhenResult:
    """The group's condition for one object."""

    truth: Truth
    why: str


@dataclass(frozen=True, slots=True)
class GroupResult:
    """One filter group for one object, with every clause's own result."""

    group: FilterGroup
    truth: Truth
    clauses: tuple[ClauseResult, ...]
    when: WhenResult | None

    @property
    def reason(self) -> Reason:
        """Why the group comes to its truth: the first thing in it that decided."""
        if self.truth is Truth.TRUE:
            return Reason("every clause holds", self.group.at)
        for clause in self.clauses:
            if clause.truth is self.truth:
                return Reason(clause.why, clause.clause.at)
        said = "it has no conditions" if self.when is None else self.when.why
        return Reason(said, self.group.at)


@dataclass(frozen=True, slots=True)
class FilterResult:
    """A filter for one object."""

    filter: ScopingFilter
    truth: Truth
    groups: tuple[GroupResult, ...]

    @property
    def reason(self) -> Reason:
        """Why, with the line that decides: a group's where one does, else the filter's."""
        name = self.filter.name
        deciding = [group for group in self.groups if group.truth is self.truth]
        if not deciding:
            return Reason(f"filter {name} is empty, so nobody can be judged by it", self.filter.at)
        match self.truth:
            case Truth.TRUE:
                group = deciding[0].group
                return Reason(f'passes "{plain(group.name)}" of filter {name}', group.at)
            case Truth.UNDETERMINED:
                first = deciding[0]
                said = f'filter {name}, "{plain(first.group.name)}": {first.reason.text}'
                return Reason(f"cannot be decided: {said}", first.reason.at)
            case Truth.FALSE:
                said = "; ".join(f'"{plain(g.group.name)}": {g.reason.text}' for g in deciding)
                only = deciding[0].reason.at if len(deciding) == 1 else self.filter.at
                return Reason(f"fails filter {name} ({said})", only)
            case unknown:
                assert_never(unknown)


@dataclass(frozen=True, slots=True)
class _CompiledGroup:
    group: FilterGroup
    clauses: tuple[CompiledClause, ...]
    when: Condition | ConditionError | None


@dataclass(frozen=True, slots=True)
class CompiledFilter:
    """A filter ready for every object of its kind."""

    filter: ScopingFilter
    groups: tuple[_CompiledGroup, ...]

    def evaluate(self, source: SourceObject, as_of: datetime) -> FilterResult:
        """The filter for one object; never raises."""
        bindings = source.bindings(as_of)
        groups = tuple(_evaluate(group, source, bindings) for group in self.groups)
        # Nothing written admits nobody and excludes nobody: it cannot have been meant.
        truth = any_of(group.truth for group in groups) if groups else Truth.UNDETERMINED
        return FilterResult(self.filter, truth, groups)


def compile_filter(filter: ScopingFilter) -> CompiledFilter:
    """The filter with patterns and conditions compiled.

    What does not compile is undetermined for everybody: `reconciler.desired.check` reports it.
    """
    return CompiledFilter(
        filter,
        tuple(
            _CompiledGroup(
                group,
                tuple(compile_clause(clause) for clause in group.clauses),
                None if group.when is None else compile_condition(group.when, scope(filter.kind)),
            )
            for group in filter.any_of
        ),
    )


def scope(kind: Kind) -> ConditionScope:
    """The scope of a condition about declared objects of that kind."""
    return ConditionScope.USER if kind is Kind.USER else ConditionScope.GROUP


def _evaluate(compiled: _CompiledGroup, source: SourceObject, bindings: Bindings) -> GroupResult:
    clauses = tuple(c.evaluate(source.value(c.clause.attribute)) for c in compiled.clauses)
    when = None if compiled.when is None else _condition(compiled.when, bindings)
    truths = [clause.truth for clause in clauses]
    if when is not None:
        truths.append(when.truth)
    truth = all_of(truths) if truths else Truth.UNDETERMINED
    return GroupResult(compiled.group, truth, clauses, when)


def _condition(condition: Condition | ConditionError, bindings: Bindings) -> WhenResult:
    if isinstance(condition, ConditionError):
        return WhenResult(Truth.UNDETERMINED, f"`when` is not a condition: {condition}")
    result = condition.evaluate(bindings)
    if isinstance(result, bool):
        return WhenResult(truth_of(result), f"`when` is {'true' if result else 'false'}")
    return WhenResult(Truth.UNDETERMINED, f"`when` failed: {result.reason}")
