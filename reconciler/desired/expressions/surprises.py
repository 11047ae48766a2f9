"""What Entra itself would do otherwise with an expression that is right here.

Its reference rules out asking in `IIF` whether there is a value, and asking so as the source of
`Switch`; its own guides do both. Here they do what they say. Whoever lets Entra evaluate the same
text beside this program should know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reconciler.desired.expressions.syntax import Call, Comparison, Literal, Node, walk

#: Functions that ask whether there is a value.
ASKING: Final = frozenset({"IsNothing", "IsNull", "IsNullOrEmpty", "IsPresent"})


@dataclass(frozen=True, slots=True)
class Surprise:
    """Where it is, counted in characters from 0, and what it is."""

    offset: int
    what: str


def surprises(tree: Node) -> tuple[Surprise, ...]:
    """In the order of the text."""
    return tuple(sorted(_found(tree), key=lambda surprise: surprise.offset))


def _found(tree: Node) -> Iterator[Surprise]:
    for node in walk(tree):
        match node:
            case Call("IIF", (condition, *_)) if condition is not None and _asks(condition):
                yield Surprise(condition.at.begins, "IIF asks whether there is a value")
            case Call("Switch", (Call(name) as source, *_)) if name in ASKING:
                yield Surprise(source.at.begins, f"Switch looks at what {name} says")
            case _:
                pass


def _asks(condition: Node) -> bool:
    match condition:
        case Call(name):
            return name in ASKING
        case Comparison(_, left, right):
            return any(isinstance(side, Literal) and not side.text for side in (left, right))
        case _:
            return False
