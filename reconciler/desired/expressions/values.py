"""Values while an expression runs: how they become text, numbers, truth; when two are equal.

Values are texts at heart. A boolean is the text `True` or `False`, so that is what a boolean
attribute becomes when it is read. Numbers stay numbers as long as nobody needs text.
"""

from __future__ import annotations

import re

from reconciler.desired.expressions.moments import read_canonical
from reconciler.model.path import Scalar, Value
from reconciler.model.sameness import is_empty

MAX_TEXT = 64 * 1024  # characters of one text
MAX_VALUES = 10_000  # values of one multi-valued result
MAX_WHOLE = 2**63 - 1
TRUE, FALSE = "True", "False"

# Number text as .NET's int.Parse and double.Parse agree on it, without exponents.
_WHOLE = re.compile(r"\s*([+-]?[0-9]{1,19})\s*")
_DECIMAL = re.compile(r"\s*([+-]?[0-9]{1,19}\.[0-9]{1,19})\s*")


class RefusalError(Exception):
    """A function cannot work with what it was given; caught where the program is run.

    `reason` says what was expected. `function` is filled in on the way out.
    """

    def __init__(self, reason: str, function: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.function = function


class AttributeIgnored(Exception):  # noqa: N818 - no error: `IgnoreFlowIfNullOrEmpty` was reached
    """The whole attribute is dropped from the flow, wherever in the expression that was said."""


def boolean(truth: bool) -> str:
    """The text that a boolean is."""
    return TRUE if truth else FALSE


def read_attribute(value: Value) -> Value:
    """An attribute as the language sees it; no values at all are null.

    Raises:
        RefusalError: it is larger than an expression may handle.
    """
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise RefusalError(f"expected at most {MAX_TEXT} characters")
        return value
    if isinstance(value, bool):
        return boolean(value)
    if isinstance(value, tuple):
        if len(value) > MAX_VALUES:
            raise RefusalError(f"expected at most {MAX_VALUES} values")
        return tuple(_read_element(item) for item in value) or None
    if isinstance(value, int) and abs(value) > MAX_WHOLE:
        raise RefusalError(f"expected a number of at most {MAX_WHOLE}")
    return value


def _read_element(value: Scalar) -> Scalar:
    read = read_attribute(value)
    return None if isinstance(read, tuple) else read


def to_text(value: Value) -> str:
    """One value as text. `value` is not null."""
    match value:
        case str():
            return value
        case int():
            return str(value)
        case float():
            return _float_text(value)
        case _:
            raise RefusalError(
                "expected one value, but the attribute has several; use Item or Join"
            )


def _float_text(number: float) -> str:
    """The shortest text that gives the number back, as .NET writes it."""
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return repr(number).upper().replace("INF", "Infinity").replace("NAN", "NaN")


def number_of(value: Value) -> int | float | None:
    """The number that a value is or spells; None when it is none."""
    if isinstance(value, bool) or value is None or isinstance(value, tuple):
        return None
    if isinstance(value, int | float):
        return value
    if (found := _WHOLE.fullmatch(value)) is not None:
        whole = int(found[1])
        return whole if abs(whole) <= MAX_WHOLE else None
    return float(value) if _DECIMAL.fullmatch(value) is not None else None


def to_whole(value: Value) -> int:
    """A whole number, or a text that spells one."""
    number = number_of(value)
    if number is None or number != number // 1 or abs(number) > MAX_WHOLE:
        raise RefusalError("expected a whole number")
    return int(number)


def to_list(value: Value) -> tuple[Scalar, ...]:
    """All values of an attribute; one value is a list of one."""
    return value if isinstance(value, tuple) else (value,)


def to_truth(value: Value) -> bool:
    """Whether a condition holds: `True`, or a number that is not zero. Nothing is false."""
    if is_empty(value):
        return False
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    number = number_of(value)
    if number is None:
        raise RefusalError("expected a comparison, True, False or a number")
    return number != 0


def equal(left: Value, right: Value) -> bool:
    """Equality of one value each: null equals the empty text, numbers compare as numbers.

    Texts are compared as they are, case included.
    """
    if left is None or right is None:
        return is_empty(left) and is_empty(right)
    if left.__class__ is not str or right.__class__ is not str:
        _refuse_several(left, right)
        one, other = number_of(left), number_of(right)
        if one is not None and other is not None:
            return one == other
        return to_text(left) == to_text(right)
    return left == right


def compare(left: Value, right: Value) -> int | None:
    """Below, at or above zero as `left` comes before, with or after `right`; None without order.

    Numbers by size, dates by time, other texts character by character. Nothing has no order.
    """
    _refuse_several(left, right)
    if is_empty(left) or is_empty(right):
        return None
    one, other = number_of(left), number_of(right)
    if one is not None and other is not None:
        return (one > other) - (one < other)
    if not isinstance(left, str) or not isinstance(right, str):
        raise RefusalError("expected a number on both sides")
    first, second = read_canonical(left), read_canonical(right)
    if first is not None and second is not None:
        return (first > second) - (first < second)
    # .NET compares UTF-16 code units; that differs from code points beyond U+FFFF.
    before, after = _code_units(left), _code_units(right)
    return (before > after) - (before < after)


def _code_units(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


def _refuse_several(left: Value, right: Value) -> None:
    if isinstance(left, tuple) or isinstance(right, tuple):
        raise RefusalError("expected one value on each side, but an attribute has several")
