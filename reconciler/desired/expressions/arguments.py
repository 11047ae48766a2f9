"""The arguments of a call, put beside the parameters of its function before anything runs.

Is there such a function, does it take so many, is nothing left out that must be there, and has each
constant the form that the function wants? Constants are converted here, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from reconciler.desired.expressions.conversions import CONSTANTS, CONVERTERS
from reconciler.desired.expressions.functions import FUNCTIONS
from reconciler.desired.expressions.program import ExpressionError
from reconciler.desired.expressions.signature import Form, Function, Kind, Modes, Parameter, Strict
from reconciler.desired.expressions.syntax import Call, Comparison, Literal, Name, Node, Number
from reconciler.desired.expressions.values import MAX_WHOLE, RefusalError
from reconciler.model.suggestion import suggest
from reconciler.model.words import counted


class ProblemError(Exception):
    """The expression is wrong; carries the error that `compile_text` gives back."""

    def __init__(self, message: str, offset: int, expected: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.error = ExpressionError(message, offset, tuple(expected))


@dataclass(frozen=True, slots=True)
class Argument:
    """What a call gives for one parameter; `written` is None where it is left out."""

    parameter: Parameter
    written: Node | None

    @property
    def is_constant(self) -> bool:
        """Whether it is known before anybody is looked at."""
        return isinstance(self.written, Literal | Number | Name)

    @property
    def constant(self) -> object:
        """A constant as the function takes it; None for anything else, which nobody knows yet.

        Raises:
            ProblemError: it does not have the form that the function wants.
        """
        if not isinstance(self.written, Literal | Number | Name):
            return None
        wanted = self.parameter.kind
        try:
            return CONVERTERS[wanted](constant_of(self.written))
        except RefusalError as refusal:
            message = f"{self.parameter.name}: {refusal.reason}"
            raise ProblemError(message, self.written.at.begins, (wanted.value,)) from None


def known_function(call: Call) -> Function:
    """The function that is called.

    Raises:
        ProblemError: there is none of that name.
    """
    known = FUNCTIONS.get(call.name)
    if known is not None:
        return known
    meant = suggest(call.name, FUNCTIONS)
    hint = "" if meant is None else f"; did you mean {meant}?"
    expected = () if meant is None else (meant,)
    raise ProblemError(f"there is no function {call.name}{hint}", call.at.begins, expected)


def bind(known: Function, call: Call) -> tuple[Form, list[Argument]]:
    """The form in which a function is called, and an argument for each of its parameters.

    Raises:
        ProblemError: no form takes so many, or an argument cannot stand where it does.
    """
    form = _form(known, call)
    # Optional parameters at the end may go without their commas as well.
    left_out = (None,) * (len(form.parameters) - len(call.arguments))
    arguments = [
        Argument(form.parameter(index), written)
        for index, written in enumerate((*call.arguments, *left_out))
    ]
    for argument in arguments:
        _check(known, argument, call)
    return form, arguments


def _form(known: Function, call: Call) -> Form:
    count = len(call.arguments)
    for form in known.forms:
        if form.takes(count):
            return form
    raise ProblemError(
        f"{call.name} cannot take {counted(count, 'argument')}; expected {known.usage}",
        call.at.begins,
        (known.usage,),
    )


def _check(known: Function, argument: Argument, call: Call) -> None:
    """That it is there when it must be, and a comparison only where one may stand."""
    name, kind = argument.parameter.name, argument.parameter.kind
    if argument.written is None and not argument.parameter.optional:
        message = f"{known.name}: {name} must not be left out; expected {kind.value}"
        raise ProblemError(message, call.at.begins, (kind.value,))
    written = argument.written
    if isinstance(written, Comparison) and kind not in {Kind.CONDITION, Kind.BOOLEAN}:
        message = f"{known.name}: {name} cannot be a comparison; expected {kind.value}"
        raise ProblemError(message, written.at.begins, (kind.value,))


def choose_mode(
    modes: Modes, arguments: Sequence[Argument], call: Call
) -> tuple[Strict, list[Argument]]:
    """What a function with modes does, given these arguments, and those that it then needs.

    Raises:
        ProblemError: no mode fits, or the one that fits does not go with a constant.
    """
    given = frozenset(a.parameter.name for a in arguments if a.written is not None)
    empty = frozenset(
        a.parameter.name for a in arguments if isinstance(a.written, Literal) and not a.written.text
    )
    mode = modes.choose(given, empty)
    if isinstance(mode, str):
        raise ProblemError(f"{call.name}: {mode}", call.at.begins)
    by_name = {a.parameter.name: a for a in arguments}
    chosen = [by_name[name] for name in mode.parameters]
    problem = mode.check({a.parameter.name: a.constant for a in chosen if a.is_constant})
    if problem is not None:
        raise ProblemError(f"{call.name}: {problem}", call.at.begins)
    return mode.body, chosen


def constant_of(node: Literal | Number | Name) -> str | int | float:
    """What a constant says.

    Raises:
        ProblemError: the name is no constant, or the number is too large.
    """
    match node:
        case Literal(text, _):
            return text
        case Number(text, _):
            return _number(node, text)
        case Name(text, _):
            if text in CONSTANTS:
                return text
            raise ProblemError(
                f'`{text}` is no constant; write `{text}(…)` to call a function, `"{text}"` for a '
                f"text, `[{text}]` for an attribute",
                node.at.begins,
                CONSTANTS,
            )
        case _:
            assert_never(node)


def _number(node: Number, text: str) -> int | float:
    is_hexadecimal = text.startswith("&")
    digits = text.lstrip("-&Hh").partition(".")[0]
    if len(digits) <= 19:
        number = int(digits, 16) if is_hexadecimal else float(text) if "." in text else int(text)
        if abs(number) <= MAX_WHOLE:
            return number
    raise ProblemError(f"the number is too large; expected at most {MAX_WHOLE}", node.at.begins)
