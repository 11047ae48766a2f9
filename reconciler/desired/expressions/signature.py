"""What a function is, as data: its parameters, their kinds, what may be left out, what null does.

The compiler checks calls against it, converts arguments by it and words its messages from it; a
table of functions for the documentation can be printed from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler.desired.expressions.context import Given
from reconciler.model.path import Value

#: Gives a value for the attributes of one object and the circumstances.
Evaluator = Callable[[Given], Value]


class Kind(StrEnum):
    """What an argument must be; the value is how messages name it."""

    ANY = "any value"
    TEXT = "a text"
    CHARACTER = "a single character"
    WHOLE = "a whole number"
    LIST = "one or more values"
    CONDITION = "a condition"
    BOOLEAN = "True or False"
    DATE = "a date"
    INTERVAL = "an interval (yyyy, m, d, ww, h, n or s)"
    DATE_FORMAT = ".NET date format"
    DATE_STYLES = ".NET date styles"
    CULTURE = "a culture such as tr-TR"
    CASE_RULE = "vbTextCompare or vbBinaryCompare"
    PATTERN = "a regular expression"
    ROLES = "[appRoleAssignments]"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `graph` is its key in Graph's JSON, where that has another name for it."""

    name: str
    kind: Kind
    optional: bool = False
    graph: str | None = None


@dataclass(frozen=True, slots=True)
class Strict:
    """All arguments are evaluated, converted, and handed to `apply` in order.

    `null_gives_null`: a null for a required parameter is the result; otherwise `apply` gets it. An
    optional parameter that is left out or null is None for `apply` in either case.
    """

    apply: Callable[..., Value]
    null_gives_null: bool = True


@dataclass(frozen=True, slots=True)
class Ambient:
    """Needs the circumstances: `apply` gets them, where the call stands, then all arguments.

    What it gives may differ from one moment or place to the next.
    """

    apply: Callable[..., Value]


@dataclass(frozen=True, slots=True)
class Lazy:
    """Decides itself which arguments to evaluate: makes an evaluator out of theirs."""

    build: Callable[[Sequence[Evaluator]], Evaluator]


@dataclass(frozen=True, slots=True)
class Mode:
    """One way in which a function with modes works: on these of its parameters.

    `check` looks at the arguments that are written as constants and says what is wrong with them.
    """

    parameters: tuple[str, ...]
    body: Strict
    check: Callable[[Mapping[str, object]], str | None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Modes:
    """Works differently depending on which parameters are given.

    `choose` gets their names, and of those the ones that are written as `""`; it gives a text that
    says what was expected when no mode fits.
    """

    choose: Callable[[frozenset[str], frozenset[str]], Mode | str]


@dataclass(frozen=True, slots=True)
class Form:
    """One way to call a function. The last `repeats` parameters may come again and again."""

    parameters: tuple[Parameter, ...]
    body: Strict | Ambient | Lazy | Modes
    repeats: int = 0

    @property
    def least(self) -> int:
        """The fewest arguments."""
        return max(
            (n for n, parameter in enumerate(self.parameters, 1) if not parameter.optional),
            default=0,
        )

    def takes(self, count: int) -> bool:
        """Whether that many arguments fit."""
        if not self.repeats or count <= len(self.parameters):
            return self.least <= count <= len(self.parameters)
        return (count - len(self.parameters)) % self.repeats == 0

    def parameter(self, index: int) -> Parameter:
        """The parameter for the argument at `index`, counted from 0."""
        known = len(self.parameters)
        if index < known:
            return self.parameters[index]
        return self.parameters[known - self.repeats + (index - known) % self.repeats]


@dataclass(frozen=True, slots=True)
class Function:
    """A function by its name, which is case-sensitive, and the forms in which it may be called."""

    name: str
    forms: tuple[Form, ...]

    @property
    def usage(self) -> str:
        """How it is called, as in `Left(String, NumChars)`."""
        return " or ".join(f"{self.name}({_listed(form)})" for form in self.forms)


def _listed(form: Form) -> str:
    names = [f"{p.name}?" if p.optional else p.name for p in form.parameters]
    return ", ".join([*names, "…"] if form.repeats else names)


def function(
    name: str, body: Strict | Ambient | Lazy | Modes, *parameters: Parameter, repeats: int = 0
) -> Function:
    """A function with a single form."""
    return Function(name, (Form(parameters, body, repeats),))


def required(name: str, kind: Kind, graph: str | None = None) -> Parameter:
    """A parameter that must be given."""
    return Parameter(name, kind, graph=graph)


def optional(name: str, kind: Kind, graph: str | None = None) -> Parameter:
    """A parameter that may be left out."""
    return Parameter(name, kind, optional=True, graph=graph)
