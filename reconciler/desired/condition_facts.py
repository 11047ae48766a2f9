"""What must be so wherever a condition is true, and when two conditions exclude each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.desired.condition_message import (
    CALL,
    CONSTANT,
    CONSTANT_TEXT,
    IDENT,
    SELECT,
    Message,
    expression_of,
)


@dataclass(frozen=True, slots=True)
class Fact:
    """What must be so wherever a condition is true: an attribute is a text, or begins with it."""

    attribute: str
    text: str
    begins: bool


def necessary_facts(serialised: bytes, variable: str) -> tuple[Fact, ...]:
    """The plainest of what a condition asks of `variable`: its parts that are joined by `&&`.

    What cannot be read so is left out, so nothing here is a guess.
    """
    found: list[Fact] = []
    stack = [expression_of(serialised)]
    while stack:
        call = stack.pop().part(CALL)
        function, arguments = call.text(2), call.parts(1, 3)
        if function == "_&&_":
            stack.extend(arguments)
        elif function in {"_==_", "startsWith"} and len(arguments) == 2:
            found += _facts(variable, arguments, begins=function == "startsWith")
    return tuple(found)


def _facts(variable: str, arguments: list[Message], *, begins: bool) -> Iterator[Fact]:
    orders = (arguments,) if begins else (arguments, arguments[::-1])
    for attribute, constant in orders:
        select, held = attribute.part(SELECT), constant.part(CONSTANT)
        if select.part(1).part(IDENT).text(1) == variable and CONSTANT_TEXT in held:
            yield Fact(select.text(2), held.text(CONSTANT_TEXT), begins)


def contradict(one: Fact, other: Fact) -> bool:
    """Whether no object can satisfy both. Case is no difference: a provider may change it."""
    if one.attribute.lower() != other.attribute.lower():
        return False
    text, further = one.text.casefold(), other.text.casefold()
    if one.begins and other.begins:
        return not text.startswith(further) and not further.startswith(text)
    if one.begins:
        return not further.startswith(text)
    if other.begins:
        return not text.startswith(further)
    return text != further
