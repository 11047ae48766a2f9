"""A command that is run by somebody who sits at a terminal and can be asked."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from reconciler.cli.main import run
from reconciler.cli.world import World
from tests.e2e.shell import Ran, Shell


@dataclass
class Somebody(StringIO):
    """At a terminal: answers when asked, after doing something else first."""

    answer: str = "y\n"
    first: Callable[[], object] = field(default=lambda: None)

    def __post_init__(self) -> None:
        super().__init__()

    def isatty(self) -> bool:
        return True

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]  # noqa: ARG002  typeshed says that of bytes
        self.first()
        return self.answer


class Screen(StringIO):
    def isatty(self) -> bool:
        return True


def asked(shell: Shell, somebody: Somebody, *args: str) -> Ran:
    """The command line, in this process, at a terminal."""
    out, err = StringIO(), Screen()
    world = World(
        env={"RECONCILER_COMMIT": "c0ffee", "NO_COLOR": "1"},
        now=lambda: shell.now,
        directory=shell.directory,
        out=out,
        err=err,
        answers=somebody,
    )
    before = Path.cwd()
    os.chdir(shell.directory)
    try:
        code = run(args, world)
    finally:
        os.chdir(before)
    return Ran(int(code), out.getvalue(), err.getvalue())
