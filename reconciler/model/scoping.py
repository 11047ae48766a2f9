"""Scoping filters as manifests write them: Entra's clauses and operators, and conditions in CEL."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reconciler.model.diagnostic import Position
from reconciler.model.identity import Kind


class Operator(StrEnum):
    """The clause operators: Entra's fourteen as Entra spells them, then ours."""

    EQUALS = "EQUALS"
    NOT_EQUALS = "NOT EQUALS"
    INCLUDES = "Includes"
    ENDS_WITH = "ENDS_WITH"
    REGEX_MATCH = "REGEX MATCH"
    NOT_REGEX_MATCH = "NOT REGEX MATCH"
    GREATER_THAN = "Greater_Than"
    GREATER_THAN_OR_EQUALS = "Greater_Than_OR_EQUALS"
    IS_TRUE = "IS TRUE"
    IS_FALSE = "IS FALSE"
    IS_NULL = "IS NULL"
    IS_NOT_NULL = "IS NOT NULL"
    IN = "&"
    NOT_IN = "!&"
    HAS_BITS = "HAS BITS"  # every bit of the written mask is set; what some read `&` as


# Classes of operators, by what they ask of a value.
BOOLEAN: Final = frozenset({Operator.IS_TRUE, Operator.IS_FALSE})
PRESENCE: Final = frozenset({Operator.IS_NULL, Operator.IS_NOT_NULL})
UNARY: Final = BOOLEAN | PRESENCE
NUMERIC: Final = frozenset({Operator.GREATER_THAN, Operator.GREATER_THAN_OR_EQUALS})
PATTERN: Final = frozenset({Operator.REGEX_MATCH, Operator.NOT_REGEX_MATCH})
#: True for everybody else in the author's mind, false for people without a value in fact.
NEGATIONS: Final = frozenset({Operator.NOT_EQUALS, Operator.NOT_REGEX_MATCH, Operator.NOT_IN})

#: Entra's own operators.
ENTRA_OPERATORS: Final = frozenset(Operator) - {Operator.HAS_BITS}


class Match(StrEnum):
    """How many values of a list a clause must hold for."""

    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition on one source attribute; `value` is None for the unary operators.

    `match` is None where nothing is written, which means all. `negated` turns the answer round;
    `null_is_match` lets a negating operator hold where there is no value.
    """

    attribute: str
    operator: Operator
    value: str | None
    at: Position
    match: Match | None = None
    negated: bool = False
    null_is_match: bool = False
    #: An operator that does not exist here, verbatim; `operator` means nothing then.
    unsupported: str | None = None


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """Clauses joined by AND, and a CEL condition joined to them when there is one.

    `negated` turns round what all of it comes to.
    """

    name: str
    clauses: tuple[Clause, ...]
    when: str | None
    at: Position
    negated: bool = False
    when_at: Position | None = None


@dataclass(frozen=True, slots=True)
class ScopingFilter:
    """Filter groups joined by OR."""

    name: str
    kind: Kind
    any_of: tuple[FilterGroup, ...]
    at: Position
