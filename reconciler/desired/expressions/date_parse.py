"""Reading a date by a .NET format, letter by letter, as `DateTime.ParseExact` does.

The rules that surprise are .NET's: a single `d` takes one or two digits and `dd` exactly two,
`hh` without `tt` is the morning, a field that appears twice must say the same twice, a weekday
must be the right one, a missing month or day is the first. A missing year would be this year;
there is no clock, so it is refused. An offset is applied, as on a server that runs in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from reconciler.desired.expressions.date_format import Field, FormatPart, Stamp, Text, Zone
from reconciler.desired.expressions.date_text import (
    DAYS,
    MONTHS,
    fraction_ticks,
    full_year,
    weekday,
)
from reconciler.desired.expressions.moments import TICKS, in_range, ticks_at

_MAX_OFFSET = 14 * 60
_DIGITS = frozenset("0123456789")
_FIELDS = {"d": "day", "M": "month", "h": "hour", "H": "hour", "m": "minute", "s": "second"}
_SPACE = Text(" ", quoted=False)
_POINT = Text(".", quoted=False)
# .NET reads the unquoted word GMT as a zone, although it writes its M as the month.
_GMT = (Text("G", quoted=False), Field("M", 1), Text("T", quoted=False))


class Style(StrEnum):
    """.NET's DateTimeStyles, by their names."""

    ALLOW_LEADING_WHITE = "AllowLeadingWhite"
    ALLOW_TRAILING_WHITE = "AllowTrailingWhite"
    ALLOW_INNER_WHITE = "AllowInnerWhite"
    NO_CURRENT_DATE_DEFAULT = "NoCurrentDateDefault"
    ADJUST_TO_UNIVERSAL = "AdjustToUniversal"
    ASSUME_LOCAL = "AssumeLocal"
    ASSUME_UNIVERSAL = "AssumeUniversal"
    ROUNDTRIP_KIND = "RoundtripKind"


#: What Entra uses when the argument is left out.
DEFAULT_STYLES = frozenset(
    {Style.ROUNDTRIP_KIND, Style.ALLOW_LEADING_WHITE, Style.ALLOW_TRAILING_WHITE}
)
_SHORTHANDS = {
    "None": frozenset[Style](),
    "AllowWhiteSpaces": frozenset(
        {Style.ALLOW_LEADING_WHITE, Style.ALLOW_TRAILING_WHITE, Style.ALLOW_INNER_WHITE}
    ),
}


def parse_styles(text: str) -> frozenset[Style] | None:
    """The styles in a list with commas; None when one is unknown or two exclude each other."""
    found: frozenset[Style] = frozenset()
    for item in text.replace("|", ",").split(","):
        name = item.strip().removeprefix("DateTimeStyles.")
        if name in _SHORTHANDS:
            found |= _SHORTHANDS[name]
        elif name in set(Style):
            found |= {Style(name)}
        else:
            return None
    assumed = found & {Style.ASSUME_LOCAL, Style.ASSUME_UNIVERSAL}
    if len(assumed) == 2:
        return None
    if Style.ROUNDTRIP_KIND in found and (assumed or Style.ADJUST_TO_UNIVERSAL in found):
        return None
    return found


class _MismatchError(Exception):
    """The text is not of that format."""


@dataclass(slots=True)
class _Reading:
    """One reading. -1 is what no field has said yet; offsets are in minutes."""

    text: str
    styles: frozenset[Style]
    at: int = 0
    year: int = -1
    month: int = -1
    day: int = -1
    weekday: int = -1
    hour: int = -1
    minute: int = -1
    second: int = -1
    fraction: int = -1
    half: int = -1  # 0 for AM, 1 for PM
    offset: int | None = None
    is_utc: bool = False
    two_digit_year: bool = False
    twelve_hours: bool = False

    def part(self, part: FormatPart) -> None:
        """Takes one part of the format from the text."""
        if Style.ALLOW_INNER_WHITE in self.styles:
            self._skip_white()
        match part:
            case Text(text, quoted):
                self._text(text, quoted=quoted)
            case Field(letter, count):
                self._field(letter, count)
            case _:
                assert_never(part)

    def _text(self, text: str, *, quoted: bool) -> None:
        for char in text:
            if char == " " and Style.ALLOW_INNER_WHITE in self.styles:
                self._skip_white()
            elif self.sees(char):
                self.at += 1
            elif quoted or char != " " or Style.ALLOW_TRAILING_WHITE not in self.styles:
                # .NET forgives a space that is not there when trailing white space is allowed.
                raise _MismatchError

    def _field(self, letter: str, count: int) -> None:
        match letter:
            case "y":
                self.two_digit_year = self.two_digit_year or count <= 2
                self._set("year", self._number(*((1, 2) if count == 1 else (count, count))))
            case "M" if count > 2:
                self._set("month", self._named(MONTHS, count) + 1)
            case "d" if count > 2:
                self._set("weekday", self._named(DAYS, count))
            case "f" | "F":
                self._set("fraction", self._fraction(letter, count))
            case "t":
                self._set("half", self._half(count))
            case "z":
                self._zone(self._read_offset(count), utc=False)
            case "Z":
                self._expect_any(("Z", "GMT"))
                self._zone(0, utc=True)
            case "K":
                self._kind()
            case "G":
                self._expect_any(("GMT",))
                self._zone(0, utc=False)
            case "g":
                self._expect_any(("A.D.", "AD"))
            case _:
                self.twelve_hours = self.twelve_hours or letter == "h"
                self._set(_FIELDS[letter], self._number(1 if count == 1 else 2, 2))

    def _set(self, field: str, value: int) -> None:
        if getattr(self, field) not in {-1, value}:
            raise _MismatchError
        setattr(self, field, value)

    def _number(self, least: int, most: int) -> int:
        end = self.at
        while end < len(self.text) and end - self.at < most and self.text[end] in _DIGITS:
            end += 1
        if end - self.at < least or end - self.at > 9:
            raise _MismatchError
        found = int(self.text[self.at : end])
        self.at = end
        return found

    def _named(self, names: Sequence[str], count: int) -> int:
        for number, name in enumerate(names):
            wanted = name[:3] if count == 3 else name
            if self.text[self.at : self.at + len(wanted)].lower() == wanted.lower():
                self.at += len(wanted)
                return number
        raise _MismatchError

    def _fraction(self, letter: str, count: int) -> int:
        begins = self.at
        while self.at - begins < count and self.text[self.at : self.at + 1] in _DIGITS:
            self.at += 1
        if letter == "f" and self.at - begins < count:
            raise _MismatchError
        return fraction_ticks(self.text[begins : self.at] or "0")

    def _half(self, count: int) -> int:
        for number, half in enumerate(("AM", "PM")):
            found = self.text[self.at : self.at + min(count, 2)]
            if (found == half[0]) if count == 1 else (found.upper() == half):
                self.at += len(found)
                return number
        raise _MismatchError

    def _read_offset(self, count: int) -> int:
        sign = self.text[self.at : self.at + 1]
        if sign not in {"+", "-"}:
            raise _MismatchError
        self.at += 1
        hours = self._number(2 if count == 2 else 1, 2)
        minutes = 0
        if count > 2:
            self.at += self.sees(":")
            minutes = self._number(2, 2)
        if minutes > 59:
            raise _MismatchError
        return (hours * 60 + minutes) * (-1 if sign == "-" else 1)

    def _kind(self) -> None:
        if self.sees("Z"):
            self.at += 1
            self._zone(0, utc=True)
        elif self.text[self.at : self.at + 1] in {"+", "-"}:
            self._zone(self._read_offset(3), utc=False)

    def _zone(self, offset: int, *, utc: bool) -> None:
        if self.offset not in {None, offset} or abs(offset) > _MAX_OFFSET:
            raise _MismatchError
        self.offset = offset
        self.is_utc = self.is_utc or utc

    def _expect_any(self, words: Iterable[str]) -> None:
        for word in words:
            if self.sees(word):
                self.at += len(word)
                return
        raise _MismatchError

    def sees(self, text: str) -> bool:
        """Whether that text comes next."""
        return self.text.startswith(text, self.at)

    def _skip_white(self) -> None:
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1

    def stamp(self) -> Stamp:
        """The moment, once every part of the format is taken."""
        ticks = ticks_at(
            *self._date(),
            hour=self._hour(),
            minute=max(self.minute, 0),
            second=max(self.second, 0),
        )
        if self.at < len(self.text) or ticks is None:
            raise _MismatchError
        ticks += max(self.fraction, 0)
        if self.weekday not in {-1, weekday(ticks)}:
            raise _MismatchError
        return self._placed(ticks)

    def _date(self) -> tuple[int, int, int]:
        year = self.year
        if self.two_digit_year and year >= 0:
            year = full_year(year)
        if year == self.month == self.day == -1 and Style.NO_CURRENT_DATE_DEFAULT in self.styles:
            return 1, 1, 1
        return year, _first(self.month), _first(self.day)

    def _hour(self) -> int:
        if not self.twelve_hours:
            if (self.half == 0 and self.hour >= 12) or (self.half == 1 and self.hour < 12):
                raise _MismatchError
            return max(self.hour, 0)
        if self.hour > 12:
            raise _MismatchError
        return self.hour % 12 + (12 if self.half == 1 else 0)

    def _placed(self, ticks: int) -> Stamp:
        """The moment in UTC, and what is known of its zone."""
        assumed = not self.styles.isdisjoint({Style.ASSUME_LOCAL, Style.ASSUME_UNIVERSAL})
        if self.offset is None and not assumed:
            return Stamp(ticks, Zone.UNSPECIFIED)
        moved = ticks - (self.offset or 0) * 60 * TICKS
        if not in_range(moved):
            raise _MismatchError
        kept = self.is_utc and Style.ROUNDTRIP_KIND in self.styles
        in_utc = kept or Style.ADJUST_TO_UNIVERSAL in self.styles
        return Stamp(moved, Zone.UTC if in_utc else Zone.LOCAL)


def read_exact(text: str, parts: Sequence[FormatPart], styles: frozenset[Style]) -> Stamp | None:
    """The moment that `text` names in that format; None when it is not of that format."""
    waiting = list(parts)
    if Style.ALLOW_TRAILING_WHITE in styles:
        text = text.rstrip()
        while waiting and waiting[-1] == _SPACE:
            waiting.pop()
    if Style.ALLOW_LEADING_WHITE in styles:
        text = text.lstrip()
        while waiting and waiting[0] == _SPACE:
            waiting.pop(0)
    reading = _Reading(text, styles)
    try:
        while waiting:
            part = waiting.pop(0)
            if part == _POINT and waiting and _is_optional(waiting[0]) and not reading.sees("."):
                waiting.pop(0)
            elif (part, *waiting[:2]) == _GMT:
                reading.part(Field("G", 1))
                del waiting[:2]
            else:
                reading.part(part)
        return reading.stamp()
    except _MismatchError:
        return None


def _first(number: int) -> int:
    """A month or day; the first when no field has said which."""
    return 1 if number == -1 else number


def _is_optional(part: FormatPart) -> bool:
    return isinstance(part, Field) and part.letter == "F"
