"""Each mapped attribute of somebody: what is wanted, from which lines, and what is live."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from reconciler.desired.expressions import Program
from reconciler.desired.mapping import CompiledMapping
from reconciler.desired.rule import CompiledRule
from reconciler.desired.subjects import SourceObject
from reconciler.model.attributes import Characteristics
from reconciler.model.desired import (
    DesiredGroup,
    DesiredReference,
    DesiredUser,
    DesiredValue,
    Reason,
    Undetermined,
)
from reconciler.model.diagnostic import Position
from reconciler.model.identity import ResourceId
from reconciler.model.mapping import Apply, Constant, Expression, MappingRule
from reconciler.model.path import Value
from reconciler.model.profile import Profile
from reconciler.model.resource import Resource
from reconciler.model.sealed import REDACTED, Held, Seals
from reconciler.model.source import IS_SOFT_DELETED
from reconciler.plan.canonical import canonical_value, read, read_reference
from reconciler.plan.diff import Difference, compare, is_active, left_alone


class Comparison(StrEnum):
    """What a plan makes of one attribute."""

    SAME = "same"
    DIFFERS = "differs"
    NOT_LIVE = "notLive"  # there is nothing to compare with
    ON_CREATE = "onCreate"  # written when the resource is created, never afterwards
    KEPT = "kept"  # there is a value, and the mapping only adds
    IMMUTABLE = "immutable"  # the provider takes it once, when it creates the resource
    NOT_SHOWN = "notShown"  # answers lack it, so nobody can say
    SWITCHED = "switched"  # `active`: by deactivating and reactivating, never by an update
    NOT_KEPT = "notKept"  # the standing does not keep attributes up to date
    NOT_MANAGED = "notManaged"  # nobody wrote the source
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Input:
    """A source attribute that a rule reads.

    `written` is false where neither a manifest nor a rule of this program gives it. `at` is None
    where it has no line of its own. `overrides` is the row of a source that says otherwise.
    """

    attribute: str
    value: Held
    at: Position | None
    written: bool
    overrides: Position | None = None


@dataclass(frozen=True, slots=True)
class ExplainedAttribute:
    """One rule of the mapping, for one object.

    `wanted` and `live` are in canonical form; `live` is None also where nothing is live.
    `problem` says why an undetermined value could not be found out.
    """

    rule: MappingRule
    inputs: tuple[Input, ...]
    wanted: Held
    live: Held
    comparison: Comparison
    problem: Reason | None = None


def explain_values(
    wanted: DesiredUser | DesiredGroup,
    source: SourceObject,
    mapping: CompiledMapping,
    *,
    soft_deleted: bool,
    live: Resource | None,
    called: Callable[[ResourceId], str],
    profile: Profile,
    seals: Seals,
) -> tuple[ExplainedAttribute, ...]:
    """Every rule of the mapping, in its order, without what must not be shown.

    `called` says who a live id is, for references.
    """
    computed = {IS_SOFT_DELETED: soft_deleted}
    found = []
    for compiled in mapping.rules:
        path = compiled.rule.target
        value = compiled.evaluate(source, computed)
        if isinstance(value, DesiredValue) and value.candidates:
            value = wanted.values.get(path, value)
        held = None if live is None else _held(compiled, live, called, profile)
        found.append(
            ExplainedAttribute(
                rule=_shown_rule(compiled, seals.cover(source.kind, path)),
                inputs=tuple(_inputs(compiled, source, computed, seals)),
                wanted=seals.veil(source.kind, path, _canonical(compiled.known, value)),
                live=seals.veil(source.kind, path, held),
                comparison=_compare(compiled, value, wanted, held, there=live is not None),
                problem=value.reason if isinstance(value, Undetermined) else None,
            )
        )
    return tuple(found)


def _shown_rule(compiled: CompiledRule, hidden: bool) -> MappingRule:
    """The rule without constants that must not be shown."""
    rule = compiled.rule
    if isinstance(compiled.program, Program):
        rule = replace(rule, source=Expression(compiled.program.shown))
    if not hidden:
        return rule
    if isinstance(rule.source, Constant):
        rule = replace(rule, source=Constant(REDACTED))
    return rule if rule.default is None else replace(rule, default=REDACTED)


def _held(
    compiled: CompiledRule, live: Resource, called: Callable[[ResourceId], str], profile: Profile
) -> Value:
    if not compiled.refers:
        return read(live, compiled.rule.target, profile)
    named = read_reference(live, compiled.rule.target, profile)
    return None if named is None else called(named)


def _canonical(known: Characteristics, value: DesiredValue | Undetermined | None) -> Value:
    if not isinstance(value, DesiredValue):
        return None
    return canonical_value(known, value.value)


def _compare(
    compiled: CompiledRule,
    value: DesiredValue | Undetermined | None,
    wanted: DesiredUser | DesiredGroup,
    held: Value,
    *,
    there: bool,
) -> Comparison:
    """`held` is what is live, for a reference already as the key of whom it names."""
    path = compiled.rule.target
    references = wanted.references if isinstance(wanted, DesiredUser) else {}
    if value is None:
        return Comparison.NOT_MANAGED
    if isinstance(value, Undetermined):
        return Comparison.UNDETERMINED
    if path not in (references if compiled.refers else wanted.values):
        return Comparison.NOT_KEPT
    if not there:
        return Comparison.NOT_LIVE
    if compiled.refers:
        return _compare_reference(references[path], held)
    if is_active(path.text):
        return Comparison.SWITCHED
    match compare(wanted.values[path], held, compiled.known):
        case None:
            return Comparison.SAME
        case Difference():
            return Comparison.DIFFERS
        case left:
            return Comparison(left.value)


def _compare_reference(reference: DesiredReference, held: Value) -> Comparison:
    if held == reference.key:
        return Comparison.SAME
    if reference.apply is Apply.ON_CREATE:
        return Comparison.ON_CREATE
    kept = left_alone(reference.apply, held, reference.key)
    return Comparison.KEPT if kept else Comparison.DIFFERS


def _inputs(
    compiled: CompiledRule, source: SourceObject, computed: Mapping[str, bool], seals: Seals
) -> Iterator[Input]:
    for name in sorted(compiled.reads):
        written = name in computed or name in source.attributes
        value = seals.veil_input(source.kind, name, computed.get(name, source.value(name)))
        row = source.row
        below = row.at if row is not None and name in row.overridden else None
        yield Input(name, value, source.place(name), written, below)
