"""Killed before and after every write, really: the next run converges (safety statement 6).

The organisation changes in every way that there is: people come, leave, are switched off and on,
are renamed so that somebody else gets their name, get another manager; groups come, go, are
renamed, gain and lose members. Each kill is tried with both ledgers.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.apply.git import Repository
from reconciler.apply.git_ledger import SKEW, GitLedger
from reconciler.apply.keeper import LASTS
from reconciler.apply.ledger import DirectoryLedger
from reconciler.model.ledger import Closed, Opened, Record
from tests.e2e.between import Between, Moment, between
from tests.e2e.conftest import served
from tests.e2e.shell import Shell

LEDGER_REF = "refs/reconciler/ledger/box"
TOKEN = "a-token-that-must-not-be-seen"
SAVED = "Saved to fresh.json. Carry it out with: reconciler apply fresh.json\n"

PEOPLE = """\
apiVersion: reconciler/v1
kind: List
items:
- kind: User
  metadata: {name: e1}
  spec: {userPrincipalName: ada@zone.example, jobTitle: Lead, givenName: Ada, surname: Lovelace}
- {kind: User, metadata: {name: e2}, spec: {userPrincipalName: bo@zone.example, manager: e1}}
- {kind: User, metadata: {name: e3}, spec: {userPrincipalName: cy@zone.example, manager: e2}}
- {kind: User, metadata: {name: e4},
   spec: {userPrincipalName: di@zone.example, accountEnabled: false}}
- {kind: User, metadata: {name: e7}, spec: {userPrincipalName: gus@zone.example}}
"""
GROUPS = """\
apiVersion: reconciler/v1
kind: List
items:
- {kind: Group, metadata: {name: ops}, spec: {displayName: Ops, members: [e1, e2]}}
- {kind: Group, metadata: {name: net}, spec: {displayName: Net, members: [e3, e7]}}
- {kind: Group, metadata: {name: old}, spec: {displayName: Old, members: [e3]}}
"""
PEOPLE_AFTER = """\
apiVersion: reconciler/v1
kind: List
items:
- kind: User
  metadata: {name: e1}
  spec: {userPrincipalName: ada@zone.example, jobTitle: Head, givenName: Ada, surname: Lovelace}
- {kind: User, metadata: {name: e2},
   spec: {userPrincipalName: bo@zone.example, accountEnabled: false, manager: e1}}
- {kind: User, metadata: {name: e3}, spec: {userPrincipalName: cyrus@zone.example, manager: e6}}
- {kind: User, metadata: {name: e4}, spec: {userPrincipalName: di@zone.example}}
- {kind: User, metadata: {name: e5}, spec: {userPrincipalName: eve@zone.example}}
- {kind: User, metadata: {name: e6}, spec: {userPrincipalName: cy@zone.example, manager: e1}}
"""
GROUPS_AFTER = """\
apiVersion: reconciler/v1
kind: List
items:
- {kind: Group, metadata: {name: ops}, spec: {displayName: Ops, members: [e1, e5, e6]}}
- {kind: Group, metadata: {name: net}, spec: {displayName: Networks, members: [e3]}}
- {kind: Group, metadata: {name: dev}, spec: {displayName: Dev, members: [e4, e5]}}
"""
MANAGER = """\
    - target: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value"
      source: manager
"""
GUARDRAILS = """\
apiVersion: reconciler/v1
kind: Guardrails
metadata: {name: one}
spec: {groupDeletions: {floor: 1, cap: 1}}
"""

#: What the change above is made of, as requests: the kill points.
WRITES = Counter(POST=3, PATCH=12, DELETE=1)
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
        if self.in_git:
            (there / "tip").write_text(self._git("rev-parse", LEDGER_REF), encoding="utf-8")
        else:
            shutil.copytree(self.ledgers, there / "ledger")

    def bring_back(self, name: str) -> None:
        there = self._kept(name)
        _copy_database(there / "provider.db", self.database)
        if self.in_git:
            self._git("update-ref", LEDGER_REF, (there / "tip").read_text(encoding="utf-8"))
        else:
            shutil.rmtree(self.ledgers)
            shutil.copytree(there / "ledger", self.ledgers)

    def _kept(self, name: str) -> Path:
        return self.shell.directory / "kept" / name

    def _git(self, *args: str) -> str:
        done = subprocess.run(
            ["git", *args], cwd=self.shell.directory, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    @property
    def in_git(self) -> bool:
        return "RECONCILER_LEDGER" in self.shell.env

    @property
    def ledgers(self) -> Path:
        return self.shell.directory / ".reconciler" / "ledger"

    def records(self) -> list[Record]:
        """The ledger's records; a broken chain would raise."""
        if self.in_git:
            repository = Repository(self.shell.directory, os.environ)
            prefix = LEDGER_REF.removesuffix("/box")
            ledger = GitLedger(repository, prefix, "box", "the test", lambda: self.shell.now)
            return list(ledger.records())
        return list(DirectoryLedger(self.ledgers, "box").records())

    def live(self) -> dict[str, Any]:
        """Everybody and every group, by name, as the provider itself shows them."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx.Client(base_url=self.proxy.url, headers=headers, trust_env=False) as http:
            users = http.get("/Users").json()["Resources"]
            groups = http.get("/Groups").json()["Resources"]
        names = {user["id"]: user["userName"] for user in users}
        return {
            "users": sorted(
                (u["userName"], u["active"], u.get("title"), names.get(_manager(u))) for u in users
            ),
            "groups": sorted(
                (g["displayName"], sorted(names[m["value"]] for m in g.get("members", [])))
                for g in groups
            ),
        }


def _manager(user: Any) -> str | None:
    extension = user.get("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", {})
    value = extension.get("manager", {}).get("value")
    return None if value is None else str(value)


def _copy_database(source: Path, target: Path) -> None:
    """Through SQLite, so that a provider that has the file open sees one transaction."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


@pytest.fixture(scope="module", params=["directory", "git"])
def world(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[World]:
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
        if request.param == "git":
            subprocess.run(["git", "init", "--quiet"], cwd=shell.directory, check=True)
            shell.env["RECONCILER_LEDGER"] = f"git:{LEDGER_REF.removesuffix('/box')}"
        title = "    - {target: title, source: jobTitle}\n"
        shell.edit("manifests/target.yaml", title, title + MANAGER)
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
        ("ada@zone.example", True, "Head", None),
        ("bo@zone.example", False, None, "ada@zone.example"),
        ("cy@zone.example", True, None, "ada@zone.example"),
        ("cyrus@zone.example", True, None, "cy@zone.example"),
        ("di@zone.example", True, None, None),
        ("eve@zone.example", True, None, None),
        ("gus@zone.example", False, None, None),
    ],
    "groups": [
        ("Dev", ["di@zone.example", "eve@zone.example"]),
        ("Networks", ["cyrus@zone.example"]),
        ("Ops", ["ada@zone.example", "cy@zone.example", "eve@zone.example"]),
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
    world.shell.now = datetime.now(UTC) + LASTS + SKEW
    if not world.in_git:  # what is planned afresh does not depend on where the ledger is
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


def test_until_the_lease_of_a_killed_run_ends_the_next_one_is_told(world: World) -> None:
    """In a directory it ended with the process."""
    world.bring_back("planned")
    world.shell.now = datetime.now(UTC)
    kill_while_applying(world, 1, Moment.BEFORE)
    world.proxy.begin()
    refused = world.shell.run("apply", "reviewed.json")
    if world.in_git:
        assert (refused.code, "is held by another run (process " in refused.err) == (1, True)
    else:
        assert refused.code == 0


def test_log_of_a_killed_run_has_what_was_done_and_the_ledger_tells_the_rest(world: World) -> None:
    """Whoever is done has a line; the ledger then has it of the others; nobody has two."""
    world.bring_back("planned")
    (world.shell.directory / "killed.jsonl").unlink(missing_ok=True)
    kill_while_applying(world, 10, Moment.BEFORE, "--log", "killed.jsonl")
    world.shell.now = datetime.now(UTC) + LASTS + SKEW
    told = statuses(world, "killed.jsonl")
    assert 3 <= len(told) < 11
    assert set(told.values()) == {"success"}

    completed = world.shell.run("ledger", "log", "box", "last", "killed.jsonl")
    assert completed.code == 0
    assert "did not end: it was killed, or is still at work." in completed.err
    assert f"{11 - len(told)} lines appended to killed.jsonl." in completed.err
    every = statuses(world, "killed.jsonl")
    assert every.items() > told.items()
    assert len(every) == 11
    assert every["group:old"] == "skipped"  # its deletion was to be the last of all
    assert "failure" in every.values()  # in flight, and so unknown
    again = world.shell.run("ledger", "log", "box", "last", "killed.jsonl")
    assert "0 lines appended" in again.err

    world.proxy.begin()
    resumed = world.shell.run("apply", "reviewed.json", "--log", "resumed.jsonl")
    assert resumed.code == 0
    assert set(statuses(world, "resumed.jsonl").values()) == {"success"}
    (world.shell.directory / "resumed.jsonl").unlink()


def statuses(world: World, log: str) -> dict[str, str]:
    """How it ended for whom, as one log has it; one line for each."""
    entries = [json.loads(line) for line in world.shell.read(log).splitlines()]
    found = {e["reconciler"]["subject"]: e["provisioningStatusInfo"]["status"] for e in entries}
    assert len(found) == len(entries)
    return found


def kill_while_applying(world: World, number: int, moment: Moment, *options: str) -> int:
    """How many writes the provider had done when the process died."""
    passage = world.proxy.begin((number, moment))
    process = world.shell.start("apply", "reviewed.json", *options)
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
