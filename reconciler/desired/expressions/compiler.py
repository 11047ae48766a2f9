"""From the tree of an expression to functions that run.

Every sub-expression becomes a closure over the attributes of an object. Calls and constants are
checked on the way (`arguments`), once, so that evaluating does nothing but evaluate: a wrong date
format or a pattern that explodes is an error of the expression, not of somebody's provisioning.
What passes here can still fail for a value; that is a `RefusalError`, and it ends in `_run`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import assert_never

from reconciler.desired.expressions.arguments import (
    Argument,
    ProblemError,
    bind,
    choose_mode,
    constant_of,
    known_function,
)
from reconciler.desired.expressions.context import Given
from reconciler.desired.expressions.conversions import CONVERTERS
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
from reconciler.desired.expressions.signature import Ambient, Evaluator, Lazy, Modes, Strict
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
from reconciler.desired.expressions.values import AttributeIgnored, RefusalError
from reconciler.model.path import Value

#: Told of every sub-expression and its evaluator; gives the evaluator to use.
Watch = Callable[[Node, Evaluator], Evaluator]


@lru_cache(maxsize=4096)
def compile_text(text: str, unsupported: frozenset[str] = frozenset()) -> Program | ExpressionError:
    """`text` as a program, or what is wrong with it."""
    tree = parse(text)
    if isinstance(tree, ExpressionError):
        return tree
    try:
        evaluator = _Compiler(_unwatched, unsupported).build(tree)
    except ProblemError as problem:
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
            ProblemError: at the place of what is wrong.
        """
        match node:
            case Literal() | Number() | Name():
                value = constant_of(node)
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
        known = known_function(call)
        form, arguments = bind(known, call)
        match form.body:
            case Lazy(build):
                return lazy_call(known.name, build([self._argument(a) for a in arguments]))
            case Strict() as body:
                return self._strict(known.name, body, arguments)
            case Ambient(apply):
                slots = [self._slot(a, ends=False) for a in arguments]
                return ambient_call(known.name, apply, slots, call.at.begins)
            case Modes() as modes:
                body, chosen = choose_mode(modes, arguments, call)
                return self._strict(known.name, body, chosen)
            case _:
                assert_never(form.body)

    def _argument(self, argument: Argument) -> Evaluator:
        if argument.written is None:
            return _nothing
        _ = argument.constant  # which checks it
        return self.build(argument.written)

    def _strict(self, name: str, body: Strict, arguments: Sequence[Argument]) -> Evaluator:
        ends = body.null_gives_null
        slots = [self._slot(a, ends=ends and not a.parameter.optional) for a in arguments]
        return strict_call(name, body.apply, slots)

    def _slot(self, argument: Argument, *, ends: bool) -> Slot:
        written = argument.written
        return Slot(
            parameter=argument.parameter.name,
            evaluate=None if written is None or argument.is_constant else self.build(written),
            constant=argument.constant,
            convert=CONVERTERS[argument.parameter.kind],
            ends=ends,
        )


def _unsupported(name: str) -> Evaluator:
    def fail(_: Given) -> Value:
        raise RefusalError(f"there is no function {name} here", name)

    return fail


def _nothing(_: Given) -> Value:
    return None
