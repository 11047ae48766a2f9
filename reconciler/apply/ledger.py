"""The ledger as a directory: one file of chained lines per target, and a lock file beside it.

An append is one write and one flush to disk. A process that is killed in between leaves a torn
tail: it does not count, is reported, and is cut off by the next append. Anything else that does not
follow from the line before it is refused: the file was edited, or lines are missing.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from reconciler.apply.chain import appends, first_link, forge
from reconciler.apply.lock import exclusive
from reconciler.errors import LedgerError
from reconciler.model.ledger import Lease, Record

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Head:
    """Where the last whole append ends, and the hash that the next one is bound to."""

    hash: str
    end: int


@dataclass(frozen=True, slots=True)
class _WithTheProcess:
    """A `Lease` that the operating system takes back when its holder ends, and not before."""

    until: None = None

    def renew(self) -> None:
        """It needs none."""


@dataclass(slots=True)
class DirectoryLedger:
    """Implements `reconciler.model.ledger.Ledger`. The directory is made by the first append.

    Every append is made under the lease; one outside of `lease` takes it for itself.
    """

    directory: Path
    target: str
    _head: _Head | None = field(default=None, init=False)
    _leased: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        if not self.target or self.target.startswith(".") or Path(self.target).name != self.target:
            raise ValueError(f"{self.target!r} cannot name a ledger: expected a manifest's name")

    @property
    def batch(self) -> int:
        """Fifty: a flush of some milliseconds is small beside fifty requests, and a process that is
        killed leaves at most so many unknowns."""
        return 50

    @property
    def path(self) -> Path:
        """The file with the lines."""
        return self.directory / f"{self.target}.jsonl"

    def records(self) -> Iterator[Record]:
        """See `Ledger.records`."""
        end = 0
        content = self.content()
        for append in appends(content, self.target):
            end = append[-1].end
            yield from (link.record for link in append)
        if end < len(content):
            _LOG.warning("%s", self._torn(len(content) - end))

    def append(self, records: Sequence[Record]) -> None:
        """See `Ledger.append`."""
        if not records:
            return
        if self._leased:
            self._append(records)
        else:
            with self.lease():
                self._append(records)

    @contextmanager
    def lease(self) -> Iterator[Lease]:
        """See `Ledger.lease`."""
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._unusable(error) from error
        with exclusive(self.directory / f"{self.target}.lock", f"the ledger of {self.target}"):
            self._leased = True
            try:
                yield _WithTheProcess()
            finally:
                self._leased = False

    def _append(self, records: Sequence[Record]) -> None:
        head = self._current_head()
        lines, last = forge(head.hash, records)
        try:
            self._write(lines, head.end)
        except OSError as error:
            self._head = None
            raise self._unusable(error) from error
        self._head = _Head(last, head.end + len(lines))

    def _current_head(self) -> _Head:
        if self._head is not None and self._size() == self._head.end:
            return self._head
        head = _Head(first_link(self.target), 0)
        for append in appends(self.content(), self.target):
            head = _Head(append[-1].hash, append[-1].end)
        return head

    def _write(self, lines: bytes, end: int) -> None:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            torn = os.fstat(descriptor).st_size - end
            if torn:
                _LOG.warning("%s", self._torn(torn))
                os.ftruncate(descriptor, end)
            if os.write(descriptor, lines) != len(lines):
                os.ftruncate(descriptor, end)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if end == 0:
            self._flush_directory()

    def _flush_directory(self) -> None:
        """A new file is only as durable as its entry in the directory."""
        if os.name == "nt":  # pragma: no cover - a directory cannot be opened there
            return
        descriptor = os.open(self.directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def content(self) -> bytes:
        """All lines as they stand in the file; not verified."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise self._unusable(error) from error

    def place_of(self, line: int) -> str:
        """Where people find a line."""
        return f"{self.path}:{line}"

    def way_back(self, sound: int) -> str:
        """How to go on with the lines that are sound."""
        return (
            f"put a copy of {self.path} back; or go on with the first {sound} lines, of whole "
            "appends that are sound: "
            f"head -n {sound} {self.path} > {self.path}.sound && mv {self.path}.sound {self.path}"
        )

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def _torn(self, size: int) -> str:
        return (
            f"the last {size} bytes of the ledger of {self.target} are half an append: a run was "
            "killed while it wrote, or is writing now. They do not count, and the next append cuts "
            "them off"
        )

    def _unusable(self, error: OSError) -> LedgerError:
        return LedgerError(
            f"the ledger of {self.target} cannot be used: {self.path}: {error.strerror}",
            hint="the directory must exist and be writable, with room left",
        )
