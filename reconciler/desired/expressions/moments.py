"""Points in time, as .NET counts them, and the text that a date is between two functions.

A moment is a number of ticks of 100 ns since 0001-01-01T00:00:00 UTC, so no precision is lost to
microseconds. Its text is `M/d/yyyy h:mm:ss tt`, always UTC, which has no fractions of a second.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

TICKS = 10_000_000  # in a second
MAX_TICKS = 3_155_378_975_999_999_999  # the last one of the year 9999
FILETIME_EPOCH = 504_911_232_000_000_000  # 1601-01-01, from which Active Directory counts

_ORIGIN = datetime(1, 1, 1)  # noqa: DTZ001 - moments are UTC without saying so
_CANONICAL = re.compile(
    r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}) ([0-9]{1,2}):([0-9]{2}):([0-9]{2}) ([AP])M"
)


def to_datetime(ticks: int) -> datetime:
    """The date and time of a moment, without an offset, cut to microseconds."""
    return _ORIGIN + timedelta(microseconds=ticks // 10)


def ticks_at(
    year: int, month: int, day: int, *, hour: int = 0, minute: int = 0, second: int = 0
) -> int | None:
    """The moment of a date and time in UTC; None when the calendar has no such thing."""
    try:
        found = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - as above
    except ValueError:
        return None
    since = found - _ORIGIN
    return (since.days * 86_400 + since.seconds) * TICKS


def ticks_of(at: datetime) -> int:
    """The moment of a date and time with an offset."""
    since = at.astimezone(UTC).replace(tzinfo=None) - _ORIGIN
    return (since.days * 86_400 + since.seconds) * TICKS + since.microseconds * 10


def in_range(ticks: int) -> bool:
    """Whether the moment lies in the years 1 to 9999."""
    return 0 <= ticks <= MAX_TICKS


def canonical(ticks: int) -> str:
    """The text of a moment, as in `3/15/2024 9:05:00 AM`."""
    at = to_datetime(ticks)
    half = "AM" if at.hour < 12 else "PM"
    date = f"{at.month}/{at.day}/{at.year:04}"
    return f"{date} {at.hour % 12 or 12}:{at.minute:02}:{at.second:02} {half}"


def read_canonical(text: str) -> int | None:
    """The moment that `canonical` wrote; None for any other text."""
    if not text.endswith("M") or (found := _CANONICAL.fullmatch(text)) is None:
        return None
    month, day, year, hour, minute, second = map(int, found.groups()[:6])
    if not 1 <= hour <= 12:
        return None
    hour = hour % 12 + (12 if found[7] == "P" else 0)
    return ticks_at(year, month, day, hour=hour, minute=minute, second=second)
