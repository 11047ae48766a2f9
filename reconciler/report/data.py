"""Values, truths and places as JSON data: for every report that a program reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reconciler.desired.truth import Truth
from reconciler.model.diagnostic import Position
from reconciler.model.sealed import REDACTED, Held, Sealed

Data = dict[str, object]

#: True, false, or null where nobody can say.
TRUTHS: Final[Mapping[Truth, bool | None]] = {
    Truth.TRUE: True,
    Truth.FALSE: False,
    Truth.UNDETERMINED: None,
}


def value_data(value: Held) -> object:
    """A value, or the word that stands for one that must not show."""
    if isinstance(value, Sealed):
        return REDACTED
    return list(value) if isinstance(value, tuple) else value


def place_data(at: Position | None) -> Data | None:
    """A place in a file."""
    return None if at is None else {"file": at.file, "line": at.line, "column": at.column}
