"""One converter per kind of argument: from a value to what the functions work with.

A converter gets a value that is not null and raises `RefusalError` with what it expected. It never
quotes the value: messages may end where people's data must not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import assert_never

from reconciler.desired.expressions.date_format import DateFormatError, FormatPart, parse_format
from reconciler.desired.expressions.date_parse import Style, parse_styles
from reconciler.desired.expressions.date_text import read_moment
from reconciler.desired.expressions.role_text import RoleText, read_role
from reconciler.desired.expressions.signature import Kind
from reconciler.desired.expressions.values import (
    RefusalError,
    to_list,
    to_text,
    to_truth,
    to_whole,
)
from reconciler.desired.patterns import Pattern, PatternError, compile_pattern
from reconciler.model.path import Value

INTERVALS = frozenset({"yyyy", "m", "d", "ww", "h", "n", "s"})
IGNORE_CASE, MATCH_CASE = "vbTextCompare", "vbBinaryCompare"
#: Names that stand in an expression without quotes, and the texts that they are.
CONSTANTS = (IGNORE_CASE, MATCH_CASE)

_CULTURE = re.compile(r"(?:[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)?")


def _same(value: Value) -> Value:
    return value


def _character(value: Value) -> str:
    text = to_text(value)
    if len(text) != 1:
        raise RefusalError("expected a single character")
    return text


def _date(value: Value) -> int:
    moment = read_moment(to_text(value))
    if moment is None:
        raise RefusalError("expected a date")
    return moment


def _interval(value: Value) -> str:
    text = to_text(value)
    if text not in INTERVALS:
        raise RefusalError("expected one of yyyy, m, d, ww, h, n, s")
    return text


def _date_format(value: Value) -> tuple[FormatPart, ...]:
    try:
        return parse_format(to_text(value))
    except DateFormatError as wrong:
        raise RefusalError(f"expected a .NET date format: {wrong}") from None


def _date_styles(value: Value) -> frozenset[Style] | None:
    text = to_text(value)
    if not text:
        return None
    styles = parse_styles(text)
    if styles is None:
        raise RefusalError("expected .NET date styles that go together, such as AssumeUniversal")
    return styles


def _culture(value: Value) -> str:
    text = to_text(value)
    if not _CULTURE.fullmatch(text):
        raise RefusalError("expected a culture such as tr-TR")
    return text


def _case_rule(value: Value) -> bool:
    text = to_text(value)
    if text not in CONSTANTS:
        raise RefusalError(f"expected {IGNORE_CASE} or {MATCH_CASE}")
    return text == IGNORE_CASE


def _pattern(value: Value) -> Pattern:
    match compile_pattern(to_text(value)):
        case PatternError(message, offset):
            place = "" if offset is None else f" (at character {offset + 1} of the pattern)"
            raise RefusalError(f"expected a regular expression: {message}{place}")
        case Pattern() as pattern:
            return pattern
        case never:
            assert_never(never)


def _roles(value: Value) -> tuple[RoleText, ...]:
    found = [read_role(text) for text in to_list(value)]
    if None in found:
        raise RefusalError("expected role assignments, each with a `value`")
    return tuple(sorted({role for role in found if role is not None}))


#: By kind; every kind has one.
CONVERTERS: Mapping[Kind, Callable[[Value], object]] = {
    Kind.ANY: _same,
    Kind.TEXT: to_text,
    Kind.CHARACTER: _character,
    Kind.WHOLE: to_whole,
    Kind.LIST: to_list,
    Kind.CONDITION: to_truth,
    Kind.BOOLEAN: _same,
    Kind.DATE: _date,
    Kind.INTERVAL: _interval,
    Kind.DATE_FORMAT: _date_format,
    Kind.DATE_STYLES: _date_styles,
    Kind.CULTURE: _culture,
    Kind.CASE_RULE: _case_rule,
    Kind.PATTERN: _pattern,
    Kind.ROLES: _roles,
}
