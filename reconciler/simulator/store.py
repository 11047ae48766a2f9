"""The SQLite file that holds the resources, so that separate processes see the same provider.

Every write is one transaction under the file's write lock (`BEGIN IMMEDIATE`), in write-ahead mode
with `synchronous=NORMAL`: once a transaction has ended, the process may be killed and the write
stays (only a crash of the machine may lose the last ones, never the file). Members have a table of
their own, so that adding one to a group of thousands writes one row.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from reconciler.errors import ConfigurationError
from reconciler.simulator.errors import ScimError
from reconciler.simulator.records import Key, Member, Membership, Order, Stored
from reconciler.simulator.values import Document, Kind, fold, is_unicode

_FORMAT: Final = 1  # `PRAGMA user_version`
_WAIT: Final = 30.0  # seconds for another process's transaction
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS resources (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    user_name TEXT UNIQUE,
    display_name TEXT,
    external_id TEXT,
    document TEXT NOT NULL,
    created TEXT NOT NULL,
    modified TEXT NOT NULL,
    version INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS resources_kind ON resources (kind, number);
CREATE INDEX IF NOT EXISTS resources_display_name ON resources (display_name);
CREATE INDEX IF NOT EXISTS resources_external_id ON resources (external_id);
CREATE TABLE IF NOT EXISTS members (
    position INTEGER PRIMARY KEY,
    group_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    member_kind TEXT NOT NULL,
    UNIQUE (group_id, member_id)
);
CREATE INDEX IF NOT EXISTS members_member ON members (member_id);
CREATE TABLE IF NOT EXISTS hidden (
    user_name TEXT PRIMARY KEY,
    id TEXT NOT NULL
);
"""
_COLUMNS: Final = "number, id, kind, document, created, modified, version"
_MEMBERSHIPS: Final = """
WITH RECURSIVE held(id, direct) AS (
    SELECT group_id, 1 FROM members WHERE member_id = ?
    UNION
    SELECT m.group_id, 0 FROM members m JOIN held h ON m.member_id = h.id
)
SELECT r.id, json_extract(r.document, '$.displayName'), max(h.direct)
FROM held h JOIN resources r ON r.id = h.id GROUP BY r.id ORDER BY r.number
"""


class UserNameTakenError(Exception):
    """Another user has this userName, in some case (RFC 7643 §4.1.1)."""


class Store:
    """One open file. Threads may share it: its transactions come one after the other."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open the file, making it if it is not there (readable by its owner only).

        Raises:
            ConfigurationError: it cannot be opened, or it is something else.
        """
        try:
            path.touch(mode=0o600, exist_ok=True)
            connection = sqlite3.connect(
                path, timeout=_WAIT, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as exc:
            why = exc.strerror if isinstance(exc, OSError) else str(exc)
            raise _out_of_reach(path, f"cannot be opened: {why}") from exc
        try:
            _prepare(connection, path)
        except sqlite3.OperationalError as exc:  # full, read-only, locked: it may be sound
            connection.close()
            raise _out_of_reach(path, f"cannot be used: {exc}") from exc
        except sqlite3.Error as exc:
            connection.close()
            raise _unusable(path, "is not a database that can be used") from exc
        except ConfigurationError:
            connection.close()
            raise
        return cls(connection)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """One consistent view for as long as the block lasts."""
        with self._transaction("BEGIN") as transaction:
            yield transaction

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """All of the block's writes, or none if it raises."""
        with self._transaction("BEGIN IMMEDIATE") as transaction:
            yield transaction

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Transaction]:
        with self._lock:
            try:
                self._connection.execute(begin)
                yield Transaction(self._connection)
                self._connection.execute("COMMIT")
            except sqlite3.OperationalError as exc:  # a full disk, a lock that is never given back
                raise ScimError(500, f"what is kept here cannot be used: {exc}") from exc
            finally:
                if self._connection.in_transaction:  # SQLite ends some that failed by itself
                    self._connection.execute("ROLLBACK")


class Transaction:
    """What can be read and written while a transaction lasts."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def get(self, kind: Kind, id: str) -> Stored | None:
        """The resource with that id, if it is of that kind."""
        return next((s for s in self.lookup(kind, Key.ID, id)), None)

    def lookup(self, kind: Kind, key: Key, value: str) -> list[Stored]:
        """Those with that value (names in any case), in the order of their creation."""
        if not is_unicode(value):
            return []
        wanted = fold(value) if key in (Key.USER_NAME, Key.DISPLAY_NAME) else value
        return self._select(f"WHERE {key} = ? AND kind = ? ORDER BY number", (wanted, kind))

    def groups_with_member(self, member_id: str) -> list[Stored]:
        """The groups that somebody is directly in, in the order of their creation."""
        if not is_unicode(member_id):
            return []
        return self._select(
            "WHERE id IN (SELECT group_id FROM members WHERE member_id = ?) ORDER BY number",
            (member_id,),
        )

    def everything(self, kind: Kind) -> list[Stored]:
        """All of a kind, in the order of their creation."""
        return self._select("WHERE kind = ? ORDER BY number", (kind,))

    def page(self, kind: Kind, order: Order, offset: int, limit: int) -> list[Stored]:
        """`limit` of a kind from `offset` (from 0) on."""
        return self._select(
            f"WHERE kind = ? ORDER BY {order} LIMIT ? OFFSET ?", (kind, limit, offset)
        )

    def count(self, kind: Kind) -> int:
        """How many of a kind there are."""
        return self._number("SELECT count(*) FROM resources WHERE kind = ?", (kind,))

    def next_number(self) -> int:
        """The number that the next resource gets; numbers are never used twice."""
        last = self._number(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'resources'", ()
        )
        return last + 1

    def insert(self, kind: Kind, id: str, document: Document, now: str) -> Stored:
        """Add a resource.

        Raises:
            UserNameTakenError: another user has its userName.
        """
        number = self.next_number()
        try:
            self._connection.execute(
                "INSERT INTO resources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
                (number, id, kind, *_keys(kind, document), _dump(document), now, now),
            )
        except sqlite3.IntegrityError as exc:
            raise UserNameTakenError from exc
        return Stored(number, id, kind, document, now, now, 1)

    def update(self, old: Stored, document: Document, now: str) -> Stored:
        """Write a resource's document, with the next version.

        Raises:
            UserNameTakenError: another user has its new userName.
        """
        try:
            self._connection.execute(
                "UPDATE resources SET user_name = ?, display_name = ?, external_id = ?,"
                " document = ?, modified = ?, version = version + 1 WHERE number = ?",
                (*_keys(old.kind, document), _dump(document), now, old.number),
            )
        except sqlite3.IntegrityError as exc:
            raise UserNameTakenError from exc
        return replace(old, document=document, modified=now, version=old.version + 1)

    def delete(self, resource: Stored, now: str) -> None:
        """Remove a resource, its members, and it from the groups that it is in."""
        self._connection.execute(
            "UPDATE resources SET version = version + 1, modified = ?"
            " WHERE id IN (SELECT group_id FROM members WHERE member_id = ?)",
            (now, resource.id),
        )
        self._connection.execute(
            "DELETE FROM members WHERE member_id = ? OR group_id = ?", (resource.id, resource.id)
        )
        self._connection.execute("DELETE FROM resources WHERE number = ?", (resource.number,))

    def hide(self, resource: Stored, now: str) -> None:
        """Remove a user, and keep the id for whoever gets the same userName."""
        user_name, _, _ = _keys(resource.kind, resource.document)
        self._connection.execute(
            "INSERT OR REPLACE INTO hidden VALUES (?, ?)", (user_name, resource.id)
        )
        self.delete(resource, now)

    def hidden(self, user_name: str) -> str | None:
        """The id of the user who had that name and is hidden."""
        row = self._connection.execute(
            "SELECT id FROM hidden WHERE user_name = ?", (fold(user_name),)
        ).fetchone()
        return None if row is None else str(row[0])

    def group_counts(self, ids: Sequence[str]) -> dict[str, int]:
        """In how many groups each of these is directly; those in none are left out."""
        found: dict[str, int] = {}
        for some, marks in _in_slices(ids):
            rows = self._connection.execute(
                f"SELECT member_id, count(*) FROM members WHERE member_id IN ({marks})"  # noqa: S608 - only marks
                " GROUP BY member_id",
                some,
            )
            found.update(rows)
        return found

    def kinds(self, ids: Sequence[str]) -> dict[str, Kind]:
        """What each of the ids is; those that are nobody's are left out."""
        found: dict[str, Kind] = {}
        for some, marks in _in_slices(ids):
            rows = self._connection.execute(
                f"SELECT id, kind FROM resources WHERE id IN ({marks})",  # noqa: S608 - only marks
                some,
            )
            found.update((one, Kind(kind)) for one, kind in rows)
        return found

    def members(self, group_id: str) -> list[Member]:
        """A group's members, in the order in which they came."""
        rows = self._connection.execute(
            "SELECT member_id, member_kind FROM members WHERE group_id = ? ORDER BY position",
            (group_id,),
        )
        return [Member(member_id, Kind(kind)) for member_id, kind in rows]

    def memberships(self, member_id: str) -> list[Membership]:
        """The groups that somebody is in, directly or through others, oldest group first."""
        rows = self._connection.execute(_MEMBERSHIPS, (member_id,))
        return [Membership(group_id, display, bool(direct)) for group_id, display, direct in rows]

    def add_members(self, group_id: str, members: Iterable[Member]) -> int:
        """Add those who are not in the group yet; how many that were."""
        before = self._connection.total_changes
        self._connection.executemany(
            "INSERT OR IGNORE INTO members (group_id, member_id, member_kind) VALUES (?, ?, ?)",
            [(group_id, member.id, member.kind) for member in members],
        )
        return self._connection.total_changes - before

    def remove_members(self, group_id: str, ids: Iterable[str]) -> int:
        """Take these out of the group; how many of them were in it."""
        before = self._connection.total_changes
        self._connection.executemany(
            "DELETE FROM members WHERE group_id = ? AND member_id = ?",
            [(group_id, one) for one in ids if is_unicode(one)],
        )
        return self._connection.total_changes - before

    def clear_members(self, group_id: str) -> int:
        """Empty the group; how many were in it."""
        return self._connection.execute(
            "DELETE FROM members WHERE group_id = ?", (group_id,)
        ).rowcount

    def _select(self, where: str, values: tuple[str | int, ...]) -> list[Stored]:
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM resources {where}",  # noqa: S608 - only clauses of this module
            values,
        )
        return [
            Stored(number, resource_id, Kind(kind), json.loads(text), created, modified, version)
            for number, resource_id, kind, text, created, modified, version in rows
        ]

    def _number(self, query: str, values: tuple[str, ...]) -> int:
        (number,) = self._connection.execute(query, values).fetchone()
        return int(number)


def _in_slices(ids: Sequence[str]) -> Iterator[tuple[list[str], str]]:
    """Ids that may stand in a query, some at a time, with a question mark for each."""
    known = [one for one in ids if is_unicode(one)]
    for start in range(0, len(known), 500):
        some = known[start : start + 500]
        yield some, ",".join("?" * len(some))


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version not in (0, _FORMAT):
        raise _unusable(path, f"has format {version}, and this version reads {_FORMAT}")
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if version == 0 and tables:
        raise _unusable(path, "is some other program's database")
    for statement in filter(str.strip, _TABLES.split(";")):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {_FORMAT}")
    connection.execute("COMMIT")


def _out_of_reach(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"the embedded provider's file {path.name} {why}",
        hint="it must be writable, with room left beside it; its content need not be lost",
    )


def _unusable(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"the embedded provider's file {path.name} {why}",
        hint="delete the file to start with an empty provider, or name another one",
    )


def _keys(kind: Kind, document: Document) -> tuple[str | None, str | None, str | None]:
    user_name = document.get("userName") if kind is Kind.USER else None
    display_name = document.get("displayName")
    external_id = document.get("externalId")
    return (
        fold(user_name) if isinstance(user_name, str) else None,
        fold(display_name) if isinstance(display_name, str) else None,
        external_id if isinstance(external_id, str) else None,
    )


def _dump(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
