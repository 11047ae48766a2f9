"""Which columns of a table matter, and what each of them says."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from reconciler.manifests.sources.cells import Reading, reading_of
from reconciler.model.feed import Column, Fixed, Source
from reconciler.model.path import Value
from reconciler.model.period import Moment


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that are looked at, by their numbers in a record, and how cells are read."""

    wanted: tuple[str, ...]
    readings: tuple[tuple[str, int, Reading], ...]  # attribute, number of its column, reading
    fixed: Mapping[str, Value | Moment]
    key: int
    status: int | None
    dated: int | None

    def given(self, missing: Collection[str]) -> frozenset[str]:
        """The attributes that rows give, when these columns are missing."""
        found = {a for a, number, _ in self.readings if self.wanted[number] not in missing}
        return frozenset({*found, *self.fixed})


def columns_of(source: Source) -> Columns:
    """The columns of a source."""
    read = {a: c for a, c in source.columns.items() if isinstance(c, Column)}
    status = None if source.leavers is None else source.leavers.column
    special = (source.key.name, status, source.dated.column)
    wanted = tuple(
        dict.fromkeys(
            (*(c.name for c in read.values()), *(name for name in special if name is not None))
        )
    )
    return Columns(
        wanted=wanted,
        readings=tuple((a, wanted.index(c.name), reading_of(a, c.reader)) for a, c in read.items()),
        fixed={a: c.value for a, c in source.columns.items() if isinstance(c, Fixed)},
        key=wanted.index(source.key.name),
        status=None if status is None else wanted.index(status),
        dated=None if source.dated.column is None else wanted.index(source.dated.column),
    )
