"""The file of the provisioning log: whole lines, appended, readable by its owner only.

The log is written where an operator asks for it (`--log FILE`, RECONCILER_LOG) and nowhere else: it
names people and shows values, which the ledger never does. `apply` and `provision` write what they
did, `plan` what it would do and whom it leaves alone; nothing else does. The file is opened before
anything is sent, so that a run is not carried out whose log could not be kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from reconciler.cli.world import World
from reconciler.errors import ConfigurationError
from reconciler.model.show import inert
from reconciler.report.log_entry import LogEntry

_TOGETHER: Final = 1000  # lines in one write
_BLOCK: Final = 1 << 16  # bytes
_HINT: Final = "choose another place with --log"


def ready_to_append(path: Path) -> None:
    """Make sure that lines can be appended, and cut off half a line that a killed run left.

    Raises:
        ConfigurationError: it cannot be written, or it is not a provisioning log.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _mend(descriptor, path)
        finally:
            os.close(descriptor)
    except OSError as exc:
        raise _unwritable(path, exc) from exc


def append_lines(path: Path, lines: Iterable[str]) -> int:
    """Append whole lines, many at a time, each write of whole lines; how many there were.

    Raises:
        ConfigurationError: it cannot be written.
    """
    count = 0
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            for chunk in _chunks(lines):
                _write(descriptor, "".join(f"{line}\n" for line in chunk).encode())
                count += len(chunk)
        finally:
            os.close(descriptor)
    except OSError as exc:
        raise _unwritable(path, exc) from exc
    return count


def read_entries(path: Path, world: World) -> Iterator[LogEntry]:
    """The entries of a log, in the order in which they were written.

    Raises:
        ConfigurationError: it cannot be read, or a line is no entry; the message has its number.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    world.tell([f"{path}:{number}: half a line at the end does not count"])
                    return
                yield _parsed(line, path, number)
    except OSError as exc:
        raise ConfigurationError(
            f"{path} cannot be read: {exc.strerror}", hint="name a file that --log has written"
        ) from exc


def _parsed(line: bytes, path: Path, number: int) -> LogEntry:
    try:
        return LogEntry.model_validate_json(line)
    except ValidationError as exc:
        raise ConfigurationError(
            f"{path}:{number} is no line of a provisioning log: {_first(exc)}",
            hint="name a file that --log has written, or take the line out",
        ) from exc


def _first(exc: ValidationError) -> str:
    """The first fault, by its place; what stands there is not shown."""
    error = exc.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(map(str, error["loc"]))
    if not where:
        return "it is no complete JSON document of that shape"
    return f"{inert(where)}: {error['type'].replace('_', ' ')}"


def _chunks(lines: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(lines)
    while chunk := list(islice(rest, _TOGETHER)):
        yield chunk


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _mend(descriptor: int, path: Path) -> None:
    size = os.fstat(descriptor).st_size
    if size == 0:
        return
    if os.pread(descriptor, 1, 0) != b"{":
        raise ConfigurationError(f"{path} is not a provisioning log", hint=_HINT)
    if os.pread(descriptor, 1, size - 1) != b"\n":
        os.ftruncate(descriptor, _end_of_last_line(descriptor, size))


def _end_of_last_line(descriptor: int, size: int) -> int:
    start = size
    while start > 0:
        start = max(0, start - _BLOCK)
        found = os.pread(descriptor, _BLOCK, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
    return 0


def _unwritable(path: Path, exc: OSError) -> ConfigurationError:
    return ConfigurationError(f"{path} cannot be written: {exc.strerror}", hint=_HINT)
