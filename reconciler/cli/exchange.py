"""Files that come from elsewhere and go elsewhere: never written over by accident."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from reconciler.cli.saving import write_private
from reconciler.errors import ConfigurationError


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
