"""Where saved plans go. They hold personal data, so only their owner may read them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from reconciler.errors import ConfigurationError


def plan_path(destination: Path, target: str, *, alone: bool) -> Path:
    """The file of a target's plan: `destination` itself for one target and a name in `.json`."""
    if alone and destination.suffix == ".json" and not os.path.isdir(destination):  # noqa: PTH112  Path.is_dir raises for a name that is too long
        return destination
    return destination / f"{target}.plan.json"


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
            hint="choose another place with -o",
        ) from exc


def read_file(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        ConfigurationError: it is not there or cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as exc:
        raise ConfigurationError(
            f"{path} cannot be read: {exc.strerror}",
            hint="name a plan that `reconciler plan -o` has saved",
        ) from exc
