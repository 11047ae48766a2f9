"""Killed everywhere: `python -m tests.fuzz.kills`, or with `--way put`, `--git`, for a part of it.

Before and after every write of an apply, in each way of writing; before each step of the ledger's
own writes; after every write of an undo (`tests.e2e.killing`). Ends with how many kills that was,
or with the first after which the next run did not converge.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from tests.e2e.between import Moment
from tests.e2e.killing import (
    WRITES,
    World,
    converges,
    converges_after_an_undo,
    converges_after_the_ledger,
    plan_an_undo,
    world,
)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--way", choices=WRITES, action="append")
    options.add_argument("--git", action="store_true", help="with a ledger in a Git ref")
    given = options.parse_args()
    for way in given.way or list(WRITES):
        with (
            tempfile.TemporaryDirectory() as directory,
            world(Path(directory) / "client", way, in_git=given.git) as made,
        ):
            for what, work in (("writes", _writes), ("ledger", _ledger), ("undo", _undo)):
                kills = sum(1 for _ in work(made))
                sys.stdout.write(f"{way}: {kills} kills, {what}: each converged\n")
                sys.stdout.flush()
    return 0


def _writes(made: World) -> Iterator[None]:
    for number in range(1, WRITES[made.way].total() + 1):
        for moment in Moment:
            converges(made, number, moment)
            yield


def _ledger(made: World) -> Iterator[None]:
    for number in count(1):
        if not converges_after_the_ledger(made, number):
            return
        yield


def _undo(made: World) -> Iterator[None]:
    undone, writes = plan_an_undo(made)
    for number in range(1, writes + 1):
        converges_after_an_undo(made, number, Moment.AFTER, undone)
        yield


if __name__ == "__main__":
    sys.exit(main())
