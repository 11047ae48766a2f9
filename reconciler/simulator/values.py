"""The values that every module here speaks: JSON, resource kinds, folded text."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

#: What JSON can hold.
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
#: One resource or complex value; attribute names in the spelling of their schema.
Document = dict[str, Json]


class Kind(StrEnum):
    """The resource types that are served; the value is `meta.resourceType`."""

    USER = "User"
    GROUP = "Group"


def fold(text: str) -> str:
    """The text by which values with `caseExact: false` are compared (RFC 7643 §2.2)."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text).casefold()


def is_unicode(text: str) -> bool:
    """Whether the text can be written as UTF-8: JSON escapes can spell lone surrogates."""
    return text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text)
