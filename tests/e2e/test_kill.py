"""Killed before and after every write, really: the next run converges (safety statement 6)."""

from __future__ import annotations

import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.apply.ledger import DirectoryLedger
from reconciler.model.ledger import Closed, Opened, Record
from tests.e2e.between import Between, Moment, between
from tests.e2e.conftest import served
from tests.e2e.shell import Shell

TOKEN = "a-token-that-must-not-be-seen"
SAVED = "Saved to fresh.json. Carry it out with: reconciler apply fresh.json\n"

PEOPLE = """\
apiVersion: reconciler/v1
kind: List
items:
- {kind: User, metadata: {name: e1}, spec: {userPrincipalName: ada@zone.example, jobTitle: Lead}}
- {kind: User, metadata: {name: e2}, spec: {userPrincipalName: bo@zone.example}}
- {kind: User, metadata: {name: e3}, spec: {userPrincipalName: cy@zone.example}}
- {kind: User, metadata: {name: e4},
   spec: {userPrincipalName: di@zone.example, accountEnabled: false}}
"""
GROUPS = """\
apiVersion: reconciler/v1
kind: List
items:
- {kind: Group, metadata: {name: ops}, spec: {displayName: Ops, members: [e1, e2]}}
- {kind: Group, metadata: {name: net}, spec: {displayName: Net, members: [e3]}}
- {kind: Group, metadata: {name: old}, spec: {displayName: Old, members: [e3]}}
"""
PEOPLE_AFTER = """\
apiVersion: reconciler/v1
kind: List
items:
- {kind: User, metadata: {name: e1}, spec: {userPrincipalName: ada@zone.example, jobTitle: Head}}
- {kind: User, metadata: {name: e2},
   spec: {userPrincipalName: bo@zone.example, accountEnabled: false}}
- {kind: User, metadata: {name: e3}, spec: {userPrincipalName: cyrus@zone.example}}
- {kind: User, metadata: {name: e4}, spec: {userPrincipalName: di@zone.example}}
- {kind: User, metadata: {name: e5}, spec: {userPrincipalName: eve@zone.example}}
- {kind: User, metadata: {name: e6}, spec: {userPrincipalName: fay@zone.example}}
"""
GROUPS_AFTER = """\
apiVersion: reconciler/v1
kind: List
items:
- {kind: Group, metadata: {name: ops}, spec: {displayName: Ops, members: [e1, e5, e6]}}
- {kind: Group, metadata: {name: net}, spec: {displayName: Networks, members: [e3]}}
- {kind: Group, metadata: {name: dev}, spec: {displayName: Dev, members: [e4, e5]}}
"""
GUARDRAILS = """\
apiVersion: reconciler/v1
kind: Guardrails
metadata: {name: one}
spec: {groupDeletions: {floor: 1, cap: 1}}
"""

#: What the change above is made of, as requests: the kill points.
WRITES = Counter(POST=3, PATCH=8, DELETE=1)
POINTS = [
    pytest.param(number, moment, id=f"{moment}-{number}")
    for number in range(1, WRITES.total() + 1)
    for moment in Moment
]


@dataclass(frozen=True)
class World:
    """A change that is planned (`reviewed.json`), on a provider in another process.

    What provider and ledger hold can be kept under a name and brought back.
    """

    shell: Shell
    proxy: Between
    database: Path

    def keep(self, name: str) -> None:
        there = self._kept(name)
        shutil.rmtree(there, ignore_errors=True)
        there.mkdir(parents=True)
        _copy_database(self.database, there / "provider.db")
        shutil.copytree(self.ledgers, there / "ledger")

    def bring_back(self, name: str) -> None:
        there = self._kept(name)
        _copy_database(there / "provider.db", self.database)
        shutil.rmtree(self.ledgers)
        shutil.copytree(there / "ledger", self.ledgers)

    def _kept(self, name: str) -> Path:
        return self.shell.directory / "kept" / name

    @property
    def ledgers(self) -> Path:
        return self.shell.directory / ".reconciler" / "ledger"

    def records(self) -> list[Record]:
        """The ledger's records; a broken chain would raise."""
        return list(DirectoryLedger(self.ledgers, "box").records())

    def live(self) -> dict[str, Any]:
        """Everybody and every group, by name, as the provider itself shows them."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx.Client(base_url=self.proxy.url, headers=headers, trust_env=False) as http:
            users = http.get("/Users").json()["Resources"]
            groups = http.get("/Groups").json()["Resources"]
        names = {user["id"]: user["userName"] for user in users}
        return {
            "users": sorted((u["userName"], u["active"], u.get("title")) for u in users),
            "groups": sorted(
                (g["displayName"], sorted(names[m["value"]] for m in g.get("members", [])))
                for g in groups
            ),
        }


def _copy_database(source: Path, target: Path) -> None:
    """Through SQLite, so that a provider that has the file open sees one transaction."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    provider = Shell(tmp_path_factory.mktemp("provider"))
    # Plans are made in this process and applied in others: they must have one clock.
    shell = Shell(tmp_path_factory.mktemp("client"), now=datetime.now(UTC))
    with (
        served(provider, "--token", TOKEN, "--name", "box") as serving,
        between(serving.url) as proxy,
    ):
        shell.env |= {
            "RECONCILER_CREDENTIAL_BOX_TOKEN": TOKEN,
            "RECONCILER_CREDENTIAL_BOX_HOSTS": proxy.url.split("/")[2],
        }
        shell.small_organisation(base_url=proxy.url, credential="box")
        shell.write("policies/guardrails.yaml", GUARDRAILS)
        shell.write("manifests/people.yaml", PEOPLE.replace(", accountEnabled: false", ""))
        shell.write("manifests/groups.yaml", GROUPS)
        assert shell.apply().code == 0
        shell.write("manifests/people.yaml", PEOPLE)
        assert shell.apply().code == 0
        shell.write("manifests/people.yaml", PEOPLE_AFTER)
        shell.write("manifests/groups.yaml", GROUPS_AFTER)
        assert shell.run("plan", "-o", "reviewed.json").code == 0
        database = provider.directory / ".reconciler" / "embedded" / "box.db"
        world = World(shell, proxy, database)
        world.keep("planned")
        yield world


AS_DECLARED = {
    "users": [
        ("ada@zone.example", True, "Head"),
        ("bo@zone.example", False, None),
        ("cyrus@zone.example", True, None),
        ("di@zone.example", True, None),
        ("eve@zone.example", True, None),
        ("fay@zone.example", True, None),
    ],
    "groups": [
        ("Dev", ["di@zone.example", "eve@zone.example"]),
        ("Networks", ["cyrus@zone.example"]),
        ("Ops", ["ada@zone.example", "eve@zone.example", "fay@zone.example"]),
    ],
}


def test_the_kill_points_are_all_the_writes_there_are(world: World) -> None:
    world.bring_back("planned")
    passage = world.proxy.begin()

    applied = world.shell.process("apply", "reviewed.json")

    assert (applied.code, applied.err) == (0, "")
    assert Counter(passage.writes) == WRITES
    assert_converged(world, runs=1)


@pytest.mark.parametrize(("number", "moment"), POINTS)
def test_killed_at_a_write_the_next_run_converges(
    world: World, number: int, moment: Moment
) -> None:
    """With a fresh plan, and from the same place with the plan file that was being applied."""
    world.bring_back("planned")
    done = kill_while_applying(world, number, moment)
    left = WRITES.total() - done
    assert done == (number if moment is Moment.AFTER else number - 1)
    world.keep("killed")

    passage = world.proxy.begin()
    planned = world.shell.run("plan", "-o", "fresh.json", "--detailed-exitcode")
    assert (planned.code, planned.err) == (2 if left else 0, SAVED)
    assert applied_outcomes(world, "fresh.json") == Counter(applied=left)
    assert len(passage.writes) == left
    assert_converged(world, runs=2)

    world.bring_back("killed")
    passage = world.proxy.begin()
    outcomes = applied_outcomes(world, "reviewed.json")
    assert outcomes == Counter(applied=left, alreadyApplied=done)
    assert len(passage.writes) == left
    assert_converged(world, runs=2)


def kill_while_applying(world: World, number: int, moment: Moment) -> int:
    """How many writes the provider had done when the process died."""
    passage = world.proxy.begin((number, moment))
    process = world.shell.start("apply", "reviewed.json")
    passage.aim(process)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (-signal.SIGKILL, "", "")
    return len(passage.writes)


def applied_outcomes(world: World, plan: str) -> Counter[str]:
    """How many changes came to which outcome, in a run that has to succeed."""
    applied = world.shell.run("apply", plan, "--format", "json")
    assert (applied.code, applied.err) == (0, "")
    return Counter(outcome["status"] for outcome in applied.data["outcomes"])


def assert_converged(world: World, *, runs: int) -> None:
    """Everything is as declared, once each, and the ledger tells of so many runs more."""
    assert world.live() == AS_DECLARED
    again = world.shell.run("plan", "--detailed-exitcode")
    assert (again.code, again.err) == (0, ""), again.out
    records = world.records()
    opened = [record.run for record in records if isinstance(record, Opened)]
    closed = [record.run for record in records if isinstance(record, Closed)]
    assert len(opened) == 2 + runs
    assert closed == [*opened[:2], opened[-1]]  # a run that was killed stays open
    assert isinstance(records[-1], Closed)
    assert records[-1].exit_code == 0
