"""Replacement texts of .NET: `${name}`, `$1`, `$&` and their like, parsed once, expanded per match.

A reference to a group that the pattern does not have stays as it is written, as does a lone `$`
(Microsoft, "Substitutions in regular expressions").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Special(StrEnum):
    """Parts of the input around the match."""

    BEFORE = "`"
    AFTER = "'"
    WHOLE = "_"


@dataclass(frozen=True, slots=True)
class GroupText:
    """What a group matched; nothing when it took no part."""

    number: int


TemplatePart = str | GroupText | Special


def parse_template(template: str, groups: Mapping[str, int]) -> tuple[TemplatePart, ...]:
    """The parts of `template` for a pattern with these groups."""
    parts: list[TemplatePart] = []
    at = 0
    while (dollar := template.find("$", at)) >= 0:
        part, end = _reference(template, dollar + 1, groups)
        if part is None:
            parts.append(template[at:end])
        else:
            parts += (template[at:dollar], part)
        at = end
    parts.append(template[at:])
    return tuple(part for part in parts if part != "")


def _reference(
    template: str, at: int, groups: Mapping[str, int]
) -> tuple[TemplatePart | None, int]:
    """What stands behind a dollar sign, and where it ends; None when the dollar is itself."""
    sign = template[at : at + 1]
    match sign:
        case "$":
            return "$", at + 1
        case "&":
            return GroupText(0), at + 1
        case "+":
            return GroupText(max(groups.values())), at + 1
        case "`" | "'" | "_":
            return Special(sign), at + 1
        case "{":
            end = template.find("}", at)
            name = template[at + 1 : end] if end > 0 else ""
            return (GroupText(groups[name]), end + 1) if name in groups else (None, at)
        case _:
            end = at
            while end < len(template) and template[end] in "0123456789":
                end += 1
            number = template[at:end].lstrip("0") or ("0" if end > at else "")
            return (GroupText(groups[number]), end) if number in groups else (None, at)


def expand(
    parts: Sequence[TemplatePart],
    text: str,
    span: tuple[int, int],
    group: Callable[[int], str | None],
    limit: int,
) -> str:
    """The replacement for one match at `span` of `text`; `group` gives what a group matched.

    Stops as soon as it is longer than `limit` characters, so that it is short, or too long.
    """
    pieces: list[str] = []
    length = 0
    for part in parts:
        if length > limit:
            break
        match part:
            case GroupText(number):
                pieces.append(group(number) or "")
            case Special.BEFORE:
                pieces.append(text[: span[0]])
            case Special.AFTER:
                pieces.append(text[span[1] :])
            case Special.WHOLE:
                pieces.append(text)
            case _:
                pieces.append(part)
        length += len(pieces[-1])
    return "".join(pieces)
