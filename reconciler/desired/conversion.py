"""A mapped value in the form that its attribute has: text, true or false, a whole number.

The types are the profile's, and RFC 7643's where it says nothing. Source values are texts at heart,
as in Entra: "True" is a boolean where a boolean belongs, and true is "True" where text belongs.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reconciler.model.attributes import AttributeType, Characteristics
from reconciler.model.element import element_text, is_whole_list
from reconciler.model.path import ENTERPRISE_USER, AttributePath, Scalar, Value

_TRUTH = {"true": True, "false": False}
_NOT_A_LIST = "one value, and there is a list; pick one, as in `Item([otherMails], 1)`"
_DECIMAL = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?")


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The attribute cannot hold the value; `expected` says what it can, never what came."""

    expected: str


Converter = Callable[[Value], Value | Mismatch]


def convert(path: AttributePath, known: Characteristics, value: Value) -> Value | Mismatch:
    """A value, not empty, in the canonical form of the attribute at `path`, which is as `known`."""
    return converter(path, known)(value)


def converter(path: AttributePath, known: Characteristics) -> Converter:
    """`convert` for one attribute, for everybody: what the attribute is, is looked at once."""
    if is_whole_list(path, known):
        return _elements
    one = _BY_TYPE[known.type]
    lists = _takes_lists(path, known)

    def converted(value: Value) -> Value | Mismatch:
        if not isinstance(value, tuple):
            return one(value)
        if not lists:
            return Mismatch(_NOT_A_LIST)
        items = tuple(one(item) for item in value if item is not None)
        mismatch = next((item for item in items if isinstance(item, Mismatch)), None)
        return mismatch or tuple(item for item in items if not isinstance(item, Mismatch))

    return converted


def keeps_text(path: AttributePath, known: Characteristics) -> bool:
    """Whether every text is in canonical form as it stands, so that none needs converting."""
    return _BY_TYPE[known.type] is _text and not is_whole_list(path, known)


def _elements(value: Value) -> Value:
    items = value if isinstance(value, tuple) else (value,)
    return tuple(element_text(item) for item in items if item is not None)


def _takes_lists(path: AttributePath, known: Characteristics) -> bool:
    """Other extensions than the enterprise one are in no table: theirs may be lists."""
    foreign = path.urn is not None and path.folded.startswith("urn:")
    return known.multi_valued or (foreign and str(path.urn).lower() != ENTERPRISE_USER.lower())


def in_type(type_: AttributeType, value: Scalar) -> Scalar | Mismatch:
    """One value as the data type has it (RFC 7643 §2.3)."""
    return _BY_TYPE[type_](value)


def _boolean(value: Scalar) -> bool | Mismatch:
    truth = value if isinstance(value, bool) else _TRUTH.get(str(value).casefold())
    return Mismatch('true or false (or "True", "False" as text)') if truth is None else truth


def _integer(value: Scalar) -> int | Mismatch:
    text = str(value).removeprefix("-")
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 20):
        return Mismatch("a whole number")
    return int(str(value))


def _decimal(value: Scalar) -> float | Mismatch:
    text = str(value).removeprefix("-")
    if isinstance(value, bool) or _DECIMAL.fullmatch(text) is None:
        return Mismatch("a number")
    return float(str(value))


def _text(value: Scalar) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _instant(value: Scalar) -> str | Mismatch:
    text = _text(value)
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return Mismatch("a moment, as in `2027-06-30T18:00:00Z`")
    return text


def _binary(value: Scalar) -> str | Mismatch:
    text = _text(value)
    try:
        b64decode(text, validate=True)
    except ValueError:
        return Mismatch("bytes in base64")
    return text


def _complex(_: Scalar) -> Mismatch:
    return Mismatch("no value of its own; map one of its parts, as in `name.givenName`")


_BY_TYPE: Final[Mapping[AttributeType, Callable[[Scalar], Scalar | Mismatch]]] = {
    AttributeType.STRING: _text,
    AttributeType.REFERENCE: _text,
    AttributeType.BOOLEAN: _boolean,
    AttributeType.INTEGER: _integer,
    AttributeType.DECIMAL: _decimal,
    AttributeType.DATETIME: _instant,
    AttributeType.BINARY: _binary,
    AttributeType.COMPLEX: _complex,
}
