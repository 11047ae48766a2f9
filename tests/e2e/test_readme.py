"""The README tells the truth: every session in it prints what it says, every set-up line exists."""

from __future__ import annotations

import re

from reconciler.model.exit import ExitCode
from tests.readme import README, ROOT, rendered


def test_every_session_prints_what_the_readme_says() -> None:
    assert README.read_text(encoding="utf-8") == rendered(), "run: python -m tests.readme"


def test_every_file_that_the_readme_names_is_there() -> None:
    text = README.read_text(encoding="utf-8")
    for name in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / name).exists(), name


def test_every_exit_code_is_explained() -> None:
    text = README.read_text(encoding="utf-8")
    for code in ExitCode:
        assert re.search(rf"^\| {int(code)} \|", text, re.MULTILINE), code
