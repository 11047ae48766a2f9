"""Reading a whole collection page by page, and knowing whether it was the whole.

No server promises that nothing moves while it is read (RFC 7644 §3.4.2.4), and some count pages
where they should count rows, repeat rows, or stop early. So a walk goes on from what it *received*,
not from what it asked for; and what it cannot explain becomes a sentence in `Listing.gap`, which
forbids everybody to conclude that somebody is not there.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.identity import ResourceId
from reconciler.model.resource import Listing, Resource
from reconciler.scim.bodies import Page


@dataclass(frozen=True, slots=True)
class Ask:
    """The next page to ask for. `start_index` counts from 1."""

    start_index: int
    count: int


class Walk:
    """One reading of a collection: take pages until `ask` is None, then see `listing`.

    When the collection shifts under the reading (its size changes, a row comes twice), everything
    read so far is dropped and the walk starts again, once. The second time it reads to the end and
    says so.
    """

    def __init__(self, count: int) -> None:
        """`count` is how many rows to ask for at a time."""
        self._count = count
        self._resources: dict[ResourceId, Resource] = {}
        self._received = 0
        self._total: int | None = None
        self._gap: str | None = None
        self._started_again = False
        self.ask: Ask | None = Ask(1, count)

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
        asked = self.ask.start_index
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
            self._note(f"{page.received - len(page.rows)} rows came without a usable id")
        self._go_on(page, asked, new=self.seen - before)

    def break_off(self, why: str) -> None:
        """Stop here: the page that was asked for could not be had."""
        self._end(f"broke off after {self._progress()}: {why}")

    def listing(self) -> Listing:
        """What was read, sorted by id, and what keeps it from being the whole."""
        return Listing(dict(sorted(self._resources.items())), self._gap)

    def _shift(self, page: Page) -> str | None:
        """A sign that the collection is not what it was when the first page was read."""
        if self._received and page.total != self._total:
            return f"the number of resources changed from {self._total} to {page.total} meanwhile"
        ids = {row.id for row in page.rows}
        twice = len(page.rows) - len(ids - self._resources.keys())
        return f"{twice} rows came twice" if twice else None

    def _start_again(self) -> None:
        self._resources = {}
        self._received = 0
        self._total = None
        self._gap = None
        self._started_again = True
        self.ask = Ask(1, self._count)

    def _go_on(self, page: Page, asked: int, *, new: int) -> None:
        if page.total is None:
            self._end("the answer has no totalResults, so its end cannot be told (RFC 7644 §3.4.2)")
        elif page.start_index not in {None, asked} and not self._all_at_once(page):
            self._end(f"asked for rows from {asked}, the answer says from {page.start_index}")
        elif self._received >= page.total:
            self._finish(page.total)
        elif page.received == 0:
            self._end(f"an empty page after {self._progress()}")
        elif new == 0:
            self._end(f"the same rows again after {self._progress()}")
        else:
            self.ask = Ask(asked + page.received, self._count)

    def _all_at_once(self, page: Page) -> bool:
        """The first page has everything: some servers then say 0, and it does not matter."""
        return page.received == self._received and page.received == page.total

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
