"""What is redacted reaches the provider, and no output, file or log on the way.

Canaries stand in every input of a `Redact` and in a password; every command is run, and everything
that it prints or writes is searched for them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.e2e.shell import Ran, Shell

CANARIES = ("canaryupn", "canaryname", "canarytitle", "canaryphone", "canarypass", "canarygroup")
KEY = "0123456789abcdef0123456789abcdef"

PEOPLE = """\
apiVersion: reconciler/v1
kind: List
items:
- kind: User
  metadata: {name: e1}
  spec:
    userPrincipalName: canaryupn1@zone.example
    givenName: Canaryname
    surname: One
    displayName: Canaryname One
    jobTitle: canarytitle1
    mobilePhone: canaryphone1
    country: PT
- kind: User
  metadata: {name: e2}
  spec:
    userPrincipalName: canaryupn2@zone.example
    displayName: Canaryname Two
    jobTitle: canarytitle2
    country: PT
"""
MAPPINGS = """\
apiVersion: reconciler/v1
kind: AttributeMapping
metadata: {name: people}
spec:
  for: users
  attributes:
    - {target: userName, expression: 'Redact([userPrincipalName])', match: 1}
    - {target: externalId, source: objectId}
    - {target: active, expression: 'Not([IsSoftDeleted])'}
    - {target: displayName, expression: 'Redact([displayName])'}
    - {target: title, expression: 'Append(Redact([jobTitle]),"!")', default: canarytitle0}
    - {target: 'phoneNumbers[type eq "mobile"].value', expression: 'Redact([mobilePhone])'}
    - {target: password, constant: canarypass, apply: onCreate}
    - {target: nickName, expression: 'Redact(RandomString(12,3,0,0,3))', apply: onCreate}
---
apiVersion: reconciler/v1
kind: AttributeMapping
metadata: {name: teams}
spec:
  for: groups
  attributes:
    - {target: displayName, expression: 'Redact([displayName])', match: 1}
    - {target: externalId, source: objectId}
    - {target: members, source: members}
---
apiVersion: reconciler/v1
kind: ScopingFilter
metadata: {name: staff}
spec:
  for: users
  anyOf:
    - name: with a title
      allOf:
        - {attribute: jobTitle, operator: IS NOT NULL}
        - {attribute: country, operator: EQUALS, value: PT}
---
apiVersion: reconciler/v1
kind: Target
metadata: {name: box}
spec:
  profile: rfc7644
  baseUrl: embedded:box
  scope: all
  users:
    ownership: exclusive
    mapping: people
    filter: staff
    actions: [create, update, deactivate, delete]
    deprovision: {removed: delete}
  groups:
    ownership: exclusive
    mapping: teams
    actions: [create, update, delete]
    deprovision: {removed: delete}
"""
GROUPS = """\
apiVersion: reconciler/v1
kind: Group
metadata: {name: ops}
spec: {displayName: Canarygroup, members: [e1, e2]}
"""


@dataclass
class Watched:
    """A shell whose every word is searched for canaries."""

    shell: Shell
    told: list[str] = field(default_factory=list)

    def run(self, *args: str, code: int = 0) -> Ran:
        ran = self.shell.run(*args)
        said = f"$ reconciler {' '.join(args)}\n{ran.out}{ran.err}"
        self.told.append(said)
        assert ran.code == code, said
        assert leaks(said) == [], said
        return ran

    def everywhere(self, name: str) -> None:
        """Plan, look at it in every way, and carry it out."""
        self.run("validate")
        self.run("plan", "--full", "-o", f"{name}.json")
        self.run("plan", "--format", "json")
        self.run("plan", "--format", "markdown", "--full")
        self.run("show", f"{name}.json")
        for subject in ("user:e1", "user:e2", "group:ops"):
            self.run("explain", subject, "--full")
            self.run("explain", subject, "--offline")
            self.run("explain", subject, "--format", "json")
        self.run("drift", code=2)
        self.run("drift", "--format", "json", code=2)
        self.run("plan", "--log", "planned.jsonl")
        self.run("apply", f"{name}.json", "--log", "applied.jsonl")
        self.run("log", "planned.jsonl", "applied.jsonl")
        self.run("log", "applied.jsonl", "--format", "json")

    def files(self) -> Iterator[tuple[str, str]]:
        """Everything that was written, but manifests and what the embedded provider holds."""
        for path in sorted(self.shell.directory.rglob("*")):
            inside = path.relative_to(self.shell.directory).as_posix()
            if path.is_file() and not inside.startswith(("manifests/", ".reconciler/embedded/")):
                yield inside, path.read_bytes().decode("utf-8", "replace")


def leaks(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text.casefold()]


def held(shell: Shell) -> str:
    """Everything that the provider holds."""
    with sqlite3.connect(shell.directory / ".reconciler/embedded/box.db") as database:
        return "\n".join(database.iterdump()).casefold()


@pytest.fixture
def watched(shell: Shell) -> Watched:
    shell.write("manifests/people.yaml", PEOPLE)
    shell.write("manifests/mappings.yaml", MAPPINGS)
    shell.write("manifests/groups.yaml", GROUPS)
    (shell.directory / "policies").mkdir()
    return Watched(shell)


def test_canaries_reach_the_provider_and_nobody_else(watched: Watched) -> None:
    shell = watched.shell
    watched.everywhere("create")
    assert all(canary in held(shell) for canary in CANARIES if canary != "canarypass")
    shell.edit("manifests/people.yaml", "canarytitle1", "canarytitle8")
    shell.edit("manifests/people.yaml", "canaryupn1", "canaryupn8")
    watched.everywhere("update")
    assert "canarytitle8!" in held(shell)
    assert "canaryupn8" in held(shell)
    first = PEOPLE.index("- kind: User")
    shell.write("manifests/people.yaml", PEOPLE[:first] + PEOPLE[PEOPLE.rindex("- kind: User") :])
    shell.edit("manifests/groups.yaml", "[e1, e2]", "[e2]")
    watched.run("plan", "--full", "-o", "delete.json")
    watched.run("show", "update.json", "--against", "delete.json")
    watched.run("show", "delete.json")
    watched.run("apply", "delete.json", "--format", "json")
    assert "canaryupn8" not in held(shell)
    watched.run("drift")
    assert [name for name, text in watched.files() if leaks(text)] == []
    assert any("[Redact]" in said for said in watched.told)


def test_slip_in_a_name_suggests_no_name_that_is_hidden(watched: Watched) -> None:
    watched.run("explain", "Kanaryname One", "--offline", code=64)
    watched.run("explain", "user:e3", "--offline", code=64)
    watched.run("eval", "[country]", "--user", "kanaryupn1@zone.example", code=64)
    shell = watched.shell
    shell.edit("manifests/people.yaml", "Canaryname Two", "Canaryname One")
    watched_run = shell.run("explain", "Canaryname One", "--offline")
    assert 'means 2 of them: user:e1 "e1", user:e2 "e2"' in watched_run.err


def test_stranger_has_no_name_that_is_hidden(watched: Watched) -> None:
    shell = watched.shell
    shell.apply()
    shell.write("manifests/people.yaml", PEOPLE[: PEOPLE.rindex("- kind: User")])
    shell.edit("manifests/groups.yaml", "[e1, e2]", "[e1]")
    ran = watched.run("plan", "--format", "json").data["plan"]
    (gone,) = (c for c in ran["changes"] if c["action"] == "delete")
    watched.run("explain", f"user:{gone['key']}")
    watched.run("explain", "kanaryname two", code=64)
    watched.run("provision", f"user:{gone['key']}", "--yes")
    assert "canaryupn2" not in held(shell)


def test_on_demand_shows_and_writes_no_more_than_a_plan(watched: Watched) -> None:
    watched.run("provision", "user:e1", "box", "--yes", "--log", "demand.jsonl")
    watched.run("provision", "group:ops", "--yes", "--format", "json")
    assert "canarytitle1!" in held(watched.shell)
    assert [name for name, text in watched.files() if leaks(text)] == []


def test_eval_hides_what_it_hides_in_a_plan(watched: Watched) -> None:
    text = 'Join("-",Left([jobTitle],9),Redact([jobTitle]))'
    ran = watched.run("eval", text, "--user", "e1")
    assert "Result: [Redact]" in ran.out
    data = watched.run("eval", text, "--user", "e1", "--format", "json").data
    assert data["attributes"] == {"jobTitle": "[Redact]"}


def test_eval_shows_no_attribute_of_somebody_that_a_mapping_redacts(watched: Watched) -> None:
    ran = watched.run("eval", "Left([jobTitle],12)", "--user", "e1")
    assert "Result: [Redact]" in ran.out
    own = watched.run("eval", "Left([jobTitle],3)", "--user", "e1", "--set", "jobTitle=Lead")
    assert 'Result: "Lea"' in own.out


def test_plan_holds_fingerprints_that_nobody_can_guess(watched: Watched) -> None:
    shell = watched.shell
    (created,) = (c for c in shell.plan()["changes"] if c["key"] == "e1" and c["kind"] == "user")
    title = next(v["value"] for v in created["values"] if v["path"] == "title")
    assert title["shown"] == "[Redact]"
    assert title["fingerprint"].startswith("hmac-sha256:")
    assert shell.plan()["changes"] == shell.plan()["changes"]
    shell.env["RECONCILER_KEY"] = KEY
    (other,) = (c for c in shell.plan()["changes"] if c["key"] == "e1" and c["kind"] == "user")
    assert other["hash"] != created["hash"]


def test_value_that_git_no_longer_gives_is_not_written(watched: Watched) -> None:
    """The plan was approved for another title; nobody could see which."""
    shell = watched.shell
    shell.apply()
    shell.edit("manifests/people.yaml", "canarytitle1", "canarytitle7")
    watched.run("plan", "-o", "plan.json")
    shell.edit("manifests/people.yaml", "canarytitle7", "canarytitle6")
    ran = watched.run("apply", "plan.json", "--format", "json", code=6)
    (outcome,) = json.loads(ran.out)["outcomes"]
    assert outcome["status"] == "skipped"
    assert outcome["detail"].startswith(
        "title: the manifests (or the key) no longer give the hidden value that was planned"
    )
    assert "canarytitle6" not in held(shell)


def test_live_value_that_has_moved_since_the_plan_is_left_alone(watched: Watched) -> None:
    shell = watched.shell
    shell.apply()
    shell.edit("manifests/people.yaml", "canarytitle1", "canarytitle7")
    watched.run("plan", "-o", "old.json")
    shell.edit("manifests/people.yaml", "canarytitle7", "canarytitle5")
    shell.apply()
    shell.edit("manifests/people.yaml", "canarytitle5", "canarytitle7")
    ran = watched.run("apply", "old.json", "--format", "json", code=6)
    (outcome,) = json.loads(ran.out)["outcomes"]
    assert outcome["detail"].startswith("title: no longer as the plan saw it")
    assert "canarytitle5" in held(shell)


def test_another_key_opens_nothing(watched: Watched) -> None:
    shell = watched.shell
    watched.run("plan", "-o", "plan.json")
    shell.env["RECONCILER_KEY"] = KEY
    ran = shell.run("apply", "plan.json")
    assert ran.code == 5  # who was to join the group is not there either
    assert "canaryupn" not in held(shell)
