"""What manifests/README.md says of fault scripts: every quirk, and every value that it names."""

from __future__ import annotations

import re
from enum import EnumType
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from pydantic.alias_generators import to_camel

from reconciler.simulator.faults.reading import read_script
from reconciler.simulator.quirks import Quirks

README = Path(__file__).parents[3] / "manifests" / "README.md"
SECTION = README.read_text("utf-8").partition("## Rehearsing\n")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| (`.+?`) \| (.+) \|$", SECTION, re.MULTILINE)
TYPES = get_type_hints(Quirks)
FIELDS = {to_camel(field): field for field in TYPES}


def test_every_quirk_is_in_the_table_and_no_other() -> None:
    _, (found,) = read_script(b"quirks: {zzzz: 1}", "f.yaml")
    assert found.hint is not None
    quirks = found.hint.removeprefix("quirks are ").split(", ")
    assert sorted(re.findall(r"`(\w+)`", " ".join(names for names, _ in ROWS))) == quirks


def choices(quirk: str) -> list[str]:
    """What a quirk can be, where that is a choice."""
    type_ = TYPES[FIELDS[quirk]]
    kinds = [kind for kind in (type_, *get_args(type_)) if isinstance(kind, EnumType)]
    return [name for kind in kinds for name in map(str, kind)]


@pytest.mark.parametrize(("names", "meaning"), ROWS)
def test_each_value_that_a_quirk_can_have_is_named_and_taken(names: str, meaning: str) -> None:
    for quirk in re.findall(r"`(\w+)`", names):
        for value in choices(quirk):
            assert f"`{value}`" in meaning
            script, found = read_script(f"quirks: {{{quirk}: '{value}'}}".encode(), "f.yaml")
            assert (script.quirks, found) == ({FIELDS[quirk]: value}, ())


def test_the_script_that_is_shown_can_be_played() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", SECTION, re.DOTALL)
    script, found = read_script(block.encode(), "f.yaml")
    assert (len(script.faults), found) == (1, ())
    assert sorted(script.quirks) == ["domains", "inactive_users", "most_members", "put"]
