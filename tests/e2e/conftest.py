"""What end-to-end tests start from."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@dataclass
class Served:
    """A service provider in another process."""

    url: str
    process: subprocess.Popen[str]


@contextmanager
def served(shell: Shell, *args: str) -> Iterator[Served]:
    """`reconciler simulate`, listening."""
    process = shell.start("simulate", "--port", "0", *args)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "http://127.0.0.1:" in line, line
        url = next(word for word in line.split() if word.startswith("http://"))
        yield Served(url, process)
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=30)


@pytest.fixture(autouse=True)
def no_credentials_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("RECONCILER_"):
            monkeypatch.delenv(name)
