"""The schemas that editors read are those of the models."""

from __future__ import annotations

import json
from pathlib import Path

from reconciler.manifests.schema import json_schemas
from reconciler.report.log_entry import log_schema

ROOT = Path(__file__).parents[3]


def test_the_schemas_in_the_tree_are_current() -> None:
    written = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in (ROOT / ".schemas").glob("*.json")
    }
    current = {**json_schemas(), "log": log_schema()}
    assert written == current, "run: reconciler schema -o .schemas"


def test_every_sample_file_names_a_schema_that_is_there() -> None:
    for tree in ("manifests", "policies"):
        for path in sorted((ROOT / tree).rglob("*.yaml")):
            first = path.read_text(encoding="utf-8").partition("\n")[0]
            mark = "# yaml-language-server: $schema="
            assert first.startswith(mark), path
            assert (path.parent / first.removeprefix(mark)).resolve().is_file(), path
