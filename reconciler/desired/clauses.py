"""Clauses of scoping filters: one operator, one source attribute, one answer with its reason.

Fourteen operators and the null rule are Entra's: a clause on an attribute without a value is false,
but for `IS NULL`. Where Entra is silent: patterns are searched for, not anchored; `&` asks whether
the attribute's text stands in the written value; a value of a type that the operator cannot judge
leaves the clause undetermined, so that nobody moves because of it.

Beyond Entra: `match` judges the values of a list one by one, `not` turns an answer round (and
leaves what is undetermined as it is), `nullIsMatch` lets a negation hold for whoever has no value,
`manager.…` reads an attribute of the manager, and `HAS BITS` tests a mask.

A clause is compiled to one small function from a value to a truth, because filters are asked about
everybody. Reasons are put into words only when somebody asks (`CompiledClause.evaluate`); they
follow from the same truth, so they cannot tell another story.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler.desired.patterns import Pattern, PatternError, TimedOut, compile_pattern
from reconciler.desired.subjects import SourceObject
from reconciler.desired.truth import Truth, all_of, any_of, opposite, truth_of
from reconciler.model.path import Scalar, Value
from reconciler.model.sameness import is_empty
from reconciler.model.scoping import (
    BOOLEAN,
    NUMERIC,
    PATTERN,
    PRESENCE,
    UNARY,
    Clause,
    Match,
    Operator,
)
from reconciler.model.sealed import Held
from reconciler.model.show import plain, show
from reconciler.model.source import MANAGER_PREFIX

_BITS: Final = 64

_Judge = Callable[[Value], Truth]

_TRUE, _FALSE, _UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNDETERMINED
_TextTest = Callable[[str], Truth]

#: From the written value to a test of the attribute's text.
_TEXT_TESTS: Mapping[Operator, Callable[[str], _TextTest]] = {
    Operator.EQUALS: lambda value: lambda text: _TRUE if text == value else _FALSE,
    Operator.NOT_EQUALS: lambda value: lambda text: _FALSE if text == value else _TRUE,
    Operator.INCLUDES: lambda value: lambda text: _TRUE if value in text else _FALSE,
    Operator.ENDS_WITH: lambda value: lambda text: _TRUE if text.endswith(value) else _FALSE,
    Operator.IN: lambda value: lambda text: _TRUE if text in value else _FALSE,
    Operator.NOT_IN: lambda value: lambda text: _FALSE if text in value else _TRUE,
}


@dataclass(frozen=True, slots=True)
class ClauseResult:
    """One clause for one object: the value it saw, what came of it, and why in words.

    `why` names attribute and operator, never the person's value.
    """

    clause: Clause
    seen: Held
    truth: Truth
    why: str


@dataclass(frozen=True, slots=True)
class ClauseFault:
    """A clause that no value can satisfy sensibly: what its author got wrong."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class CompiledClause:
    """A clause ready for every object. With a `fault` it is undetermined for everybody."""

    clause: Clause
    text: str
    judge: _Judge = field(repr=False, compare=False)
    read: Callable[[SourceObject], Value] = field(repr=False, compare=False)
    fault: ClauseFault | None = None

    def truth(self, source: SourceObject) -> Truth:
        """What the clause comes to for an object."""
        if source.doubts and self.clause.attribute in source.doubts:
            return Truth.UNDETERMINED
        return self.judge(self.read(source))

    def evaluate(self, source: SourceObject) -> ClauseResult:
        """The same, with the value and why."""
        seen, truth = self.read(source), self.truth(source)
        doubt = source.doubts.get(self.clause.attribute)
        why = self._why(seen, truth) if doubt is None else doubt.text
        return ClauseResult(self.clause, seen, truth, why)

    def _why(self, seen: Value, truth: Truth) -> str:
        operator, attribute = self.clause.operator, self.clause.attribute
        if self.fault is not None:
            return self.fault.message
        if operator in PRESENCE:
            return f"{attribute} has {'no' if is_empty(seen) else 'a'} value"
        if is_empty(seen):
            matches = ", which is a match here" if self.clause.null_is_match else ""
            return f"{attribute} has no value{matches}"
        if truth is not Truth.UNDETERMINED:
            return f"{self.text} {'holds' if truth is Truth.TRUE else 'does not hold'}"
        if operator in PATTERN and not _misfits(seen):
            return f"{self.text} took too long"
        return f"{operator} cannot judge the value of {attribute}"


def compile_clause(clause: Clause) -> CompiledClause:
    """The clause as a function, or with what its author got wrong."""
    made = _fault(clause)
    pattern: Pattern | None = None
    if made is None and clause.operator in PATTERN:
        compiled = compile_pattern(clause.value or "")
        if isinstance(compiled, PatternError):
            message = f"the pattern {show(clause.value)} is refused: {plain(compiled.message)}"
            made = ClauseFault("bad-pattern", message, "write a .NET pattern that cannot run long")
        else:
            pattern = compiled
    judge = _undetermined if made is not None else _judge(clause, pattern)
    return CompiledClause(clause, describe(clause), judge, _reader(clause.attribute), made)


def _fault(clause: Clause) -> ClauseFault | None:
    operator, value = clause.operator, clause.value
    if clause.unsupported is not None:
        message = f"there is no operator {plain(clause.unsupported)} here"
        return ClauseFault("unsupported-operator", message, "say the same with another, or `when`")
    if operator in UNARY:
        if value is None:
            return None
        message = f"{operator} looks at {clause.attribute} alone, and a value is written"
        return ClauseFault("clause-value", message, "remove `value`")
    if not value:
        message = f"{operator} has nothing to compare {clause.attribute} with"
        return ClauseFault("clause-value", message, "write a value, or use IS NULL")
    if operator in NUMERIC and whole_number(value) is None:
        message = f"{operator} compares whole numbers, and {show(value)} is none"
        return ClauseFault("not-a-number", message, "write digits, or use REGEX MATCH or `when`")
    if operator is Operator.HAS_BITS and not _mask(value):
        message = f"{operator} takes a mask as a whole number above 0, and {show(value)} is none"
        return ClauseFault("not-a-number", message, "write for example 6 for the bits 2 and 4")
    return None


def _judge(clause: Clause, pattern: Pattern | None) -> _Judge:
    """The clause as a function of one attribute's value."""
    operator = clause.operator
    if operator in PRESENCE:
        empty = _turned(clause, Operator.IS_NULL is operator)
        filled = opposite(empty)
        return lambda seen: empty if seen is None or is_empty(seen) else filled
    nothing = _turned(clause, clause.null_is_match)
    test = _text_test(clause, pattern)
    joined = any_of if clause.match is Match.ANY else all_of
    negated = clause.negated

    def one(seen: Scalar) -> Truth:
        if operator in BOOLEAN:
            wanted = operator is Operator.IS_TRUE
            return truth_of(seen is wanted) if isinstance(seen, bool) else _UNKNOWN
        return _UNKNOWN if _misfits(seen) else test(str(seen))

    def judge(seen: Value) -> Truth:
        if isinstance(seen, str) and seen:  # most values of most people
            truth = test(seen)
        elif seen is None or seen in ("", ()):
            return nothing
        else:
            # A list is judged value by value; whether all of them must hold is Graph's
            # `multivaluedComparisonType`, which is All where nothing is written.
            truth = joined(map(one, seen)) if isinstance(seen, tuple) else one(seen)
        return opposite(truth) if negated else truth

    return judge


def _text_test(clause: Clause, pattern: Pattern | None) -> _TextTest:
    operator, value = clause.operator, clause.value or ""
    if operator in BOOLEAN:
        return _undetermined
    if pattern is not None:
        return _pattern_test(pattern, wanted=operator is Operator.REGEX_MATCH)
    if operator in NUMERIC:
        return _order_test(operator, value)
    if operator is Operator.HAS_BITS:
        return _bits_test(_mask(value) or 0)
    return _TEXT_TESTS[operator](value)


def _pattern_test(pattern: Pattern, *, wanted: bool) -> _TextTest:
    def test(text: str) -> Truth:
        found = pattern.search(text)
        return _UNKNOWN if isinstance(found, TimedOut) else truth_of(found is wanted)

    return test


def _order_test(operator: Operator, value: str) -> _TextTest:
    limit = whole_number(value) or (0, "")
    or_equal = operator is Operator.GREATER_THAN_OR_EQUALS

    def test(text: str) -> Truth:
        number = whole_number(text)
        # Entra calls a filter on anything else invalid; it says nothing about the person.
        if number is None:
            return _UNKNOWN
        return truth_of(number > limit or (or_equal and number == limit))

    return test


def _bits_test(mask: int) -> _TextTest:
    def test(text: str) -> Truth:
        held = _mask(text)
        return _UNKNOWN if held is None else truth_of(held & mask == mask)

    return test


def _misfits(seen: Value) -> bool:
    """Whether a value is neither text nor a whole number, nor a list of them."""
    if isinstance(seen, tuple):
        return any(map(_misfits, seen))
    return isinstance(seen, bool) or not isinstance(seen, str | int)


def _undetermined(seen: Value) -> Truth:  # noqa: ARG001  # whatever is seen
    return Truth.UNDETERMINED


def _turned(clause: Clause, holds: bool) -> Truth:
    return truth_of(holds is not clause.negated)


def _reader(attribute: str) -> Callable[[SourceObject], Value]:
    if not attribute.startswith(MANAGER_PREFIX):
        return lambda source: source.attributes.get(attribute)
    inner = attribute.removeprefix(MANAGER_PREFIX)

    def read(source: SourceObject) -> Value:
        manager = source.manager
        return None if manager is None else manager.value(inner)

    return read


def describe(clause: Clause) -> str:
    """The clause in one line, as the manifest says it."""
    written = "" if clause.value is None else f" {show(clause.value)}"
    several = "" if clause.match is None else f"{clause.match} of "
    operator = plain(clause.unsupported or clause.operator)
    said = f"{several}{plain(clause.attribute)} {operator}{written}"
    if clause.null_is_match:
        said += " or no value"
    return f"not ({said})" if clause.negated else said


def whole_number(text: str) -> tuple[int, str] | None:
    """0, 1, 2, … as something that orders like the number, however long; None for other text."""
    if not (text.isascii() and text.isdigit()):
        return None
    digits = text.lstrip("0")
    return len(digits), digits


def _mask(text: str) -> int | None:
    """A whole number that fits into 64 bits."""
    if not (text.isascii() and text.isdigit()) or len(text) > 20:
        return None
    number = int(text)
    return number if number.bit_length() <= _BITS else None
