"""Damaged and made-up plans and ledgers, a few hundred of them; more by `tests/fuzz/files.py`."""

from __future__ import annotations

import json
from collections import Counter
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.e2e.shell import Shell
from tests.property.mangling import (
    LEASE,
    STRANGE,
    as_git_files,
    mangle_a_ledger,
    mangle_a_plan,
    mangle_git_files,
    stamped,
    try_a_git_ledger,
    try_a_ledger,
    try_a_plan,
)

PEOPLE_NOW = "surname: Ek, accountEnabled: false}"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return a_change(tmp_path)


def a_change(directory: Path) -> Shell:
    """A plan with changes of many sorts in `plan.json`, and a ledger of one apply."""
    shell = Shell(directory).small_organisation()
    assert shell.apply().code == 0
    shell.edit("manifests/people.yaml", "surname: Ek}", PEOPLE_NOW)
    shell.edit("manifests/people.yaml", "jobTitle: Lead", "jobTitle: Head")
    shell.edit("manifests/groups.yaml", "members: [e1, e2]", "members: [e1, e3]")
    assert shell.run("plan", "-o", "plan.json").code == 0
    return shell


def test_no_mangled_plan_is_more_than_refused(shell: Shell) -> None:
    data, chance = (shell.directory / "plan.json").read_bytes(), Random(1)
    came_to = Counter(try_a_plan(shell, mangle_a_plan(data, chance)) for _ in range(150))
    assert came_to["refused"] < 140  # the others got past the digest, and were carried out or not


@pytest.mark.parametrize("name", ["path", "id"])
def test_no_single_strange_value_in_a_change_is_more_than_refused(shell: Shell, name: str) -> None:
    """What the digest does not answer for, and every reader relies on."""
    plan = json.loads((shell.directory / "plan.json").read_bytes())
    for strange in STRANGE:
        for number, change in enumerate(plan["plan"]["changes"]):
            made_up = deepcopy(plan)
            for part in _with(name, made_up["plan"]["changes"][number]):
                part[name] = strange
            if _with(name, change):
                try_a_plan(shell, stamped(made_up))


def _with(name: str, change: dict[str, Any]) -> list[dict[str, Any]]:
    parts = [change, *change.get("changes", ()), *change.get("values", ()), *change.get("seen", ())]
    return [part for part in parts if name in part]


def test_no_mangled_ledger_is_taken_for_a_sound_one(shell: Shell, tmp_path: Path) -> None:
    data = (shell.directory / ".reconciler/ledger/box.jsonl").read_bytes()
    chance = Random(1)
    came_to = Counter(
        try_a_ledger(tmp_path / "mangled", mangle_a_ledger(data, chance)) for _ in range(400)
    )
    assert came_to["broken"] > 200
    assert came_to["torn"]


def test_no_mangled_ref_is_taken_for_a_sound_ledger(shell: Shell, tmp_path: Path) -> None:
    data = (shell.directory / ".reconciler/ledger/box.jsonl").read_bytes()
    files, chance = as_git_files(data), Random(1)
    assert try_a_git_ledger(tmp_path / "repository", files) == "sound"
    came_to = Counter(
        try_a_git_ledger(tmp_path / "repository", mangle_git_files(files, chance))
        for _ in range(15)
    )
    assert came_to["broken"] and came_to["unreadable"] and came_to["sound"]


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59+00:00", "9999-12-31T23:59:59-12:00"])
def test_a_lease_until_the_end_of_time_is_held_and_can_be_taken_away(
    until: str, shell: Shell, tmp_path: Path
) -> None:
    data = (shell.directory / ".reconciler/ledger/box.jsonl").read_bytes()
    files = as_git_files(data)
    files[b"lease.json"] = json.dumps({**json.loads(LEASE), "until": until}).encode()
    assert try_a_git_ledger(tmp_path / "repository", files) in {"held", "unreadable"}


def test_a_name_that_is_no_text_is_no_traceback(shell: Shell, tmp_path: Path) -> None:
    data = (shell.directory / ".reconciler/ledger/box.jsonl").read_bytes()
    files = {**as_git_files(data), b"\xff.jsonl": b""}
    assert try_a_git_ledger(tmp_path / "repository", files) in {"broken", "unreadable"}


@pytest.mark.parametrize("number", [0, 9_999_999_999])
def test_a_file_under_another_number_does_not_break_what_is_appended(
    number: int, shell: Shell, tmp_path: Path
) -> None:
    data = (shell.directory / ".reconciler/ledger/box.jsonl").read_bytes()
    files = {f"{number:010}.jsonl".encode(): data, b"lease.json": LEASE}
    assert try_a_git_ledger(tmp_path / "repository", files) == "sound"


def test_half_a_line_in_a_ref_is_cut_off_by_the_next_append(shell: Shell, tmp_path: Path) -> None:
    data = (shell.directory / ".reconciler/ledger/box.jsonl").read_bytes()
    files = as_git_files(data)
    last = max(name for name in files if name != b"lease.json")
    files[last] += b'{"prev": "sha256:'
    assert try_a_git_ledger(tmp_path / "repository", files) == "sound"
