"""A source's table → its people, what is to be known of the reading, and every fault's place.

Whom a row is about counts before what it says: a leaver's row counts whatever else is wrong in it,
and anybody else's row with a fault counts not at all, so that nothing is decided by half of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from reconciler.manifests.kinds.manifest import is_empty_period
from reconciler.manifests.sources.cells import (
    Cell,
    Unreadable,
    key_of,
)
from reconciler.manifests.sources.columns import Columns, columns_of
from reconciler.manifests.sources.find import NoTable, Table, instant
from reconciler.manifests.sources.tables import Fault, Places, Record, records
from reconciler.model.canonical import digest
from reconciler.model.declared import User
from reconciler.model.diagnostic import Diagnostic, Position, Severity
from reconciler.model.feed import Feed, Row, Source
from reconciler.model.identity import Kind, UserKey, object_id
from reconciler.model.path import Value
from reconciler.model.period import ALWAYS, Moment, Period
from reconciler.model.show import show
from reconciler.model.source import ACCOUNT_ENABLED, FROM, OBJECT_ID, UNTIL

#: How many faults of one table are told one by one.
_TOLD: Final = 100
_NO_ATTRIBUTES: Final = frozenset({FROM, UNTIL})


@dataclass(frozen=True, slots=True)
class People:
    """What a source says."""

    feed: Feed
    users: Mapping[UserKey, User] = field(default_factory=dict)
    found: tuple[Diagnostic, ...] = ()


def read_people(source: Source, table: Table | NoTable) -> People:
    """The people of a table. What is wrong with it is in `found`, and in the feed's `fault`."""
    severity = Severity.ERROR if table.trusted else Severity.WARNING
    if isinstance(table, NoTable):
        said = f"Source {source.name}: {table.file}: {table.why}"
        found = Diagnostic(severity, table.code, said, source.at, table.hint)
        return People(Feed(source, table.file, fault=table.why), found=(found,))
    work = _Work(source, table, columns_of(source))
    work.read()
    return People(work.feed(), work.users(), tuple(work.diagnostics(severity)))


@dataclass(frozen=True, slots=True)
class _Entry:
    """One row of somebody. `sound`: nothing is wrong with it."""

    line: int
    said: Mapping[str, Value | Moment]
    left: bool
    sound: bool


@dataclass(slots=True)
class _Work:
    """A table while it is read."""

    source: Source
    table: Table
    columns: Columns
    rows: int = 0
    faults: list[Fault] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    entries: dict[str, list[_Entry]] = field(default_factory=dict)
    oldest: datetime | None = None
    timeless: bool = False

    def read(self) -> None:
        source = self.source
        found = records(self.table.data, source.format, source.delimiter, self.columns.wanted)
        for each in found:
            if isinstance(each, Fault):
                self.faults.append(each)
                self.missing.update(() if each.missing is None else (each.missing,))
                continue
            self.rows += 1
            self._date(each)
            self._enter(each)
        for key in sorted(self.entries):
            self._once(key, self.entries[key])

    def _enter(self, record: Record) -> None:
        columns, line = self.columns, record.line
        key = key_of(record.cells[columns.key], self.source.prefix)
        if isinstance(key, Unreadable):
            self._faulty(line, columns.key, "source-key", key)
            return
        said = dict(columns.fixed)
        sound = True
        for attribute, number, read in columns.readings:
            value = read(record.cells[number])
            if isinstance(value, Unreadable):
                sound = False
                self._faulty(line, number, "source-cell", value)
            else:
                said[attribute] = value
        left = self._left(record.cells)
        sound = self._in_order(line, said) and sound
        self.entries.setdefault(key, []).append(_Entry(line, said, left, sound))

    def _left(self, cells: Sequence[Cell]) -> bool:
        leavers, status = self.source.leavers, self.columns.status
        if leavers is None or status is None:
            return False
        return str(cells[status]).strip().casefold() in leavers.words

    def _in_order(self, line: int, said: dict[str, Value | Moment]) -> bool:
        period = _period(said)
        if period.begins is None or period.ends is None:
            return True
        if not is_empty_period(period.begins, period.ends):
            return True
        del said[FROM], said[UNTIL]
        why = "`until` of this row is before its `from`"
        self.faults.append(Fault(line, 1, "source-cell", why))
        return False

    def _date(self, record: Record) -> None:
        number = self.columns.dated
        if number is None:
            return
        cell = record.cells[number]
        moment = instant(cell) if isinstance(cell, str) else None
        if moment is None:
            if not self.timeless:
                self._faulty(record.line, number, "source-time", Unreadable("holds no instant"))
            self.timeless = True
        elif self.oldest is None or moment < self.oldest:
            self.oldest = moment

    def _faulty(self, line: int, number: int, code: str, cell: Unreadable) -> None:
        column = self.columns.wanted[number]
        if column not in self.missing:  # that is told once
            why = f"the cell of {show(column)} {cell.why}"
            self.faults.append(Fault(line, 1, code, why, cell=column))

    def _once(self, key: str, entries: list[_Entry]) -> None:
        """Of several rows about one person none counts, but where all of them say: has left."""
        first, *others = entries
        for other in others:
            why = f"{key} has a row already, in line {first.line}"
            hint = "the key must be of one person only, for ever"
            self.faults.append(Fault(other.line, 1, "source-duplicate-key", why, hint))
        if others and not all(entry.left for entry in entries):
            del self.entries[key]

    def users(self) -> dict[UserKey, User]:
        """The people whose rows count, in the order of their keys."""
        columns = self.columns
        deciding = {self.source.key.name}
        if self.source.leavers is not None:
            deciding.add(self.source.leavers.column)
        if deciding & self.missing:
            return {}
        given = columns.given(self.missing)
        return {
            UserKey(key): self._user(UserKey(key), entries[0], given)
            for key, entries in sorted(self.entries.items())
            if entries[0].left or (entries[0].sound and not self.missing)
        }

    def _user(self, key: UserKey, entry: _Entry, given: frozenset[str]) -> User:
        said = {name: entry.said[name] for name in sorted(given & entry.said.keys())}
        attributes: dict[str, Value] = {OBJECT_ID: object_id(Kind.USER, key)}
        attributes |= {
            name: value
            for name, value in said.items()
            if not (isinstance(value, date) or name in _NO_ATTRIBUTES)
            if not (name == OBJECT_ID and value is None)
        }
        if entry.left:
            attributes[ACCOUNT_ENABLED] = False
        at = Position(self.table.file, entry.line)
        row = Row(
            source=self.source.name,
            at=at,
            attributes=given if len(said) == len(given) else frozenset(said),
            digest=_digest(said, left=entry.left),
            left=entry.left,
            sound=entry.sound and not self.missing,
        )
        period = _period(said)
        return User(key, dict(sorted(attributes.items())), at, period=period, row=row)

    def feed(self) -> Feed:
        """What is to be known of the reading."""
        dated = self.table.dated if self.columns.dated is None else self.oldest
        return Feed(
            source=self.source,
            file=self.table.file,
            rows=self.rows,
            leavers=sum(1 for entries in self.entries.values() if entries[0].left),
            digest=self.table.digest,
            dated=None if self.timeless else dated,
            fault=self._fault(),
        )

    def _fault(self) -> str | None:
        if not self.faults:
            return None
        first, *others = sorted(self.faults, key=lambda fault: fault.line)
        more = f", and {len(others):,} more" if others else ""
        return f"line {first.line}: {first.why}{more}"

    def diagnostics(self, severity: Severity) -> Iterator[Diagnostic]:
        """Each fault with its place; the first hundred, and how many more there are."""
        source, places = self.source, None
        told, left = self.faults[:_TOLD], self.faults[_TOLD:]
        if left:
            why = f"there are {len(left):,} more faults"
            hint = "mend the first ones"
            told.append(Fault(left[0].line, 1, "source-more-faults", why, hint))
        for fault in told:
            column = fault.column
            if fault.cell is not None:
                places = places or Places(self.table.data, source.format, source.delimiter)
                column = places.of(fault.line, fault.cell)
            at = Position(self.table.file, fault.line, column)
            said = f"Source {source.name}: {fault.why}"
            yield Diagnostic(severity, fault.code, said, at, fault.hint)


def _period(said: Mapping[str, Value | Moment]) -> Period:
    begins, ends = said.get(FROM), said.get(UNTIL)
    if begins is None and ends is None:
        return ALWAYS
    return Period(
        begins if isinstance(begins, date) else None, ends if isinstance(ends, date) else None
    )


def _digest(said: Mapping[str, Value | Moment], *, left: bool) -> str:
    """16 hexadecimal digits over what a row says."""
    texts = [[name, str(v) if isinstance(v, date) else v] for name, v in said.items()]
    return digest([texts, left]).removeprefix("sha256:")[:16]
