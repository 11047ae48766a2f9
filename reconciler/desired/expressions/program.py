"""What a compiled expression is, and what it can answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reconciler.model.path import Value


@dataclass(frozen=True, slots=True)
class ExpressionError:
    """Why a text is not an expression.

    `offset` counts characters from 0. `expected` lists what could stand there, or names that may
    have been meant; it may be empty.
    """

    message: str
    offset: int
    expected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EvaluationFailure:
    """A function could not give a value: which one, and what it expected. Never the value."""

    function: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ignore:
    """The attribute is not managed for this object: neither written nor cleared."""


Result = Value | Ignore | EvaluationFailure


@dataclass(frozen=True, slots=True)
class Step:
    """The value of one sub-expression. `offset` is where it begins in the text."""

    offset: int
    text: str
    result: Result


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled expression. `attributes` are those it may read, `functions` those it may call."""

    text: str
    attributes: frozenset[str]
    functions: frozenset[str]
    _run: Callable[[Mapping[str, Value]], Result] = field(repr=False, compare=False)
    _watch: Callable[[Mapping[str, Value]], tuple[Step, ...]] = field(repr=False, compare=False)

    def evaluate(self, attributes: Mapping[str, Value]) -> Result:
        """The value for an object with these source attributes. An absent attribute is None."""
        return self._run(attributes)

    def trace(self, attributes: Mapping[str, Value]) -> tuple[Step, ...]:
        """The value of every call, comparison and attribute that was evaluated, innermost first.

        The last step is the whole expression. What was not needed is not there.
        """
        return self._watch(attributes)
