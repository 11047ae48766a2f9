"""Reading a whole collection page by page, and knowing whether it was the whole.

No server promises that nothing moves while it is read (RFC 7644 §3.4.2.4), and some count pages
where they should count rows, repeat rows, or stop early. So a walk goes on from what it *received*,
not from what it asked for; and what it cannot explain becomes a sentence in `Listing.gap`, which
forbids everybody to conclude that somebody is not there.

`Walk` is what all readings have in common; how the next page is asked for, and when there is none,
stands in `walks`, one class for each way that a profile can name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from reconciler.model.identity import ResourceId
from reconciler.model.resource import Listing, Resource
from reconciler.scim.bodies import Page


@dataclass(frozen=True, slots=True)
class Ask:
    """The next page to ask for; None leaves a parameter out. `start_index` counts from 1."""

    start_index: int | None = None
    count: int | None = None
    cursor: str | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """As they stand in a query, not yet encoded."""
        given = {"startIndex": self.start_index, "cursor": self.cursor, "count": self.count}
        return {name: str(value) for name, value in given.items() if value is not None}

    @property
    def bare(self) -> dict[str, str]:
        """The same without what a provider does by itself: begin at the beginning, and choose how
        many rows a page has."""
        start = None if self.start_index == 1 else self.start_index
        return Ask(start, None, self.cursor).parameters


class Walk(ABC):
    """One reading of a collection: take pages until `ask` is None, then see `listing`.

    When the collection shifts under the reading (its size changes, a row comes twice, a cursor is
    no longer known), everything read so far is dropped and the walk starts again, once. The second
    time it reads to the end and says so.
    """

    def __init__(self, first: Ask) -> None:
        self._first = first
        self._resources: dict[ResourceId, Resource] = {}
        self._received = 0
        self._total: int | None = None
        self._gap: str | None = None
        self._started_again = False
        self.ask: Ask | None = first

    @property
    def untouched(self) -> bool:
        """Not one page was taken yet: nothing at all is known."""
        return self._received == 0 and self._total is None and not self._started_again

    @property
    def seen(self) -> int:
        """How many distinct resources were read so far."""
        return len(self._resources)

    @property
    def total(self) -> int | None:
        """How many the service provider said that there are."""
        return self._total

    def take(self, page: Page) -> None:
        """Use the page that was asked for, and decide about the next one."""
        if self.ask is None:
            raise ValueError("the walk is over: no page was asked for")
        asked = self.ask
        shift = self._shift(page)
        if shift is not None and not self._started_again:
            self._start_again()
            return
        before = self.seen
        self._resources.update((row.id, row) for row in page.rows)
        self._received += page.received
        self._total = page.total
        if shift is not None:
            self._note(shift)
        if len(page.rows) < page.received:
            self._note(
                f"{page.received - len(page.rows)} rows have no usable id, or are of another kind"
            )
        self._go_on(page, asked, new=self.seen - before)

    def lost_place(self, why: str) -> None:
        """The service provider no longer knows where the walk was: once, it begins again."""
        if self._started_again:
            self.break_off(why)
        else:
            self._start_again()

    def break_off(self, why: str) -> None:
        """Stop here: the page that was asked for could not be had."""
        self._end(f"broke off after {self._progress()}: {why}")

    def listing(self) -> Listing:
        """What was read, sorted by id, and what keeps it from being the whole."""
        return Listing(dict(sorted(self._resources.items())), self._gap)

    @abstractmethod
    def _go_on(self, page: Page, asked: Ask, *, new: int) -> None:
        """Set the next `ask`, or end. `new` counts the resources that no page before had."""

    def _shift(self, page: Page) -> str | None:
        """A sign that the collection is not what it was when the first page was read."""
        if self._received and page.total != self._total:
            return f"the number of resources changed from {self._total} to {page.total} meanwhile"
        ids = {row.id for row in page.rows}
        twice = len(page.rows) - len(ids - self._resources.keys())
        return f"{twice} rows came twice" if twice else None

    def _start_again(self) -> None:
        self._forget()
        self._started_again = True

    def _forget(self) -> None:
        self._resources = {}
        self._received = 0
        self._total = None
        self._gap = None
        self.ask = self._first

    def _finish(self, total: int) -> None:
        complete = self.seen == total
        self._end(None if complete else f"{total} resources were announced, {self.seen} came")

    def _progress(self) -> str:
        of = "" if self._total is None else f" of {self._total}"
        return f"{self.seen}{of} resources"

    def _note(self, gap: str) -> None:
        self._gap = self._gap or gap

    def _end(self, gap: str | None) -> None:
        if gap is not None:
            self._note(gap)
        self.ask = None
