"""What a YAML document is made of: text, mappings and lists that know where they stand."""

from __future__ import annotations

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
