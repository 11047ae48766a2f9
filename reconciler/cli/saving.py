"""Where saved plans go. They hold personal data, so only their owner may read them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from reconciler.errors import ConfigurationError
from reconciler.report.planfile import SavedPlan, decode


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


def read_plan(path: Path) -> SavedPlan:
    """A plan that was saved.

    Raises:
        ConfigurationError: the file is not there or cannot be read.
        PlanFileError: it is no plan, or it was edited.
    """
    data = read_file(path, wanted="a plan that `reconciler plan -o` has saved")
    return decode(data, str(path))
