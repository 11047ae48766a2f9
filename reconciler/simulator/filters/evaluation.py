"""Filters made runnable: what each comparison means for each type (RFC 7644 §3.4.2.2).

A filter is checked against the schema once, before any resource is looked at, so that a wrong one
fails with 400 `invalidFilter` also where nothing is stored. Three readings of silent places:

* an attribute that the resource type does not have is treated as having no value;
* `ne` is true of an attribute without a value, and of a multi-valued one if any value differs;
* a complex attribute without a sub-attribute stands for its `value`, where it has one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, assert_never

from reconciler.simulator.errors import FilterError
from reconciler.simulator.filters.grammar import (
    And,
    Compare,
    Filter,
    Has,
    Literal,
    Name,
    Not,
    Operator,
    Or,
    Present,
)
from reconciler.simulator.schemas import Attribute, ResourceType, Returned, Type
from reconciler.simulator.values import Document, Json, fold

Predicate = Callable[[Document], bool]
_Test = Callable[[Json], bool]

_ORDERING: Final = frozenset({Operator.GT, Operator.GE, Operator.LT, Operator.LE})
_CONTAINING: Final = frozenset({Operator.CO, Operator.SW, Operator.EW})
#: What the stored text is to the text of the filter.
_COMPARISONS: Final[Mapping[Operator, Callable[[str, str], bool]]] = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.CO: operator.contains,
    Operator.SW: str.startswith,
    Operator.EW: str.endswith,
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
}


@dataclass(frozen=True, slots=True)
class _Place:
    """The way down a document to an attribute's values."""

    steps: tuple[str, ...]
    attribute: Attribute


def compile_filter(tree: Filter, resource_type: ResourceType) -> Predicate:
    """A test of whole resources (with `id` and `meta`).

    Raises:
        FilterError: the filter compares what cannot be compared.
    """
    return _compile(tree, lambda name: _in_resource(resource_type, name))


def compile_element_filter(tree: Filter, attribute: Attribute) -> Predicate:
    """A test of the elements of one complex attribute: what stands between `[` and `]`.

    Raises:
        FilterError: the filter compares what cannot be compared.
    """
    return _compile(tree, lambda name: _in_element(attribute, name))


def sort_key(name: Name, resource_type: ResourceType) -> Callable[[Document], tuple[bool, str]]:
    """The key by which `sortBy` orders: no value last, then folded unless `caseExact` (§3.4.2.3).

    Of a multi-valued attribute the primary value counts, else the first.

    Raises:
        FilterError: the attribute cannot be sorted by.
    """
    place = _in_resource(resource_type, name)
    if place is None:
        return lambda _: (True, "")
    place = _comparable(place, name)

    def key(resource: Document) -> tuple[bool, str]:
        found = next(_leaves(_primary_first(resource, place.steps[0]), place.steps), None)
        if found is None:
            return (True, "")
        text = found if isinstance(found, str) else str(found).lower()
        return (False, text if place.attribute.case_exact else fold(text))

    return key


def mentioned(tree: Filter) -> frozenset[str]:
    """The folded names of the top-level attributes that the filter asks about."""
    match tree:
        case Compare(name, _, _) | Present(name) | Has(name, _):
            return frozenset({name.name.lower()})
        case Not(inner):
            return mentioned(inner)
        case And(terms) | Or(terms):
            return frozenset().union(*(mentioned(term) for term in terms))
        case _:
            assert_never(tree)


def _compile(tree: Filter, locate: Callable[[Name], _Place | None]) -> Predicate:
    match tree:
        case Compare(name, op, value):
            return _comparison(name, op, value, locate(name))
        case Present(name):
            place = locate(name)
            if place is None:
                return lambda _: False
            return lambda resource: any(
                leaf not in ("", {}, []) for leaf in _leaves(resource, place.steps)
            )
        case Has(name, inner):
            return _has(name, inner, locate(name))
        case Not(inner):
            negated = _compile(inner, locate)
            return lambda resource: not negated(resource)
        case And(terms):
            every = [_compile(term, locate) for term in terms]
            return lambda resource: all(test(resource) for test in every)
        case Or(terms):
            some = [_compile(term, locate) for term in terms]
            return lambda resource: any(test(resource) for test in some)
        case _:
            assert_never(tree)


def _has(name: Name, inner: Filter, place: _Place | None) -> Predicate:
    if place is None:
        return lambda _: False
    if place.attribute.type is not Type.COMPLEX:
        raise FilterError(f"{name} is not complex: it has no elements to choose from")
    test = compile_element_filter(inner, place.attribute)
    steps = place.steps
    return lambda resource: any(
        isinstance(element, dict) and test(element) for element in _leaves(resource, steps)
    )


def _comparison(name: Name, op: Operator, value: Literal, place: _Place | None) -> Predicate:
    if value is None:
        return _comparison_with_null(name, op, place)
    if place is None:
        return lambda _: op is Operator.NE
    place = _comparable(place, name)
    test = _test(name, op, value, place.attribute)
    steps = place.steps
    without_value = op is Operator.NE

    def holds(resource: Document) -> bool:
        empty = True
        for leaf in _leaves(resource, steps):
            empty = False
            if test(leaf):
                return True
        return empty and without_value

    return holds


def _comparison_with_null(name: Name, op: Operator, place: _Place | None) -> Predicate:
    if op not in (Operator.EQ, Operator.NE):
        raise FilterError(f"{name} {op} null: only eq and ne take null")
    wanted = op is Operator.NE
    if place is None:
        return lambda _: not wanted
    return lambda resource: any(True for _ in _leaves(resource, place.steps)) is wanted


def _test(name: Name, op: Operator, value: Literal, attribute: Attribute) -> _Test:
    if op in _ORDERING and attribute.type in (Type.BOOLEAN, Type.BINARY):
        raise FilterError(f"{name} {op}: a {attribute.type} value has no order")
    if attribute.type is Type.BOOLEAN:
        if op not in (Operator.EQ, Operator.NE) or not isinstance(value, bool):
            raise FilterError(f"{name} is a boolean: it takes eq or ne with true or false")
        return lambda leaf: (leaf is value) is (op is Operator.EQ)
    if not isinstance(value, str):
        raise FilterError(f"{name} is text: compare it with text in double quotes")
    if attribute.type is Type.DATETIME and op not in _CONTAINING:
        return _instant_test(name, op, value)
    if attribute.case_exact:
        return _text_test(op, value, lambda text: text)
    return _text_test(op, fold(value), fold)


def _text_test(op: Operator, value: str, key: Callable[[str], str]) -> _Test:
    compare = _COMPARISONS[op]
    return lambda leaf: isinstance(leaf, str) and compare(key(leaf), value)


def _instant_test(name: Name, op: Operator, value: str) -> _Test:
    wanted = instant(value)
    if wanted is None:
        raise FilterError(f"{name} is a date: compare it with one such as 2026-01-31T00:00:00Z")
    # A fixed-width text of the instant orders as the instant does.
    return _text_test(op, _sortable(wanted), lambda text: _sortable(instant(text)))


def instant(text: str) -> datetime | None:
    """The instant that an xsd:dateTime names (RFC 7643 §2.3.5); without a zone it is UTC."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    if "T" not in text:
        return None
    try:
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except OverflowError:
        return None


def _sortable(at: datetime | None) -> str:
    return "" if at is None else at.isoformat(timespec="microseconds")


def _comparable(place: _Place, name: Name) -> _Place:
    if place.attribute.type is not Type.COMPLEX:
        return place
    value = place.attribute.sub("value")
    if value is None:
        raise FilterError(f"{name} is complex: name one of its sub-attributes")
    return _Place((*place.steps, value.name), value)


def _in_resource(resource_type: ResourceType, name: Name) -> _Place | None:
    located = resource_type.locate(name.urn, name.name)
    if located is None or located.attribute.returned is Returned.NEVER:
        return None
    top = () if located.extension is None else (located.extension,)
    return _down(top, located.attribute, name.sub)


def _in_element(attribute: Attribute, name: Name) -> _Place | None:
    sub = attribute.sub(name.name) if name.urn is None else None
    return None if sub is None else _down((), sub, name.sub)


def _down(top: tuple[str, ...], attribute: Attribute, sub: str | None) -> _Place | None:
    if sub is None:
        return _Place((*top, attribute.name), attribute)
    found = attribute.sub(sub)
    return None if found is None else _Place((*top, attribute.name, found.name), found)


def _leaves(value: Json, steps: tuple[str, ...]) -> Iterator[Json]:
    """Every value at the end of the steps; lists on the way are walked through."""
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item, steps)
    elif not steps:
        if value is not None:
            yield value
    elif isinstance(value, dict):
        yield from _leaves(value.get(steps[0]), steps[1:])


def _primary_first(resource: Document, name: str) -> Document:
    elements = resource.get(name)
    if not isinstance(elements, list):
        return resource
    by_primary = sorted(
        elements, key=lambda e: not (isinstance(e, dict) and e.get("primary") is True)
    )
    return {**resource, name: by_primary}
