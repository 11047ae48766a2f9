"""Mangled plans and ledgers for as long as you like: `python -m tests.fuzz.files --minutes 5`.

The same seed mangles the same. Ends with how many were tried and what they came to, or with the
first that went wrong, which is kept in `mangled.json`, `mangled.jsonl` (a ledger in a directory) or
`mangled.txt` (the files of one in a Git ref).
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Final

from tests.property.mangling import (
    as_git_files,
    mangle_a_ledger,
    mangle_a_plan,
    mangle_git_files,
    try_a_git_ledger,
    try_a_ledger,
    try_a_plan,
)
from tests.property.test_mangled import a_change

_ENDINGS: Final = {"plan": "json", "ledger": "jsonl", "ref": "txt"}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=5.0)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    logging.disable(logging.WARNING)  # every torn tail would be told
    until = time.monotonic() + 60 * given.minutes
    chance = Random(given.seed)
    came_to: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        shell = a_change(Path(name))
        plan = (shell.directory / "plan.json").read_bytes()
        ledger = (shell.directory / ".reconciler/ledger/box.jsonl").read_bytes()
        while time.monotonic() < until:
            kind, data = "plan", mangle_a_plan(plan, chance)
            try:
                came_to[f"plan {try_a_plan(shell, data)}"] += 1
                kind, data = "ledger", mangle_a_ledger(ledger, chance)
                came_to[f"ledger {try_a_ledger(Path(name) / 'mangled', data)}"] += 1
                files = mangle_git_files(as_git_files(ledger), chance)
                kind, data = "ref", repr(files).encode()
                came_to[f"ref {try_a_git_ledger(Path(name) / 'repository', files)}"] += 1
            except Exception as wrong:  # noqa: BLE001  whatever it is, it is what was looked for
                Path(f"mangled.{_ENDINGS[kind]}").write_bytes(data)
                sys.stdout.write(f"a {kind} of seed {given.seed} went wrong: {wrong!r}\n")
                return 1
    sys.stdout.write(f"{came_to.total()} files, none went wrong (seed {given.seed})\n")
    sys.stdout.writelines(f"  {number:6} {what}\n" for what, number in sorted(came_to.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
