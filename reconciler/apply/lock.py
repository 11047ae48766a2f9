"""One writer at a time, held by the operating system: a process that dies lets go of it."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from reconciler.errors import LedgerError, LedgerHeldError

if sys.platform == "win32":  # pragma: no cover - the suite runs on POSIX
    import msvcrt

    def _seize(descriptor: int) -> None:
        # A byte far behind the text, because a locked byte cannot be read by others.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)

else:
    import fcntl

    def _seize(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def exclusive(path: Path, what: str) -> Iterator[None]:
    """Hold the lock file at `path`; `what` is for messages. The file stays, the lock does not.

    Raises:
        LedgerHeldError: another process has it, or another holder in this one.
        LedgerError: the file cannot be opened.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise LedgerError(
            f"{what} cannot be locked: {path}: {error.strerror}",
            hint="the directory must exist and be writable",
        ) from error
    try:
        _take(descriptor, what)
        yield
    finally:
        os.close(descriptor)  # and with it the lock


def _take(descriptor: int, what: str) -> None:
    try:
        _seize(descriptor)
    except OSError as error:
        holder = os.read(descriptor, 200).decode("utf-8", "replace").strip()
        since = datetime.fromtimestamp(os.fstat(descriptor).st_mtime, UTC)
        raise LedgerHeldError(
            f"{what} is held by another run ({holder or 'which did not say who it is'}) since "
            f"{since:%Y-%m-%d %H:%M:%S} UTC",
            hint="it is free as soon as that process has ended; `apply --wait 10m` waits for it",
        ) from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
