"""An expression of a mapping while it is evaluated: the value of each part, as a tree.

Parts are found again by their place in the text: what lies inside another part belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, assert_never
from unicodedata import combining, east_asian_width

from reconciler.desired.expressions import (
    Candidates,
    EvaluationFailure,
    ExpressionError,
    Hidden,
    Ignore,
    Step,
)
from reconciler.desired.expressions.program import Result
from reconciler.model.sealed import REDACTED, Held
from reconciler.model.show import inert, plain, show
from reconciler.report.data import value_data
from reconciler.report.style import Style, Tone

_AROUND: Final = 60  # characters shown before and after an error


@dataclass(frozen=True, slots=True)
class Part:
    """A sub-expression, its value, and the parts of it that were evaluated, from left to right."""

    offset: int
    text: str
    result: Result | Hidden
    parts: tuple[Part, ...]


def as_tree(steps: Sequence[Step]) -> Part:
    """The steps of `Program.trace` (innermost first, the whole last; not empty) as a tree.

    What was evaluated twice stands there once.
    """
    open_parts: list[Part] = []
    once = {(step.offset, len(step.text)): step for step in steps}
    for step in once.values():
        inside: list[Part] = []
        while open_parts and _within(open_parts[-1], step):
            inside.insert(0, open_parts.pop())
        open_parts.append(Part(step.offset, step.text, step.result, tuple(inside)))
    return open_parts[-1]


def _within(part: Part, step: Step) -> bool:
    ends = step.offset + len(step.text)
    return step.offset <= part.offset and part.offset + len(part.text) <= ends


def evaluation_lines(whole: Part, style: Style) -> Iterator[str]:
    """The result, and under it each part with its own."""
    yield style.mark(Tone.STRONG, "Result: ") + _result(whole.result, style)
    yield ""
    yield from _part(whole, 0, style)


def _part(part: Part, depth: int, style: Style) -> Iterator[str]:
    yield f"{'  ' * depth}{plain(part.text)}  {style.mark(Tone.QUIET, '=')} " + _result(
        part.result, style
    )
    for inner in part.parts:
        yield from _part(inner, depth + 1, style)


def _result(result: Result | Hidden, style: Style) -> str:
    match result:
        case EvaluationFailure(function=function, reason=reason):
            return f"{style.mark(Tone.BAD, 'failed')} in {plain(function)}: {inert(reason)}"
        case Ignore():
            return style.mark(Tone.CHANGE, "ignored (the attribute is not managed)")
        case Hidden():
            return REDACTED
        case Candidates(values=values):
            listed = " or ".join(show(value) for value in values)
            return f"the first that nobody has: {listed}" if values else show(None)
        case _:
            return show(result)


def error_lines(text: str, wrong: ExpressionError, style: Style) -> Iterator[str]:
    """What is wrong, the line in which it is, a caret under the place, and what was expected."""
    yield f"{style.mark(Tone.BAD, 'error')}: {inert(wrong.message)}"
    begins = text.rfind("\n", 0, wrong.offset) + 1
    ends = text.find("\n", wrong.offset)
    line = text[begins:] if ends < 0 else text[begins:ends]
    at = wrong.offset - begins
    left = max(0, at - _AROUND)
    cut = line[left : at + _AROUND]
    before = ("…" if left else "") + inert(cut[: at - left])
    after = inert(cut[at - left :]) + ("…" if at + _AROUND < len(line) else "")
    yield f"    {before}{after}"
    yield f"    {' ' * _width(before)}{style.mark(Tone.BAD, '^')}"
    yield f"    at character {wrong.offset + 1:,}"
    if any(word not in wrong.message for word in wrong.expected):
        yield f"    expected {', '.join(map(inert, wrong.expected))}"


def _width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(
        0 if combining(character) else 2 if east_asian_width(character) in {"F", "W"} else 1
        for character in text
    )


def evaluation_data(
    text: str, given: Mapping[str, Held], whole: Part | ExpressionError
) -> dict[str, object]:
    """The same for programs. `attributes` are those that the expression reads."""
    data: dict[str, object] = {
        "expression": text,
        "attributes": {name: value_data(value) for name, value in given.items()},
    }
    match whole:
        case ExpressionError(message=message, offset=offset, expected=expected):
            error = {"message": message, "offset": offset, "expected": list(expected)}
            return {**data, "error": error}
        case Part():
            return {**data, "evaluation": _part_data(whole)}
        case _:
            assert_never(whole)


def _part_data(part: Part) -> dict[str, object]:
    return {
        "offset": part.offset,
        "text": part.text,
        **_result_data(part.result),
        "parts": [_part_data(inner) for inner in part.parts],
    }


def _result_data(result: Result | Hidden) -> dict[str, object]:
    match result:
        case EvaluationFailure(function=function, reason=reason):
            return {"outcome": "failed", "function": function, "reason": reason}
        case Ignore():
            return {"outcome": "ignored"}
        case Hidden():
            return {"outcome": "redacted", "value": REDACTED}
        case Candidates(values=values):
            return {"outcome": "candidates", "values": list(values)}
        case _:
            return {"outcome": "value", "value": value_data(result)}
