"""Fuzz one of the targets, guided by coverage, for so many seconds.

    pip install -e '.[fuzz]'
    python tests/fuzz/wire.py answers --seconds 60

Says at its end how many inputs it tried. A crash leaves the input in a file beside it, `crash-…`;
one that takes longer than ten seconds is reported as a hang.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
from pathlib import Path

# By name: it is an extra of its own, which neither the tests nor the type checker need.
atheris = importlib.import_module("atheris")

with atheris.instrument_imports(include=["reconciler"]):
    from tests.fuzz import replies, targets

TARGETS = {**targets.TARGETS, **replies.TARGETS}
SEEDS = {**targets.SEEDS, **replies.SEEDS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(SEEDS[options.target]):
            (Path(corpus) / str(number)).write_bytes(seed)
        limits = [f"-max_total_time={options.seconds}", "-timeout=10", "-max_len=4096"]
        atheris.Setup(
            [sys.argv[0], *limits, "-print_final_stats=1", corpus], TARGETS[options.target]
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
