"""What a YAML document is made of: text, mappings and lists that know where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

Place = tuple[int, int]  # line and column, from 1
_START: Final = (1, 1)


class Plain(str):
    """A scalar that was written without quotes."""

    __slots__ = ()


class Map(dict[str, "Node"]):
    """A mapping. `at` is where it begins, `places` where each key stands.

    A subclass of `dict`, so that a schema can read it as it is. Nobody changes it once it is read.
    """

    __slots__ = ("at", "places")

    def __init__(self, at: Place = _START) -> None:
        super().__init__()
        self.at = at
        self.places: dict[str, Place] = {}


class List(list["Node"]):
    """A sequence. `at` is where it begins, `places` where each item stands."""

    __slots__ = ("at", "places")

    def __init__(self, at: Place = _START) -> None:
        super().__init__()
        self.at = at
        self.places: list[Place] = []


Node = None | str | Map | List


def find(node: Node, steps: Sequence[str | int]) -> tuple[Place, tuple[str, ...], Node]:
    """Where the steps lead: place, names of the keys on the way, and what stands there.

    A step that leads nowhere is skipped: a schema names cases of a union and fields that are
    missing, and the nearest place that exists is the one to show.
    """
    place = node.at if isinstance(node, Map | List) else _START
    names = []
    for step in steps:
        if isinstance(node, Map) and isinstance(step, str) and step in node.places:
            place = node.places[step]
            names.append(step)
            node = node.get(step)
        elif isinstance(node, List) and isinstance(step, int) and step < len(node):
            place = node.places[step]
            node = node[step]
    return place, tuple(names), node
