"""`show`: the one way in which a value from a manifest or a provider reaches an output.

A display name must not move a terminal's cursor, raise an annotation in a CI log or reorder the
text beside it. So values are quoted as JSON, and what could act is escaped: control characters,
bidirectional overrides, zero-width characters, line separators, and the two spellings that a CI
runner takes for a command (`::` at the start of a line, `##[` anywhere).
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable

from reconciler.model.sealed import REDACTED, Sealed

# Categories without a glyph of their own: control, format (bidi, zero width), surrogate, private
# use, unassigned, line and paragraph separators.
_SILENT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

_LONGEST = 500


def _visible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c
        if unicodedata.category(c) not in _SILENT
        else (f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}")
        for c in text
    )


def _inert(text: str) -> str:
    """Break what a CI runner would obey, without hiding that it was there."""
    return text.replace("::", ":\\u003a").replace("##[", "#\\u0023[")


def inert(text: str) -> str:
    """A sentence of one line that can act on nothing, whatever was put into it."""
    return _inert(_visible(text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")))


def plain(text: str) -> str:
    """A value without quotes, for places where the layout marks it as a value; cut when long."""
    return inert(text if len(text) <= _LONGEST else text[:_LONGEST] + "…")


def show(value: object) -> str:
    """A value as quoted, inert text of one line, whatever it contains."""
    match value:
        case None:
            return "(no value)"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            cut = value if len(value) <= _LONGEST else value[:_LONGEST] + "…"
            return _inert(_visible(json.dumps(cut, ensure_ascii=False)))
        case Sealed():
            return REDACTED
        case Iterable():
            return "[" + ", ".join(show(item) for item in value) + "]"
        case _:
            return show(str(value))
