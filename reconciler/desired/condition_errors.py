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
_OVERLOAD: Final = re.compile(r"found no matching overload for '([^']*)' applied to '\((.*)\)'")
_COMMA: Final = re.compile(r", (?![^(]*\))")  # not those inside `map(string, string)`
_WORDINGS: Final = {
    "mismatched input '<EOF>'": "the text ends too early",
    "'<EOF>'": "its end",
}
_SELECTED: Final = re.compile(r"expression of type '(.*)' cannot be the operand of a select")
_TRUTH: Final = "true or false"
_TYPES: Final = {
    "string": "text",
    "wrapper(string)": "text",
    "bool": _TRUTH,
    "wrapper(bool)": _TRUTH,
    "int": "a number",
    "uint": "a number",
    "double": "a number",
    "google.protobuf.Timestamp": "a date",
    "google.protobuf.Duration": "a duration",
    "null_type": "null",
}
_ANYTHING: Final = "a value"
_LIKE: Final = "compare like with like: text stands in quotes; a number, true and false do not"
_DATE: Final = 'write the date as `timestamp("2026-01-31T00:00:00Z")`'
_CONTAINS: Final = "to look for a part of a text, write `….contains(…)`"
_COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
_TRUTHS: Final = frozenset({"&&", "||", "!"})
#: What to do about a condition, or a part of one, that is neither true nor false.
COMPARE: Final = "compare it with something, as in `… == …`"
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


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint of the library: its text, and the function and types that do not agree."""

    text: str
    function: str = ""
    types: tuple[str, ...] = ()


def complaints(text: str) -> tuple[Complaint, ...]:
    """What the library complains of, one by one."""
    return tuple(_complaint(found[0], found[3]) for found in _COMPLAINT.finditer(text))


def _complaint(text: str, wording: str) -> Complaint:
    found = _OVERLOAD.match(wording)
    return Complaint(text, found[1], tuple(_COMMA.split(found[2]))) if found else Complaint(text)


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
    complaint = _complaint(found[0], found[3])
    if complaint.function:
        return _disagreement(complaint, source, offset)
    selected = _SELECTED.match(found[3])
    if selected is not None:
        message = f"{_said(selected[1])} has no attributes"
        return error_at(message, source, offset)
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


def _disagreement(complaint: Complaint, source: str, offset: int | None) -> ConditionError:
    """A function or an operator that does not take values of these types."""
    function = complaint.function.strip("_@").replace("_", " ")
    said = [_said(type_) for type_ in complaint.types]
    if function in _TRUTHS:
        wrong = " and ".join(each for each in said if each not in {_TRUTH, _ANYTHING})
        message = f"`{function}` takes what is true or false, not {wrong}"
        return error_at(message, source, offset, hint=COMPARE)
    if function == "? :":
        message = f"`? :` gives either {said[1]} or else {said[2]}"
        return error_at(message, source, offset, hint="let both sides be of one type")
    if function == "in":
        message = f"`in` cannot find {said[0]} in {said[1]}"
        return error_at(message, source, offset, hint=_LIKE if said[1] == "a list" else _CONTAINS)
    if function in _COMPARISONS:
        hint = _DATE if "a date" in said else _LIKE
        message = f"`{function}` cannot compare {' with '.join(said)}"
        return error_at(message, source, offset, hint=hint)
    return error_at(f"`{plain(function)}` does not take {' and '.join(said)}", source, offset)


def _said(type_: str) -> str:
    if type_.startswith(("list(", "map(")):
        return "a list" if type_.startswith("list(") else "an object"
    return _TYPES.get(type_, _ANYTHING)


def _offset(source: str, line: int, column: int) -> int | None:
    """Characters before a place; None for the library's place that is none."""
    if line < 1 or column < 1:
        return None
    lines = source.split("\n")
    return sum(len(text) + 1 for text in lines[: line - 1]) + column - 1
