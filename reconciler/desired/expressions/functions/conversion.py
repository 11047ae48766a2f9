"""Functions that turn a value into another notation, and arithmetic on bits."""

from __future__ import annotations

import base64

from reconciler.desired.expressions.signature import Function, Kind, Strict, function, required
from reconciler.desired.expressions.values import boolean


def bit_and(one: int, other: int) -> int:
    """The bits that both have; negative numbers in two's complement."""
    return one & other


def to_boolean(truth: bool | None) -> str:
    """Whether it is not zero."""
    return boolean(bool(truth))


def to_base64(text: str) -> str:
    """Base64 of the UTF-16LE bytes."""
    return base64.b64encode(_whole(text).encode("utf-16-le")).decode("ascii")


def to_utf8_hex(text: str) -> str:
    """The UTF-8 bytes as hexadecimal digits in upper case."""
    return _whole(text).encode("utf-8").hex().upper()


def as_text(text: str) -> str:
    """The text of a number, a reference or a boolean; the conversion of the argument is all."""
    return text


def _whole(text: str) -> str:
    """Lone halves of a surrogate pair replaced, as .NET's encodings do."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


FUNCTIONS: tuple[Function, ...] = (
    function(
        "BitAnd", Strict(bit_and), required("value1", Kind.WHOLE), required("value2", Kind.WHOLE)
    ),
    function(
        "CBool",
        Strict(to_boolean, null_gives_null=False),
        required("Expression", Kind.CONDITION),
    ),
    function("ConvertToBase64", Strict(to_base64), required("source", Kind.TEXT)),
    function("ConvertToUTF8Hex", Strict(to_utf8_hex), required("source", Kind.TEXT)),
    function("CStr", Strict(as_text), required("value", Kind.TEXT)),
)
