"""A table's bytes → records: the wanted cells of each row, and the line where it begins.

Both formats stream: one record at a time, whatever the size of the table. A record that is no
record is a `Fault`, and the next one is read all the same, as long as it can be told where it
begins.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Final, assert_never

from reconciler.manifests.hints import did_you_mean
from reconciler.manifests.sources.cells import Cell
from reconciler.model.feed import TableFormat
from reconciler.model.show import show

MOST_ROWS: Final = 1_000_000
_LONGEST_LINE: Final = 1024 * 1024
_NOWHERE: Final = -1  # the cell that is added to every record


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its line, and the wanted cells in the order in which they were asked for."""

    line: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a table in one place.

    `missing` is a column that it does not have; `cell` the column of the cell that is wrong.
    """

    line: int
    column: int
    code: str
    why: str
    hint: str | None = None
    missing: str | None = None
    cell: str | None = None


def records(
    data: bytes, form: TableFormat, delimiter: str, wanted: Sequence[str]
) -> Iterator[Record | Fault]:
    """The records of a table, cut down to the `wanted` columns."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        yield _not_utf_8(data, broken.start)
        return
    match form:
        case TableFormat.CSV:
            found = _csv(text, delimiter, wanted)
        case TableFormat.JSONL:
            found = _json_lines(text, wanted)
        case _:
            assert_never(form)
    rows = 0
    for each in found:
        rows += isinstance(each, Record)
        if rows > MOST_ROWS:
            line = each.line
            yield Fault(line, 1, "source-too-long", f"it has more than {MOST_ROWS:,} rows")
            return
        yield each


def _not_utf_8(data: bytes, place: int) -> Fault:
    line = data.count(b"\n", 0, place) + 1
    column = place - data.rfind(b"\n", 0, place)
    why = f"the byte 0x{data[place]:02x} here is not UTF-8"
    hint = "export it with the encoding UTF-8"
    return Fault(line, column, "not-utf-8", why, hint)


def _csv(text: str, delimiter: str, wanted: Sequence[str]) -> Iterator[Record | Fault]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    width = 0
    places: list[int] = []
    try:
        for cells in reader:
            if not cells:
                pass  # an empty line
            elif not places:
                names = [name.strip() for name in cells]
                yield from _header_faults(names, line, wanted)
                width = len(cells)
                places = [names.index(name) if name in names else _NOWHERE for name in wanted]
            elif len(cells) != width:
                why = f"the row has {len(cells):,} cells, and the header {width:,}"
                hint = "does a cell hold the delimiter or a line break without quotes?"
                yield Fault(line, 1, "source-ragged-row", why, hint)
            else:
                cells.append("")  # what stands in a column that is missing
                yield Record(line, [cells[place] for place in places])
            line = reader.line_num + 1
    except csv.Error:
        why = "the quotes of this row do not close, or something stands beside them"
        hint = 'a quote inside quotes is written twice: "say ""please"""'
        yield Fault(line, 1, "source-broken-row", why, hint)
        return
    if not places:
        why, hint = "it is empty: not even a header is there", "see whether the export worked"
        yield Fault(1, 1, "source-empty", why, hint)


def _header_faults(names: Sequence[str], line: int, wanted: Sequence[str]) -> Iterator[Fault]:
    for column in dict.fromkeys(wanted):
        if column not in names:
            yield _missing(column, line, did_you_mean(column, set(names)))
        elif names.count(column) > 1:
            why = f"the column {show(column)} stands in it twice"
            yield Fault(line, 1, "source-column-twice", why, "rename one of them")


def _missing(column: str, line: int, hint: str | None) -> Fault:
    why = f"it has no column {show(column)}"
    return Fault(line, 1, "source-column-missing", why, hint, missing=column)


def _json_lines(text: str, wanted: Sequence[str]) -> Iterator[Record | Fault]:
    paths = [tuple(column.split(".")) for column in wanted]
    seen = [False] * len(wanted)
    rows = 0
    for line, written in enumerate(StringIO(text, newline="\n"), start=1):
        if written.isspace():
            continue
        found = _object(written)
        if isinstance(found, str):
            yield Fault(line, 1, "source-broken-row", found, "write one JSON object per line")
            continue
        rows += 1
        cells: list[Cell] = []
        for number, path in enumerate(paths):
            there, cell = _at(found, wanted[number], path)
            seen[number] |= there
            cells.append(cell)
        yield Record(line, cells)
    if not rows:
        why, hint = "no person stands in it", "see whether the export worked"
        yield Fault(1, 1, "source-empty", why, hint)
        return
    for column, there in dict(zip(wanted, seen, strict=True)).items():
        if not there:
            yield _missing(column, 1, "no object has it; was it selected in the export?")


def _object(written: str) -> dict[str, Cell] | str:
    """One line as an object, numbers as they are written; or why it is none."""
    if len(written) > _LONGEST_LINE:
        return f"the line has more than {_LONGEST_LINE:,} characters"
    try:
        found = json.loads(written, parse_int=str, parse_float=str, parse_constant=_refuse)
        if "\\u" in written:
            # Half of a surrogate pair is no character, and could not be sent.
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return "the line is not JSON"
    return found if isinstance(found, dict) else "the line is not an object"


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are Python's, not JSON's


def _at(found: dict[str, Cell], column: str, path: tuple[str, ...]) -> tuple[bool, Cell]:
    """Whether a column is there, and what stands in it; `manager.id` looks inside `manager`."""
    if column in found:
        return True, found[column]
    inside: object = found
    for step in path:
        if inside is None and step != path[0]:
            return True, None  # nobody is the manager: so nobody's id
        if not isinstance(inside, dict) or step not in inside:
            return False, None
        inside = inside[step]
    return True, inside  # type: ignore[return-value]  # whatever JSON holds is a cell


class Places:
    """Where in its line a cell stands; looked up only for the few that are faulty."""

    def __init__(self, data: bytes, form: TableFormat, delimiter: str) -> None:
        self._lines = data.decode("utf-8-sig").split("\n")
        self._form = form
        self._delimiter = delimiter

    def of(self, line: int, column: str) -> int:
        """The cell's place, from 1; the line's begin where it cannot be told."""
        written = self._lines[line - 1]
        if self._form is TableFormat.JSONL:
            return written.find(json.dumps(column.partition(".")[0], ensure_ascii=False)) + 1 or 1
        header = next(csv.reader(self._lines, delimiter=self._delimiter))
        number = [name.strip() for name in header].index(column)
        quoted = False
        for place, sign in enumerate(written):
            if number == 0:
                return place + 1
            quoted ^= sign == '"'
            number -= sign == self._delimiter and not quoted
        return len(written) + 1 if number == 0 else 1
