"""Where saved plans go. They hold personal data, so only their owner may read them."""

from __future__ import annotations

import os
from pathlib import Path

from reconciler.cli.files import read_file
from reconciler.report.planfile import SavedPlan, decode


def plan_path(destination: Path, target: str, *, alone: bool) -> Path:
    """The file of a target's plan: `destination` itself for one target and a name in `.json`."""
    if alone and destination.suffix == ".json" and not os.path.isdir(destination):  # noqa: PTH112  Path.is_dir raises for a name that is too long
        return destination
    return destination / f"{target}.plan.json"


def read_plan(path: Path) -> SavedPlan:
    """A plan that was saved.

    Raises:
        ConfigurationError: the file is not there or cannot be read.
        PlanFileError: it is no plan, or it was edited.
    """
    data = read_file(path, wanted="a plan that `reconciler plan -o` has saved")
    return decode(data, str(path))
