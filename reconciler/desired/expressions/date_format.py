""".NET's date and time format strings: taken apart, and written with.

A format of one letter is a standard format and stands for a longer one; the others are custom
(Microsoft, "Standard date and time format strings", "Custom date and time format strings"). Where
a culture decides, it is en-US, whose long form is the text that dates have in this language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from reconciler.desired.expressions.date_text import DAYS, MONTHS
from reconciler.desired.expressions.moments import TICKS, to_datetime

STANDARD = {
    "d": "M/d/yyyy",
    "D": "dddd, MMMM d, yyyy",
    "f": "dddd, MMMM d, yyyy h:mm tt",
    "F": "dddd, MMMM d, yyyy h:mm:ss tt",
    "g": "M/d/yyyy h:mm tt",
    "G": "M/d/yyyy h:mm:ss tt",
    "m": "MMMM d",
    "M": "MMMM d",
    "o": "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffK",
    "O": "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffK",
    "r": "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'",
    "R": "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'",
    "s": "yyyy'-'MM'-'dd'T'HH':'mm':'ss",
    "t": "h:mm tt",
    "T": "h:mm:ss tt",
    "u": "yyyy'-'MM'-'dd HH':'mm':'ss'Z'",
    "U": "dddd, MMMM d, yyyy h:mm:ss tt",
    "y": "MMMM yyyy",
    "Y": "MMMM yyyy",
}
_REPEATED = frozenset("dfFghHmMstyz")
_MAX_FRACTION = 7


class DateFormatError(Exception):
    """The text is no date format. Never leaves the conversion of an argument."""


class Zone(StrEnum):
    """What a moment knows of its time zone (.NET's DateTimeKind). Local means a server in UTC."""

    UNSPECIFIED = "unspecified"
    UTC = "utc"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment that was read, and what its text said of the zone."""

    ticks: int
    zone: Zone


@dataclass(frozen=True, slots=True)
class Field:
    """A run of one format letter, as in `yyyy`."""

    letter: str
    count: int


@dataclass(frozen=True, slots=True)
class Text:
    """Characters that stand for themselves; `quoted` ones were written in quotes."""

    text: str
    quoted: bool


FormatPart = Field | Text


def parse_format(text: str) -> tuple[FormatPart, ...]:
    """The parts of a format.

    Raises:
        DateFormatError: it is empty, an unknown standard format, or not finished.
    """
    if len(text) == 1:
        if text not in STANDARD:
            raise DateFormatError(
                f"no standard format `{text}`; write `%{text}` for the custom one"
            )
        text = STANDARD[text]
    if not text:
        raise DateFormatError("a date format must not be empty")
    parts: list[FormatPart] = []
    at = 0
    while at < len(text):
        part, at = _part(text, at)
        parts.append(part)
    return tuple(parts)


def _part(text: str, at: int) -> tuple[FormatPart, int]:
    char = text[at]
    if char in _REPEATED:
        end = at
        while end < len(text) and text[end] == char:
            end += 1
        if char in "fF" and end - at > _MAX_FRACTION:
            raise DateFormatError(f"at most {_MAX_FRACTION} digits of a fraction")
        return Field(char, end - at), end
    match char:
        case "K" | "Z":
            return Field(char, 1), at + 1
        case "'" | '"':
            return _quoted(text, at)
        case "%":
            if text[at + 1 : at + 2] in {"", "%"}:
                raise DateFormatError("a format letter must stand behind `%`")
            alone = text[at + 1]
            known = alone in _REPEATED or alone in "KZ"
            return (Field(alone, 1) if known else Text(alone, quoted=False)), at + 2
        case "\\":
            if at + 1 == len(text):
                raise DateFormatError("a character must stand behind the backslash")
            return Text(text[at + 1], quoted=True), at + 2
        case _:
            return Text(char, quoted=False), at + 1


def _quoted(text: str, at: int) -> tuple[Text, int]:
    quote, found, here = text[at], "", at + 1
    while here < len(text):
        if text[here] == quote:
            return Text(found, quoted=True), here + 1
        here += text[here] == "\\"
        found += text[here : here + 1]
        here += 1
    raise DateFormatError("the quoted text is not closed")


def write(stamp: Stamp, parts: tuple[FormatPart, ...]) -> str:
    """The moment in that format."""
    written, at = "", to_datetime(stamp.ticks)
    for part in parts:
        match part:
            case Text(text, _):
                written += text
            case Field("F", count):
                digits = _fraction(stamp.ticks, count).rstrip("0")
                # Without digits the point before them goes as well.
                written = written + digits if digits else written.removesuffix(".")
            case Field("f", count):
                written += _fraction(stamp.ticks, count)
            case Field("K", _):
                written += {Zone.UTC: "Z", Zone.LOCAL: "+00:00"}.get(stamp.zone, "")
            case Field(letter, count):
                written += _WRITERS[letter](at, count)
            case _:
                assert_never(part)
    return written


def _year(at: datetime, count: int) -> str:
    return _digits(at.year % 100, count) if count <= 2 else f"{at.year:0{count}}"


def _half(at: datetime, count: int) -> str:
    return ("AM" if at.hour < 12 else "PM")[: 1 if count == 1 else 2]


def _offset(count: int) -> str:
    """There is no zone but UTC where expressions run."""
    return {1: "+0", 2: "+00"}.get(count, "+00:00")


_WRITERS: Mapping[str, Callable[[datetime, int], str]] = {
    "y": _year,
    "M": lambda at, count: _named(MONTHS[at.month - 1], count) or _digits(at.month, count),
    "d": lambda at, count: _named(DAYS[at.weekday()], count) or _digits(at.day, count),
    "h": lambda at, count: _digits(at.hour % 12 or 12, count),
    "H": lambda at, count: _digits(at.hour, count),
    "m": lambda at, count: _digits(at.minute, count),
    "s": lambda at, count: _digits(at.second, count),
    "t": _half,
    "g": lambda _, __: "A.D.",
    "z": lambda _, count: _offset(count),
    "Z": lambda _, __: "Z",
}


def _digits(number: int, count: int) -> str:
    """One digit as it is, two and more padded to two."""
    return str(number) if count == 1 else f"{number:02}"


def _named(name: str, count: int) -> str:
    """Three letters of a name, or all of it; nothing for the numeric forms."""
    return "" if count < 3 else name[:3] if count == 3 else name


def _fraction(ticks: int, count: int) -> str:
    return f"{ticks % TICKS:07}"[:count]
