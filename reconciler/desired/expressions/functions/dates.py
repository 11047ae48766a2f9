"""Functions on dates, which are texts in UTC; and Active Directory's numbers for dates."""

from __future__ import annotations

from calendar import monthrange

from reconciler.desired.expressions.date_format import FormatPart, write
from reconciler.desired.expressions.date_parse import DEFAULT_STYLES, Style, read_exact
from reconciler.desired.expressions.date_text import read_iso, read_moment, weekday
from reconciler.desired.expressions.moments import (
    FILETIME_EPOCH,
    TICKS,
    canonical,
    in_range,
    ticks_at,
    to_datetime,
)
from reconciler.desired.expressions.signature import (
    Form,
    Function,
    Kind,
    Strict,
    function,
    optional,
    required,
)
from reconciler.desired.expressions.values import RefusalError

_DAY = 86_400 * TICKS
_LENGTHS = {"d": _DAY, "ww": 7 * _DAY, "h": 3_600 * TICKS, "n": 60 * TICKS, "s": TICKS}
_MONTHS = {"m": 1, "yyyy": 12}
_OUT_OF_RANGE = "expected a result between the years 1 and 9999"


def to_date(text: str) -> str:
    """The date that a text names, in UTC."""
    moment = read_moment(text)
    if moment is None:
        raise RefusalError("expected a date")
    return canonical(moment)


def date_add(interval: str, number: int, date: int) -> str:
    """The date so many intervals later; a day that the month lacks is its last one."""
    moved: int | None
    if interval in _MONTHS:
        moved = _add_months(date, number * _MONTHS[interval])
    else:
        moved = date + number * _LENGTHS[interval]
    if moved is None or not in_range(moved):
        raise RefusalError(_OUT_OF_RANGE)
    return canonical(moved)


def _add_months(date: int, months: int) -> int | None:
    at = to_datetime(date)
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    day = min(at.day, monthrange(year, month + 1)[1])
    midnight = ticks_at(year, month + 1, day)
    return None if midnight is None else midnight + date % _DAY


def date_diff(interval: str, first: int, second: int) -> int:
    """How many intervals the second date is later, as VB.NET's DateDiff counts.

    Days and less are the whole ones in the span. Months and years are differences of the calendar
    numbers. For weeks both dates are moved back to their Sunday, keeping the time of day, and the
    whole days between them are divided by seven.
    """
    if interval in _MONTHS:
        one, other = to_datetime(first), to_datetime(second)
        years = other.year - one.year
        return years if interval == "yyyy" else years * 12 + other.month - one.month
    if interval == "ww":
        days = _truncated(_sunday(second) - _sunday(first), _DAY)
        return _truncated(days, 7)
    return _truncated(second - first, _LENGTHS[interval])


def _sunday(date: int) -> int:
    return date - (weekday(date) + 1) % 7 * _DAY


def _truncated(number: int, unit: int) -> int:
    """The quotient, cut towards zero."""
    return number // unit if number >= 0 else -(-number // unit)


def date_from_number(filetime: int) -> str:
    """The date of a number of 100 ns since 1601, as Active Directory stores it."""
    if filetime <= 0 or not in_range(FILETIME_EPOCH + filetime):
        raise RefusalError("expected the date of an attribute in Active Directory, above 0")
    return canonical(FILETIME_EPOCH + filetime)


def number_from_date(text: str) -> int:
    """The number that Active Directory stores for a date in ISO 8601."""
    moment = read_iso(text)
    if moment is None or moment < FILETIME_EPOCH:
        raise RefusalError(
            "expected a date in ISO 8601, not before 1601; convert others with FormatDateTime"
        )
    return moment - FILETIME_EPOCH


def format_date(
    source: str,
    styles: frozenset[Style] | None,
    input_format: tuple[FormatPart, ...],
    output_format: tuple[FormatPart, ...],
) -> str:
    """A date read in one .NET format and written in another."""
    stamp = read_exact(source, input_format, DEFAULT_STYLES if styles is None else styles)
    if stamp is None:
        raise RefusalError("source: expected a date in the input format")
    return write(stamp, output_format)


def format_date_default(
    source: str, input_format: tuple[FormatPart, ...], output_format: tuple[FormatPart, ...]
) -> str:
    """The same with the default styles: the form that Graph describes."""
    return format_date(source, None, input_format, output_format)


_SOURCE = required("source", Kind.TEXT)
_INPUT = required("inputFormat", Kind.DATE_FORMAT)
_OUTPUT = required("outputFormat", Kind.DATE_FORMAT)

FUNCTIONS: tuple[Function, ...] = (
    function("CDate", Strict(to_date), required("expression", Kind.TEXT)),
    function(
        "DateAdd",
        Strict(date_add),
        required("interval", Kind.INTERVAL),
        required("value", Kind.WHOLE),
        required("dateTime", Kind.DATE),
    ),
    function(
        "DateDiff",
        Strict(date_diff),
        required("interval", Kind.INTERVAL),
        required("date1", Kind.DATE),
        required("date2", Kind.DATE),
    ),
    function("DateFromNum", Strict(date_from_number), required("value", Kind.WHOLE)),
    function("NumFromDate", Strict(number_from_date), required("value", Kind.TEXT)),
    Function(
        "FormatDateTime",
        (
            Form(
                (_SOURCE, optional("dateTimeStyles", Kind.DATE_STYLES), _INPUT, _OUTPUT),
                Strict(format_date),
            ),
            Form((_SOURCE, _INPUT, _OUTPUT), Strict(format_date_default)),
        ),
    ),
)
