"""Cursors (RFC 9865): a place in a list, in words that mean nothing to the client.

A cursor belongs to the query that it came from: with another filter or another order it is invalid,
as one that nobody gave out is.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from reconciler.simulator.errors import ScimError, ScimType
from reconciler.simulator.values import Json


@dataclass(frozen=True, slots=True)
class Cursor:
    """How many resources come before a page, and the query that this is about."""

    offset: int
    asked: str

    def at(self, offset: int) -> str:
        """The cursor of another place in the same list."""
        text = f"{offset}.{_mark(offset, self.asked)}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(raw: Json, asked: str) -> Cursor:
    """The place that a request names; no cursor, or an empty one, is the beginning (§2).

    Raises:
        ScimError: 400 `invalidCursor`.
    """
    if raw is None or raw == "":
        return Cursor(0, asked)
    try:
        text = base64.urlsafe_b64decode(f"{raw}==").decode("ascii")
        number, _, mark = text.partition(".")
        offset = int(number)
    except (binascii.Error, ValueError):
        raise _invalid() from None
    if mark != _mark(offset, asked):
        raise _invalid()
    return Cursor(offset, asked)


def _mark(offset: int, asked: str) -> str:
    return hashlib.sha256(f"{offset} {asked}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _invalid() -> ScimError:
    return ScimError(400, "the cursor is not one of this query's", ScimType.INVALID_CURSOR)
