"""Clauses of scoping filters: one operator, one source attribute, one answer with its reason.

The fourteen operators and the null rule are Entra's: a clause on an attribute without a value is
false, but for `IS NULL`. Where Entra is silent: patterns are searched for, not anchored; `&` asks
whether the attribute's text stands in the written value; a value of a type that the operator cannot
judge leaves the clause undetermined, so that nobody moves because of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reconciler.desired.patterns import Pattern, PatternError, TimedOut, compile_pattern
from reconciler.desired.subjects import is_empty
from reconciler.desired.truth import Truth, truth_of
from reconciler.model.declared import Clause, Operator
from reconciler.model.path import Value
from reconciler.model.sealed import Held
from reconciler.model.show import plain, show

BOOLEAN = frozenset({Operator.IS_TRUE, Operator.IS_FALSE})
PRESENCE = frozenset({Operator.IS_NULL, Operator.IS_NOT_NULL})
UNARY = BOOLEAN | PRESENCE
NUMERIC = frozenset({Operator.GREATER_THAN, Operator.GREATER_THAN_OR_EQUALS})
PATTERN = frozenset({Operator.REGEX_MATCH, Operator.NOT_REGEX_MATCH})

_TEXT_TESTS: Mapping[Operator, Callable[[str, str], bool]] = {
    Operator.EQUALS: lambda text, value: text == value,
    Operator.NOT_EQUALS: lambda text, value: text != value,
    Operator.INCLUDES: lambda text, value: value in text,
    Operator.ENDS_WITH: lambda text, value: text.endswith(value),
    Operator.IN: lambda text, value: text in value,
    Operator.NOT_IN: lambda text, value: text not in value,
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
    pattern: Pattern | None = None
    fault: ClauseFault | None = None

    def evaluate(self, seen: Value) -> ClauseResult:
        """The clause for an attribute's value (None: it has none)."""
        truth, why = self._judge(seen)
        return ClauseResult(self.clause, seen, truth, why)

    def _judge(self, seen: Value) -> tuple[Truth, str]:
        operator, attribute = self.clause.operator, self.clause.attribute
        if self.fault is not None:
            return Truth.UNDETERMINED, self.fault.message
        if operator in PRESENCE:
            empty = is_empty(seen)
            why = f"{attribute} has {'no' if empty else 'a'} value"
            return truth_of(empty is (operator is Operator.IS_NULL)), why
        match seen:
            case None | "" | ():
                return Truth.FALSE, f"{attribute} has no value"
            case tuple():
                return Truth.UNDETERMINED, f"{attribute} has several values"
            case bool() if operator in BOOLEAN:
                return self._answer(seen is (operator is Operator.IS_TRUE))
            case str() | int() if operator not in BOOLEAN and not isinstance(seen, bool):
                return self._compare(str(seen))
            case _:
                return Truth.UNDETERMINED, f"{operator} cannot judge the value of {attribute}"

    def _compare(self, text: str) -> tuple[Truth, str]:
        operator, value = self.clause.operator, self.clause.value or ""
        if operator in NUMERIC:
            number, limit = whole_number(text), whole_number(value)
            if number is None or limit is None:
                return Truth.FALSE, f"{self.clause.attribute} is not a whole number"
            equal = number == limit and operator is Operator.GREATER_THAN_OR_EQUALS
            return self._answer(number > limit or equal)
        if self.pattern is not None:
            found = self.pattern.search(text)
            if isinstance(found, TimedOut):
                return Truth.UNDETERMINED, f"{self.text} took too long"
            return self._answer(found is (operator is Operator.REGEX_MATCH))
        return self._answer(_TEXT_TESTS[operator](text, value))

    def _answer(self, holds: bool) -> tuple[Truth, str]:
        """A plain answer as a truth, with the clause and whether it holds as the reason."""
        return truth_of(holds), f"{self.text} {'holds' if holds else 'does not hold'}"


def compile_clause(clause: Clause) -> CompiledClause:
    """The clause with its pattern compiled, or with what its author got wrong."""
    if clause.operator in UNARY and clause.value is not None:
        message = f"{clause.operator} looks at {clause.attribute} alone, and a value is written"
        return _faulty(clause, "clause-value", message, "remove `value`")
    if clause.operator in UNARY:
        return CompiledClause(clause, describe(clause))
    if not clause.value:
        message = f"{clause.operator} has nothing to compare {clause.attribute} with"
        return _faulty(clause, "clause-value", message, "write a value, or use IS NULL")
    if clause.operator in NUMERIC and whole_number(clause.value) is None:
        message = f"{clause.operator} compares whole numbers, and {show(clause.value)} is none"
        return _faulty(
            clause, "not-a-number", message, "write digits, or use REGEX MATCH or `when`"
        )
    if clause.operator not in PATTERN:
        return CompiledClause(clause, describe(clause))
    pattern = compile_pattern(clause.value)
    if isinstance(pattern, PatternError):
        message = f"the pattern {show(clause.value)} is refused: {plain(pattern.message)}"
        return _faulty(clause, "bad-pattern", message, "write a .NET pattern that cannot run long")
    return CompiledClause(clause, describe(clause), pattern)


def _faulty(clause: Clause, code: str, message: str, hint: str) -> CompiledClause:
    return CompiledClause(clause, describe(clause), fault=ClauseFault(code, message, hint))


def describe(clause: Clause) -> str:
    """The clause in one line, as the manifest says it."""
    written = "" if clause.value is None else f" {show(clause.value)}"
    return f"{plain(clause.attribute)} {clause.operator}{written}"


def whole_number(text: str) -> tuple[int, str] | None:
    """0, 1, 2, … as something that orders like the number, however long; None for other text."""
    if not (text.isascii() and text.isdigit()):
        return None
    digits = text.lstrip("0")
    return len(digits), digits
