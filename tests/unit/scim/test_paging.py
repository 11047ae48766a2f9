"""Walking a collection: complete at every boundary, and a gap for everything that is odd."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.identity import Kind, ResourceId
from reconciler.model.resource import Resource
from reconciler.scim.bodies import Page
from reconciler.scim.paging import Ask, Walk

Server = Callable[[Ask], Page]


def row(number: int) -> Resource:
    return Resource(ResourceId(f"u{number:06}"), Kind.USER, {})


def rows(first: int, last: int) -> tuple[Resource, ...]:
    """Rows from `first` to `last`, both included, counted from 1."""
    return tuple(row(n) for n in range(first, last + 1))


def page(found: tuple[Resource, ...], total: int | None, start: int | None = None) -> Page:
    return Page(found, len(found), total, start)


def good(size: int, largest: int = 1000) -> Server:
    """A server that does as RFC 7644 §3.4.2.4 says, with at most `largest` rows on a page."""

    def answer(ask: Ask) -> Page:
        count = min(ask.count, largest)
        return page(
            rows(ask.start_index, min(size, ask.start_index + count - 1)), size, ask.start_index
        )

    return answer


def walked(server: Server, count: int = 10, most: int = 100) -> tuple[Walk, list[int]]:
    """A walk to its end, and the start of each page that it asked for."""
    walk = Walk(count)
    starts: list[int] = []
    while walk.ask is not None:
        assert len(starts) < most, "the walk does not end"
        starts.append(walk.ask.start_index)
        walk.take(server(walk.ask))
    return walk, starts


@pytest.mark.parametrize(
    ("size", "starts"),
    [
        (0, [1]),
        (1, [1]),
        (9, [1]),
        (10, [1]),
        (11, [1, 11]),
        (19, [1, 11]),
        (20, [1, 11]),
        (21, [1, 11, 21]),
        (250, list(range(1, 250, 10))),
    ],
)
def test_everybody_is_read_with_no_request_too_many(size: int, starts: list[int]) -> None:
    walk, asked = walked(good(size))
    assert asked == starts
    assert walk.listing().gap is None
    assert list(walk.listing().resources.values()) == list(rows(1, size))


@settings(deadline=None)
@given(size=st.integers(0, 60), count=st.integers(1, 20), largest=st.integers(1, 20))
def test_any_size_of_page_reads_everybody_once(size: int, count: int, largest: int) -> None:
    """Also where the server sends fewer rows than were asked for."""
    walk, asked = walked(good(size, largest), count)
    assert len(walk.listing().resources) == size
    assert walk.listing().complete
    assert len(asked) == max(1, -(-size // min(count, largest)))


def test_a_server_that_ignores_count_and_sends_everybody_is_read_in_one() -> None:
    walk, asked = walked(lambda _ask: page(rows(1, 25), 25))
    assert (asked, walk.listing().complete, walk.seen) == ([1], True, 25)


def test_the_order_of_rows_does_not_matter() -> None:
    walk, _ = walked(lambda _ask: page(tuple(reversed(rows(1, 5))), 5))
    assert list(walk.listing().resources) == [row(n).id for n in range(1, 6)]


def scripted(*pages: Page) -> Server:
    waiting = iter(pages)
    return lambda _ask: next(waiting)


FIRST = page(rows(1, 10), 25, 1)


@pytest.mark.parametrize(
    ("server", "starts", "seen", "gap"),
    [
        (
            scripted(FIRST, page((), 25)),
            [1, 11],
            10,
            "an empty page after 10 of 25 resources",
        ),
        (
            scripted(page((), 25)),
            [1],
            0,
            "an empty page after 0 of 25 resources",
        ),
        (
            # `startIndex` taken for a page number: the eleventh page.
            lambda ask: page(rows(1, 10), 25) if ask.start_index == 1 else page((), 25, 11),
            [1, 11],
            10,
            "an empty page after 10 of 25 resources",
        ),
        (
            scripted(FIRST, page(rows(21, 25), 25, 21)),
            [1, 11],
            15,
            "asked for rows from 11, the answer says from 21",
        ),
        (
            # `startIndex` ignored: the first page for ever. Looked at twice, then believed.
            lambda _ask: page(rows(1, 10), 25),
            [1, 11, 1, 11],
            10,
            "10 rows came twice",
        ),
        (
            lambda _ask: page((*rows(1, 4), row(4)), 5),
            [1, 1],
            4,
            "1 rows came twice",
        ),
        (
            scripted(
                FIRST, page(rows(11, 20), 24), FIRST, page(rows(11, 20), 25), page(rows(21, 24), 24)
            ),
            [1, 11, 1, 11, 21],
            24,
            "the number of resources changed from 25 to 24 meanwhile",
        ),
        (
            scripted(page(rows(1, 12), 5)),
            [1],
            12,
            "5 resources were announced, 12 came",
        ),
        (
            scripted(page(rows(1, 3), None)),
            [1],
            3,
            "the answer has no totalResults, so its end cannot be told (RFC 7644 §3.4.2)",
        ),
        (
            scripted(Page(rows(1, 9), 10, 10, 1)),
            [1],
            9,
            "1 rows came without a usable id",
        ),
        (
            scripted(Page((), 10, 25, 1)),
            [1],
            0,
            "10 rows came without a usable id",
        ),
        (
            scripted(page(rows(1, 1), -1)),
            [1],
            1,
            "-1 resources were announced, 1 came",
        ),
    ],
    ids=[
        "stops early",
        "empty at once",
        "counts pages",
        "answers another place",
        "ignores startIndex",
        "same row twice",
        "keeps moving",
        "more than announced",
        "no total",
        "row without id",
        "no ids at all",
        "negative total",
    ],
)
def test_what_cannot_be_explained_is_a_gap(
    server: Server, starts: list[int], seen: int, gap: str
) -> None:
    walk, asked = walked(server)
    assert (asked, walk.seen, walk.listing().gap) == (starts, seen, gap)


def test_rows_without_ids_on_every_page_come_to_an_end() -> None:
    walk, asked = walked(lambda _ask: Page((), 10, 25, None))
    assert asked == [1]
    assert walk.listing().gap == "10 rows came without a usable id"


def test_a_collection_that_moved_once_is_read_again_from_the_start() -> None:
    """Somebody was created while it was read; the second reading is quiet, and complete."""
    pages = scripted(FIRST, page(rows(11, 20), 26), *(good(26)(Ask(n, 10)) for n in (1, 11, 21)))
    walk, asked = walked(pages)
    assert asked == [1, 11, 1, 11, 21]
    assert walk.listing().complete
    assert walk.seen == 26


def test_a_row_that_moved_to_the_next_page_starts_the_reading_again() -> None:
    pages = scripted(
        FIRST, page(rows(10, 19), 25, 11), *(good(25)(Ask(n, 10)) for n in (1, 11, 21))
    )
    walk, asked = walked(pages)
    assert asked == [1, 11, 1, 11, 21]
    assert walk.listing().complete


@pytest.mark.parametrize("echo", [None, 0, 1, 7])
def test_where_the_first_page_is_everything_its_start_does_not_matter(echo: int | None) -> None:
    walk, _ = walked(lambda _ask: page(rows(1, 3), 3, echo))
    assert walk.listing().complete


def test_a_first_page_from_somewhere_else_is_a_gap() -> None:
    walk, asked = walked(lambda _ask: page(rows(1, 10), 25, 0))
    assert (asked, walk.listing().gap) == ([1], "asked for rows from 1, the answer says from 0")


def test_a_walk_that_broke_off_keeps_what_it_had_and_says_why() -> None:
    walk = Walk(10)
    walk.take(FIRST)
    walk.break_off("no answer")
    assert walk.ask is None
    assert walk.listing().gap == "broke off after 10 of 25 resources: no answer"
    assert list(walk.listing().resources.values()) == list(rows(1, 10))


def test_a_walk_is_untouched_until_it_took_a_page() -> None:
    fresh, empty = Walk(10), Walk(10)
    empty.take(page((), 25))
    assert (fresh.untouched, empty.untouched) == (True, False)


def test_a_walk_that_starts_again_and_breaks_off_at_once_is_incomplete() -> None:
    walk = Walk(10)
    walk.take(FIRST)
    walk.take(page(rows(11, 20), 26))
    assert (walk.ask, walk.untouched) == (Ask(1, 10), False)
    walk.break_off("no answer")
    assert walk.listing().gap == "broke off after 0 resources: no answer"


def test_a_walk_that_is_over_takes_no_page() -> None:
    walk, _ = walked(good(1))
    with pytest.raises(ValueError, match="the walk is over"):
        walk.take(FIRST)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(1, 30), max_size=12),
            st.integers(0, 3),
            st.none() | st.integers(-2, 40),
            st.none() | st.integers(0, 40),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_whatever_a_server_sends_the_walk_ends_and_complete_means_complete(
    script: list[tuple[list[int], int, int | None, int | None]],
) -> None:
    pages = [
        Page(tuple(row(n) for n in numbers), len(numbers) + nameless, total, start)
        for numbers, nameless, total, start in script
    ]
    walk = Walk(10)
    asked = 0
    while walk.ask is not None:
        walk.take(pages[min(asked, len(pages) - 1)])
        asked += 1
        assert asked < 200
    listing = walk.listing()
    if listing.complete:
        assert len(listing.resources) == walk.total
