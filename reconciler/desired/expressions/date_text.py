"""Dates as people and systems write them, read as .NET's `DateTime.Parse` reads them.

The order of numbers is month, day, year, unless the year comes first. An offset is applied, and a
text without one is UTC. What would need today's date (a time alone, a day without a year) is no
date here: there is no clock.
"""

from __future__ import annotations

import re

from reconciler.desired.expressions.moments import TICKS, in_range, read_canonical, ticks_at

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_TWO_DIGIT_YEARS_END = 2049  # .NET's TwoDigitYearMax
_MAX_OFFSET = 14 * 60  # minutes; .NET takes no more

_MONTH = "|".join(f"{name}|{name[:3]}" for name in MONTHS)
_DAY = "|".join(f"{name}|{name[:3]}" for name in DAYS)
_YEAR_FIRST = r"(?P<y>[0-9]{4})(?P<s>[-/.])(?P<m>[0-9]{1,2})(?:(?P=s)(?P<d>[0-9]{1,2}))?"
_DATES = (
    _YEAR_FIRST,
    r"(?P<m>[0-9]{1,2})(?P<s>[-/.])(?P<d>[0-9]{1,2})(?P=s)(?P<y>[0-9]{4}|[0-9]{2})",
    rf"(?:(?P<w>{_DAY}),?\s+)?(?P<d>[0-9]{{1,2}})[\s-]+(?P<n>{_MONTH}),?[\s-]+(?P<y>[0-9]{{4}}|[0-9]{{2}})",
    rf"(?:(?P<w>{_DAY}),?\s+)?(?P<n>{_MONTH})\s+(?P<d>[0-9]{{1,2}}),?\s+(?P<y>[0-9]{{4}})",
    rf"(?P<n>{_MONTH}),?\s+(?P<y>[0-9]{{4}})",
)
_TIME = r"""
    (?:
      (?P<H>[0-9]{1,2}) : (?P<M>[0-9]{1,2}) (?: : (?P<S>[0-9]{1,2}) (?: [.,] (?P<F>[0-9]+) )? )?
      (?: \s* (?P<P>[AP])M? )?
    | (?P<H2>[0-9]{1,2}) \s* (?P<P2>[AP])M
    )
"""
_ZONE = r"\s* (?: (?P<Z>Z|GMT) | (?P<O>[+-]) (?P<OH>[0-9]{1,2}) (?: :? (?P<OM>[0-9]{2}) )? )"
_ANY_DATE = tuple(
    re.compile(
        rf"(?:{date}) (?: (?: \s+ | T ) {_TIME} )? (?: {_ZONE} )?",
        re.VERBOSE | re.IGNORECASE | re.ASCII,
    )
    for date in _DATES
)


def read_moment(text: str) -> int | None:
    """The moment that the text names; None when it names none."""
    if (known := read_canonical(text)) is not None:
        return known
    stripped = text.strip()
    for form in _ANY_DATE:
        if (found := form.fullmatch(stripped)) is not None:
            return _moment(found.groupdict())
    return None


def read_iso(text: str) -> int | None:
    """The moment of an ISO 8601 text, or of a date as the language writes it; else None."""
    if (known := read_canonical(text)) is not None:
        return known
    found = _ANY_DATE[0].fullmatch(text.strip())
    return None if found is None or found["s"] != "-" else _moment(found.groupdict())


def full_year(two_digits: int) -> int:
    """The year that two digits mean."""
    century = _TWO_DIGIT_YEARS_END // 100 * 100
    return century + two_digits - (100 if two_digits > _TWO_DIGIT_YEARS_END % 100 else 0)


def month_number(name: str) -> int:
    """1 to 12 for the name of a month or its first three letters, in any case."""
    return next(n for n, month in enumerate(MONTHS, 1) if month[:3].lower() == name[:3].lower())


def weekday(ticks: int) -> int:
    """0 for Monday up to 6 for Sunday. The year 1 began with a Monday."""
    return ticks // (86_400 * TICKS) % 7


def _moment(part: dict[str, str | None]) -> int | None:
    year = _whole(part["y"])
    if len(part["y"] or "") == 2:
        year = full_year(year)
    name = part.get("n")
    month = month_number(name) if name else _whole(part.get("m"))
    day = _whole(part.get("d") or "1")
    hour = _hour(part)
    if hour is None:
        return None
    ticks = ticks_at(
        year, month, day, hour=hour, minute=_whole(part["M"]), second=_whole(part["S"])
    )
    if ticks is None or (
        (named := part.get("w")) and DAYS[weekday(ticks)][:3] != named[:3].title()
    ):
        return None
    offset = _offset(part)
    if offset is None:
        return None
    ticks += fraction_ticks(part["F"] or "0") - offset * 60 * TICKS
    return ticks if in_range(ticks) else None


def _hour(part: dict[str, str | None]) -> int | None:
    hour = _whole(part["H"] or part["H2"])
    match (part["P"] or part["P2"] or "").upper():
        case "A":
            return hour % 12 if hour <= 12 else None
        case "P":
            return hour + 12 if hour < 12 else hour
        case _:
            return hour


def _offset(part: dict[str, str | None]) -> int | None:
    """Minutes east of UTC; None when there is no such place."""
    minutes = _whole(part["OH"]) * 60 + _whole(part["OM"])
    if minutes > _MAX_OFFSET or _whole(part["OM"]) > 59:
        return None
    return -minutes if part["O"] == "-" else minutes


def fraction_ticks(digits: str) -> int:
    """The ticks of a fraction of a second, given as the digits behind its point, rounded."""
    exact = int(digits[:8].ljust(8, "0"))
    return (exact + 5) // 10


def _whole(digits: str | None) -> int:
    return int(digits) if digits else 0
