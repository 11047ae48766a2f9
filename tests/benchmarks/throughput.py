"""How much of the wire an apply uses: creates per second against the best bare httpx loop.

    python tests/benchmarks/throughput.py [--creates 10000] [--rate 50]

The provider is another process (`bare_server`), so client and server share the cores as they do in
life. Three measurements in one run:

1. httpx alone, posting the same bodies, asynchronously as an apply has to: one pool of several
   sizes, and clients of one connection each; the best of them is the yardstick. Beside it, one
   request after another without asyncio, which loopback flatters: nobody waits for a network there.
2. `apply.execute` of a plan with as many creates: the second look, the ledger on disk, an outcome
   for each, as the command does it.
3. The same with a declared rate, against a provider that answers 429 above it.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import pstats
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx

from reconciler.apply.brake import StopRequest
from reconciler.apply.execute import Applied, execute
from reconciler.apply.ledger import DirectoryLedger
from reconciler.model.change import AttributeValue, Change, Create, Step
from reconciler.model.desired import Cause, Reason
from reconciler.model.diagnostic import Position
from reconciler.model.identity import Kind
from reconciler.model.outcome import Status
from reconciler.model.path import Value, parse_path
from reconciler.model.plan import Plan, Population
from reconciler.model.profile import RFC7644, Profile
from reconciler.model.rates import Rates
from reconciler.model.sealed import Sealed
from reconciler.plan.estimate import estimate
from reconciler.plan.hashes import change_hash
from reconciler.scim.client import connect
from reconciler.scim.connection import Connection
from reconciler.scim.creation import new_resource
from tests.builders import a_plan
from tests.unit.plan.builders_plan import a_target

HERE = Position("bench.yaml", 1, 1)
DEPARTMENT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"


@contextmanager
def a_server(rate: int | None = None) -> Iterator[str]:
    """A provider in a process of its own; gives the base URL."""
    options = [] if rate is None else ["--rate", str(rate)]
    script = str(Path(__file__).with_name("bare_server.py"))
    process = subprocess.Popen(
        [sys.executable, script, *options], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def a_create(number: int) -> Create:
    values: dict[str, Value] = {
        "active": True,
        "displayName": f"Person {number}",
        'emails[type eq "work"].value': f"e{number:06}@zone.example",
        "name.familyName": f"Family{number}",
        "name.givenName": f"Given{number}",
        "userName": f"e{number:06}@zone.example",
        DEPARTMENT: "NetSec",
    }
    return Create(
        kind=Kind.USER,
        key=f"e{number:06}",
        name=f"e{number:06}@zone.example",
        cause=Cause.ADDED,
        reason=Reason("assigned", HERE),
        step=Step.CREATE_USERS,
        values=tuple(AttributeValue(path, value, HERE) for path, value in values.items()),
    )


def a_load(creates: int, profile: Profile) -> Plan:
    plan = a_plan()
    changes: list[Change] = [
        replace(change, hash=change_hash(plan.target, change))
        for change in map(a_create, range(creates))
    ]
    nobody = Population(0, 0, 0, 0, creates, 0)
    cost = estimate(changes, nobody, profile, a_target())
    return replace(plan, changes=tuple(changes), population=nobody, estimate=cost)


def bodies(plan: Plan, profile: Profile) -> list[bytes]:
    import json

    found = []
    for change in plan.changes:
        assert isinstance(change, Create)
        values = {
            parse_path(v.path): v.value for v in change.values if not isinstance(v.value, Sealed)
        }
        body = new_resource(Kind.USER, values, profile)
        found.append(json.dumps(body, separators=(",", ":")).encode())
    return found


@dataclass(frozen=True)
class Way:
    """One bare loop: so many workers over so many clients."""

    clients: int
    workers: int

    def __str__(self) -> str:
        if self.clients == 0:
            return "a client without asyncio"
        if self.clients == 1:
            return f"one pool, {self.workers} at a time"
        return f"{self.clients} clients of one connection"


ONE_BY_ONE = Way(0, 1)
WAYS = [ONE_BY_ONE, Way(1, 1), Way(1, 8), Way(1, 16), Way(4, 4), Way(8, 8), Way(16, 16)]


def bare(url: str, sent: list[bytes], way: Way) -> float:
    """Requests per second of httpx alone."""
    began = time.perf_counter()
    if way.clients == 0:
        _one_by_one(url, sent)
    else:
        asyncio.run(_at_once(url, sent, way))
    return len(sent) / (time.perf_counter() - began)


HEADERS = {"content-type": "application/scim+json"}


def _one_by_one(url: str, sent: list[bytes]) -> None:
    with httpx.Client(trust_env=False, base_url=url) as client:
        for body in sent:
            _check(client.post("/Users", content=body, headers=HEADERS))


def _check(answer: httpx.Response) -> None:
    assert answer.status_code == 201
    answer.json()


async def _at_once(url: str, sent: list[bytes], way: Way) -> None:
    limits = httpx.Limits(max_connections=max(1, way.workers // way.clients))
    # One for all: to build it takes as long as thirty requests.
    trust = httpx.create_ssl_context(trust_env=False)
    clients = [
        httpx.AsyncClient(limits=limits, trust_env=False, base_url=url, verify=trust)
        for _ in range(way.clients)
    ]
    waiting = iter(sent)

    async def work(client: httpx.AsyncClient) -> None:
        for body in waiting:
            _check(await client.post("/Users", content=body, headers=HEADERS))

    await asyncio.gather(*(work(clients[n % way.clients]) for n in range(way.workers)))
    for client in clients:
        await client.aclose()


async def carried_out(
    url: str, plan: Plan, profile: Profile, directory: Path, rate: float | None
) -> tuple[float, Applied]:
    """Requests per second of an apply, from before its second look to its last line."""
    connection = Connection(base_url=url, allowed_hosts=frozenset({"127.0.0.1"}), rates=Rates(rate))
    async with connect(connection, profile) as client:
        began = time.perf_counter()
        applied = await execute(
            plan,
            provider=client,
            profile=profile,
            ledger=DirectoryLedger(directory, f"bench-{int(began * 1000)}"),
            run="bench",
            plan_digest="sha256:0",
            acknowledged=(),
            now=lambda: datetime.now(UTC),
            sleep=asyncio.sleep,
            stop=StopRequest(),
            progress=None,
        )
        took = time.perf_counter() - began
        assert all(outcome.status is Status.APPLIED for outcome in applied.outcomes)
        return client.requests.total() / took, applied


@contextmanager
def profiling() -> Iterator[None]:
    profiler = cProfile.Profile()
    profiler.enable()
    yield
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(40)


def unlimited(creates: int, directory: Path, *, profiled: bool) -> None:
    profile = RFC7644
    plan = a_load(creates, profile)
    sent = bodies(plan, profile)
    with a_server() as url:
        rates = {way: bare(url, sent[: max(500, creates // 10)], way) for way in WAYS}
        for way, rate in rates.items():
            print(f"    httpx, {way!s:<32} {rate:8,.0f} requests/s")
        best = max((way for way in WAYS if way != ONE_BY_ONE), key=lambda way: rates[way])
        # Before and after, so that a machine that gets slower or faster meanwhile shows.
        first = bare(url, sent, best)
        with profiling() if profiled else nullcontext():
            ours, _ = asyncio.run(carried_out(url, plan, profile, directory, None))
        second = bare(url, sent, best)
    yardstick = max(first, second)
    print(f"bare httpx, {best}: {first:,.0f} and {second:,.0f} requests/s")
    print(f"apply of {creates:,} creates: {ours:,.0f} requests/s, ledger on")
    print(f"ratio: {ours / yardstick:.2f} of the better (at least 0.6 is wanted)")
    print(f"       {ours / rates[ONE_BY_ONE]:.2f} of {ONE_BY_ONE}, measured on fewer requests")


def limited(rate: int, creates: int, directory: Path) -> None:
    profile = RFC7644
    plan = a_load(creates, profile)
    with a_server(rate) as url:
        ours, _ = asyncio.run(carried_out(url, plan, profile, directory, float(rate)))
        stats = httpx.get(f"{url}/stats", trust_env=False).json()
    print(
        f"declared limit {rate}/s: {ours:.1f} requests/s used, {ours / rate:.1%} "
        f"(at least 95 % is wanted), {stats['throttled']} of {stats['answered']:,} answers were 429"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--creates", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=20, help="of the run at the declared rate")
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        unlimited(options.creates, Path(name), profiled=options.profile)
        if options.seconds:
            limited(options.rate, options.rate * options.seconds, Path(name))


if __name__ == "__main__":
    main()
