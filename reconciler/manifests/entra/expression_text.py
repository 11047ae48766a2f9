"""A mapping's source as text and as Graph's parameter tree, each made from the other.

Entra shows the text and keeps both. The text counts; the tree is read where there is no text, and
compared with it where there is: somebody may have edited one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol, assert_never

from reconciler.desired.expressions import ExpressionError
from reconciler.desired.expressions.functions import FUNCTIONS
from reconciler.desired.expressions.grammar import parse
from reconciler.desired.expressions.signature import Form
from reconciler.desired.expressions.syntax import (
    Attribute,
    Call,
    Comparison,
    Literal,
    Name,
    Node,
    Number,
    Span,
)
from reconciler.manifests.entra.shapes import Parameter, Source, SourceKind

_NOWHERE: Final = Span(0, 0)  # what was not parsed has no place
_COMPARISONS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})

#: An argument; None is one that was left out between commas.
Argument = Node | None


def text_of(node: Argument) -> str:
    """The text of a tree, spaced as Entra's own expressions are."""
    match node:
        case None:
            return ""
        case Literal(text=text):
            escaped = text.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{escaped}"'
        case Number(text=text) | Name(text=text):
            return text
        case Attribute(name=name):
            return f"[{name}]"
        case Call(name=name, arguments=arguments):
            return f"{name}({', '.join(text_of(argument) for argument in arguments)})"
        case Comparison(operator=operator, left=left, right=right):
            return f"{text_of(left)} {operator} {text_of(right)}"
        case unknown:
            assert_never(unknown)


def rebuilt(source: Source) -> Argument:
    """The tree of a source, with the texts of its parts where they have some."""
    text = (source.expression or "").strip()
    if text:
        node = _parsed(text)
        if not isinstance(node, ExpressionError):
            return node
    return _structure(source, rebuilt)


def differs(node: Node, source: Source) -> bool:
    """Whether the tree of a source means something else than its text, which is `node`.

    A function without parameters says nothing about its arguments, and cannot differ.
    """
    if source.type is None or (source.type is SourceKind.FUNCTION and not source.parameters):
        return False
    tree = _structure(source, _named)
    return tree is not None and _meaning(tree) != _meaning(node)


def _named(source: Source) -> Argument:
    """The tree of a source by its names alone, so that it can be compared with a text."""
    return _structure(source, _named)


def _structure(source: Source, argument: _Reader) -> Argument:
    name, text = source.name or "", (source.expression or "").strip()
    match source.type:
        case SourceKind.ATTRIBUTE if name:
            return Attribute(name, _NOWHERE)
        case SourceKind.FUNCTION if name and (source.parameters or not text):
            return _call(name, source.parameters, argument)
        case SourceKind.CONSTANT if name and name != text:
            return Literal(name, _NOWHERE)
        case _ if text:
            node = _parsed(text)
            return Literal(text, _NOWHERE) if isinstance(node, ExpressionError) else node
        case _:
            return None


class _Reader(Protocol):
    """Reads the source of one argument."""

    def __call__(self, source: Source) -> Argument: ...


def _parsed(text: str) -> Argument | ExpressionError:
    """`text` as an argument: other than a whole expression it may be a comparison, or nothing."""
    call = parse(f"F({text})")
    if isinstance(call, ExpressionError):
        return call
    if not isinstance(call, Call) or len(call.arguments) != 1:
        return ExpressionError("more than one argument", 0)
    return call.arguments[0]


def _call(name: str, parameters: Sequence[Parameter], argument: _Reader) -> Node:
    keys = [(parameter.key or "").casefold() for parameter in parameters]
    nodes = [None if p.value is None else argument(p.value) for p in parameters]
    if name in _COMPARISONS and len(nodes) == 2:
        left, right = nodes
        if left is not None and right is not None:
            return Comparison(name, left, right, _NOWHERE)
    known = FUNCTIONS.get(name)
    for form in () if known is None else known.forms:
        ordered = _by_key(form, keys, nodes)
        if ordered is not None:
            return Call(name, ordered, _NOWHERE)
    return Call(name, tuple(nodes), _NOWHERE)


def _by_key(
    form: Form, keys: Sequence[str], nodes: Sequence[Argument]
) -> tuple[Argument, ...] | None:
    """The arguments in the order of a form, by their keys; None when it has no such keys.

    A parameter without an entry was left out; what may come repeatedly is kept in its order.
    """
    once = len(form.parameters) - form.repeats
    places = {key: index for index in reversed(range(once)) for key in _keys(form, index)}
    again = {key for index in range(once, len(form.parameters)) for key in _keys(form, index)}
    slots: dict[int, Argument] = {}
    tail: list[Argument] = []
    for key, node in zip(keys, nodes, strict=True):
        place = places.get(key)
        if place is not None and place not in slots:
            slots[place] = node
        elif key in again:
            tail.append(node)
        else:
            return None
    # `F(a, , c)` needs the comma of what is missing; what is missing at the end needs none.
    given = (place for place, node in slots.items() if node is not None)
    last = once if tail else max(given, default=-1) + 1
    return (*(slots.get(place) for place in range(last)), *tail)


def _key(form: Form, index: int) -> str:
    """What Graph calls a parameter."""
    parameter = form.parameter(index)
    return (parameter.graph or parameter.name).casefold()


def _keys(form: Form, index: int) -> frozenset[str]:
    """What a parameter may be called: by Graph, and by the function reference."""
    return frozenset({_key(form, index), form.parameter(index).name.casefold()})


def _meaning(node: Argument) -> object:
    """A form in which text and tree are equal when they mean the same.

    A tree does not tell `"1"` from `1`, nor `vbTextCompare` from a text, and writes a backslash
    once or twice.
    """
    match node:
        case None:
            return None
        case Literal(text=text) | Number(text=text) | Name(text=text):
            return ("constant", text.replace("\\\\", "\\"))
        case Attribute(name=name):
            return ("attribute", name)
        case Call(name=name, arguments=arguments):
            form = _form(name, arguments)
            return (
                "call",
                name,
                *(
                    (index if form is None else _key(form, index), _meaning(argument))
                    for index, argument in enumerate(arguments)
                    if argument is not None
                ),
            )
        case Comparison(operator=operator, left=left, right=right):
            return ("compare", operator, _meaning(left), _meaning(right))
        case unknown:
            assert_never(unknown)


def source_of(node: Node, text: str) -> Source:
    """Graph's form of an expression: its text as it is, and the tree of it."""
    match node:
        case Attribute(name=name):
            return Source(expression=text, name=name, type=SourceKind.ATTRIBUTE)
        case Literal(text=value) | Number(text=value) | Name(text=value):
            return Source(expression=text, name=value, type=SourceKind.CONSTANT)
        case Call(name=name, arguments=arguments):
            return Source(text, name, SourceKind.FUNCTION, _parameters(name, arguments))
        case Comparison(operator=operator, left=left, right=right):
            pair = (
                Parameter("left", source_of(left, text_of(left))),
                Parameter("right", source_of(right, text_of(right))),
            )
            return Source(text, operator, SourceKind.FUNCTION, pair)
        case unknown:
            assert_never(unknown)


def _parameters(name: str, arguments: Sequence[Argument]) -> tuple[Parameter, ...]:
    form = _form(name, arguments)
    return tuple(
        Parameter(
            key=f"parameter{index + 1}" if form is None else _spelled(form, index),
            value=None if argument is None else source_of(argument, text_of(argument)),
        )
        for index, argument in enumerate(arguments)
    )


def _form(name: str, arguments: Sequence[Argument]) -> Form | None:
    """The form in which a known function is called; None when it is unknown or none fits."""
    known = FUNCTIONS.get(name)
    forms = () if known is None else known.forms
    return next((form for form in forms if form.takes(len(arguments))), None)


def _spelled(form: Form, index: int) -> str:
    parameter = form.parameter(index)
    return parameter.graph or parameter.name
