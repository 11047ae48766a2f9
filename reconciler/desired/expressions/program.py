"""What a compiled expression is, and what it can answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler.desired.expressions.context import NOWHERE, Context, Given
from reconciler.desired.expressions.surprises import Surprise
from reconciler.model.path import Scalar, Value

#: The function that keeps a value from being shown.
REDACT: Final = "Redact"
#: Functions that give another value at every evaluation in Entra.
CHANGING: Final = frozenset({"Now", "Guid", "RandomString"})
DRAWING: Final = CHANGING - {"Now"}


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


@dataclass(frozen=True, slots=True)
class Candidates:
    """`SelectUniqueValue`: the first of these that nobody has yet, or nothing if there are none."""

    values: tuple[Scalar, ...]


Result = Value | Ignore | EvaluationFailure | Candidates


@dataclass(frozen=True, slots=True)
class Hidden:
    """There is a result, and `Redact` keeps it from being shown."""


@dataclass(frozen=True, slots=True)
class Step:
    """The value of one sub-expression. `offset` is where it begins in the text."""

    offset: int
    text: str
    result: Result | Hidden


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled expression. `attributes` are those it may read, `functions` those it may call.

    `unsupported` are the functions among them that do not exist: calling one fails.
    `redacted` are the attributes that it hides, and `shown` is its text without the constants that
    it hides. Whether its result is to be hidden, `hides` says. `surprises` is what Entra would do
    otherwise.
    """

    text: str
    attributes: frozenset[str]
    functions: frozenset[str]
    unsupported: frozenset[str]
    redacted: frozenset[str]
    shown: str
    surprises: tuple[Surprise, ...]
    _run: Callable[[Given], Result] = field(repr=False, compare=False)
    _watch: Callable[[Given, frozenset[str]], tuple[Step, ...]] = field(repr=False, compare=False)

    @property
    def steady(self) -> bool:
        """Whether the same object gives the same result at any moment, for any key."""
        return self.functions.isdisjoint(CHANGING)

    @property
    def draws(self) -> bool:
        """Whether it uses random numbers."""
        return not self.functions.isdisjoint(DRAWING)

    @property
    def hides(self) -> bool:
        """Whether the result must not be shown."""
        return REDACT in self.functions

    def evaluate(self, attributes: Mapping[str, Value], context: Context = NOWHERE) -> Result:
        """The value for an object with these source attributes. An absent attribute is None."""
        return self._run(Given(attributes, context))

    def trace(
        self,
        attributes: Mapping[str, Value],
        context: Context = NOWHERE,
        hidden: frozenset[str] = frozenset(),
    ) -> tuple[Step, ...]:
        """The value of every call, comparison and attribute that was evaluated, innermost first.

        The last step is the whole expression. What was not needed is not there. What `Redact` hides
        is `Hidden`, and so is whatever reads one of the `hidden` attributes.
        """
        return self._watch(Given(attributes, context), hidden)
