"""One rule of a mapping, compiled: what can be decided for everybody is decided here, once.

`compile_rule` looks at the rule's source, default, policy and target and gives one function from a
source object to what is wanted. It is called for every attribute of everybody, so nothing in it
asks what kind of rule it is.

The three written states (a value, *clear it*, *not managed*) come out as in
`reconciler.desired.mapping`. A guest's `userPrincipalName` is the address outside, as Entra gives
it to mappings; filters and conditions see what is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from reconciler.desired.conversion import Mismatch, converter, keeps_text
from reconciler.desired.expressions import (
    Candidates,
    Context,
    EvaluationFailure,
    ExpressionError,
    Ignore,
    Program,
    program_of,
)
from reconciler.desired.guests import external_address
from reconciler.desired.subjects import SourceObject
from reconciler.model.attributes import AttributeType, Characteristics
from reconciler.model.desired import DesiredValue, Reason, Undetermined
from reconciler.model.diagnostic import Position
from reconciler.model.mapping import (
    Apply,
    Constant,
    DefaultWhen,
    Direct,
    Expression,
    MappingRule,
    Untouched,
    ValueSource,
)
from reconciler.model.note_code import NoteCode
from reconciler.model.path import Value
from reconciler.model.sameness import is_empty
from reconciler.model.source import OBJECT_ID, USER_KEYS, USER_PRINCIPAL_NAME

#: What a target's decisions about the object add to its source attributes.
Computed = Mapping[str, bool]
#: None: the attribute is not managed for this object.
Wanted = DesiredValue | Undetermined | None
Evaluate = Callable[[SourceObject, Computed], Wanted]


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule ready for every object: what its attribute is, and which source attributes it reads.

    `refers`: its value is the key of another user.
    """

    rule: MappingRule
    known: Characteristics
    program: Program | ExpressionError | None
    reads: frozenset[str]
    refers: bool
    finds: bool  # by its value live resources may be found
    #: `evaluate` for objects without doubts, which is nearly everybody: one call less.
    evaluate_sure: Evaluate = field(repr=False, compare=False)

    def evaluate(self, source: SourceObject, computed: Computed) -> Wanted:
        """The wanted value; None where the attribute is not managed for this object."""
        if source.doubts and not self.reads.isdisjoint(source.doubts):
            return self._doubt(source)
        return self.evaluate_sure(source, computed)

    def _doubt(self, source: SourceObject) -> Undetermined:
        """Why the rule's value cannot be told: it reads an attribute whose own value cannot."""
        first = min(self.reads & source.doubts.keys())
        why = source.doubts[first]
        said = f"{self.rule.target} of {source.key} follows from {first}: {why.text}"
        return Undetermined(NoteCode.SOURCE_UNDETERMINED, Reason(said, why.at))


def compile_rule(rule: MappingRule, known: Characteristics, context: Context) -> CompiledRule:
    """A rule with its expression compiled; `context` is what expressions may know.

    An expression that does not compile leaves every object undetermined.
    """
    program = program_of(rule.source)
    reads = reads_of(rule.source)
    evaluate = _evaluator(rule, _Writer.of(rule, known), program, context)
    finds = rule.match is not None or rule.source == Direct(OBJECT_ID)
    return CompiledRule(rule, known, program, reads, refers(known, reads), finds, evaluate)


def reads_of(source: ValueSource) -> frozenset[str]:
    """The source attributes that a rule reads."""
    if isinstance(source, Direct):
        return frozenset({source.attribute})
    program = program_of(source)
    return program.attributes if isinstance(program, Program) else frozenset()


def refers(known: Characteristics, reads: frozenset[str]) -> bool:
    """Whether a rule that reads these attributes gives the key of a user, for a reference."""
    return known.type is AttributeType.REFERENCE and not reads.isdisjoint(USER_KEYS)


@dataclass(frozen=True, slots=True)
class _Writer:
    """What a rule makes of a value, and of none: the half that its target decides."""

    rule: MappingRule
    apply: Apply
    convert: Callable[[Value], Value | Mismatch]
    keeps_text: bool
    default: DesiredValue | Mismatch | None

    @classmethod
    def of(cls, rule: MappingRule, known: Characteristics) -> _Writer:
        convert = converter(rule.target, known)
        apply = _policy(rule)
        # Entra's own rule writes a default once; whoever clears the value later wants it cleared.
        once = rule.default_when is DefaultWhen.ON_CREATE
        value = None if is_empty(rule.default) else convert(rule.default)
        default = (
            value
            if value is None or isinstance(value, Mismatch)
            else DesiredValue(value, rule.at, Apply.ON_CREATE if once else apply)
        )
        return cls(rule, apply, convert, keeps_text(rule.target, known), default)

    def value(
        self, source: SourceObject, value: Value, at: Position
    ) -> DesiredValue | Undetermined:
        """A value that is not empty."""
        converted = self.convert(value)
        if isinstance(converted, Mismatch):
            return self.misfit(source, converted)
        return DesiredValue(converted, at, self.apply)

    def nothing(self, source: SourceObject, at: Position, *, clears: bool) -> Wanted:
        """The default for no value; without one it is cleared, or not managed."""
        if isinstance(self.default, Mismatch):
            return self.misfit(source, self.default)
        if self.default is not None:
            return self.default
        return DesiredValue(None, at, self.apply) if clears else None

    def misfit(self, source: SourceObject, mismatch: Mismatch) -> Undetermined:
        said = f"{self.rule.target} of {source.key} takes {mismatch.expected}"
        return Undetermined(NoteCode.MAPPING_TYPE, Reason(said, self.rule.at))


def _policy(rule: MappingRule) -> Apply:
    """Entra's None leaves the live value alone, and stands in whenever there is none."""
    if isinstance(rule.source, Untouched) and rule.apply is Apply.ALWAYS:
        return Apply.IF_EMPTY
    return rule.apply


def _evaluator(
    rule: MappingRule, writer: _Writer, program: Program | ExpressionError | None, context: Context
) -> Evaluate:
    match rule.source:
        case Constant(value=value):
            return _constant(rule, writer, value)
        case Untouched():
            return _constant(rule, writer, None)
        case Direct(attribute=attribute):
            return _direct(rule, writer, attribute)
        case Expression():
            return _expression(rule, writer, program, context)
        case unknown:
            assert_never(unknown)


def _constant(rule: MappingRule, writer: _Writer, value: Value) -> Evaluate:
    def constant(source: SourceObject, _: Computed) -> Wanted:
        if is_empty(value):
            return writer.nothing(source, rule.at, clears=isinstance(rule.source, Constant))
        return writer.value(source, value, rule.at)

    return constant


def _direct(rule: MappingRule, writer: _Writer, attribute: str) -> Evaluate:
    guests = attribute == USER_PRINCIPAL_NAME
    keeps_text, apply = writer.keeps_text, writer.apply

    def direct(source: SourceObject, computed: Computed) -> Wanted:
        if attribute in computed:
            return writer.value(source, computed[attribute], rule.at)
        value = source.attributes.get(attribute)
        at = source.place(attribute) or rule.at
        if value is None:
            return writer.nothing(source, at, clears=attribute in source.attributes)
        if guests:
            value = external_address(value)
        if keeps_text and isinstance(value, str):  # most values of most people
            return DesiredValue(value, at, apply)
        return writer.value(source, value, at)

    return direct


def _expression(
    rule: MappingRule, writer: _Writer, program: Program | ExpressionError | None, context: Context
) -> Evaluate:
    if not isinstance(program, Program):
        said = f"the expression for {rule.target} does not compile"
        broken = Undetermined(NoteCode.MAPPING_ERROR, Reason(said, rule.at))
        return lambda _source, _computed: broken
    names = sorted(program.attributes)
    guests = USER_PRINCIPAL_NAME in program.attributes

    def expression(source: SourceObject, computed: Computed) -> Wanted:
        written = source.attributes
        given: dict[str, Value] = {
            name: computed[name] if name in computed else written.get(name) for name in names
        }
        if guests:
            given[USER_PRINCIPAL_NAME] = external_address(given[USER_PRINCIPAL_NAME])
        # Random numbers are drawn for this attribute of this object alone.
        seen = context if program.steady else context.at(source.kind, source.key, folded)
        result = program.evaluate(given, seen)
        if isinstance(result, str) and result:  # nearly always; the rest takes its time below
            return writer.value(source, result, rule.at)
        match result:
            case EvaluationFailure(reason=reason):
                said = f"the expression for {rule.target} of {source.key} failed: {reason}"
                return Undetermined(NoteCode.MAPPING_ERROR, Reason(said, rule.at))
            case Ignore():
                return None
            case Candidates(values=values):
                return _choice(source, values, writer)
            case value if is_empty(value):
                empty = (name for name, held in given.items() if is_empty(held))
                clears = all(name in written or name in computed for name in empty)
                return writer.nothing(source, rule.at, clears=clears)
            case value:
                return writer.value(source, value, rule.at)

    folded = rule.target.folded
    return expression


def _choice(source: SourceObject, candidates: tuple[Value, ...], writer: _Writer) -> Wanted:
    """The first candidate, until planning knows which one is free."""
    if not candidates:
        return writer.nothing(source, writer.rule.at, clears=False)
    fitting: list[Value] = []
    for candidate in candidates:
        converted = writer.convert(candidate)
        if isinstance(converted, Mismatch):
            return writer.misfit(source, converted)
        fitting.append(converted)
    return DesiredValue(fitting[0], writer.rule.at, Apply.ON_CREATE, candidates=tuple(fitting))
