"""What a command may see of its surroundings, handed in once so that tests can hand in another."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from reconciler.errors import ConfigurationError, ReconcilerError
from reconciler.report.style import Style, Tone
from reconciler.scim.pace import Paces


@dataclass(frozen=True, slots=True)
class World:
    """Environment, clock, working directory and streams of one run.

    `answers` is where people answer questions, None where nobody can be asked. `sleep` waits and
    `elapsed` counts, both in seconds: whatever has to wait does it through them. `paces` are the
    budgets of the hosts that this run talks to.
    """

    env: Mapping[str, str]
    now: Callable[[], datetime]
    directory: Path
    out: TextIO
    err: TextIO
    answers: TextIO | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    elapsed: Callable[[], float] = time.monotonic
    paces: Paces = field(default_factory=Paces)

    def say(self, lines: Iterable[str] = ("",)) -> None:
        """Results, for people or for a pipe: standard output.

        A reader who has seen enough (`| head`) changes nothing about the run and its exit code.

        Raises:
            ConfigurationError: it cannot be written, so the result would be lost.
        """
        failure = _write(self.out, lines)
        if failure is not None and not isinstance(failure, BrokenPipeError):
            raise ConfigurationError(
                f"standard output cannot be written: {failure.strerror}",
                hint="make room, or send the output elsewhere",
            ) from failure

    def say_data(self, data: object) -> None:
        """Results for a program: one JSON document that can act on no terminal and no CI log.

        ASCII alone, and without the one spelling that a CI runner takes for a command inside a
        line; both are the same JSON.
        """
        self.say([json.dumps(data, indent=1).replace("##[", "#\\u0023[")])

    def tell(self, lines: Iterable[str]) -> None:
        """Messages about the run itself: standard error. Where nobody hears them, nothing fails."""
        _write(self.err, lines)

    def warn(self, text: str) -> None:
        """A message that somebody should not miss, although the run goes on."""
        self.tell([f"{self.error_style.mark(Tone.CHANGE, 'warning')}: {text}"])

    def tell_error(self, exc: ReconcilerError, about: str | None = None) -> None:
        """What the world did to us (to whom, where there are several), and what to do about it."""
        bad = self.error_style.mark(Tone.BAD, "error")
        whom = f"{about}: " if about is not None else ""
        self.tell([f"{bad}: {whom}{exc.message}"])
        self.tell([f"    {exc.hint}"] if exc.hint else [])

    @property
    def can_ask(self) -> bool:
        """Whether somebody sees a question, and can answer it."""
        return self.answers is not None and self.answers.isatty() and self.err.isatty()

    def confirms(self, question: str) -> bool:
        """Whether somebody says yes; anything else, and the end of the input, is no."""
        if self.answers is None:
            return False
        self.err.write(f"{question} [y/N] ")
        self.err.flush()
        return self.answers.readline().strip().casefold() in {"y", "yes"}

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
        out=_opened(sys.stdout),
        err=_opened(sys.stderr),
        answers=sys.stdin,
    )


def _opened(stream: TextIO | None) -> TextIO:
    """The stream, or nowhere if the process was started without it (`>&-`).

    A name that a terminal of another encoding cannot show is spelt out (`\\u0142`), not an error.
    """
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream


def _write(stream: TextIO, lines: Iterable[str]) -> OSError | None:
    """Write whole lines; what went wrong if they cannot be, and then the stream leads nowhere."""
    text = "".join(f"{line}\n" for line in lines)
    if not text:
        return None  # a device that is full refuses even nothing
    try:
        stream.write(text)
        stream.flush()
    except OSError as exc:
        # What is buffered still would fail once more, with a traceback, when the process ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        return exc
    return None
