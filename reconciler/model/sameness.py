"""When there is no value, and when two names are one: for everybody who compares.

Names are compared in Unicode's NFC with case folded, because one letter can be written in several
ways (RFC 7643 §2.2 says what ignores case).
"""

from __future__ import annotations

from unicodedata import normalize

from reconciler.model.path import Value


def is_empty(value: Value) -> bool:
    """Null, an empty list and empty text are one thing: no value (RFC 7643 §2.5)."""
    return value is None or value in ((), "")


def fold_text(text: str) -> str:
    """The form in which two spellings of one name are equal, whatever their case."""
    if text.isascii():
        return text.lower()
    return normalize("NFC", normalize("NFC", text).casefold())
