"""A regular expression as a tree: what the .NET parser builds, the cost check walks, `regex` runs.

A leaf that consumes a character already holds its text in the dialect of the `regex` library, so
the tree has one meaning only and rendering it is joining texts. Groups carry the key under which
.NET numbers them: unnamed groups first, in the order of their opening parentheses, then named ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never


@dataclass(frozen=True, slots=True)
class One:
    """Exactly one character. `text` is its `regex` source, complete with case option."""

    text: str


@dataclass(frozen=True, slots=True)
class Edge:
    """A place between characters: an anchor or a word boundary, as `regex` source."""

    text: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other; empty matches the empty text."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The first of the options that leads to a match."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`body` at least `least` and at most `most` times; None means without end."""

    body: Node
    least: int
    most: int | None
    lazy: bool


@dataclass(frozen=True, slots=True)
class Capture:
    """A numbered group. `key` is the name, or the ordinal of an unnamed group."""

    key: str
    body: Node


@dataclass(frozen=True, slots=True)
class Look:
    """A lookaround; `opening` is one of `(?=`, `(?!`, `(?<=`, `(?<!`."""

    opening: str
    body: Node


@dataclass(frozen=True, slots=True)
class Atomic:
    """`(?>…)`: once matched, never tried in another way."""

    body: Node


@dataclass(frozen=True, slots=True)
class Backreference:
    """The text of a group again. `key` is a name or a number as .NET counts them."""

    key: str
    ignore_case: bool
    offset: int


Node = One | Edge | Sequence | Choice | Repeat | Capture | Look | Atomic | Backreference


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole pattern and its groups in the order of their opening."""

    root: Node
    unnamed: int
    names: tuple[str, ...]

    def numbers(self) -> dict[str, int]:
        """Every spelling that may name a group (`0`, `1`, `surname`) and its .NET number."""
        numbered = {str(number): number for number in range(self.unnamed + 1)}
        for number, name in enumerate(self.names, start=self.unnamed + 1):
            numbered[name] = number
            numbered[str(number)] = number
        return numbered


def render(tree: Tree) -> str:
    """The tree as source for `regex` (version 0 behaviour); group number *n* is named `g<n>`."""
    return _render(tree.root, tree.numbers())


def _render(node: Node, numbers: dict[str, int]) -> str:
    match node:
        case One(text) | Edge(text):
            return text
        case Sequence(parts):
            return "".join(_render(part, numbers) for part in parts)
        case Choice(options):
            return "(?:" + "|".join(_render(option, numbers) for option in options) + ")"
        case Repeat(body, least, most, lazy):
            count = f"{{{least},{'' if most is None else most}}}"
            return f"(?:{_render(body, numbers)}){count}{'?' if lazy else ''}"
        case Capture(key, body):
            return f"(?P<g{numbers[key]}>{_render(body, numbers)})"
        case Look(opening, body):
            return f"{opening}{_render(body, numbers)})"
        case Atomic(body):
            return f"(?>{_render(body, numbers)})"
        case Backreference(key, ignore_case, _):
            again = f"(?P=g{numbers[key]})"
            return f"(?i:{again})" if ignore_case else again
        case _:
            assert_never(node)
