"""What an expression does while it runs: closures that evaluate, convert, call and check.

A call evaluates its arguments from left to right, and the first that cannot be used ends it. Every
result is bounded, so no nesting of functions makes a text grow without end.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from reconciler.desired.expressions.context import Given
from reconciler.desired.expressions.signature import Evaluator
from reconciler.desired.expressions.values import (
    FALSE,
    MAX_TEXT,
    TRUE,
    RefusalError,
    compare,
    equal,
    read_attribute,
)
from reconciler.model.path import Value

_ORDERS: Mapping[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Slot:
    """One argument of a call: evaluated and converted, or a constant that is converted already.

    `ends` says that a null here is the result of the whole call.
    """

    parameter: str
    evaluate: Evaluator | None
    constant: object
    convert: Callable[[Value], object]
    ends: bool


def attribute_reader(name: str) -> Evaluator:
    """Reads one attribute; absent is null."""

    def read(given: Given) -> Value:
        value = given.attributes.get(name)
        if value is None:
            return None
        try:
            return read_attribute(value)
        except RefusalError as refusal:
            raise RefusalError(refusal.reason, f"[{name}]") from None

    return read


def comparison(sign: str, left: Evaluator, right: Evaluator) -> Evaluator:
    """Compares two values. What has no order is neither before nor after anything."""
    if sign in {"=", "<>"}:
        same, different = (TRUE, FALSE) if sign == "=" else (FALSE, TRUE)

        def test_equality(given: Given) -> Value:
            return same if equal(left(given), right(given)) else different

        return lazy_call(sign, test_equality)
    order = _ORDERS[sign]

    def test_order(given: Given) -> Value:
        found = compare(left(given), right(given))
        return TRUE if found is not None and order(found, 0) else FALSE

    return lazy_call(sign, test_order)


def lazy_call(name: str, evaluator: Evaluator) -> Evaluator:
    """An evaluator whose refusals carry the name of the function, unless they have one."""

    def call(given: Given) -> Value:
        try:
            return evaluator(given)
        except RefusalError as refusal:
            refusal.function = refusal.function or name
            raise

    return call


def strict_call(name: str, apply: Callable[..., Value], slots: Sequence[Slot]) -> Evaluator:
    """Evaluates and converts every argument, then applies the function to them."""

    def call(given: Given) -> Value:
        values: list[object] = []
        for slot in slots:
            if slot.evaluate is None:
                values.append(slot.constant)
                continue
            value = slot.evaluate(given)
            if value is None:
                if slot.ends:
                    return None
                values.append(None)
                continue
            try:
                values.append(slot.convert(value))
            except RefusalError as refusal:
                raise RefusalError(f"{slot.parameter}: {refusal.reason}", name) from None
        try:
            return _bounded(apply(*values))
        except RefusalError as refusal:
            refusal.function = name
            raise

    return call


def ambient_call(
    name: str, apply: Callable[..., Value], slots: Sequence[Slot], offset: int
) -> Evaluator:
    """The same for a function that gets the circumstances and its own place first."""

    def call(given: Given) -> Value:
        return strict_call(name, partial(apply, given.context, offset), slots)(given)

    return call


def _bounded(value: Value) -> Value:
    """Texts grow by being put together; lists only by Split, which looks to that itself."""
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise RefusalError(f"expected at most {MAX_TEXT} characters as the result")
    return value
