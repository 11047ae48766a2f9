"""Profiles are data, and say of each value that is not the standard's where it comes from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import reconciler
from reconciler.model import profile as profiles
from reconciler.model.profile import BUILT_IN, Profile
from reconciler.model.profile.values import values_of
from reconciler.model.provenance import STANDARD, Grade, Provenance

STANDARDS = Profile("standards")
ALL = pytest.mark.parametrize("profile", BUILT_IN.values(), ids=lambda p: str(p.name))


def own_values(profile: Profile) -> Iterator[str]:
    """The names of the values that a profile has and the standard has not."""
    standard = {each.field: each.value for each in values_of(STANDARDS)}
    return (each.field for each in values_of(profile) if each.value != standard[each.field])


@ALL
def test_every_source_is_about_a_value_of_a_profile(profile: Profile) -> None:
    assert set(profile.sources) <= {each.field for each in values_of(profile)}


@ALL
def test_every_value_that_is_not_the_standards_has_a_source(profile: Profile) -> None:
    assert [name for name in own_values(profile) if profile.source(name) is STANDARD] == []


@ALL
def test_a_profile_is_called_what_it_is_found_by(profile: Profile) -> None:
    assert BUILT_IN[profile.name] is profile
    assert profile.family == profile.name


def test_of_zpa_every_value_that_takes_or_withholds_something_is_documented() -> None:
    zpa = BUILT_IN["zpa"]
    decides = ("deactivation", "users.rename", "members_in", "users.accepted", "groups_per_user")
    assert {zpa.source(name).grade for name in decides} == {Grade.DOCUMENTED}


def test_the_source_of_a_part_is_that_of_the_whole_unless_it_has_its_own() -> None:
    seen = Provenance(Grade.PROBED, "doctor", on="2026-11-28")
    profile = Profile("p", sources={"users.attributes": seen})
    assert profile.source("users.attributes.title") == seen
    assert profile.source("users.rename") == STANDARD
    assert str(seen) == "probed 2026-11-28: doctor"


def stated() -> set[str]:
    """The fields in the table of the package's docstring."""
    lines = (profiles.__doc__ or "").splitlines()
    first, _, last = (n for n, line in enumerate(lines) if line.startswith("===========  "))
    return {word for line in lines[first:last] for word in line[13:55].split()}


def test_every_field_stands_in_the_table_and_no_other() -> None:
    fields = {each.field for each in values_of(STANDARDS)}
    own = {field.partition(".")[2] for field in fields if field.startswith(("users.", "groups."))}
    flat = {field for field in fields if not field.startswith(("users.", "groups."))}
    rows = {word for word in stated() if not word.startswith("=") and word != "fields"}
    assert rows == flat | {f".{field}" for field in own}


def test_every_field_is_read_by_something_beside_what_shows_it() -> None:
    """A field that nothing reads would be a promise that nobody keeps."""
    root = Path(reconciler.__file__).parent
    built_in = {profile.name.replace("-", "_") for profile in BUILT_IN.values()}
    read: set[str] = set()
    for path in root.rglob("*.py"):
        if path.parent.name == "simulator" or path.stem in {*built_in, "values", "clauses"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                read.add(node.attr)
    names = {each.field.rpartition(".")[2] for each in values_of(STANDARDS)}
    assert names - read == set()
