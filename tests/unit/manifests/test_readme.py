"""What manifests/README.md shows is loaded, and what it lists is complete."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.desired.check import CODES, check
from reconciler.desired.expectations import FAILED, failures
from reconciler.desired.population_checks import CODES as SURPRISES
from reconciler.desired.population_checks import surprises
from reconciler.documents import read_documents
from reconciler.documents.nodes import Map
from reconciler.manifests.load import load
from reconciler.manifests.suppress import suppress
from reconciler.model.source import USER_ATTRIBUTES
from tests.builders import NOON

ROOT = Path(__file__).parents[3]
README = (ROOT / "manifests" / "README.md").read_text(encoding="utf-8")

_BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| `([a-z0-9-]+)` \| (.+) \| (.+) \|$", re.MULTILINE)
_SURPRISE = re.compile(r"^\| `(?P<name>\w+): (?P<text>[^`]*)` \| [^|]+ \| the text `(.*?)`", re.M)

# What begins a diagnostic, and where in its arguments the code stands.
_MAKERS = {
    "error": 0, "warning": 0, "fault": 0, "_shared": 0, "named": 0, "shaped": 1, "NoTable": 1,
    "Fault": 2, "_faulty": 2,
}  # fmt: skip
#: The tables of the example, by how their blocks begin: the file that the Source names.
_TABLES = {"csv": "feeds/people.csv", "jsonl": "feeds/entra.jsonl"}


def codes_in_source() -> Iterator[str]:
    package = ROOT / "reconciler"
    for source in sorted([*package.glob("documents/*.py"), *package.rglob("manifests/**/*.py")]):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id=maker)
                    | ast.Attribute(attr=maker)
                    | ast.IfExp(body=ast.Name(id=maker)),
                    args=arguments,
                ) if maker in _MAKERS:
                    for argument in arguments[_MAKERS[maker] : _MAKERS[maker] + 1]:
                        if isinstance(argument, ast.Constant):
                            yield str(argument.value)
    yield from CODES
    yield from SURPRISES
    yield FAILED


def table() -> list[str]:
    return [row[1] for row in _ROW.finditer(README.split("## Every diagnostic")[1])]


def test_every_code_stands_in_the_table_once_and_no_other() -> None:
    assert sorted(table()) == sorted(set(codes_in_source()))


def test_examples_are_one_tree_without_any_finding(tmp_path: Path) -> None:
    blocks = [block for block in _BLOCK.findall(README) if not block.startswith("quirks:")]
    for number, block in enumerate(blocks):
        (tmp_path / f"{number}.yaml").write_text(block, encoding="utf-8")
    (tmp_path / "feeds").mkdir()
    for language, file in _TABLES.items():
        (table,) = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
        (tmp_path / file).write_text(table, encoding="utf-8")
    (tmp_path / "feeds" / "entra.jsonl.time").write_text("2026-11-23T05:00:00Z", encoding="utf-8")
    loaded = load(tmp_path)
    found = (*loaded.diagnostics, *check(loaded.declared))
    assert suppress(found, loaded.suppressions) == ()
    assert surprises(loaded.declared, as_of=NOON) == ()
    assert failures(loaded.declared, as_of=NOON) == ()
    kinds = set(re.findall(r"^kind: (\w+)$", "".join(blocks), re.MULTILINE))
    headings = set(re.findall(r"^### (\w+)$", README.split("## Absent")[0], re.MULTILINE))
    assert kinds == headings


@pytest.mark.parametrize("row", list(_SURPRISE.finditer(README)), ids=lambda row: row["name"])
def test_surprise_of_yaml_is_text_here(row: re.Match[str]) -> None:
    documents, found = read_documents(row[0].split("`")[1].encode(), "surprise.yaml")
    assert found == ()
    assert documents == ({row["name"]: row[3]},)


def test_every_attribute_of_a_user_is_named() -> None:
    section = README.split("### User")[1].split("### List")[0]
    named = set(re.findall(r"`(\w+)`", section)) | set(_attributes_of_the_example(section))
    numbered = {f"extensionAttribute{number}" for number in range(2, 15)}
    assert USER_ATTRIBUTES.keys() - numbered <= named


def _attributes_of_the_example(section: str) -> Iterator[str]:
    (block,) = _BLOCK.findall(section)
    documents, _ = read_documents(block.encode(), "example.yaml")
    spec = documents[0]["spec"]
    assert isinstance(spec, Map)
    yield from spec
