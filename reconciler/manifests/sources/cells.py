"""One cell of a table → one value of an attribute, or why it is none.

Called for every cell of tables with a hundred thousand rows, so each attribute gets its own small
function once, and no regular expression looks at a cell. A fault never repeats the value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import MAXYEAR, date, datetime
from enum import StrEnum
from typing import Final, assert_never
from uuid import UUID

from reconciler.manifests.scalars import is_name
from reconciler.model.feed import Reader
from reconciler.model.identity import Kind
from reconciler.model.path import Value
from reconciler.model.period import Moment, instant_text
from reconciler.model.source import (
    FROM,
    MANAGER,
    OBJECT_ID,
    UNTIL,
    USER_ATTRIBUTES,
    USER_PRINCIPAL_NAME,
    SourceType,
    source_type,
)

#: What stands in a table: text from CSV; from JSON also the rest, numbers as they are written.
Cell = str | bool | list[object] | dict[str, object] | None

#: What a row can give.
KNOWN: Final = frozenset({*USER_ATTRIBUTES, FROM, UNTIL})

LONGEST_CELL: Final = 32_768


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell that is no value; `why` completes "the cell …"."""

    why: str


class Sort(StrEnum):
    """What an attribute takes, in the words of a message."""

    TEXT = "text"
    BOOLEAN = "true or false"
    TEXTS = "a list"
    ANY = "text, true or false, or a list"
    DATE = "a date"
    INSTANT = "a date among the attributes"  # kept as text, in UTC
    KEY = "the key of a person"
    UUID = "an object id"


Reading = Callable[[Cell], Value | Moment | Unreadable]


def sort_of(attribute: str) -> Sort | None:
    """What an attribute takes; None when a row cannot give it."""
    special = {FROM: Sort.DATE, UNTIL: Sort.DATE, MANAGER: Sort.KEY, OBJECT_ID: Sort.UUID}
    if attribute in special:
        return special[attribute]
    match source_type(Kind.USER, attribute):
        case SourceType.TEXT:
            return Sort.TEXT
        case SourceType.BOOLEAN:
            return Sort.BOOLEAN
        case SourceType.TEXTS:
            return Sort.TEXTS
        case SourceType.ANY:
            return Sort.ANY
        case SourceType.DATE:
            return Sort.INSTANT
        case None:
            return None
        case unknown:
            assert_never(unknown)


def reading_of(attribute: str, reader: Reader) -> Reading:
    """The function that reads the cells of one attribute; an empty cell is None."""
    read = _reading(sort_of(attribute), reader)
    needed = attribute == USER_PRINCIPAL_NAME

    def checked(cell: Cell) -> Value | Moment | Unreadable:
        if is_empty(cell):
            if reader.default is not None:
                return read(reader.default)
            return Unreadable("is empty, and everybody needs one") if needed else None
        if isinstance(cell, str) and len(cell) > LONGEST_CELL:
            return Unreadable(f"has more than {LONGEST_CELL:,} characters")
        return read(cell)

    return checked


def is_empty(cell: Cell) -> bool:
    """Whether nothing stands in a cell, or blanks only."""
    return cell is None or cell == [] or (isinstance(cell, str) and not cell.strip())


def key_of(cell: Cell, prefix: str) -> str | Unreadable:
    """The name of a person, from the cell of an immutable key."""
    if is_empty(cell):
        return Unreadable("is empty, and it should hold the key")
    if not isinstance(cell, str):
        return Unreadable("is not text")
    key = prefix + cell.strip().lower()
    return key if is_name(key) else Unreadable("is no name: use letters, digits, `-`, `.`, `_`")


def _reading(sort: Sort | None, reader: Reader) -> Reading:
    match sort:
        case Sort.TEXT | None:
            return _text
        case Sort.BOOLEAN:
            return _boolean(reader)
        case Sort.TEXTS:
            return _texts(reader)
        case Sort.ANY if reader.separator is not None:
            return _texts(reader)
        case Sort.ANY if reader.when_true or reader.when_false:
            return _boolean(reader)
        case Sort.ANY:
            return _any
        case Sort.DATE:
            return _date(reader)
        case Sort.INSTANT:
            return _instant(reader)
        case Sort.KEY:
            return lambda cell: key_of(cell, reader.prefix)
        case Sort.UUID:
            return _uuid
        case _:
            assert_never(sort)


def _text(cell: Cell) -> Value | Unreadable:
    return cell if isinstance(cell, str) else Unreadable("is not text")


def _any(cell: Cell) -> Value | Unreadable:
    if isinstance(cell, list):
        return _listed(cell)
    return cell if isinstance(cell, str | bool) else Unreadable("is neither text nor a list")


def _boolean(reader: Reader) -> Reading:
    words = {
        **dict.fromkeys(reader.when_false or ("false",), False),
        **dict.fromkeys(reader.when_true or ("true",), True),
    }

    def read(cell: Cell) -> Value | Unreadable:
        if isinstance(cell, bool):
            return cell
        meant = words.get(cell.strip().casefold()) if isinstance(cell, str) else None
        return Unreadable("means neither true nor false") if meant is None else meant

    return read


def _texts(reader: Reader) -> Reading:
    separator = reader.separator

    def read(cell: Cell) -> Value | Unreadable:
        if isinstance(cell, list):
            return _listed(cell)
        if not isinstance(cell, str):
            return Unreadable("is not a list")
        parts = (cell,) if separator is None else cell.split(separator)
        return tuple(text for part in parts if (text := part.strip()))

    return read


def _listed(cell: list[object]) -> Value | Unreadable:
    texts = tuple(item for item in cell if isinstance(item, str))
    if len(texts) < len(cell):
        return Unreadable("is a list of something else than texts")
    return texts


def _uuid(cell: Cell) -> Value | Unreadable:
    try:
        if isinstance(cell, str) and len(cell.strip()) == 36:
            return str(UUID(cell.strip()))
    except ValueError:
        pass
    return Unreadable("is not a UUID with hyphens")


def date_slices(date_format: str) -> tuple[slice, slice, slice] | None:
    """Where year, month and day stand in a date of this format; None when one is missing."""
    found = []
    for token in ("yyyy", "MM", "dd"):
        if date_format.count(token[0]) != len(token) or token not in date_format:
            return None
        begin = date_format.index(token)
        found.append(slice(begin, begin + len(token)))
    return found[0], found[1], found[2]


def _instant(reader: Reader) -> Reading:
    read_date = _date(reader)

    def read(cell: Cell) -> Value | Moment | Unreadable:
        read = read_date(cell)
        return instant_text(read) if isinstance(read, date) else read

    return read


def _date(reader: Reader) -> Reading:
    date_format = reader.date_format or "yyyy-MM-dd"
    slices = date_slices(date_format)

    def read(cell: Cell) -> Moment | Unreadable | None:
        text = cell.strip() if isinstance(cell, str) else ""
        try:
            if len(text) == len(date_format) and slices is not None:
                parts = [text[part] for part in slices]
                if all(part.isascii() and part.isdigit() for part in parts) and _alike(text):
                    year, month, day = map(int, parts)
                    # What HR systems write where there is no end.
                    return None if year == MAXYEAR else _within(date(year, month, day))
            elif reader.date_format is None and "T" in text:
                moment = datetime.fromisoformat(text)
                return _within(moment) if moment.tzinfo else Unreadable("has no offset from UTC")
        except ValueError:
            pass
        return Unreadable(f"is not a date written as {date_format}")

    def _alike(text: str) -> bool:
        """Whether everything beside year, month and day is as in the format."""
        return all(sign in "yMd" or text[place] == sign for place, sign in enumerate(date_format))

    return read


def _within(moment: Moment) -> Moment | Unreadable:
    if 1900 <= moment.year < MAXYEAR:
        return moment
    return Unreadable("is not between the years 1900 and 9998")
