"""From the tree of an expression to functions that run: names, numbers of arguments and constants
are checked here, once, so that evaluating does nothing but evaluate.

Every sub-expression becomes a closure over the attributes of an object. Constant arguments are
converted while compiling, which checks them: a wrong date format or a pattern that explodes is an
error of the expression, not of somebody's provisioning. What is written as a constant and passes
here can still fail for a value; that is a `RefusalError`, and it ends in `run`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import assert_never

from reconciler.desired.expressions.context import Given
from reconciler.desired.expressions.conversions import CONSTANTS, CONVERTERS
from reconciler.desired.expressions.functions import FUNCTIONS
from reconciler.desired.expressions.grammar import parse
from reconciler.desired.expressions.placement import SELECT_UNIQUE, misplaced
from reconciler.desired.expressions.program import (
    Candidates,
    EvaluationFailure,
    ExpressionError,
    Hidden,
    Ignore,
    Program,
    Result,
    Step,
)
from reconciler.desired.expressions.redaction import hidden_places, redacted_inputs, shown_text
from reconciler.desired.expressions.running import (
    Slot,
    ambient_call,
    attribute_reader,
    comparison,
    lazy_call,
    strict_call,
)
from reconciler.desired.expressions.signature import (
    Ambient,
    Evaluator,
    Form,
    Function,
    Kind,
    Lazy,
    Mode,
    Modes,
    Parameter,
    Strict,
)
from reconciler.desired.expressions.surprises import surprises
from reconciler.desired.expressions.syntax import (
    Attribute,
    Call,
    Comparison,
    Literal,
    Name,
    Node,
    Number,
    walk,
)
from reconciler.desired.expressions.values import MAX_WHOLE, AttributeIgnored, RefusalError
from reconciler.model.path import Value
from reconciler.model.suggestion import suggest

#: Told of every sub-expression and its evaluator; gives the evaluator to use.
Watch = Callable[[Node, Evaluator], Evaluator]


class _ProblemError(Exception):
    """The expression is wrong; carries the error that `compile_text` gives back."""

    def __init__(self, message: str, offset: int, expected: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.error = ExpressionError(message, offset, tuple(expected))


@lru_cache(maxsize=4096)
def compile_text(text: str, unsupported: frozenset[str] = frozenset()) -> Program | ExpressionError:
    """`text` as a program, or what is wrong with it."""
    tree = parse(text)
    if isinstance(tree, ExpressionError):
        return tree
    try:
        evaluator = _Compiler(_unwatched, unsupported).build(tree)
    except _ProblemError as problem:
        return problem.error
    wrong = misplaced(tree)
    if wrong is not None:
        return wrong
    nodes = tuple(walk(tree))
    return Program(
        text=text,
        attributes=frozenset(node.name for node in nodes if isinstance(node, Attribute)),
        functions=frozenset(node.name for node in nodes if isinstance(node, Call)),
        unsupported=frozenset(
            node.name for node in nodes if isinstance(node, Call) and node.name not in FUNCTIONS
        ),
        redacted=redacted_inputs(tree),
        shown=shown_text(text, tree),
        surprises=surprises(tree),
        _run=partial(_run, evaluator, tree),
        _watch=partial(_steps, text, tree, unsupported),
    )


def _run(evaluator: Evaluator, tree: Node, given: Given) -> Result:
    try:
        return _result(tree, evaluator(given))
    except AttributeIgnored:
        return Ignore()
    except RefusalError as refusal:
        return EvaluationFailure(refusal.function or "", refusal.reason)


def _result(tree: Node, value: Value) -> Value | Candidates:
    """`SelectUniqueValue` gives all its candidates; which one is free, planning finds out."""
    if isinstance(tree, Call) and tree.name == SELECT_UNIQUE:
        return Candidates(value if isinstance(value, tuple) else ())
    return value


def _steps(
    text: str,
    tree: Node,
    unsupported: frozenset[str],
    given: Given,
    unspoken: frozenset[str],
) -> tuple[Step, ...]:
    """Compiles once more, with a recorder around every sub-expression."""
    steps: list[Step] = []
    hidden = hidden_places(tree, unspoken)

    def watch(node: Node, evaluator: Evaluator) -> Evaluator:
        place = text[node.at.begins : node.at.ends]

        def recorded(given: Given) -> Value:
            try:
                value = evaluator(given)
            except (AttributeIgnored, RefusalError) as ended:
                steps.append(Step(node.at.begins, place, _ending(ended)))
                raise
            seen = Hidden() if node.at in hidden else _result(node, value)
            steps.append(Step(node.at.begins, place, seen))
            return value

        return recorded

    _run(_Compiler(watch, unsupported).build(tree), tree, given)
    return tuple(steps)


def _ending(ended: AttributeIgnored | RefusalError) -> Ignore | EvaluationFailure:
    match ended:
        case AttributeIgnored():
            return Ignore()
        case RefusalError():
            return EvaluationFailure(ended.function or "", ended.reason)
        case _:
            assert_never(ended)


def _unwatched(_: Node, evaluator: Evaluator) -> Evaluator:
    return evaluator


@dataclass(frozen=True, slots=True)
class _Compiler:
    """Builds evaluators bottom-up."""

    watch: Watch
    unsupported: frozenset[str]

    def build(self, node: Node) -> Evaluator:
        """The evaluator of a sub-expression.

        Raises:
            _ProblemError: at the place of what is wrong.
        """
        match node:
            case Literal() | Number() | Name():
                value = _constant(node)
                return self.watch(node, lambda _: value)
            case Attribute(name, _):
                return self.watch(node, attribute_reader(name))
            case Comparison(operator, left, right, _):
                return self.watch(node, comparison(operator, self.build(left), self.build(right)))
            case Call(name=name) if name in self.unsupported and name not in FUNCTIONS:
                return self.watch(node, _unsupported(name))
            case Call():
                return self.watch(node, self._call(node))
            case _:
                assert_never(node)

    def _call(self, call: Call) -> Evaluator:
        known = _known(call)
        form = _form(known, call)
        # Optional parameters at the end may go without their commas as well.
        left_out = (None,) * (len(form.parameters) - len(call.arguments))
        arguments = [
            (form.parameter(index), argument)
            for index, argument in enumerate((*call.arguments, *left_out))
        ]
        for parameter, argument in arguments:
            _check(known, parameter, argument, call)
        match form.body:
            case Lazy(build):
                evaluators = [
                    self._argument(parameter, argument) for parameter, argument in arguments
                ]
                return lazy_call(known.name, build(evaluators))
            case Strict() as body:
                return self._strict(known.name, body, arguments)
            case Ambient(apply):
                slots = [self._slot(p, argument, ends=False) for p, argument in arguments]
                return ambient_call(known.name, apply, slots, call.at.begins)
            case Modes(choose):
                mode = _mode(choose, arguments, call)
                wanted = {p.name: (p, argument) for p, argument in arguments}
                chosen = [wanted[name] for name in mode.parameters]
                self._check_constants(mode, chosen, call)
                return self._strict(known.name, mode.body, chosen)
            case _:
                assert_never(form.body)

    def _argument(self, parameter: Parameter, argument: Node | None) -> Evaluator:
        if argument is None:
            return _nothing
        _converted(parameter, argument)
        return self.build(argument)

    def _strict(
        self, name: str, body: Strict, arguments: Sequence[tuple[Parameter, Node | None]]
    ) -> Evaluator:
        slots = [
            self._slot(p, argument, ends=body.null_gives_null and not p.optional)
            for p, argument in arguments
        ]
        return strict_call(name, body.apply, slots)

    def _slot(self, parameter: Parameter, argument: Node | None, *, ends: bool) -> Slot:
        convert = CONVERTERS[parameter.kind]
        if argument is None:
            return Slot(parameter.name, None, None, convert, ends)
        if isinstance(argument, Literal | Number | Name):
            return Slot(parameter.name, None, _converted(parameter, argument), convert, ends)
        return Slot(parameter.name, self.build(argument), None, convert, ends)

    def _check_constants(
        self, mode: Mode, arguments: Sequence[tuple[Parameter, Node | None]], call: Call
    ) -> None:
        constants = {
            parameter.name: _converted(parameter, argument)
            for parameter, argument in arguments
            if isinstance(argument, Literal | Number | Name)
        }
        if (problem := mode.check(constants)) is not None:
            raise _ProblemError(f"{call.name}: {problem}", call.at.begins)


def _unsupported(name: str) -> Evaluator:
    def fail(_: Given) -> Value:
        raise RefusalError(f"there is no function {name} here", name)

    return fail


def _nothing(_: Given) -> Value:
    return None


def _known(call: Call) -> Function:
    known = FUNCTIONS.get(call.name)
    if known is not None:
        return known
    meant = suggest(call.name, FUNCTIONS)
    hint = "" if meant is None else f"; did you mean {meant}?"
    expected = () if meant is None else (meant,)
    raise _ProblemError(f"there is no function {call.name}{hint}", call.at.begins, expected)


def _form(known: Function, call: Call) -> Form:
    count = len(call.arguments)
    for form in known.forms:
        if form.takes(count):
            return form
    raise _ProblemError(
        f"{call.name} cannot take {count} argument{'' if count == 1 else 's'}; "
        f"expected {known.usage}",
        call.at.begins,
        (known.usage,),
    )


def _check(known: Function, parameter: Parameter, argument: Node | None, call: Call) -> None:
    """That the argument is there when it must be, and a comparison only where one may stand."""
    if argument is None and not parameter.optional:
        raise _ProblemError(
            f"{known.name}: {parameter.name} must not be left out; expected {parameter.kind.value}",
            call.at.begins,
            (parameter.kind.value,),
        )
    if isinstance(argument, Comparison) and parameter.kind not in {Kind.CONDITION, Kind.BOOLEAN}:
        raise _ProblemError(
            f"{known.name}: {parameter.name} cannot be a comparison; expected "
            f"{parameter.kind.value}",
            argument.at.begins,
            (parameter.kind.value,),
        )


def _mode(
    choose: Callable[[frozenset[str], frozenset[str]], Mode | str],
    arguments: Sequence[tuple[Parameter, Node | None]],
    call: Call,
) -> Mode:
    given = frozenset(p.name for p, argument in arguments if argument is not None)
    empty = frozenset(
        p.name for p, argument in arguments if isinstance(argument, Literal) and not argument.text
    )
    match choose(given, empty):
        case str(problem):
            raise _ProblemError(f"{call.name}: {problem}", call.at.begins)
        case Mode() as mode:
            return mode
        case never:
            assert_never(never)


def _converted(parameter: Parameter, argument: Node) -> object:
    """A constant as the function takes it; anything else is not known yet."""
    if not isinstance(argument, Literal | Number | Name):
        return None
    try:
        return CONVERTERS[parameter.kind](_constant(argument))
    except RefusalError as refusal:
        raise _ProblemError(
            f"{parameter.name}: {refusal.reason}", argument.at.begins, (parameter.kind.value,)
        ) from None


def _constant(node: Literal | Number | Name) -> str | int | float:
    match node:
        case Literal(text, _):
            return text
        case Number(text, _):
            return _number(node, text)
        case Name(text, _):
            if text in CONSTANTS:
                return text
            raise _ProblemError(
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
    raise _ProblemError(f"the number is too large; expected at most {MAX_WHOLE}", node.at.begins)
