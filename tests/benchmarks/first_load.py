"""An organisation through validate, plan, apply, plan: time, memory, requests, and where it goes.

    python tests/benchmarks/first_load.py [--users 10000 --groups 200 --memberships 100000]

Each command is a real process, timed and measured by the operating system. The times stand as
they are and as ratios to a bare pass of the YAML parser's events over the same files, run beside
them, so that figures of different machines can be compared.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from reconciler.plan.scene import set_scene
from tests.benchmarks.organisation import write
from tests.builders import A_KEY

T = TypeVar("T")


@dataclass(frozen=True)
class Measured:
    wall: float  # seconds
    peak: int  # bytes
    code: int
    out: bytes


def measure(directory: Path, *args: str) -> Measured:
    """One command as a process of its own."""
    with (directory / "out").open("w+b") as out:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "reconciler", *args], cwd=directory, stdout=out
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        return Measured(wall, usage.ru_maxrss * 1024, process.returncode, out.read())


def bare_parse(directory: Path) -> float:
    """Seconds for the parser's events over every manifest, nothing built from them."""
    from ruamel.yaml import YAML

    began = time.perf_counter()
    for path in sorted(directory.rglob("*.yaml")):
        for _ in YAML(typ="safe").parse(path.read_text(encoding="utf-8")):
            pass
    return time.perf_counter() - began


def row(name: str, measured: Measured, parse: float, requests: str = "") -> None:
    print(
        f"{name:<22} {measured.wall:7.2f} s {measured.wall / parse:6.1f} x "
        f"{measured.peak / 2**20:7.0f} MiB  exit {measured.code}  {requests}"
    )


def stages(directory: Path) -> None:
    """Where the time of a plan goes: each arrow of the flow, in this process."""
    import asyncio

    from reconciler.apply.ledger import DirectoryLedger
    from reconciler.cli.connections import open_target
    from reconciler.cli.state import StateDirectory
    from reconciler.cli.world import real_world
    from reconciler.desired.check import check
    from reconciler.desired.desire import desire
    from reconciler.manifests.load import load
    from reconciler.model.ledger import remember
    from reconciler.model.policy import Policies
    from reconciler.model.resource import Actual
    from reconciler.plan.build import build_plan
    from reconciler.plan.judge import judge
    from reconciler.plan.selection import Selection
    from reconciler.report.planfile import encode, save
    from reconciler.scim.snapshot import read_actual

    def timed(name: str, work: Callable[[], T]) -> T:
        began = time.perf_counter()
        result = work()
        print(f"    {name:<30} {time.perf_counter() - began:7.2f} s")
        return result

    now = datetime.now(UTC)
    state = StateDirectory(directory / ".reconciler")
    loaded = timed("load manifests", lambda: load(directory / "manifests"))
    declared = loaded.declared
    timed("check conditions, expressions", lambda: check(declared))
    target = declared.targets["bench"]
    profile = declared.profiles[target.profile]
    desired = timed(
        "declared to desired", lambda: desire(declared, target, profile, as_of=now, key=A_KEY)
    )

    async def read() -> Actual:
        async with open_target(target, profile, real_world(), state) as client:
            return await read_actual(client, profile)

    actual = timed("read the provider", lambda: asyncio.run(read()))
    ledger = DirectoryLedger(state.ledgers(), "bench")
    memory = timed("read the ledger", lambda: remember(ledger.records()))
    plan = timed(
        "desired + actual to plan",
        lambda: build_plan(
            set_scene(
                declared=declared,
                desired=desired,
                actual=actual,
                target=target,
                profile=profile,
                memory=memory,
                as_of=now,
            ),
            commit=None,
            selection=Selection(),
        ),
    )
    verdict = timed("checks", lambda: judge(plan, Policies()))
    timed("plan file", lambda: encode(save(plan, verdict)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--groups", type=int, default=200)
    parser.add_argument("--memberships", type=int, default=100_000)
    parser.add_argument("--profile", default="rfc7644")
    sizes = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        write(
            directory / "manifests",
            users=sizes.users,
            groups=sizes.groups,
            memberships=sizes.memberships,
            profile=sizes.profile,
        )
        parse = min(bare_parse(directory / "manifests") for _ in range(3))
        print(
            f"{sizes.users:,} users, {sizes.groups:,} groups, {sizes.memberships:,} memberships; "
            f"bare parse {parse:.2f} s = 1 x"
        )
        row("validate", measure(directory, "validate"), parse)
        first = measure(directory, "plan", "-o", "plan.json")
        estimate = json.loads((directory / "plan.json").read_bytes())["plan"]["estimate"]
        expected = sum(estimate[m] for m in ("gets", "posts", "patches", "deletes"))
        row("plan (everything)", first, parse, f"estimates {expected:,} requests")
        applied = measure(directory, "apply", "plan.json", "--format", "json")
        sent = json.loads(applied.out)["requests"]
        row("apply", applied, parse, f"{sum(sent.values()):,} requests {sent}")
        print("  a plan with nothing to do, step by step:")
        stages(directory)
        row("plan (nothing to do)", measure(directory, "plan", "--detailed-exitcode"), parse)


if __name__ == "__main__":
    main()
