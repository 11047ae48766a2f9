"""The bytes of a table and the time that it is of: from the tree, or from where it was given.

A manifest can name nothing outside its tree, so that whoever edits one cannot read a runner's
files; what is given comes from the command line or the environment of the job.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final

from reconciler.model.feed import Source
from reconciler.model.show import plain

LARGEST_TABLE: Final = 512 * 1024 * 1024
_LARGEST_SIDECAR: Final = 200

#: Tables that were given, by the name of their source.
Given = Mapping[str, Path]
NOTHING_GIVEN: Final[Given] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Table:
    """What was found. `file` is what people call it; `dated` is the sidecar's or the file's time.

    `trusted`: it stands in the tree, where people review it.
    """

    file: str
    data: bytes
    dated: datetime | None
    trusted: bool

    @property
    def digest(self) -> str:
        """`sha256:` and the SHA-256 of its bytes."""
        return f"sha256:{sha256(self.data).hexdigest()}"


@dataclass(frozen=True, slots=True)
class NoTable:
    """Nothing that could be read, and why. `code` is the diagnostic's."""

    file: str
    code: str
    why: str
    hint: str
    trusted: bool


def find_table(source: Source, root: Path, prefix: str, given: Given) -> Table | NoTable:
    """The table of a source; `prefix` goes before names of files in the tree."""
    path, file, trusted = _place(source, root, prefix, given)
    if path is None:
        return NoTable(
            file,
            "source-not-given",
            "no table was given",
            f"give one: --source {source.name}=PATH, or write `file:` where it stands in the tree",
            trusted,
        )
    if trusted and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root)):
        why, hint = "the symbolic link leads out of the tree", "copy the table into the tree"
        return NoTable(file, "symlink-outside", why, hint, trusted)
    data = _bytes(path, LARGEST_TABLE)
    if isinstance(data, str):
        return NoTable(file, "source-unreadable", data, "see whether it was written", trusted)
    if source.dated.sidecar is not None:
        dated = _sidecar(path, source.dated.sidecar)
        if isinstance(dated, str):
            hint = "write an instant with its offset: 2027-06-30T18:00:00+01:00"
            why = f"its time cannot be told: {dated}"
            return NoTable(file, "source-time", why, hint, trusted)
        return Table(file, data, dated, trusted)
    # The time of a file in a checkout is that of the checkout, and tells nothing.
    modified = None if trusted else datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    return Table(file, data, modified, trusted)


def _place(source: Source, root: Path, prefix: str, given: Given) -> tuple[Path | None, str, bool]:
    if source.file is not None:
        return root / source.file, prefix + plain(source.file), True
    path = given.get(source.name)
    return path, "--source" if path is None else plain(path.as_posix()), False


def _bytes(path: Path, most: int) -> bytes | str:
    """What is in a file, or why that cannot be told."""
    try:
        # Opening a pipe would wait for somebody to write into it.
        if not stat.S_ISREG(path.stat().st_mode):
            return "it is not a regular file"
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as failed:
        return f"it cannot be read: {failed.strerror}"
    except ValueError:  # a NUL in the name
        return "it cannot be read: there is no such file"
    return data if len(data) <= most else f"it has more than {most:,} bytes"


def _sidecar(path: Path, suffix: str) -> datetime | str:
    data = _bytes(path.with_name(path.name + suffix), _LARGEST_SIDECAR)
    if isinstance(data, str):
        return f"the file beside it that ends with {suffix}: {data}"
    moment = instant(data.decode("ascii", "replace"))
    return moment or f"the file beside it that ends with {suffix} holds no instant"


def instant(text: str) -> datetime | None:
    """An instant with its offset, in UTC; None when the text is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
