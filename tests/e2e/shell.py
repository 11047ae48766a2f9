"""A directory with a small organisation, and commands run in it as a user would.

`run` calls the command line in this process (what `main` does, exit code included); `start` and
`process` start a real one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from reconciler.cli.main import run
from reconciler.cli.world import World
from tests.faulted import Haste

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

PEOPLE = """\
apiVersion: reconciler/v1
kind: List
items:
- kind: User
  metadata: {name: e1}
  spec: {userPrincipalName: ada@zone.example, givenName: Ada, surname: Lovelace, jobTitle: Lead}
- kind: User
  metadata: {name: e2}
  spec: {userPrincipalName: bo@zone.example, givenName: Bo, surname: Ek}
- kind: User
  metadata: {name: e3}
  spec: {userPrincipalName: cy@zone.example, givenName: Cy, surname: Twombly}
"""

GROUPS = """\
apiVersion: reconciler/v1
kind: Group
metadata: {name: ops}
spec:
  displayName: Ops
  members: [e1, e2]
"""

TARGET = """\
apiVersion: reconciler/v1
kind: Target
metadata: {name: box}
spec:
  profile: PROFILE
  baseUrl: BASE_URL
  scope: all
  users:
    ownership: exclusive
    mapping: people
    actions: [create, update, deactivate, delete]
  groups:
    ownership: exclusive
    mapping: teams
    actions: [create, update, delete]
    deprovision: {removed: delete}
---
apiVersion: reconciler/v1
kind: AttributeMapping
metadata: {name: people}
spec:
  for: users
  attributes:
    - {target: userName, source: userPrincipalName, match: 1}
    - {target: externalId, source: objectId}
    - {target: active, expression: 'Switch([IsSoftDeleted], , "False", "True", "True", "False")'}
    - {target: displayName, expression: 'Join(" ", [givenName], [surname])'}
    - {target: title, source: jobTitle}
---
apiVersion: reconciler/v1
kind: AttributeMapping
metadata: {name: teams}
spec:
  for: groups
  attributes:
    - {target: displayName, source: displayName, match: 1}
    - {target: externalId, source: objectId}
    - {target: members, source: members}
"""


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shell:
    """A working directory. `write` changes manifests; every command sees the same clock."""

    directory: Path
    env: dict[str, str] = field(default_factory=dict)
    now: datetime = NOON
    haste: Haste | None = None  # waiting takes no time

    def small_organisation(
        self, base_url: str = "embedded:box", profile: str = "rfc7644", credential: str = ""
    ) -> Shell:
        target = TARGET.replace("BASE_URL", base_url).replace("PROFILE", profile)
        if credential:
            target = target.replace("  scope: all", f"  credential: {credential}\n  scope: all")
        if profile == "zpa":  # keeps no title
            target = target.replace("    - {target: title, source: jobTitle}\n", "")
        self.write("manifests/people.yaml", PEOPLE)
        self.write("manifests/groups.yaml", GROUPS)
        self.write("manifests/target.yaml", target)
        (self.directory / "policies").mkdir(exist_ok=True)
        return self

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def read(self, name: str) -> str:
        return (self.directory / name).read_text(encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        text = self.read(name)
        assert old in text, f"{old!r} is not in {name}"
        self.write(name, text.replace(old, new, 1))

    def run(self, *args: str) -> Ran:
        """The command line, in this process, in this directory."""
        out, err = StringIO(), StringIO()
        world = World(
            env={**self.env, "RECONCILER_COMMIT": "c0ffee"},
            now=lambda: self.now,
            directory=self.directory,
            out=out,
            err=err,
        )
        if self.haste is not None:
            world = replace(world, sleep=self.haste.sleep, elapsed=self.haste.elapsed)
        before = Path.cwd()
        os.chdir(self.directory)
        try:
            code = run(args, world)
        finally:
            os.chdir(before)
        return Ran(int(code), out.getvalue(), err.getvalue())

    def process(self, *args: str) -> Ran:
        """A real process, to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "reconciler", *args],
            cwd=self.directory,
            env={**os.environ, **self.env},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(self, *args: str) -> subprocess.Popen[str]:
        """A real process that goes on running."""
        return subprocess.Popen(
            [sys.executable, "-m", "reconciler", *args],
            cwd=self.directory,
            env={**os.environ, **self.env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def plan(self, *args: str) -> Any:
        """The plan of the one target as data."""
        return self.run("plan", "--format", "json", *args).data["plan"]

    def apply(self, *args: str) -> Ran:
        """Plan, save, apply."""
        planned = self.run("plan", "-o", "now.json")
        assert planned.code in {0, 3}, planned.err
        return self.run("apply", "now.json", *args)
