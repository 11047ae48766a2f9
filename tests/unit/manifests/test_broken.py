"""One fault per file under tests/cases/broken, and what is said of it beside it, word for word.

Tables of sources stand beside the manifest that names them, under its name.

A new case: add `what-is-wrong.yaml` under `manifests/`, `languages/` or another, run this
test, read what it says the diagnostics are, and if they are right put them into
`what-is-wrong.expected`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from reconciler.desired.check import check
from reconciler.desired.expectations import failures
from reconciler.manifests.load import load
from reconciler.manifests.policies import load_policies
from reconciler.manifests.references import check_protections
from reconciler.manifests.suppress import suppress
from reconciler.model.declared import Declared
from reconciler.model.diagnostic import Diagnostic, has_errors
from tests.builders import NOON

BROKEN = Path(__file__).parents[2] / "cases" / "broken"


def written(found: Iterable[Diagnostic]) -> str:
    return "".join(f"{d.at} {d.severity} {d.code} {d.message} | {d.hint}\n" for d in found)


def copied(case: Path, tree: Path) -> None:
    """The manifest, and the tables that belong to it."""
    for path in (case, *case.parent.glob(f"{case.stem}*")):
        if path == case or path.suffix not in {".yaml", ".expected"}:
            shutil.copy(path, tree)


def cases(directory: str) -> list[Path]:
    found = sorted((BROKEN / directory).glob("*.yaml"))
    assert found
    return found


@pytest.mark.parametrize("case", cases("manifests"), ids=lambda case: case.stem)
def test_fault_in_a_manifest_is_reported_at_its_line(case: Path, tmp_path: Path) -> None:
    copied(case, tmp_path)
    loaded = load(tmp_path)
    found = written(suppress(loaded.diagnostics, loaded.suppressions))
    found = found.replace(str(tmp_path), "ROOT")
    assert found == case.with_suffix(".expected").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", cases("languages"), ids=lambda case: case.stem)
def test_fault_in_an_expression_or_condition_is_reported_at_its_line(
    case: Path, tmp_path: Path
) -> None:
    shutil.copy(case, tmp_path)
    loaded = load(tmp_path)
    found = (*loaded.diagnostics, *check(loaded.declared))
    said = written(suppress(found, loaded.suppressions))
    assert said == case.with_suffix(".expected").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", cases("policies"), ids=lambda case: case.stem)
def test_fault_in_a_policy_is_reported_at_its_line(case: Path, tmp_path: Path) -> None:
    shutil.copy(case, tmp_path)
    loaded = load_policies(tmp_path)
    protections = check_protections(loaded.policies, Declared())
    found = suppress((*loaded.diagnostics, *protections), loaded.suppressions)
    assert written(found) == case.with_suffix(".expected").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", cases("expectations"), ids=lambda case: case.stem)
def test_expectation_that_does_not_hold_is_reported_at_its_line(case: Path, tmp_path: Path) -> None:
    shutil.copy(case, tmp_path)
    loaded = load(tmp_path)
    found = (*loaded.diagnostics, *check(loaded.declared))
    if not has_errors(found):
        found += failures(loaded.declared, as_of=NOON)
    said = written(suppress(found, loaded.suppressions))
    assert said == case.with_suffix(".expected").read_text(encoding="utf-8")


def test_every_expected_text_belongs_to_a_case() -> None:
    expected = {path.with_suffix("") for path in BROKEN.rglob("*.expected")}
    assert expected == {path.with_suffix("") for path in BROKEN.rglob("*.yaml")}
