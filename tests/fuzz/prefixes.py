"""The order of applies for as long as you like: `python -m tests.fuzz.prefixes --minutes 5`.

Every draw is a company that becomes another one, and another one (`tests.property.reshuffles`), at
a provider of each kind in turn, looked at after every write. The same seed draws the same
companies. Ends with how often something had to come early, or with the first that went wrong.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from itertools import count

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.property.reshuffles import WAYS, Company, companies
from tests.property.test_prefixes import CANARIES, walk

#: Histories on one way of writing before the next one has its turn.
_AT_A_TIME = 20


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=5.0)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--way", choices=WAYS, action="append")
    given_ = options.parse_args()
    until = time.monotonic() + 60 * given_.minutes
    names = given_.way or list(WAYS)
    met: Counter[str] = Counter()
    for turn in count():
        if time.monotonic() >= until:
            break
        _some(names[turn % len(names)], given_.seed * 1_000_003 + turn, met)
    for what, times in sorted(met.items()):
        sys.stdout.write(f"{times:8,}  {what}\n")
    sys.stdout.write(f"none went wrong (seed {given_.seed})\n")
    return 0


def _some(name: str, number: int, met: Counter[str]) -> None:
    way = WAYS[name]

    @seed(number)
    @settings(
        max_examples=_AT_A_TIME,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(history=st.lists(companies(way), min_size=2, max_size=4), canary=CANARIES)
    def holds(history: list[Company], canary: int) -> None:
        met.update(walk(way, history, canary))
        met["applies"] += len(history)

    holds()


if __name__ == "__main__":
    sys.exit(main())
