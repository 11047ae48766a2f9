"""Bars for people who wait: on a terminal only, after a second only, gone when done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from reconciler.cli.world import World

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

_PATIENCE: Final = 1.0  # seconds


@dataclass(slots=True)
class Progress:
    """Takes counts and shows them when it takes long enough for somebody to wonder."""

    world: World
    began: float = field(default_factory=time.monotonic)
    _bars: RichProgress | None = None
    _tasks: dict[str, TaskID] = field(default_factory=dict)

    def show(self, what: str, done: int, total: int | None) -> None:
        """`what` has come so far; `total` is None while nobody knows."""
        if not self.world.watched or time.monotonic() - self.began < _PATIENCE:
            return
        bars = self._bars or self._start()
        if what not in self._tasks:
            self._tasks[what] = bars.add_task(what, total=total)
        bars.update(self._tasks[what], completed=done, total=total)

    def _start(self) -> RichProgress:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        console = Console(file=self.world.err, no_color=not self.world.error_style.coloured)
        self._bars = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._bars.start()
        return self._bars

    def stop(self) -> None:
        """Take the bars away."""
        if self._bars is not None:
            self._bars.stop()


@contextmanager
def progress(world: World) -> Iterator[Progress]:
    """Bars that are gone when the work is."""
    bars = Progress(world)
    try:
        yield bars
    finally:
        bars.stop()
