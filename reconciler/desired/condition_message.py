"""A compiled CEL condition as the library serialises it: messages of numbered fields.

The library shows no tree, but it gives a `cel.expr.CheckedExpr`, a public and stable message of the
CEL specification (`proto/cel/expr/checked.proto`, `syntax.proto`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_ANY_VALUE: Final = 2  # google.protobuf.Any: type_url = 1, value = 2
_EXPR: Final = 4  # CheckedExpr
_SOURCE_INFO: Final = 5
_POSITIONS: Final = 4  # SourceInfo: map<int64, int32>, key = 1, value = 2

# `Expr` (`syntax.proto`), as far as it has more than one reader.
CONSTANT: Final = 3
CONSTANT_TEXT: Final = 6  # Constant.string_value
IDENT: Final = 4
SELECT: Final = 5
CALL: Final = 6


@dataclass(frozen=True, slots=True)
class Message:
    """The fields of a message by their numbers, each as often as it occurs."""

    fields: Mapping[int, list[bytes]]

    def __contains__(self, number: int) -> bool:
        return number in self.fields

    def parts(self, *numbers: int) -> list[Message]:
        """What stands in these fields, as messages."""
        return [_read(data) for number in numbers for data in self.fields.get(number, ())]

    def part(self, number: int) -> Message:
        """What stands first in a field; an empty message where there is none."""
        return _read(self._first(number))

    def text(self, number: int) -> str:
        """A field as text; empty where there is none."""
        return self._first(number).decode()

    def number(self, number: int) -> int:
        """A field as a whole number; 0 where there is none."""
        return int.from_bytes(self._first(number), "little")

    def _first(self, number: int) -> bytes:
        return self.fields.get(number, [b""])[0]


def expression_of(serialised: bytes) -> Message:
    """The outermost expression of a condition."""
    return _read(serialised).part(_ANY_VALUE).part(_EXPR)


def positions_of(serialised: bytes) -> Mapping[int, int]:
    """Where each expression stands in the text, by its id, in characters from 0."""
    info = _read(serialised).part(_ANY_VALUE).part(_SOURCE_INFO)
    return {pair.number(1): pair.number(2) for pair in info.parts(_POSITIONS)}


def _read(data: bytes) -> Message:
    """A serialised message; integers as little-endian bytes.

    Three wire types occur in a condition (protobuf encoding guide): varint (0), length-delimited
    (2) and, for floating-point constants, eight bytes (1).
    """
    fields: dict[int, list[bytes]] = {}
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        match tag & 7:
            case 0:
                value, at = _varint(data, at)
                raw = value.to_bytes(10, "little")
            case 2:
                length, at = _varint(data, at)
                raw, at = data[at : at + length], at + length
            case _:
                raw, at = data[at : at + 8], at + 8
        fields.setdefault(tag >> 3, []).append(raw)
    return Message(fields)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
