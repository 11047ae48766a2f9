"""Values of a provider's answers, read leniently: ids and counts come as numbers and as text."""

from __future__ import annotations

from reconciler.model.identity import ResourceId
from reconciler.model.path import Json


def usable_id(value: Json) -> ResourceId | None:
    """An opaque id as text (RFC 7643 §3.1), whole numbers included; None where it is no id.

    `.` and `..` would move a URL up.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or value.strip() in {"", ".", ".."}:
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        return None
    return ResourceId(value)


def whole(value: Json) -> int | None:
    """A count, also when it is written as text or, as `3.0`, as a fraction that is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
