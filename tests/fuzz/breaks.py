"""Break the engine on purpose, and see whether lives notice: `python -m tests.fuzz.breaks`.

Each break of `tests.lives.breaks` is made in a copy of the source, in a temporary directory, and
lives are lived there from a fixed seed, on a provider that refuses writes to other versions and on
one that does not, until a life goes wrong or there were so many. Ends with a line for each break,
and exit code 1 where one was not noticed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.lives.breaks import BREAKS, USUAL, Break

_ROOT = Path(__file__).parents[2]
_HOW = (
    "--profile",
    "rfc7644",
    "--profile",
    "entra-compatible",
    "--at-a-time",
    "8",
    "--steps",
    "25",
    "--no-shrink",
)
#: Where in `tests.lives` something was found wrong.
_CHECK = re.compile(r'File ".*/tests/lives/\w+\.py", line \d+, in (\w+)')


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--lives", type=int, default=32, help="for each break, at most")
    options.add_argument("--minutes", type=float, default=4.0, help="for each break, at most")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", default="", help="breaks with this in their name")
    options.add_argument("--statement", type=int, action="append", help="breaks of this one")
    given = options.parse_args()
    unnoticed = 0
    statements = given.statement or range(15)
    for each in (b for b in BREAKS if given.only in b.name and b.statement in statements):
        told = _try(each, given.lives, given.minutes, given.seed)
        unnoticed += not told.startswith("noticed")
        sys.stdout.write(f"{each.statement:2}  {each.name}: {told}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{unnoticed} not noticed (seed {given.seed})\n")
    return 1 if unnoticed else 0


def _try(each: Break, lives: int, minutes: float, seed: int) -> str:
    """What came of one break, in words."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for part in ("reconciler", "tests"):
            ignored = shutil.ignore_patterns("__pycache__", "node_modules")
            shutil.copytree(_ROOT / part, copy / part, ignore=ignored)
        if misfits := list(each.misfits(copy)):
            return f"NOT noticed: it does not fit any more: {misfits}"
        each.carry_out(copy)
        search = ["--lives", str(lives), "--minutes", str(minutes), "--seed", str(seed)]
        search += [word for rule in (*USUAL, *each.by) for word in ("--rule", rule)]
        ran = subprocess.run(
            [sys.executable, "-m", "tests.fuzz.lives", *search, *_HOW],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    lived = re.search(r"([\d,]+)  lives\n", ran.stdout)
    number = "the first" if lived is None else f"{lived.group(1)} lives"
    if ran.returncode == 0:
        return f"NOT noticed in {number}"
    checks = _CHECK.findall(ran.stderr)
    if "AssertionError" not in ran.stderr or not checks:
        return f"NOT noticed: broke down after {number}\n{ran.stderr[-2000:]}"
    return f"noticed in {number} by {checks[-1]}"


if __name__ == "__main__":
    sys.exit(main())
