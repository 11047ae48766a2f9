"""Pairs of faults for as long as you like: `python -m tests.fuzz.pairs --minutes 5 --seed 1`.

Every draw is a plan and an apply in which two requests are spoilt (`tests.e2e.spoiling`). The same
seed draws the same pairs. Ends with how many were tried, or with the first that went wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from tests.e2e.spoiling import set_up, spoil_twice, unharmed


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=5.0)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    until = time.monotonic() + 60 * given.minutes
    chance = Random(given.seed)
    tried = 0
    with tempfile.TemporaryDirectory() as directory:
        stage = set_up(Path(directory))
        usual = unharmed(stage)
        while time.monotonic() < until:
            try:
                spoil_twice(stage, usual, chance)
            except AssertionError as wrong:
                sys.stdout.write(f"draw {tried + 1} of seed {given.seed} went wrong: {wrong}\n")
                return 1
            tried += 1
    sys.stdout.write(f"{tried} pairs of faults, none went wrong (seed {given.seed})\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
