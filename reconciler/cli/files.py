"""Files that commands read and write: whole or not at all, and never one over another unasked."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from reconciler.errors import ConfigurationError


def write_private(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, readable by its owner only.

    Raises:
        ConfigurationError: the directory cannot be made or written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as exc:
        raise ConfigurationError(
            f"{path} cannot be written: {exc.strerror}",
            hint="choose another place, or see who may write there",
        ) from exc


def read_file(path: Path, *, wanted: str) -> bytes:
    """A file's bytes. `wanted` says what kind of file it should be, for whoever named another.

    Raises:
        ConfigurationError: it is not there or cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as exc:
        raise ConfigurationError(
            f"{path} cannot be read: {exc.strerror}", hint=f"name {wanted}"
        ) from exc


def refuse_existing(paths: Iterable[Path]) -> None:
    """Nothing, when none of the files is there yet.

    Raises:
        ConfigurationError: some are.
    """
    there = [str(path) for path in paths if path.exists()]
    if there:
        raise ConfigurationError(
            f"{', '.join(there)} would be written over, so nothing was written",
            hint="choose another place with -o, or say --force",
        )


def write_files(files: Mapping[Path, str]) -> None:
    """Write each file whole, readable by everybody: no secret belongs in one of these.

    Raises:
        ConfigurationError: one cannot be written.
    """
    for path, text in files.items():
        write_private(path, text.encode())
        path.chmod(0o644)
