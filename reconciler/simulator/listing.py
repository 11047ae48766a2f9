"""Queries (RFC 7644 §3.4.2): filter, sort and page, over one resource type or several."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reconciler.simulator.cursors import Cursor, read_cursor
from reconciler.simulator.definitions import RESOURCE_TYPES
from reconciler.simulator.errors import FilterError, invalid_path, invalid_syntax, invalid_value
from reconciler.simulator.filters.evaluation import compile_filter, mentioned, sort_key
from reconciler.simulator.filters.grammar import (
    And,
    Compare,
    Filter,
    Has,
    Name,
    Operator,
    parse_filter,
    parse_name,
)
from reconciler.simulator.filters.support import supported
from reconciler.simulator.quirks import OtherFilters, Paging, Quirks
from reconciler.simulator.records import Key, Order, Stored
from reconciler.simulator.rendering import COMPUTED, Projection, computed, read_projection, render
from reconciler.simulator.store import Transaction
from reconciler.simulator.values import Document, Json, Kind

SEARCH_URN: Final = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
LIST_URN: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")
_LARGEST: Final = 10**9  # no list is longer, and SQLite's integers end
_KEYS: Final = {
    "id": Key.ID,
    "username": Key.USER_NAME,
    "displayname": Key.DISPLAY_NAME,
    "externalid": Key.EXTERNAL_ID,
}


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked: `start` counts from 1; `count` is a number of resources, 0 for the total.

    `cursor` is the place where a page begins (RFC 9865), None where pages have numbers.
    """

    tree: Filter | None
    start: int
    cursor: Cursor | None
    count: int
    sort_by: Name | None
    descending: bool
    projection: Projection


@dataclass(frozen=True, slots=True)
class Page:
    """The resources of one page, and how many there are on all pages.

    `next_cursor` leads to the page behind it, where cursors do.
    """

    total: int
    resources: Sequence[Stored]
    next_cursor: str | None = None


def query_of_parameters(parameters: Mapping[str, str], quirks: Quirks) -> Query:
    """The query in a URL.

    Raises:
        ScimError: a parameter is malformed.
    """
    return _query(parameters, _split, quirks)


def query_of_body(body: Json, quirks: Quirks) -> Query:
    """The query in the body of `POST /.search` (RFC 7644 §3.4.3).

    Raises:
        ScimError: it is not a SearchRequest.
    """
    schemas = body.get("schemas") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(schemas, list) or SEARCH_URN not in schemas:
        raise invalid_syntax(f"schemas does not name {SEARCH_URN}")
    return _query(body, _text_list, quirks)


def run(
    transaction: Transaction, kinds: Sequence[Kind], query: Query, base: str, quirks: Quirks
) -> Page:
    """One page of what the query selects, in the order of creation unless it says otherwise.

    Raises:
        ScimError: the filter or `sortBy` compares what cannot be compared.
    """
    if query.cursor is not None:
        page = _rows(transaction, kinds, query, base, quirks, offset=query.cursor.offset)
        behind = query.cursor.offset + len(page.resources)
        follows = behind < page.total and query.count > 0
        return replace(page, next_cursor=query.cursor.at(behind) if follows else None)
    if quirks.paging is Paging.NONE:
        return _rows(transaction, kinds, replace(query, count=_LARGEST), base, quirks, offset=0)
    offset = (query.start - 1) * (query.count if quirks.start_index_is_page else 1)
    return _rows(transaction, kinds, query, base, quirks, offset=offset)


def _rows(
    transaction: Transaction,
    kinds: Sequence[Kind],
    query: Query,
    base: str,
    quirks: Quirks,
    *,
    offset: int,
) -> Page:
    trees = {kind: supported(query.tree, kind, quirks) for kind in kinds}
    order = _stored_order(query)
    if len(kinds) == 1 and trees[kinds[0]] is None and order is not None:
        found = transaction.page(kinds[0], order, offset, query.count)
        return Page(transaction.count(kinds[0]), found)
    selected = [
        resource
        for kind, tree in trees.items()
        for resource in _selected(transaction, kind, tree, base, quirks)
    ]
    selected = _sorted(transaction, selected, query, base, quirks)
    return Page(len(selected), selected[offset : offset + query.count])


def _query(
    source: Mapping[str, Json] | Mapping[str, str],
    names: Callable[[Json], list[str]],
    quirks: Quirks,
) -> Query:
    given: dict[str, Json] = {name.lower(): value for name, value in source.items()}
    text = given.get("filter")
    sort_by = given.get("sortby") if quirks.sorts else None
    descending = given.get("sortorder", "ascending")
    if descending not in ("ascending", "descending"):
        raise invalid_value("sortOrder is not ascending or descending")
    asked = repr([text, sort_by, descending])
    return Query(
        tree=_read_filter(text, quirks) if isinstance(text, str) else None,
        cursor=(
            read_cursor(given.get("cursor"), asked) if quirks.paging is Paging.CURSOR else None
        ),
        start=max(1, _integer(given.get("startindex"), "startIndex", 1)),
        count=_count(given.get("count"), quirks),
        sort_by=parse_name(sort_by) if isinstance(sort_by, str) else None,
        descending=descending == "descending",
        projection=read_projection(
            names(given.get("attributes")), names(given.get("excludedattributes"))
        ),
    )


def _read_filter(text: str, quirks: Quirks) -> Filter | None:
    try:
        return parse_filter(text)
    except FilterError:
        # A provider that ignores what it does not support does not look at it either.
        if quirks.other_filters is OtherFilters.IGNORED:
            return None
        raise


def _count(raw: Json, quirks: Quirks) -> int:
    """RFC 7644 §3.4.2.4: a negative count is 0, and 0 asks for the total only."""
    if quirks.count_ignored:
        return quirks.page_default
    return min(max(0, _integer(raw, "count", quirks.page_default)), quirks.page_max)


def _integer(raw: Json, name: str, default: int) -> int:
    match raw:
        case None:
            return default
        case bool():
            pass
        case int():
            return max(-_LARGEST, min(raw, _LARGEST))
        case str() if _INTEGER.fullmatch(raw):
            return max(-_LARGEST, min(int(raw), _LARGEST))
    raise invalid_value(f"{name} is not a whole number")


def _split(raw: Json) -> list[str]:
    return [part for part in raw.split(",") if part.strip()] if isinstance(raw, str) else []


def _text_list(raw: Json) -> list[str]:
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise invalid_syntax("attributes and excludedAttributes are lists of text")
    names = [item for item in raw if isinstance(item, str)]
    if len(names) != len(raw):
        raise invalid_syntax("attributes and excludedAttributes are lists of text")
    return names


def _stored_order(query: Query) -> Order | None:
    """The order, if pages can be read in it straight from the store."""
    match query.sort_by:
        case None:
            return Order.CREATION
        case Name(name, None, None) if not query.descending:
            return {"username": Order.USER_NAME, "displayname": Order.DISPLAY_NAME}.get(
                name.lower()
            )
        case _:
            return None


def _selected(
    transaction: Transaction, kind: Kind, tree: Filter | None, base: str, quirks: Quirks
) -> list[Stored]:
    if tree is None:
        return transaction.everything(kind)
    test = compile_filter(tree, RESOURCE_TYPES[kind])
    with_computed = COMPUTED[kind] in mentioned(tree)
    candidates = _candidates(transaction, kind, tree)
    if candidates is None:
        candidates = transaction.everything(kind)
    return [
        resource
        for resource in candidates
        if test(_view(transaction, resource, with_computed, base, quirks))
    ]


def _candidates(transaction: Transaction, kind: Kind, tree: Filter) -> list[Stored] | None:
    """Those that an index finds, among whom all that match are; None where no index helps."""
    match tree:
        case And(terms):
            found = (_candidates(transaction, kind, term) for term in terms)
            return next((some for some in found if some is not None), None)
        case Compare(Name(name, None, None), Operator.EQ, str() as value) if name.lower() in _KEYS:
            return transaction.lookup(kind, _KEYS[name.lower()], value)
        case Compare(Name(name, None | "value", None), Operator.EQ, str() as member_id) | Has(
            Name(name, None, None), Compare(Name("value"), Operator.EQ, str() as member_id)
        ) if kind is Kind.GROUP and name.lower() == "members":
            return transaction.groups_with_member(member_id)
        case _:
            return None


def _sorted(
    transaction: Transaction, selected: list[Stored], query: Query, base: str, quirks: Quirks
) -> list[Stored]:
    by = query.sort_by
    if by is None:
        return selected
    try:
        keys = {kind: sort_key(by, RESOURCE_TYPES[kind]) for kind in {r.kind for r in selected}}
    except FilterError as exc:
        raise invalid_path(f"sortBy: {exc.detail}") from exc
    return sorted(
        selected,
        key=lambda r: keys[r.kind](
            _view(transaction, r, by.name.lower() == COMPUTED[r.kind], base, quirks)
        ),
        reverse=query.descending,
    )


def _view(
    transaction: Transaction, resource: Stored, with_computed: bool, base: str, quirks: Quirks
) -> Document:
    """What filters and sorting look at; the members table is read only if it is asked about."""
    view = render(resource, base, quirks)
    if with_computed:
        view[COMPUTED[resource.kind]] = computed(transaction, resource, base)
    return view
