"""What is wrong with the text of a condition, in our words and with its place.

The library's own messages name states of its parser; these say what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from reconciler.model.show import plain

CLOCK: Final = "asOf"

_LONGEST: Final = 200
# `ERROR: <input>:1:19: Syntax error: …`; line and column count from 1, and are -1 without a place.
_COMPLAINT: Final = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): ([^\n]*)")
_UNDECLARED: Final = re.compile(r"undeclared reference to '([^']*)'")
_WORDINGS: Final = {
    "mismatched input '<EOF>'": "the text ends too early",
    "'<EOF>'": "its end",
}
_STATUS: Final = re.compile(r"^[A-Z_]+: | \[[A-Z_]+\]$")


@dataclass(frozen=True, slots=True)
class ConditionError:
    """The text is not an acceptable condition.

    `offset` counts characters from 0 in the text, `line` and `column` from 1; all None where the
    fault has no place.
    """

    message: str
    offset: int | None = None
    line: int | None = None
    column: int | None = None
    hint: str | None = None

    def __str__(self) -> str:
        """The message with the place in the condition's own text."""
        place = "" if self.line is None else f" (line {self.line}, column {self.column} of it)"
        return self.message + place


def error_at(
    message: str, source: str, offset: int | None, *, hint: str | None = None
) -> ConditionError:
    """An error at a character of the source text."""
    if offset is None:
        return ConditionError(message, hint=hint)
    before = source[:offset]
    line = before.count("\n") + 1
    return ConditionError(message, offset, line, offset - before.rfind("\n"), hint)


def translate(text: str, source: str, variable: str, attributes: Iterable[str]) -> ConditionError:
    """The library's complaint about `source`, in which `variable` has these `attributes`."""
    found = _COMPLAINT.search(text)
    if "recursion" in text:
        return ConditionError("it is nested too deeply", hint="split it into several filters")
    if found is None:
        return ConditionError(reason(text))
    offset = _offset(source, int(found[1]), int(found[2]))
    undeclared = _UNDECLARED.match(found[3])
    if undeclared is None:
        wording = found[3].split(" expecting ", 1)[0]
        for theirs, ours in _WORDINGS.items():
            wording = wording.replace(theirs, ours)
        return error_at(reason(wording), source, offset)
    name = undeclared[1]
    if name in attributes:
        hint = f"did you mean `{variable}.{name}`?"
    elif name in {"now", "today"}:
        hint = f"`{CLOCK}` is the only clock"
    else:
        hint = f"a condition can use `{variable}`, `{CLOCK}` and the functions of CEL"
    message = f"`{plain(name)}` is neither a variable nor a function here"
    return error_at(message, source, offset, hint=hint)


def reason(text: str) -> str:
    """The library's words in one inert line, without its status codes."""
    first = plain(_STATUS.sub("", text.split("\n", 1)[0])[:_LONGEST])
    if "null_type" in first:
        return f"{first} (an attribute without a value is null: compare it with null first)"
    return first


def _offset(source: str, line: int, column: int) -> int | None:
    """Characters before a place; None for the library's place that is none."""
    if line < 1 or column < 1:
        return None
    lines = source.split("\n")
    return sum(len(text) + 1 for text in lines[: line - 1]) + column - 1
