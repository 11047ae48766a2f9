"""The tree of an expression, as the author wrote it: frozen, with the place of every part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never


@dataclass(frozen=True, slots=True)
class Span:
    """The characters of the text from `begins` up to, not including, `ends`."""

    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A text in quotes, without them and its escapes undone."""

    text: str
    at: Span


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is written: `12`, `-3.5`, `&H1F`."""

    text: str
    at: Span


@dataclass(frozen=True, slots=True)
class Name:
    """A word without quotes or parentheses, such as `vbTextCompare`."""

    text: str
    at: Span


@dataclass(frozen=True, slots=True)
class Attribute:
    """`[name]`: a source attribute."""

    name: str
    at: Span


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; None stands for one that was left out."""

    name: str
    arguments: tuple[Node | None, ...]
    at: Span


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`; the operator is one of `=`, `<>`, `<`, `<=`, `>`, `>=`."""

    operator: str
    left: Node
    right: Node
    at: Span


Node = Literal | Number | Name | Attribute | Call | Comparison


def walk(node: Node) -> Iterator[Node]:
    """A node and everything in it."""
    yield node
    for inner in inside(node):
        yield from walk(inner)


def inside(node: Node) -> tuple[Node, ...]:
    """The nodes directly in a node, from left to right."""
    match node:
        case Call():
            return tuple(argument for argument in node.arguments if argument is not None)
        case Comparison():
            return node.left, node.right
        case Literal() | Number() | Name() | Attribute():
            return ()
        case _:
            assert_never(node)
