"""Walking a collection: complete at every boundary, and a gap for everything that is odd."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.dialect import IndexUnit
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.resource import Resource
from reconciler.scim.bodies import Page
from reconciler.scim.paging import Ask, Walk
from reconciler.scim.walks import CursorWalk, IndexWalk, WholeWalk

Server = Callable[[Ask], Page]


def row(number: int) -> Resource:
    return Resource(ResourceId(f"u{number:06}"), Kind.USER, {})


def rows(first: int, last: int) -> tuple[Resource, ...]:
    """Rows from `first` to `last`, both included, counted from 1."""
    return tuple(row(n) for n in range(first, last + 1))


def page(found: tuple[Resource, ...], total: int | None, cursor: str | None = None) -> Page:
    return Page(found, len(found), total, cursor)


def good(size: int, largest: int = 1000) -> Server:
    """A server that does as RFC 7644 §3.4.2.4 says, with at most `largest` rows on a page."""

    def answer(ask: Ask) -> Page:
        start, count = ask.start_index or 1, min(ask.count or largest, largest)
        return page(rows(start, min(size, start + count - 1)), size)

    return answer


def walked(server: Server, count: int = 10, most: int = 100) -> tuple[Walk, list[int]]:
    """A walk to its end, and the start of each page that it asked for."""
    walk = IndexWalk(count)
    starts: list[int] = []
    while walk.ask is not None:
        assert len(starts) < most, "the walk does not end"
        assert walk.ask.start_index is not None
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


FIRST = page(rows(1, 10), 25)


@pytest.mark.parametrize(
    ("server", "starts", "seen", "gap"),
    [
        (
            # Rows are missing: counting pages does not explain it, and what was read stands.
            lambda ask: page(rows(1, 10) if ask.start_index == 1 else (), 25),
            [1, 11, 1, 2],
            10,
            "an empty page after 10 of 25 resources",
        ),
        (
            # Rows 11 to 20 are missing, and row 2 is on the second page that begins with it.
            lambda ask: page(rows(ask.start_index or 1, 10), 25),
            [1, 11, 1, 2],
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
            scripted(Page(rows(1, 9), 10, 10)),
            [1],
            9,
            "1 rows have no usable id, or are of another kind",
        ),
        (
            scripted(Page((), 10, 25)),
            [1],
            0,
            "10 rows have no usable id, or are of another kind",
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
        "loses the middle",
        "empty at once",
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
    walk, asked = walked(lambda _ask: Page((), 10, 25))
    assert asked == [1]
    assert walk.listing().gap == "10 rows have no usable id, or are of another kind"


def test_a_collection_that_moved_once_is_read_again_from_the_start() -> None:
    """Somebody was created while it was read; the second reading is quiet, and complete."""
    pages = scripted(FIRST, page(rows(11, 20), 26), *(good(26)(Ask(n, 10)) for n in (1, 11, 21)))
    walk, asked = walked(pages)
    assert asked == [1, 11, 1, 11, 21]
    assert walk.listing().complete
    assert walk.seen == 26


def test_a_row_that_moved_to_the_next_page_starts_the_reading_again() -> None:
    pages = scripted(FIRST, page(rows(10, 19), 25), *(good(25)(Ask(n, 10)) for n in (1, 11, 21)))
    walk, asked = walked(pages)
    assert asked == [1, 11, 1, 11, 21]
    assert walk.listing().complete


def pages_counted(size: int, largest: int) -> Server:
    """A server that takes `startIndex` for the number of a page."""

    def answer(ask: Ask) -> Page:
        first = ((ask.start_index or 1) - 1) * largest + 1
        return page(rows(first, min(size, first + largest - 1)), size)

    return answer


@pytest.mark.parametrize(
    ("size", "starts"),
    [
        (10, [1]),
        (11, [1, 11, 1, 2]),
        (25, [1, 11, 1, 2, 3]),
        (250, [1, 11, 21, 31, *range(1, 26)]),
    ],
)
def test_a_server_that_counts_pages_is_found_out_and_read_to_the_end(
    size: int, starts: list[int]
) -> None:
    walk, asked = walked(pages_counted(size, 10))
    assert (asked, walk.listing().complete, walk.seen) == (starts, True, size)


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 20, 21, 95])
def test_where_the_profile_says_that_pages_are_counted_no_request_is_too_many(size: int) -> None:
    walk = IndexWalk(10, IndexUnit.PAGES)
    asked = 0
    while walk.ask is not None:
        walk.take(pages_counted(size, 10)(walk.ask))
        asked += 1
    assert (asked, walk.listing().complete, walk.seen) == (max(1, -(-size // 10)), True, size)


def test_a_server_without_totals_that_has_a_cursor_is_told_apart() -> None:
    walk = IndexWalk(10)
    walk.take(page(rows(1, 10), None, "c2"))
    gap = walk.listing().gap
    assert gap is not None
    assert gap.endswith("it has a cursor instead (RFC 9865)")


def test_a_walk_that_broke_off_keeps_what_it_had_and_says_why() -> None:
    walk = IndexWalk(10)
    walk.take(FIRST)
    walk.break_off("no answer")
    assert walk.ask is None
    assert walk.listing().gap == "broke off after 10 of 25 resources: no answer"
    assert list(walk.listing().resources.values()) == list(rows(1, 10))


def test_a_walk_is_untouched_until_it_took_a_page() -> None:
    fresh, empty = IndexWalk(10), IndexWalk(10)
    empty.take(page((), 25))
    assert (fresh.untouched, empty.untouched) == (True, False)


def test_a_walk_that_starts_again_and_breaks_off_at_once_is_incomplete() -> None:
    walk = IndexWalk(10)
    walk.take(FIRST)
    walk.take(page(rows(11, 20), 26))
    assert (walk.ask, walk.untouched) == (Ask(1, 10), False)
    walk.break_off("no answer")
    assert walk.listing().gap == "broke off after 0 resources: no answer"


def test_a_walk_that_is_over_takes_no_page() -> None:
    walk, _ = walked(good(1))
    with pytest.raises(ValueError, match="the walk is over"):
        walk.take(FIRST)


def cursors(size: int, largest: int, *, total: bool = True) -> Server:
    """A server that pages as RFC 9865 says; a cursor is the number of rows before it."""

    def answer(ask: Ask) -> Page:
        assert ask.start_index is None
        before = int(ask.cursor or 0)
        last = min(size, before + min(ask.count or largest, largest))
        return page(
            rows(before + 1, last), size if total else None, str(last) if last < size else None
        )

    return answer


def cursor_walked(server: Server, most: int = 100) -> tuple[CursorWalk, list[str | None]]:
    walk = CursorWalk(10)
    asked: list[str | None] = []
    while walk.ask is not None:
        assert len(asked) < most, "the walk does not end"
        asked.append(walk.ask.cursor)
        walk.take(server(walk.ask))
    return walk, asked


@pytest.mark.parametrize("total", [True, False])
@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 19, 20, 21, 95])
def test_a_cursor_reads_everybody_with_no_request_too_many(size: int, total: bool) -> None:
    walk, asked = cursor_walked(cursors(size, 10, total=total))
    assert asked == ["", *map(str, range(10, size, 10))]
    assert (walk.listing().gap, walk.seen) == (None, size)


def test_an_empty_page_with_a_cursor_is_no_end() -> None:
    pages = scripted(page((), None, "a"), page(rows(1, 3), None, "b"), page((), None))
    walk, _ = cursor_walked(pages)
    assert (walk.listing().complete, walk.seen) == (True, 3)


@pytest.mark.parametrize(
    ("server", "seen", "gap"),
    [
        (scripted(page(rows(1, 3), 4)), 3, "4 resources were announced, 3 came"),
        (
            scripted(page(rows(1, 3), None, "a"), page(rows(4, 6), None, "a")),
            6,
            "the same cursor again after 6 resources",
        ),
        (
            lambda ask: page((), None, f"{ask.cursor}x"),
            0,
            "20 pages without a new resource after 0 resources",
        ),
        (
            # The first page for ever: looked at twice, then believed.
            lambda ask: page(rows(1, 3), None, f"{ask.cursor}x"),
            3,
            "3 rows came twice",
        ),
    ],
    ids=["too few", "goes in a circle", "empty for ever", "stays where it is"],
)
def test_a_cursor_that_leads_nowhere_is_a_gap(server: Server, seen: int, gap: str) -> None:
    walk, _ = cursor_walked(server)
    assert (walk.seen, walk.listing().gap) == (seen, gap)


def test_a_total_that_only_the_first_page_has_is_no_shift() -> None:
    walk, _ = cursor_walked(scripted(page(rows(1, 3), 5, "a"), page(rows(4, 5), None)))
    assert (walk.listing().complete, walk.seen) == (True, 5)


def test_a_cursor_that_expired_begins_the_reading_again_once() -> None:
    walk = CursorWalk(10)
    for _ in range(2):
        walk.take(page(rows(1, 10), None, "a"))
        walk.lost_place("the cursor expired")
    assert walk.ask is None
    assert walk.listing().gap == "broke off after 10 resources: the cursor expired"


@pytest.mark.parametrize(
    ("answer", "gap"),
    [
        (page(rows(1, 3), 3), None),
        (page(rows(1, 3), None), None),
        (page((), 0), None),
        (page(rows(1, 3), 4), "4 resources were announced, 3 came"),
        (page(rows(1, 3), 3, "more"), "the answer goes on behind a cursor (RFC 9865)"),
    ],
)
def test_a_server_without_pages_gives_everything_at_once(answer: Page, gap: str | None) -> None:
    walk = WholeWalk()
    assert (walk.ask, walk.ask and walk.ask.parameters) == (Ask(), {})
    walk.take(answer)
    assert (walk.ask, walk.listing().gap) == (None, gap)


@pytest.mark.parametrize("make", [lambda: IndexWalk(10), lambda: CursorWalk(10), WholeWalk])
@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(1, 30), max_size=12),
            st.integers(0, 3),
            st.none() | st.integers(-2, 40),
            st.none() | st.sampled_from("abc"),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_whatever_a_server_sends_the_walk_ends_and_complete_means_complete(
    make: Callable[[], Walk],
    script: list[tuple[list[int], int, int | None, str | None]],
) -> None:
    pages = [
        Page(tuple(row(n) for n in numbers), len(numbers) + nameless, total, cursor)
        for numbers, nameless, total, cursor in script
    ]
    walk = make()
    asked = 0
    while walk.ask is not None:
        walk.take(pages[min(asked, len(pages) - 1)])
        asked += 1
        assert asked < 200
    listing = walk.listing()
    if listing.complete:
        assert walk.total is None or len(listing.resources) == walk.total
