"""Every single fault in every setting: `python -m tests.fuzz.single --setting bulk`.

Each request of a plan and of an apply is spoilt in each way (`tests.e2e.spoiling`), one run each,
where changes are sent by PUT or together, lists are read by cursors, members are asked for one by
one, the ledger is a Git ref. Goes on where one went wrong, and ends with how many did. `--minutes`
and `--seed` draw from them instead, without doing one twice.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from tests.e2e.spoiling import SETTINGS, every_single_fault, set_up, spoil_once, unharmed


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--setting", choices=SETTINGS, action="append")
    options.add_argument("--minutes", type=float, help="for each setting; without it, all of them")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    wrong = 0
    for name in given.setting or list(SETTINGS):
        with tempfile.TemporaryDirectory() as directory:
            wrong += _walk(name, Path(directory), given.minutes, Random(given.seed))
    return 1 if wrong else 0


def _walk(name: str, directory: Path, minutes: float | None, chance: Random) -> int:
    stage = set_up(directory, name)
    usual = unharmed(stage)
    faults = every_single_fault(usual)
    until = None if minutes is None else time.monotonic() + 60 * minutes
    if until is not None:
        chance.shuffle(faults)
    tried = wrong = 0
    for fault, number, of_plan in faults:
        if until is not None and time.monotonic() >= until:
            break
        tried += 1
        try:
            spoil_once(stage, usual, fault, number, of_plan=of_plan)
        except AssertionError as failed:
            wrong += 1
            where = "the plan" if of_plan else "the apply"
            said = " ".join(str(failed).split())[:300]
            sys.stdout.write(f"{name}: {fault} at request {number} of {where}: {said}\n")
    said = f"({usual.reads} requests of a plan, {usual.requests} of an apply)"
    sys.stdout.write(f"{name}: {tried} of {len(faults)} runs {said}, {wrong} wrong\n")
    sys.stdout.flush()
    return wrong


if __name__ == "__main__":
    sys.exit(main())
