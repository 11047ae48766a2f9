"""Attribute mappings: from a declared user or group to the values that the target should hold.

One rule gives one of three things, as in the manifests: a value, *clear it*, or *not managed*.

* Direct: what is written. An attribute that the manifest does not mention is not managed; one that
  is written null, `[]` or empty is cleared.
* Constant: always the value.
* Expression: reads attributes without a value as null. When its result is null, the target is
  cleared if every attribute that it read as null was *written* null, and is not managed otherwise:
  what nobody wrote clears nothing. `IgnoreFlowIfNullOrEmpty` leaves the attribute unmanaged.
* `default` replaces a null of either kind.

A rule that takes the key of a user (`manager`) to a reference gives no value but a
`DesiredReference`: which live id that is, planning finds out.

Whatever errs, or does not fit the attribute's type, makes the whole object undetermined.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, assert_never

from reconciler.desired.conversion import Mismatch, convert
from reconciler.desired.expressions import (
    NOWHERE,
    Candidates,
    Context,
    EvaluationFailure,
    ExpressionError,
    Ignore,
    Program,
    compile_expression,
)
from reconciler.desired.subjects import SourceObject, is_empty
from reconciler.model.attributes import MEMBERS, AttributeType, Characteristics
from reconciler.model.declared import (
    Apply,
    AttributeMapping,
    Constant,
    Direct,
    Expression,
    MappingRule,
)
from reconciler.model.desired import (
    DesiredReference,
    DesiredValue,
    MatchKey,
    Reason,
    Undetermined,
)
from reconciler.model.diagnostic import Position
from reconciler.model.identity import UserKey
from reconciler.model.path import AttributePath, Value
from reconciler.model.resource_type import ResourceType, fulfils
from reconciler.model.source import IS_SOFT_DELETED, OBJECT_ID, USER_KEYS

_DISPLAY_NAME: Final = "displayName"
_FAILED: Final = "mapping-error"
_MISFIT: Final = "mapping-type"
_DOUBTFUL: Final = "source-undetermined"
_ERRORS: Final = frozenset({_FAILED, _MISFIT, _DOUBTFUL})


@dataclass(frozen=True, slots=True)
class Mapped:
    """One object through a mapping.

    `match` and `identity` are there as far as they could be found out, also with a `failure`, so
    that the live resource of somebody undetermined is still recognised as theirs.
    """

    values: Mapping[AttributePath, DesiredValue]
    references: Mapping[AttributePath, DesiredReference]
    match: tuple[MatchKey, ...]
    identity: MatchKey | None
    failure: Undetermined | None

    @property
    def lost(self) -> bool:
        """An error, not a missing value, is why nothing can find the live resource."""
        found = self.match or self.identity
        return not found and self.failure is not None and self.failure.code in _ERRORS


@dataclass(frozen=True, slots=True)
class _Raw:
    """What a rule's source gives. `clears`: nothing in it means clear it, not leave it alone."""

    value: Value
    clears: bool
    at: Position


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its expression compiled, where it has one, what its attribute is, and what
    expressions may know."""

    rule: MappingRule
    known: Characteristics
    program: Program | ExpressionError | None
    refers: bool = False  # its value is the key of another user
    context: Context = NOWHERE

    def evaluate(
        self, source: SourceObject, computed: Mapping[str, bool]
    ) -> DesiredValue | Undetermined | None:
        """The wanted value; None where the attribute is not managed for this object."""
        rule = self.rule
        if source.doubts and (doubt := self._doubt(source)) is not None:
            return doubt
        raw = self._read(source, computed)
        match raw:
            case None | Undetermined():
                return raw
            case Candidates(values=values) if values:
                return self._choice(source, values)
            case Candidates():
                raw = _Raw(None, clears=False, at=rule.at)
            case _:
                pass
        value = rule.default if is_empty(raw.value) else raw.value
        on_create = rule.apply is Apply.ON_CREATE
        if is_empty(value):
            return DesiredValue(None, raw.at, on_create) if raw.clears else None
        converted = convert(rule.target, self.known, value)
        if isinstance(converted, Mismatch):
            return self._misfit(source, converted)
        return DesiredValue(converted, raw.at, on_create)

    def _doubt(self, source: SourceObject) -> Undetermined | None:
        """Why the rule's value cannot be told: it reads an attribute whose own value cannot."""
        names: frozenset[str] = frozenset()
        if isinstance(self.rule.source, Direct):
            names = frozenset({self.rule.source.attribute})
        elif isinstance(self.program, Program):
            names = self.program.attributes
        doubtful = sorted(names & source.doubts.keys())
        if not doubtful:
            return None
        why = source.doubts[doubtful[0]]
        said = f"{self.rule.target} of {source.key} follows from {doubtful[0]}: {why.text}"
        return Undetermined(_DOUBTFUL, Reason(said, why.at))

    def _choice(
        self, source: SourceObject, candidates: tuple[Value, ...]
    ) -> DesiredValue | Undetermined:
        """The first candidate, until planning knows which one is free."""
        fitting: list[Value] = []
        for candidate in candidates:
            converted = convert(self.rule.target, self.known, candidate)
            if isinstance(converted, Mismatch):
                return self._misfit(source, converted)
            fitting.append(converted)
        return DesiredValue(
            fitting[0], self.rule.at, on_create_only=True, candidates=tuple(fitting)
        )

    def _misfit(self, source: SourceObject, mismatch: Mismatch) -> Undetermined:
        said = f"{self.rule.target} of {source.key} takes {mismatch.expected}"
        return Undetermined(_MISFIT, Reason(said, self.rule.at))

    def _read(
        self, source: SourceObject, computed: Mapping[str, bool]
    ) -> _Raw | Candidates | Undetermined | None:
        rule = self.rule
        match rule.source:
            case Constant(value=value):
                return _Raw(value, clears=True, at=rule.at)
            case Direct(attribute=name) if name in computed:
                return _Raw(computed[name], clears=True, at=rule.at)
            case Direct(attribute=name):
                written = name in source.attributes
                return _Raw(source.value(name), written, source.place(name) or rule.at)
            case Expression():
                return self._run(source, computed)
            case unknown:
                assert_never(unknown)

    def _run(
        self, source: SourceObject, computed: Mapping[str, bool]
    ) -> _Raw | Candidates | Undetermined | None:
        if not isinstance(self.program, Program):
            said = f"the expression for {self.rule.target} does not compile"
            return Undetermined(_FAILED, Reason(said, self.rule.at))
        given = {
            name: computed[name] if name in computed else source.value(name)
            for name in self.program.attributes
        }
        result = self.program.evaluate(given, self._context(source))
        if isinstance(result, EvaluationFailure):
            said = f"the expression for {self.rule.target} of {source.key} failed: {result.reason}"
            return Undetermined(_FAILED, Reason(said, self.rule.at))
        if isinstance(result, Ignore):
            return None
        if isinstance(result, Candidates):
            return result
        empty = (name for name, value in given.items() if is_empty(value))
        written = all(name in source.attributes or name in computed for name in empty)
        return _Raw(result, written, self.rule.at)

    def _context(self, source: SourceObject) -> Context:
        """Random numbers are drawn for this attribute of this object alone."""
        if self.program is None or not isinstance(self.program, Program) or self.program.steady:
            return self.context
        return self.context.at(source.kind, source.key, self.rule.target.folded)


@dataclass(frozen=True, slots=True)
class CompiledMapping:
    """A mapping ready for every object of its kind.

    `members_managed`: it has a rule for `members`, which is no value but switches membership on.
    `redacted_paths` are the attributes whose values must not be shown, because `Redact` gives them;
    `redacted_inputs` the source attributes that stand in a `Redact`.
    """

    mapping: AttributeMapping
    rules: tuple[CompiledRule, ...]
    required: tuple[AttributePath, ...]
    members_managed: bool
    redacted_paths: frozenset[AttributePath] = frozenset()
    redacted_inputs: frozenset[str] = frozenset()

    def apply(self, source: SourceObject, *, soft_deleted: bool) -> Mapped:
        """The object's values and keys; never raises.

        `soft_deleted` is what `IsSoftDeleted` says: the object should have no access.
        """
        computed = {IS_SOFT_DELETED: soft_deleted}
        values: dict[AttributePath, DesiredValue] = {}
        references: dict[AttributePath, DesiredReference] = {}
        match: list[MatchKey] = []
        identity: MatchKey | None = None
        failures: list[Undetermined] = []
        for compiled in self.rules:
            rule = compiled.rule
            wanted = compiled.evaluate(source, computed)
            if isinstance(wanted, Undetermined):
                failures.append(wanted)
            elif wanted is not None and compiled.refers:
                references[rule.target] = _reference(wanted)
            elif wanted is not None:
                values[rule.target] = wanted
                key = _key(rule, wanted.value)
                if key is not None and rule.match is not None:
                    match.append(key)
                if key is not None and identity is None and rule.source == Direct(OBJECT_ID):
                    identity = key
        failures += self._missing(source, values, match)
        match.sort(key=lambda key: key.precedence)
        failure = failures[0] if failures else None
        return Mapped(values, references, tuple(match), identity, failure)

    def former_keys(self, source: SourceObject, names: Iterable[str]) -> tuple[MatchKey, ...]:
        """The match keys that an object had under earlier display names."""
        found: list[MatchKey] = []
        for name in names:
            earlier = replace(source, attributes={**source.attributes, _DISPLAY_NAME: name})
            found += self.apply(earlier, soft_deleted=False).match
        return tuple(found)

    def _missing(
        self,
        source: SourceObject,
        values: Mapping[AttributePath, DesiredValue],
        match: Iterable[MatchKey],
    ) -> Iterable[Undetermined]:
        at = {compiled.rule.target: compiled.rule.at for compiled in self.rules}
        for path in self.required:
            if not any(fulfils(p, path) and not is_empty(v.value) for p, v in values.items()):
                said = f"{path} is required, and {source.key} has no value for it"
                where = next((at[p] for p in at if fulfils(p, path)), self.mapping.at)
                yield Undetermined("required-value-missing", Reason(said, where))
        if not match:
            keys = [compiled.rule for compiled in self.rules if compiled.rule.match is not None]
            where = keys[0].at if keys else self.mapping.at
            said = f"{source.key} has no value for a matching attribute: nothing could find it"
            yield Undetermined("match-value-missing", Reason(said, where))


def compile_mapping(
    mapping: AttributeMapping, resource_type: ResourceType, context: Context = NOWHERE
) -> CompiledMapping:
    """A mapping with its expressions compiled, for a target with such resources.

    `context` is what expressions may know of that target and the moment.

    An expression that does not compile leaves every object undetermined:
    `reconciler.desired.check` reports it.
    """
    rules = [rule for rule in mapping.rules if rule.target != MEMBERS]
    compiled = tuple(
        _compiled(rule, resource_type.characteristics(rule.target), context) for rule in rules
    )
    programs = [(c.rule, c.program) for c in compiled if isinstance(c.program, Program)]
    return CompiledMapping(
        mapping,
        compiled,
        resource_type.required,
        members_managed=len(rules) < len(mapping.rules),
        redacted_paths=frozenset(rule.target for rule, program in programs if program.hides),
        redacted_inputs=frozenset().union(*(program.redacted for _, program in programs)),
    )


def compile_matching(
    mapping: AttributeMapping, resource_type: ResourceType, context: Context = NOWHERE
) -> CompiledMapping:
    """The matching rules alone, where resources are only looked up and nothing is written."""
    rules = tuple(rule for rule in mapping.rules if rule.match is not None)
    compiled = compile_mapping(replace(mapping, rules=rules), resource_type, context)
    return replace(compiled, required=())


def _compiled(rule: MappingRule, known: Characteristics, context: Context) -> CompiledRule:
    source = rule.source
    program = compile_expression(source.text) if isinstance(source, Expression) else None
    reference = refers(known, attributes_of(source, program))
    return CompiledRule(rule, known, program, reference, context)


def attributes_of(
    source: Direct | Constant | Expression, program: Program | ExpressionError | None
) -> frozenset[str]:
    """The source attributes that a rule reads."""
    if isinstance(source, Direct):
        return frozenset({source.attribute})
    return program.attributes if isinstance(program, Program) else frozenset()


def refers(known: Characteristics, read: frozenset[str]) -> bool:
    """Whether a rule with these source attributes gives the key of a user, for a reference."""
    return known.type is AttributeType.REFERENCE and not read.isdisjoint(USER_KEYS)


def _reference(wanted: DesiredValue) -> DesiredReference:
    key = wanted.value
    named = UserKey(key) if isinstance(key, str) else None
    return DesiredReference(named, wanted.at, wanted.on_create_only)


def _key(rule: MappingRule, value: Value) -> MatchKey | None:
    """A key from a wanted value; none from nothing, and none from a list."""
    if is_empty(value) or isinstance(value, tuple):
        return None
    return MatchKey(rule.target, str(value), rule.match or 0)
