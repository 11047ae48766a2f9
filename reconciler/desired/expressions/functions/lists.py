"""Functions on attributes with several values."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.desired.expressions.signature import (
    Function,
    Kind,
    Strict,
    function,
    optional,
    required,
)
from reconciler.desired.expressions.values import MAX_TEXT, MAX_VALUES, RefusalError, to_text
from reconciler.model.path import Scalar, Value


def count(values: tuple[Scalar, ...] | None) -> int:
    """How many values; none for an absent attribute."""
    return len(values or ())


def item(values: tuple[Scalar, ...], index: int) -> Scalar:
    """One of the values, counted from 1."""
    if not 1 <= index <= len(values):
        raise RefusalError("index: expected 1 or more, and no more than the attribute has values")
    return values[index - 1]


def join(separator: str | None, *sources: tuple[Scalar, ...] | None) -> str:
    """All values of all sources with the separator between; null and empty ones are skipped."""
    between = separator or ""
    texts = [text for source in sources if source for text in _texts(source)]
    if sum(map(len, texts)) + len(between) * (len(texts) - 1) > MAX_TEXT:
        raise RefusalError(f"expected at most {MAX_TEXT} characters as the result")
    return between.join(texts)


def _texts(values: tuple[Scalar, ...]) -> Iterator[str]:
    for value in values:
        if value is not None and (text := to_text(value)):
            yield text


def remove_duplicates(value: Value) -> Value:
    """The values without repetitions, in the order of their first appearance."""
    if not isinstance(value, tuple):
        return value
    first: dict[str, Scalar] = {}
    for each in value:
        if each is not None:
            first.setdefault(to_text(each), each)
    return tuple(first.values())


def split(text: str, delimiter: str | None) -> Value:
    """The parts between the delimiters, without white space around them; a space by default."""
    if not text:
        return ()
    if text.count(delimiter or " ") >= MAX_VALUES:
        raise RefusalError(f"expected at most {MAX_VALUES} values as the result")
    return tuple(part.strip() for part in text.split(delimiter or " "))


_ATTRIBUTE = required("attribute", Kind.LIST)

FUNCTIONS: tuple[Function, ...] = (
    function("Count", Strict(count, null_gives_null=False), _ATTRIBUTE),
    function("Item", Strict(item), _ATTRIBUTE, required("index", Kind.WHOLE)),
    function(
        "Join",
        Strict(join, null_gives_null=False),
        required("separator", Kind.TEXT),
        required("source", Kind.LIST),
        repeats=1,
    ),
    function("RemoveDuplicates", Strict(remove_duplicates), required("attribute", Kind.ANY)),
    function(
        "Split",
        Strict(split),
        required("source", Kind.TEXT),
        optional("delimiter", Kind.CHARACTER),
    ),
)
