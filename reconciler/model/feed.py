"""Sources: people whom nobody types, from a table that somebody else's system exports.

A *source* is declared by a manifest (`Source`); reading its table gives *rows* (`Row`, one for each
person) and what is to be known of the reading as a whole (`Feed`). A feed that is short, stale,
shrunken or broken is *incomplete*: what is not in it is not known to be gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import ClassVar

from reconciler.model.diagnostic import Position
from reconciler.model.path import Value
from reconciler.model.period import Moment
from reconciler.model.words import counted


class TableFormat(StrEnum):
    """How a table is written."""

    CSV = "csv"  # RFC 4180, the names of the columns in the first record
    JSONL = "jsonl"  # one JSON object per line


@dataclass(frozen=True, slots=True)
class Reader:
    """How a cell becomes a value.

    `separator` parts a list; `when_true` and `when_false` are the words of a boolean (folded;
    without any, `true` and `false`); `date_format` has `yyyy`, `MM` and `dd`; `default` stands for
    an empty cell; `prefix` goes before a key.
    """

    separator: str | None = None
    when_true: frozenset[str] = frozenset()
    when_false: frozenset[str] = frozenset()
    date_format: str | None = None
    default: str | None = None
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A value that stands in a column, and how it is read."""

    name: str
    reader: Reader
    at: Position


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value that every row gets."""

    value: Value | Moment
    at: Position


@dataclass(frozen=True, slots=True)
class Leavers:
    """Rows of people who have left: the column that says so, and the words (folded)."""

    column: str
    words: frozenset[str]
    at: Position


@dataclass(frozen=True, slots=True)
class DatedBy:
    """What tells the age of a table: a column of it, or a file beside it. Both None: nothing."""

    column: str | None = None
    sidecar: str | None = None  # what is added to the table's name


@dataclass(frozen=True, slots=True)
class Expected:
    """How many rows a table has when it is whole. `most` None: any number from `least` up."""

    least: int
    most: int | None

    def fault(self, rows: int) -> str | None:
        """Why so many rows are not a whole table; None when they are."""
        if self.least <= rows and (self.most is None or rows <= self.most):
            return None
        if self.most is None:
            wanted = f"at least {self.least:,}"
        elif self.least == self.most:
            wanted = f"exactly {self.least:,}"
        else:
            wanted = f"{self.least:,} to {self.most:,}"
        return f"it has {counted(rows, 'row')}, and {wanted} are expected"


@dataclass(frozen=True, slots=True)
class Shrink:
    """How many rows fewer than at the last apply are believed: max(floor, share of those)."""

    share: float
    floor: int

    def fault(self, rows: int, before: int | None) -> str | None:
        """Why a table has lost too many rows; None when it has not, or nobody counted before."""
        if before is None or rows >= before:
            return None
        allowed = max(self.floor, ceil(self.share * before))
        if before - rows <= allowed:
            return None
        return (
            f"it has {counted(rows, 'row')}, {before - rows:,} fewer than the {before:,} of the "
            f"last apply, and {allowed:,} fewer are believed"
        )


@dataclass(frozen=True, slots=True)
class Source:
    """A table of people.

    `file` is its path in the tree; None where whoever runs us gives one. `columns` are the
    attributes (and `from`, `until`) that rows give. Keys are in lower case, `prefix` before them.
    """

    name: str
    file: str | None
    format: TableFormat
    delimiter: str
    key: Column
    columns: Mapping[str, Column | Fixed]
    leavers: Leavers | None
    dated: DatedBy
    expected: Expected
    max_age: timedelta | None
    max_shrink: Shrink
    at: Position

    @property
    def prefix(self) -> str:
        """What every key of this source begins with."""
        return self.key.reader.prefix


@dataclass(frozen=True, slots=True)
class Row:
    """What a source's row says of one person.

    `attributes` names what it gives and no manifest overrides (`from` and `until` among it);
    `overridden` has what it says and a manifest says otherwise. `left`: it is a leaver's row, who
    leaves also where it is not `sound`, and then not all that it says is known.
    `digest` is over everything that it says: it changes when the row does.
    """

    source: str
    at: Position
    attributes: frozenset[str]
    digest: str
    left: bool = False
    sound: bool = True
    overridden: Mapping[str, Value | Moment] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Feed:
    """One reading of a source, as a whole.

    `file` is what people call the table. `fault` is why it could not be read to its end; `dated`
    when it was made, as far as anything tells.
    """

    source: Source
    file: str
    rows: int = 0
    leavers: int = 0
    digest: str | None = None
    dated: datetime | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed as a plan shows it. `gap` is why it is incomplete; None where all of it is believed.

    `prefix` is what every key of the source begins with.
    """

    name: str
    file: str
    rows: int
    leavers: int
    digest: str | None
    dated: datetime | None
    gap: str | None
    prefix: str = ""

    __pydantic_config__: ClassVar = {"extra": "forbid"}
