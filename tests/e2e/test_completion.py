"""A shell is offered what the tree declares."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from reconciler.cli.main import cli
from tests.e2e.shell import Shell


@pytest.fixture
def box(shell: Shell) -> Shell:
    return shell.small_organisation()


def offered(shell: Shell, *words: str) -> list[str]:
    """What is offered for the last of the words."""
    before = Path.cwd()
    os.chdir(shell.directory)
    try:
        found = ShellComplete(cli, {}, "reconciler", "_RECONCILER_COMPLETE").get_completions(
            list(words[:-1]), words[-1]
        )
    finally:
        os.chdir(before)
    return [item.value for item in found]


def test_a_real_shell_is_answered(box: Shell) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "reconciler"],
        cwd=box.directory,
        env={
            **os.environ,
            "_RECONCILER_COMPLETE": "bash_complete",
            "COMP_WORDS": "reconciler explain e",
            "COMP_CWORD": "2",
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "plain,e1\nplain,e2\nplain,e3\n"


@pytest.mark.parametrize(
    ("words", "offers"),
    [
        (("explain", "e"), ["e1", "e2", "e3"]),
        (("explain", "group:"), ["group:ops"]),
        (("provision", "e1", ""), ["box"]),
        (("plan", "b"), ["box"]),
        (("plan", "--only", "members:"), ["members:ops"]),
        (("plan", "--only", "d"), ["drift", "due"]),
        (("plan", "--only", "cause:dr"), ["cause:drift"]),
        (("explain", "--manifests", "nowhere", "e"), []),
        (("explain", "--manifests", "x" * 300, "e"), []),
    ],
)
def test_keys_and_targets_are_offered(
    box: Shell, words: tuple[str, ...], offers: list[str]
) -> None:
    assert offered(box, *words) == offers


def test_a_tree_with_errors_offers_what_can_be_read(box: Shell) -> None:
    box.write("manifests/broken.yaml", "kind: [")
    assert offered(box, "explain", "e1") == ["e1"]


def test_a_tree_that_takes_too_long_offers_nothing(box: Shell) -> None:
    box.write("manifests/large.yaml", "# " + "x" * 2_000_000 + "\n")
    assert offered(box, "explain", "e") == []
