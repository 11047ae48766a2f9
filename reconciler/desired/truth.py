"""Three truth values, after Kleene: an error is neither true nor false, and never decides."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Truth(StrEnum):
    """What a clause, a condition or a filter comes to."""

    TRUE = "true"
    FALSE = "false"
    UNDETERMINED = "undetermined"


_OPPOSITES = {
    Truth.TRUE: Truth.FALSE,
    Truth.FALSE: Truth.TRUE,
    Truth.UNDETERMINED: Truth.UNDETERMINED,
}


def all_of(parts: Iterable[Truth]) -> Truth:
    """AND: false if any is false, else undetermined if any is."""
    seen = set(parts)
    if Truth.FALSE in seen:
        return Truth.FALSE
    return Truth.UNDETERMINED if Truth.UNDETERMINED in seen else Truth.TRUE


def any_of(parts: Iterable[Truth]) -> Truth:
    """OR: true if any is true, else undetermined if any is."""
    seen = set(parts)
    if Truth.TRUE in seen:
        return Truth.TRUE
    return Truth.UNDETERMINED if Truth.UNDETERMINED in seen else Truth.FALSE


def opposite(truth: Truth) -> Truth:
    """NOT: what is undetermined stays so."""
    return _OPPOSITES[truth]


def truth_of(holds: bool) -> Truth:
    """A plain answer as one of three."""
    return Truth.TRUE if holds else Truth.FALSE
