"""Probes of long lists: rows on a page, how the next page is asked for, where the end is."""

from __future__ import annotations

from typing import Final

from reconciler.doctor.discovery import told
from reconciler.doctor.finding import Notes
from reconciler.doctor.line import Line, Reading
from reconciler.model.dialect import IndexUnit, Paging
from reconciler.model.identity import Kind
from reconciler.model.leniency import usable_id
from reconciler.model.profile import Profile

#: Numbers of rows that are tried where a larger one is refused.
_FEWER: Final = (200, 100, 50)
#: The most requests that `examine_pages` sends.
REQUESTS: Final = 6 + len(_FEWER)


async def examine_pages(line: Line, profile: Profile, first: Reading, notes: Notes) -> None:
    """`first` is a list of users that was asked for with `count=3`."""
    await _Pages(line, profile, first, notes).run()


class _Pages:
    """The probes of one examination."""

    def __init__(self, line: Line, profile: Profile, first: Reading, notes: Notes) -> None:
        self._line = line
        self._profile = profile
        self._first = first
        self._notes = notes
        self._total = first.total or 0
        self._users = line.path(Kind.USER)

    async def run(self) -> None:
        """Defaults, caps, and what `startIndex` counts."""
        notes, line = self._notes, self._line
        plain = await line.get(self._users)
        if self._total > len(plain.rows) > 0:
            notes.saw("page_default", len(plain.rows), "a list without `count`")
        if not line.counted:
            return
        most = await self._most()
        if len(self._first.rows) > 3:
            notes.saw("takes_count", False, "`count=3` gave more rows")
        elif self._total > 3:
            notes.saw("takes_count", True, "`count=3` gave three rows")
        none = await line.get(f"{self._users}?count=0")
        shape = "gives the total alone" if none.listed and not none.rows else "is not honoured"
        notes.note("pages", f"`count=0` {shape} ({told(none)})")
        zero = await line.get(f"{self._users}?startIndex=0&count=1")
        notes.note("pages", f"`startIndex=0` answers {told(zero)}")
        beyond = await line.get(f"{self._users}?startIndex={self._total + 1}&count=1")
        if self._first.data.get("nextcursor"):
            notes.saw("paging", Paging.CURSOR, "a list has a `nextCursor`")
        elif self._total == len(most.rows) and set(_ids(beyond)) - set(_ids(most)):
            hint = "whoever is beyond is seen by no plan: not its leavers, nor who is there already"
            said = "beyond the `totalResults` that it names there is somebody else: it is too low"
            notes.problem("pages", said, hint=hint)
        elif beyond.rows:
            hint = "it repeats rows at the end; the reading of lists copes with that"
            notes.warn("pages", "beyond the last row there are rows", hint=hint)
        else:
            notes.note("pages", f"beyond the last row there is none ({told(beyond)})")
        await self._index()

    async def _most(self) -> Reading:
        """As many rows as there are on one page; the number where larger ones are refused."""
        asked = self._profile.page_max + 1
        most = await self._line.get(f"{self._users}?count={asked}")
        if most.listed:
            if 0 < len(most.rows) < min(asked, self._total):
                self._notes.saw("page_max", len(most.rows), f"a list with `count={asked}`")
            return most
        refused = f"`count={asked}` is refused ({told(most)})"
        for fewer in (n for n in _FEWER if n < asked):
            most = await self._line.get(f"{self._users}?count={fewer}")
            if most.listed:
                self._notes.saw("page_max", fewer, f"{refused}, and `count={fewer}` is not")
                return most
        self._notes.warn("pages", refused)
        return most

    async def _index(self) -> None:
        """The second row of the first page must be the first of a page that begins with it."""
        if len(self._first.rows) < 3 or self._total < 4:
            return
        second = await self._line.get(f"{self._users}?startIndex=2&count=3")
        ids, before = _ids(second), _ids(self._first)
        if ids[:1] == before[1:2]:
            self._notes.saw(
                "index_unit", IndexUnit.ROWS, "`startIndex=2` began with the second row"
            )
        elif set(ids).isdisjoint(before):
            self._notes.saw("index_unit", IndexUnit.PAGES, "`startIndex=2` gave the second page")


def _ids(reading: Reading) -> list[str | None]:
    return [usable_id(row.get("id")) for row in reading.rows]
