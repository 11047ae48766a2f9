"""The maps at the top of packages are true: they leave no module out, and name nothing that is not.

A newcomer reads `reconciler/__init__.py`, then the docstring of one package. A map that went stale
costs more than none.
"""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

import reconciler

ROOT = Path(reconciler.__file__).parent

#: Packages whose docstring says of each of their modules what it is there for.
MAPPED = (
    "cli", "desired", "desired/expressions", "doctor", "manifests", "manifests/entra",
    "manifests/sources", "model", "plan", "plan/explain", "report",
)  # fmt: skip


def map_of(package: str) -> str:
    text = (ROOT / package / "__init__.py").read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(text)) or ""


def parts_of(package: str) -> set[str]:
    modules = {path.stem for path in (ROOT / package).glob("*.py")} - {"__init__"}
    return modules | {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}


def exists(name: str) -> bool:
    """Whether `reconciler.NAME` is a module, or something in one."""
    found: object = reconciler
    path = "reconciler"
    for part in name.split("."):
        path = f"{path}.{part}"
        if not hasattr(found, part):
            try:
                importlib.import_module(path)
            except ImportError:
                return False
        found = getattr(found, part)
    return True


@pytest.mark.parametrize("package", MAPPED)
def test_the_map_of_a_package_has_every_module(package: str) -> None:
    words = set(re.findall(r"\w+", map_of(package)))
    assert sorted(parts_of(package) - words) == []


def test_the_first_page_names_only_what_there_is() -> None:
    named = re.findall(r"`((?:\w+\.)+\w+)`", map_of("."))
    ours = [name for name in named if name.partition(".")[0] in parts_of(".")]
    assert len(ours) > 20
    assert [name for name in ours if not exists(name)] == []


def test_a_name_that_is_not_there_is_noticed() -> None:
    assert exists("plan.build.build_plan")
    assert not exists("plan.build.build_castle")
    assert not exists("plan.castle")
