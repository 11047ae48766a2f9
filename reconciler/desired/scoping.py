"""Scoping filters: which assigned people and groups a target gets.

A filter is groups of clauses: clauses (and a CEL condition) joined by AND, groups by OR. A group
that cannot be decided only matters when no other group lets the object in.

Everybody is asked for a truth, and few for the reason: `truth` stops where the answer is known, and
`evaluate` keeps what every clause saw and said, so that it can be shown clause by clause. The order
of clauses and groups changes neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from reconciler.desired.clauses import ClauseResult, CompiledClause, compile_clause
from reconciler.desired.condition_bindings import LABELS
from reconciler.desired.conditions import (
    Condition,
    ConditionError,
    ConditionScope,
    compile_condition,
)
from reconciler.desired.subjects import SourceObject
from reconciler.desired.truth import Truth, opposite, truth_of
from reconciler.model.desired import Reason
from reconciler.model.identity import Kind
from reconciler.model.path import Value
from reconciler.model.scoping import FilterGroup, ScopingFilter
from reconciler.model.sealed import Held
from reconciler.model.show import plain
from reconciler.model.source import MANAGER


@dataclass(frozen=True, slots=True)
class WhenResult:
    """The group's condition for one object. `seen` are the values that it looks at, by name."""

    truth: Truth
    why: str
    seen: tuple[tuple[str, Held], ...] = ()


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
        joined = opposite(self.truth) if self.group.negated else self.truth
        if joined is Truth.TRUE:
            negated = ", which `not` turns round" if self.group.negated else ""
            return Reason(f"every clause holds{negated}", self.group.at)
        for clause in self.clauses:
            if clause.truth is joined:
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
                return passed(self.filter, deciding[0].group)
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

    def truth(self, source: SourceObject, as_of: datetime) -> Truth:
        """What the group comes to; clauses that no longer matter are not asked."""
        if not self.clauses and self.when is None:
            return Truth.UNDETERMINED
        joined, sure = Truth.TRUE, not source.doubts
        for clause in self.clauses:
            truth = clause.judge(clause.read(source)) if sure else clause.truth(source)
            if truth is Truth.FALSE:
                return _turned(self.group, Truth.FALSE)
            if truth is Truth.UNDETERMINED:
                joined = truth
        if self.when is not None:
            truth = _condition(self.when, source, as_of).truth
            joined = truth if truth is Truth.FALSE or joined is Truth.TRUE else joined
        return _turned(self.group, joined)

    def evaluate(self, source: SourceObject, as_of: datetime) -> GroupResult:
        """The same with every clause's own result."""
        clauses = tuple(clause.evaluate(source) for clause in self.clauses)
        when = None if self.when is None else _condition(self.when, source, as_of)
        if when is not None and isinstance(self.when, Condition):
            when = replace(when, seen=tuple(_looked_at(self.when, source)))
        return GroupResult(self.group, self.truth(source, as_of), clauses, when)


@dataclass(frozen=True, slots=True)
class CompiledFilter:
    """A filter ready for every object of its kind."""

    filter: ScopingFilter
    groups: tuple[_CompiledGroup, ...]

    def truth(self, source: SourceObject, as_of: datetime) -> Truth:
        """What the filter comes to for one object; never raises.

        This is what everybody is asked. The reason, which few need, is in `evaluate`.
        """
        joined = Truth.FALSE
        for group in self.groups:
            truth = group.truth(source, as_of)
            if truth is Truth.TRUE:
                return truth
            if truth is Truth.UNDETERMINED:
                joined = truth
        # Nothing written admits nobody and excludes nobody: it cannot have been meant.
        return joined if self.groups else Truth.UNDETERMINED

    def evaluate(self, source: SourceObject, as_of: datetime) -> FilterResult:
        """The same, with what every group and clause saw and said."""
        groups = tuple(group.evaluate(source, as_of) for group in self.groups)
        return FilterResult(self.filter, self.truth(source, as_of), groups)

    def admission(self, source: SourceObject, as_of: datetime) -> FilterGroup | FilterResult:
        """The first group that lets an object in, or the whole result where none does."""
        for group in self.groups:
            if group.truth(source, as_of) is Truth.TRUE:
                return group.group
        return self.evaluate(source, as_of)

    @property
    def reads(self) -> frozenset[str]:
        """The attributes of objects that any part of it looks at."""
        found: set[str] = set()
        for group in self.groups:
            found.update(clause.clause.attribute for clause in group.clauses)
            if isinstance(group.when, Condition):
                found |= group.when.attributes
        return frozenset(found)


def passed(filter: ScopingFilter, group: FilterGroup) -> Reason:
    """Why somebody is let in by that group."""
    return Reason(f'passes "{plain(group.name)}" of filter {filter.name}', group.at)


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
    """The scope of a filter's condition about declared objects of that kind."""
    return ConditionScope.CANDIDATE if kind is Kind.USER else ConditionScope.GROUP


def _turned(group: FilterGroup, truth: Truth) -> Truth:
    return opposite(truth) if group.negated else truth


def _condition(
    condition: Condition | ConditionError, source: SourceObject, as_of: datetime
) -> WhenResult:
    if isinstance(condition, ConditionError):
        return WhenResult(Truth.UNDETERMINED, f"`when` is not a condition: {condition}")
    result = condition.evaluate(source.bindings(as_of))
    if isinstance(result, bool):
        return WhenResult(truth_of(result), f"`when` is {'true' if result else 'false'}")
    return WhenResult(Truth.UNDETERMINED, f"`when` failed: {result.reason}")


def _looked_at(condition: Condition, source: SourceObject) -> Iterator[tuple[str, Value]]:
    """What a condition looks at, as it is written there: the object's own, then the manager's."""
    yield from _values(condition.scope.variable, condition.attributes, source)
    if condition.asks_manager:
        manager = source.manager
        if manager is None:
            yield MANAGER, None
        else:
            yield from _values(MANAGER, condition.manager_attributes, manager)


def _values(
    variable: str, names: frozenset[str], source: SourceObject
) -> Iterator[tuple[str, Value]]:
    for name in sorted(names):
        labels = tuple(sorted(f"{key}={text}" for key, text in source.declared.labels.items()))
        yield f"{variable}.{name}", labels or None if name == LABELS else source.value(name)
