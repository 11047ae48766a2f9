"""The three ways to go on from one page to the next: by index, by cursor, not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

from reconciler.model.dialect import IndexUnit, Paging
from reconciler.model.identity import ResourceId
from reconciler.model.profile import Profile
from reconciler.model.resource import Resource
from reconciler.scim.bodies import Page
from reconciler.scim.paging import Ask, Walk

# RFC 9865 §2.1 allows empty pages on the way; so many in a row are no way to anywhere.
_EMPTY_IN_A_ROW: Final = 20


def walk_for(profile: Profile) -> Walk:
    """A reading of a collection from its beginning, as the profile's provider wants to be asked."""
    count = profile.page_max if profile.takes_count else None
    match profile.paging:
        case Paging.INDEX:
            return IndexWalk(count, profile.index_unit)
        case Paging.CURSOR:
            return CursorWalk(count)
        case Paging.NONE:
            return WholeWalk()
        case _:
            assert_never(profile.paging)


class IndexWalk(Walk):
    """`startIndex` and `count` (RFC 7644 §3.4.2.4).

    What proves that it was the whole is the number of distinct rows, which must be the number that
    was announced; the `startIndex` of an answer is not looked at, since some servers always say 1.

    A server may count pages although its profile says rows: a walk that then ends too early is made
    a second time with pages counted, and stands as it was when that does not explain it.
    """

    def __init__(self, count: int | None, unit: IndexUnit = IndexUnit.ROWS) -> None:
        """`count` is how many rows to ask for at a time; None leaves it to the server."""
        super().__init__(Ask(1, count))
        self._unit = unit
        self._short: tuple[dict[ResourceId, Resource], str] | None = None

    def _go_on(self, page: Page, asked: Ask, *, new: int) -> None:
        start = asked.start_index or 1
        if self._short is not None and self._gap is not None:
            self._end(None)
        elif page.total is None:
            cursor = "; it has a cursor instead (RFC 9865)" if page.next_cursor else ""
            self._end(
                "the answer has no totalResults, so its end cannot be told (RFC 7644 §3.4.2)"
                + cursor
            )
        elif self._received >= page.total:
            self._finish(page.total)
        elif page.received == 0:
            self._end_early(start, f"an empty page after {self._progress()}")
        elif new == 0:
            self._end(f"the same rows again after {self._progress()}")
        else:
            step = page.received if self._unit is IndexUnit.ROWS else 1
            self.ask = Ask(start + step, asked.count)

    def _end_early(self, start: int, gap: str) -> None:
        if start == 1 or self._short is not None or self._unit is IndexUnit.PAGES:
            self._end(gap)
            return
        self._short = (self._resources, self._gap or gap)
        self._unit = IndexUnit.PAGES
        self._start_again()

    def _end(self, gap: str | None) -> None:
        super()._end(gap)
        if self._short is not None and self._gap is not None:
            self._resources, self._gap = self._short


class CursorWalk(Walk):
    """`cursor` and `count` (RFC 9865): the end is an answer without `nextCursor`.

    `totalResults` may be absent then; where it is there, it must fit. An empty page is no end.
    """

    def __init__(self, count: int | None) -> None:
        """`count` is how many rows to ask for at a time; None leaves it to the server."""
        super().__init__(Ask(None, count, ""))
        self._used: set[str] = set()
        self._empty = 0

    def _shift(self, page: Page) -> str | None:
        if page.total is None:  # announced on some pages only
            page = replace(page, total=self._total)
        return super()._shift(page)

    def _go_on(self, page: Page, asked: Ask, *, new: int) -> None:
        cursor = page.next_cursor
        self._empty = 0 if new else self._empty + 1
        if cursor is None and page.total is None:
            self._end(None)
        elif cursor is None:
            self._finish(page.total or 0)
        elif cursor in self._used:
            self._end(f"the same cursor again after {self._progress()}")
        elif self._empty >= _EMPTY_IN_A_ROW:
            self._end(f"{self._empty} pages without a new resource after {self._progress()}")
        else:
            self._used.add(cursor)
            self.ask = Ask(None, asked.count, cursor)

    def _forget(self) -> None:
        super()._forget()
        self._used.clear()
        self._empty = 0


class WholeWalk(Walk):
    """One answer, for a server that knows no pages: it has everything, or says that it has not."""

    def __init__(self) -> None:
        super().__init__(Ask())

    def _go_on(self, page: Page, asked: Ask, *, new: int) -> None:  # noqa: ARG002  nothing is asked for again
        if page.next_cursor is not None:
            self._end("the answer goes on behind a cursor (RFC 9865)")
        else:
            self._finish(self.seen if page.total is None else page.total)
