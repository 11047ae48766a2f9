"""Lives for as long as you like: `python -m tests.fuzz.lives --minutes 10 --seed 1`.

A life is a company whose manifests, provider and second writer change at random
(`tests.property.lives`), on each profile in turn. Ends with what was done, or with the smallest
life that went wrong; the same seed draws the same lives.
"""

from __future__ import annotations

import argparse
import sys
import time
from itertools import count

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.property.living import DONE, PROFILES, machine

#: Lives on one profile before the next one has its turn.
_AT_A_TIME = 10


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=5.0)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--steps", type=int, default=40)
    options.add_argument("--profile", choices=PROFILES, action="append")
    given = options.parse_args()
    until = time.monotonic() + 60 * given.minutes
    profiles = given.profile or PROFILES
    bounded = settings(
        max_examples=_AT_A_TIME,
        stateful_step_count=given.steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    for turn in count():
        profile = profiles[turn % len(profiles)]
        if time.monotonic() >= until:
            break
        drawn = seed(given.seed * 1_000_003 + turn)(machine(profile))
        run_state_machine_as_test(drawn, settings=bounded)
    for what, times in sorted(DONE.items()):
        sys.stdout.write(f"{times:8,}  {what}\n")
    sys.stdout.write(f"none went wrong (seed {given.seed})\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
