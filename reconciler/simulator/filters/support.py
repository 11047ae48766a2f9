"""Which filters a provider takes: a quirk set's own limits on the language of RFC 7644 §3.4.2.2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, assert_never

from reconciler.simulator.errors import FilterError
from reconciler.simulator.filters.grammar import And, Compare, Filter, Has, Not, Or, Present
from reconciler.simulator.quirks import Joined, OtherFilters, Quirks
from reconciler.simulator.values import Kind

_JOINS: Final[dict[Joined, tuple[type, ...]]] = {
    Joined.SIMPLY: (And, Or),
    Joined.AND: (And,),
    Joined.NOT: (),
}


def supported(tree: Filter | None, kind: Kind, quirks: Quirks) -> Filter | None:
    """The filter, or None where there is none, or the provider ignores it.

    Raises:
        FilterError: the provider refuses it.
    """
    wrong = None if tree is None else _wrong(tree, kind, quirks)
    if wrong is None:
        return tree
    if quirks.other_filters is OtherFilters.IGNORED:
        return None
    raise FilterError(wrong)


def _wrong(tree: Filter, kind: Kind, quirks: Quirks) -> str | None:
    """What of it the provider does not take."""
    nodes = list(_nodes(tree))
    if quirks.filter_nodes is not None and len(nodes) > quirks.filter_nodes:
        return f"{len(nodes)} nodes in one filter: at most {quirks.filter_nodes}"
    if quirks.filter_joins is not Joined.FREELY and not _is_flat(tree, quirks.filter_joins):
        return f"comparisons are joined {quirks.filter_joins} here"
    names = quirks.filterable_user if kind is Kind.USER else quirks.filterable_group
    operators = quirks.filter_operators
    for node in nodes:
        match node:
            case Compare(name, operator):
                used = operator.value
            case Present(name):
                used = "pr"
            case _:
                continue
        if names is not None and str(name).lower() not in names:
            return f"a {kind} can be filtered by {sorted(names)}"
        if operators is not None and used not in operators:
            return f"a filter compares with {sorted(operators)}"
    return None


def _is_flat(tree: Filter, joins: Joined) -> bool:
    """It is comparisons, joined as they may be, without anything inside anything.

    `a and b or c` is a tree of two levels, and has no parentheses: simple enough where both join.
    """
    allowed = _JOINS[joins]
    return all(isinstance(node, (Compare, Present, *allowed)) for node in _nodes(tree)) and not (
        _is_nested(tree)
    )


def _is_nested(tree: Filter) -> bool:
    """An `or` inside an `and` needed parentheses to be written."""
    match tree:
        case And(terms):
            return not all(isinstance(term, Compare | Present) for term in terms)
        case Or(terms):
            return any(map(_is_nested, terms))
        case _:
            return False


def _nodes(tree: Filter) -> Iterator[Filter]:
    yield tree
    match tree:
        case And(terms) | Or(terms):
            for term in terms:
                yield from _nodes(term)
        case Not(inner) | Has(_, inner):
            yield from _nodes(inner)
        case Compare() | Present():
            pass
        case _:
            assert_never(tree)
