"""Probes of filters: which are understood, and which only seem to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from reconciler.doctor.discovery import told
from reconciler.doctor.finding import Notes
from reconciler.doctor.line import NOBODY, Line, Reading
from reconciler.model.identity import Kind
from reconciler.model.path import Json

#: The most requests that `examine_filters` sends.
REQUESTS: Final = 7


async def examine_filters(line: Line, first: Reading, notes: Notes) -> None:
    """Known, unknown and impossible values; every row is compared with what was asked.

    `first` is a page of users.
    """
    await _Filters(line, notes).run(first)


class _Filters:
    def __init__(self, line: Line, notes: Notes) -> None:
        self._line = line
        self._notes = notes

    async def run(self, first: Reading) -> None:
        name = next((n for row in first.rows if (n := _name(row))), None)
        nobody = await self._ask(_equals("userName", NOBODY))
        self._refused(nobody)
        works = name is not None and await self._finds(name, honest=_finds_nobody(nobody))
        other = await self._ask(_equals("externalId", NOBODY))
        self._notes.note("filters", f"`externalId eq` answers {told(other)}")
        unknown = await self._ask(_equals("noSuchAttribute", "x"))
        shape = "is ignored: everybody" if unknown.rows else f"answers {told(unknown)}"
        self._notes.note("filters", f"a filter over an attribute that nobody has {shape}")
        if name is not None and works:
            if not _finds_nobody(other):
                how = f"`userName eq` is understood, and `externalId eq` is not ({told(other)})"
                self._notes.saw("users.filterable", ("userName",), how)
            await self._forms(name)

    def _refused(self, nobody: Reading) -> None:
        notes = self._notes
        if nobody.listed and nobody.rows:
            hint = "every filtered answer is verified, and a complete listing decides"
            notes.warn("filters", "a filter that matches nobody gives rows: ignored", hint=hint)
            notes.saw("filters.supported", False, "a filter that matches nobody gave rows")
        elif nobody.listed:
            notes.good("filters", "a filter that matches nobody gives nobody")
        else:
            notes.warn("filters", f"`userName eq` is refused ({told(nobody)})")
            if 400 <= nobody.status < 500 and nobody.status != 429:
                how = f"`userName eq` is refused ({told(nobody)})"
                notes.saw("filters.supported", False, how)

    async def _finds(self, name: str, *, honest: bool) -> bool:
        """Whether filters pick somebody who is there; `honest`: and nobody for a name of nobody."""
        found = await self._ask(_equals("userName", name))
        swapped = await self._ask(_equals("userName", name.swapcase()))
        right = found.listed and {_name(row) for row in found.rows} == {name}
        said = "finds exactly that one" if right else f"does not find it ({told(found)})"
        self._notes.note("filters", f"`userName eq` of somebody who is there {said}")
        exact = right and swapped.listed and not swapped.rows
        if right and name != name.swapcase() and honest:
            said = "counts" if exact else "is ignored"
            self._notes.note("filters", f"case of `userName` {said}")
        if right and honest:
            self._notes.saw("filters.supported", True, "`userName eq` found one, and nobody else")
        return right and honest

    async def _forms(self, name: str) -> None:
        """Who looks at the first of two conditions alone finds somebody."""
        joined = f"{_equals('userName', name)} and {_equals('userName', NOBODY)}"
        for field, text, what in (
            ("filters.joined", joined, "two conditions joined by `and`"),
            ("filters.escapes", _equals("userName", f'{NOBODY}"\\'), "a quoted value with escapes"),
        ):
            answer = await self._ask(text)
            if answer.listed or 400 <= answer.status < 500:
                how = f"{what}: answered {told(answer)}"
                self._notes.saw(field, _finds_nobody(answer), how)

    async def _ask(self, text: str) -> Reading:
        path = self._line.path(Kind.USER)
        return await self._line.get(f"{path}?filter={quote(text, safe='')}&count=3")


def _equals(attribute: str, value: str) -> str:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{attribute} eq "{quoted}"'


def _finds_nobody(answer: Reading) -> bool:
    return answer.listed and not answer.rows


def _name(row: Mapping[str, Json]) -> str | None:
    found = row.get("username")
    return found if isinstance(found, str) and found else None
