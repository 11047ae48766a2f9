"""An apply in a process of its own that is killed at one exact point, and what must come of it.

The organisation changes in every way that there is: people come, leave, are switched off and on,
are renamed so that somebody else gets their name, get another manager; groups come, go, are
renamed, gain and lose members.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from reconciler.apply.git import Repository
from reconciler.apply.git_ledger import SKEW, GitLedger
from reconciler.apply.keeper import LASTS
from reconciler.apply.ledger import DirectoryLedger
from reconciler.model.ledger import Closed, Opened, Record
from tests.e2e.between import Between, Moment, between
from tests.e2e.conftest import served
from tests.e2e.shell import Shell

REPOSITORY = Path(__file__).parents[2]
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

#: What the change above is made of, as requests, in each way of writing.
WRITES = {
    "patch": Counter(POST=3, PATCH=12, DELETE=1),
    "put": Counter(POST=3, PUT=12, DELETE=1),
    "bulk": Counter(POST=6, PATCH=5, DELETE=1),
}
CHANGES = 16  # that many changes, however they are sent
#: For each, what the profile says and what the provider is told to be.
WAYS = {
    "patch": ("extends: rfc7644", "{}"),
    "put": (
        "extends: rfc7644, updateUser: putReplaces, updateGroup: putReplaces",
        "{patchUser: false, patchGroup: false}",
    ),
    "bulk": ("extends: rfc7644, bulkOperations: 100", "{}"),
}
PROFILE = """\
apiVersion: reconciler/v1
kind: Profile
metadata: {name: boxlike}
spec: {SPEC}
"""


@dataclass(frozen=True)
class World:
    """A change that is planned (`reviewed.json`), on a provider in another process.

    What provider and ledger hold can be kept under a name and brought back.
    """

    shell: Shell
    proxy: Between
    database: Path
    way: str

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


@contextmanager
def world(client: Path, way: str, *, in_git: bool) -> Iterator[World]:
    """A provider in a process of its own that is written to in one of the `WAYS`."""
    spec, quirks = WAYS[way]
    provider = Shell(client.parent / f"{client.name}-provider")
    provider.write("faults.yaml", f"quirks: {quirks}\n")
    client.mkdir(exist_ok=True)
    # Plans are made in this process and applied in others: they must have one clock.
    shell = Shell(client, now=datetime.now(UTC))
    with (
        served(provider, "--token", TOKEN, "--name", "box", "--faults", "faults.yaml") as serving,
        between(serving.url) as proxy,
    ):
        shell.env |= {
            "RECONCILER_CREDENTIAL_BOX_TOKEN": TOKEN,
            "RECONCILER_CREDENTIAL_BOX_HOSTS": proxy.url.split("/")[2],
        }
        shell.small_organisation(base_url=proxy.url, profile="boxlike", credential="box")
        shell.write("manifests/profile.yaml", PROFILE.replace("SPEC", spec))
        if in_git:
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
        world = World(shell, proxy, database, way)
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


def kill_while_applying(
    world: World, number: int, moment: Moment, *options: str, plan: str = "reviewed.json"
) -> int:
    """How many changes the provider had made when the process died."""
    passage = world.proxy.begin((number, moment))
    process = world.shell.start("apply", plan, *options)
    passage.aim(process)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (-signal.SIGKILL, "", "")
    return passage.changes


def kill_at_a_record(world: World, number: int, plan: str = "reviewed.json") -> int | None:
    """Killed right before it touches its own ledger for the so-manieth time; None if it ended.

    In a directory that is each time that it opens the file to write; in Git each call of Git.
    """
    passage = world.proxy.begin()
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.dying", str(number), "apply", plan],
        cwd=world.shell.directory,
        env={**os.environ, **world.shell.env, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode != -signal.SIGKILL:
        assert (done.returncode, done.stderr) == (0, "")
        return None
    return passage.changes


def converges(world: World, number: int, moment: Moment) -> None:
    """After a kill at a write, with a fresh plan and with the one that was being applied."""
    world.bring_back("planned")
    done = kill_while_applying(world, number, moment)
    left = CHANGES - done
    if world.way != "bulk":
        assert done == (number if moment is Moment.AFTER else number - 1)
    world.keep("killed")
    world.shell.now = datetime.now(UTC) + LASTS + SKEW
    if not world.in_git:  # what is planned afresh does not depend on where the ledger is
        passage = world.proxy.begin()
        planned = world.shell.run("plan", "-o", "fresh.json", "--detailed-exitcode")
        assert (planned.code, planned.err) == (2 if left else 0, SAVED)
        assert applied_outcomes(world, "fresh.json") == Counter(applied=left)
        assert passage.changes == left
        assert_converged(world, runs=2)
        world.bring_back("killed")
    resumes(world, done)


def resumes(world: World, done: int) -> None:
    """The same plan again does what is left, and nothing twice."""
    left = CHANGES - done
    passage = world.proxy.begin()
    outcomes = applied_outcomes(world, "reviewed.json")
    assert outcomes == Counter(applied=left, alreadyApplied=done)
    assert passage.changes == left
    assert_converged(world, runs=2)


def converges_after_the_ledger(world: World, number: int) -> bool:
    """After a kill at the so-manieth step of the ledger's own writes; False if there is none.

    In a directory half a line is left as well: a write that was cut short.
    """
    world.bring_back("planned")
    done = kill_at_a_record(world, number)
    if done is None:
        return False
    if not world.in_git:
        with (world.ledgers / "box.jsonl").open("ab") as file:
            file.write(b'{"prev": "sha256:')
    world.shell.now = datetime.now(UTC) + LASTS + SKEW
    world.proxy.begin()
    applied = world.shell.run("apply", "reviewed.json", "--format", "json")
    assert applied.code == 0
    assert applied.err == "" or "half an append" in applied.err
    outcomes = Counter(outcome["status"] for outcome in applied.data["outcomes"])
    assert outcomes == Counter(applied=CHANGES - done, alreadyApplied=done)
    assert world.live() == AS_DECLARED
    return True


def plan_an_undo(world: World) -> tuple[dict[str, Any], int]:
    """The way back from the whole change in `undo.json`, kept as "applied"; where it leads, and
    with how many writes."""
    world.bring_back("planned")
    world.proxy.begin()
    assert world.shell.process("apply", "reviewed.json").code == 0
    world.shell.now = datetime.now(UTC)
    planned = world.shell.run("plan", "--undo", "last", "-o", "undo.json")
    assert planned.code == 0, planned.out + planned.err
    world.keep("applied")
    passage = world.proxy.begin()
    applied_outcomes(world, "undo.json")
    return world.live(), len(passage.writes)


def converges_after_an_undo(
    world: World, number: int, moment: Moment, undone: dict[str, Any]
) -> None:
    """After a kill at a write of an undo, with the plan that was being applied."""
    world.bring_back("applied")
    done = kill_while_applying(world, number, moment, plan="undo.json")
    world.shell.now = datetime.now(UTC) + LASTS + SKEW
    passage = world.proxy.begin()
    outcomes = applied_outcomes(world, "undo.json")
    assert outcomes["alreadyApplied"] == done
    assert passage.changes == outcomes["applied"]
    assert world.live() == undone
    assert_told(world, runs=3)


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
    assert_told(world, runs=runs)


def assert_told(world: World, *, runs: int) -> None:
    """The ledger tells of so many runs beside the two that made the organisation; of those that
    were killed, that they never ended."""
    records = world.records()
    opened = [record.run for record in records if isinstance(record, Opened)]
    closed = [record.run for record in records if isinstance(record, Closed)]
    assert len(opened) == 2 + runs
    killed = opened[-2:-1] if runs > 1 else []
    assert closed == [run for run in opened if run not in killed]
    assert isinstance(records[-1], Closed)
    assert records[-1].exit_code == 0
