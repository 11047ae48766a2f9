"""What a command may see of its surroundings, handed in once so that tests can hand in another."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from reconciler.report.style import Style


@dataclass(frozen=True, slots=True)
class World:
    """Environment, clock, working directory and streams of one run."""

    env: Mapping[str, str]
    now: Callable[[], datetime]
    directory: Path
    out: TextIO
    err: TextIO

    def say(self, lines: Iterable[str] = ("",)) -> None:
        """Results, for people or for a pipe: standard output."""
        for line in lines:
            self.out.write(line + "\n")
        self.out.flush()

    def tell(self, lines: Iterable[str]) -> None:
        """Messages about the run itself: standard error."""
        self.out.flush()
        for line in lines:
            self.err.write(line + "\n")
        self.err.flush()

    @property
    def style(self) -> Style:
        """Colours when standard output is a terminal and nobody objects (no-color.org)."""
        return Style(self._wants_colour(self.out))

    @property
    def error_style(self) -> Style:
        """The same for standard error."""
        return Style(self._wants_colour(self.err))

    @property
    def watched(self) -> bool:
        """Whether somebody sees standard error as it happens."""
        return self.err.isatty()

    def _wants_colour(self, stream: TextIO) -> bool:
        return stream.isatty() and not self.env.get("NO_COLOR") and self.env.get("TERM") != "dumb"


def real_world() -> World:
    """The process's own surroundings."""
    return World(
        env=os.environ,
        now=lambda: datetime.now(UTC),
        directory=Path.cwd(),
        out=sys.stdout,
        err=sys.stderr,
    )
