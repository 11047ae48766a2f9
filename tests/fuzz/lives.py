"""Lives for as long as you like: `python -m tests.fuzz.lives --minutes 10 --seed 1`.

A life is a company whose manifests, provider and second writer change at random (`tests.lives`),
on each profile in turn. Ends with what was done, or with the smallest life that went wrong; the
same seed draws the same lives.
"""

from __future__ import annotations

import argparse
import sys
import time
from itertools import count

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.lives.lived import DONE
from tests.lives.machine import PROFILES, machine


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=5.0)
    options.add_argument("--lives", type=int, help="stop after so many, whatever the time")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--steps", type=int, default=40)
    options.add_argument("--at-a-time", type=int, default=10, help="on one profile")
    options.add_argument("--no-shrink", action="store_true", help="tell the first that goes wrong")
    options.add_argument("--profile", choices=PROFILES, action="append")
    options.add_argument("--rule", action="append", default=[], help="only by these rules")
    given = options.parse_args()
    until = time.monotonic() + 60 * given.minutes
    profiles = given.profile or PROFILES
    bounded = settings(
        max_examples=given.at_a_time,
        stateful_step_count=given.steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate] if given.no_shrink else [Phase.generate, Phase.shrink],
    )
    for turn in count():
        profile = profiles[turn % len(profiles)]
        enough = given.lives is not None and DONE["lives"] >= given.lives
        if enough or time.monotonic() >= until:
            break
        drawn = seed(given.seed * 1_000_003 + turn)(machine(profile, given.rule))
        try:
            run_state_machine_as_test(drawn, settings=bounded)
        except BaseException:
            _tell()
            raise
    _tell()
    sys.stdout.write(f"none went wrong (seed {given.seed})\n")
    return 0


def _tell() -> None:
    for what, times in sorted(DONE.items()):
        sys.stdout.write(f"{times:8,}  {what}\n")


if __name__ == "__main__":
    sys.exit(main())
