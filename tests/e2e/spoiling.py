"""A small organisation, a change to it, and a provider whose requests can be spoilt one by one.

What must hold whatever is spoilt: no removal follows from a read that was not whole; the exit code
says what happened; each change has exactly one outcome; the run after it converges; nobody is
there twice, and whoever was there before is the same account still.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from reconciler.simulator.faults.reading import read_script
from reconciler.simulator.quirks import QUIRKS, Paging
from reconciler.simulator.store import Store
from reconciler.simulator.values import Kind
from tests.e2e.killing import GROUPS, GROUPS_AFTER, GUARDRAILS, LEDGER_REF, PEOPLE, PEOPLE_AFTER
from tests.e2e.shell import Ran, Shell
from tests.faulted import Haste, Port
from tests.property.reshuffles import WAYS, Way

PATCHED = 'schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]'
#: Somebody else changes what the change is about: a title, who joins a group and who leaves it.
INTERFERING = f"""
{{method: PATCH, path: /Users, name: ada@zone.example, body: {{{PATCHED},
  Operations: [{{op: replace, path: title, value: Boss}}]}}}},
{{method: PATCH, path: /Groups, name: Ops, body: {{{PATCHED}, Operations: [
  {{op: add, path: members, value: [{{value: $Users/gus@zone.example}}]}},
  {{op: remove, path: 'members[value eq "$Users/ada@zone.example"]'}}]}}}}
"""
STRANGER = '{schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], userName: zoe@else.example}'
#: Every kind of fault, as what a script says in `do`.
FAULTS = {
    **{f"status-{status}": f"status: {status}" for status in (400, 401, 403, 404, 409, 412, 500)},
    **{f"status-{status}": f"status: {status}" for status in (501, 502, 504, 520)},
    "429-seconds": "status: 429, retryAfter: 13",
    "429-unit": "status: 429, retryAfter: 13s",
    "429-date": "status: 429, retryAfter: 'date:13'",
    "429-bare": "status: 429",
    "503-after-work": "status: 503, after: true",
    "500-after-work": "status: 500, after: true",
    "504-after-work": "status: 504, after: true, body: html",
    "error-html": "status: 500, body: html",
    "error-malformed": "status: 400, body: malformed",
    "missing-html": "status: 404, body: html",
    "reset-before": "reset: before",
    "reset-after": "reset: after",
    "truncated-at-0": "truncate: 0",
    "truncated-at-40": "truncate: 40",
    "trickled": "trickle: 0.001",
    "delayed": "delay: 0.001",
    "answer-html": "answer: html",
    "answer-malformed": "answer: malformed",
    "answer-empty": "answer: empty",
    "answer-text": "answer: text",
    "answer-error": "answer: scim",
    "total-more": "list: {total: 1}",
    "total-less": "list: {total: -1}",
    "total-none": "list: {total: -99}",
    "row-lost": "list: {lose: 1}",
    "row-lost-and-counted": "list: {lose: 1, total: -1}",
    "all-lost": "list: {lose: 99}",
    "row-twice": "list: {repeat: 1}",
    "row-twice-and-counted": "list: {repeat: 1, total: 1}",
    "hidden-for-1": "hide: 1",
    "hidden-for-2": "hide: 2",
    "revoked": "revoke: true",
    "second-writer-creates": f"meanwhile: [{{method: POST, path: /Users, body: {STRANGER}}}]",
    "second-writer-interferes": f"meanwhile: [{INTERFERING}]",
}
#: What some providers ask for of everybody.
DISPLAYED = """\
    - {target: displayName, expression: 'Join(" ", [givenName], [surname])'}
"""
NAMED = """\
    - {target: displayName, source: userPrincipalName}
    - {target: name.givenName, constant: G}
    - {target: name.familyName, constant: F}
"""
OLD_STAYS = "- {kind: Group, metadata: {name: old}, spec: {displayName: Old, members: [e3]}}\n"
#: What a list that lies without a contradiction cannot be told from: a provider in which that
#: somebody really is not there. Nothing protects against it but a second look at the next run.
CONSISTENT_LIES = {"row-lost-and-counted"}


@dataclass(frozen=True)
class Setting:
    """How the provider is written to, and whether the ledger is a Git ref."""

    way: Way
    in_git: bool = False


#: The ways that differ in what is sent, read, or kept.
SETTINGS = {
    "patch": Setting(WAYS["patch"]),
    "put-replaces": Setting(WAYS["put-replaces"]),
    "put-merges-users": Setting(WAYS["put-merges-users"]),
    "bulk": Setting(WAYS["bulk"]),
    "cursor": Setting(
        Way(
            "rfc7644",
            replace(QUIRKS["rfc7644"], paging=Paging.CURSOR, page_max=2, page_default=2),
            "paging: cursor, pageMax: 2, pageDefault: 2",
        )
    ),
    "probed-members": Setting(WAYS["probed-members"]),
    "git-ledger": Setting(WAYS["patch"], in_git=True),
}


@dataclass(frozen=True)
class Stage:
    """A small organisation that is in sync, a change to it, and how both are brought back."""

    shell: Shell
    port: Port
    base: Path
    setting: Setting

    @property
    def database(self) -> Path:
        return self.shell.directory / "provider.db"

    def reset(self) -> None:
        """The provider and the ledger as they were before the change."""
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.database}{suffix}").unlink(missing_ok=True)
        copy_database(self.base / "provider.db", self.database)
        state = self.shell.directory / ".reconciler"
        shutil.rmtree(state, ignore_errors=True)
        shutil.copytree(self.base / "state", state)
        if self.setting.in_git:
            self.git("update-ref", LEDGER_REF, (self.base / "tip").read_text(encoding="utf-8"))

    def git(self, *args: str) -> str:
        """What Git says, in the directory with the manifests."""
        done = subprocess.run(
            ["git", *args], cwd=self.shell.directory, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    @contextmanager
    def spoilt(self, *faults: tuple[int, str]) -> Iterator[Counter[str]]:
        """The provider, in which these requests, counted from 1, are spoilt in these ways."""
        each = (
            f"{{when: {{request: ANY *, nth: '{number}'}}, do: {{{FAULTS[fault]}}}}}"
            for number, fault in faults
        )
        script, found = read_script(f"faults: [{', '.join(each)}]".encode(), "faults.yaml")
        assert found == ()
        quirks = self.setting.way.quirks
        with self.port.provider(self.database, quirks=quirks, script=script) as seen:
            sent: Counter[str] = Counter()
            yield sent
            sent.update(request.method for request in seen)

    def live(self) -> dict[str, Any]:
        """Everybody and every group by name, with ids, whatever the provider shows."""
        with Store.open(self.database) as store, store.reading() as transaction:
            users = {one.id: one.document for one in transaction.everything(Kind.USER)}
            groups = {one.id: one.document for one in transaction.everything(Kind.GROUP)}
            members = {group: transaction.members(group) for group in groups}
        names = {user: str(document["userName"]) for user, document in users.items()}
        assert len(set(names.values())) == len(users)
        assert len({document["displayName"] for document in groups.values()}) == len(groups)
        return {
            "users": {
                names[user]: (document.get("active") is not False, document.get("title"))
                for user, document in users.items()
            },
            "groups": {
                document["displayName"]: sorted(names[member.id] for member in members[group])
                for group, document in groups.items()
            },
            "ids": {name: user for user, name in names.items()},
        }


def copy_database(source: Path, destination: Path) -> None:
    with closing(sqlite3.connect(source)) as held, closing(sqlite3.connect(destination)) as copy:
        held.backup(copy)


def set_up(directory: Path, name: str = "patch") -> Stage:
    """The organisation in sync, and the manifests already changed; in a setting by its name."""
    setting = SETTINGS[name]
    port = Port()
    port.listen()
    shell = Shell(directory, haste=Haste())
    shell.small_organisation(port.url, profile="boxlike", credential="box")
    shell.env |= {
        "RECONCILER_CREDENTIAL_BOX_TOKEN": "a-token",
        "RECONCILER_CREDENTIAL_BOX_HOSTS": f"127.0.0.1:{port.number}",
    }
    shell.write("manifests/profile.yaml", setting.way.document)
    shell.edit("manifests/target.yaml", DISPLAYED, NAMED)
    shell.write("policies/guardrails.yaml", GUARDRAILS)
    shell.write("manifests/people.yaml", PEOPLE)
    shell.write("manifests/groups.yaml", GROUPS)
    base = shell.directory / "base"
    base.mkdir()
    stage = Stage(shell, port, base, setting)
    if setting.in_git:
        stage.git("init", "--quiet")
        shell.env["RECONCILER_LEDGER"] = f"git:{LEDGER_REF.removesuffix('/box')}"
    with stage.spoilt():
        assert shell.apply().code == 0
    copy_database(stage.database, base / "provider.db")
    shutil.copytree(shell.directory / ".reconciler", base / "state")
    if setting.in_git:
        (base / "tip").write_text(stage.git("rev-parse", LEDGER_REF), encoding="utf-8")
    shell.write("manifests/people.yaml", PEOPLE_AFTER)
    unseen = setting.way.extends == "aws-identity-center"  # no group is deleted there
    shell.write("manifests/groups.yaml", GROUPS_AFTER + (OLD_STAYS if unseen else ""))
    return stage


@dataclass(frozen=True)
class Usual:
    """The change without any fault: what it costs, what it does, and what comes of it.

    `kept`: the ids of those who were there before, by the names that they have afterwards.
    """

    reads: int
    requests: int
    changes: dict[str, str]
    live: dict[str, Any]
    kept: dict[str, str]


def unharmed(stage: Stage) -> Usual:
    """The change, carried out without any fault."""
    stage.reset()
    kept = stage.live()["ids"]
    kept["cyrus@zone.example"] = kept.pop("cy@zone.example")  # renamed, not made anew
    with stage.spoilt() as reads:
        plan = stage.shell.run("plan", "-o", "plan.json", "--format", "json").data["plan"]
    with stage.spoilt() as requests:
        assert stage.shell.run("apply", "plan.json").code == 0
    live = stage.live()
    return Usual(
        reads.total(),
        requests.total(),
        {change["hash"]: change["action"] for change in plan["changes"]},
        live,
        kept,
    )


def converge(stage: Stage, usual: Usual, *, acknowledging: bool = False) -> None:
    """The next run, unharmed: it ends where it should, and the run after it has nothing to do.

    `acknowledging`: it may need somebody's word, because a fault made the memory poorer, or because
    a stranger came.
    """
    shell = stage.shell
    with stage.spoilt():
        planned = shell.run("plan", "-o", "next.json")
        given: tuple[str, ...] = ()
        if acknowledging and planned.code == 3:  # a live resource that no apply knows of
            token = planned.out.split("--acknowledge ")[1].split()[0]
            given = ("--acknowledge", token, "--because", "a test")
        else:
            assert planned.code == 0, planned.out + planned.err
        applied = shell.run("apply", "next.json", *given)
        assert applied.code == 0, applied.out + applied.err
        again = shell.run("plan", "--detailed-exitcode")
        assert again.code == 0, again.out
    live = stage.live()
    live["users"].pop("zoe@else.example", None)  # the stranger, where one came
    assert live["users"] == usual.live["users"]
    # Whom somebody else adds where nothing shows members, nobody sees, and so nobody takes out.
    hidden = acknowledging and not stage.setting.way.quirks.members_readable
    unseen = {"gus@zone.example"} if hidden else set()
    assert _without(unseen, live["groups"]) == _without(unseen, usual.live["groups"])
    assert {name: live["ids"][name] for name in usual.kept} == usual.kept


def _without(who: set[str], groups: dict[str, list[str]]) -> dict[str, list[str]]:
    return {group: [m for m in members if m not in who] for group, members in groups.items()}


def check_removals(planned: Ran, where: str) -> None:
    """Users and groups are read apart: what was read whole may lose what it should lose."""
    plan = planned.data["plan"]
    short = {gap.split()[0].rstrip("s").rstrip(":") for gap in plan["gaps"]}
    for change in plan["changes"]:
        removed = {
            "deactivate": {"user"},
            "delete": {change["kind"]},
            "removeMembers": {"user", "group"},
        }.get(change["action"], set())
        assert not removed & short, (where, change["action"], plan["gaps"])


def changes_of(planned: Ran) -> dict[str, str]:
    return {change["hash"]: change["action"] for change in planned.data["plan"]["changes"]}


def told(fault: str, number: int, ran: Ran) -> None:
    """Whatever failed is said in words, and shows nothing of the fault's own body."""
    if ran.code == 1 and not ran.out:
        assert ran.err.startswith("error"), (fault, number, ran.err)
    assert "Sign in" not in ran.err
    assert "a-token" not in ran.err + ran.out


def check_outcomes(applied: Ran, usual: Usual, where: str) -> None:
    outcomes = applied.data["outcomes"]
    assert sorted(o["hash"] for o in outcomes) == sorted(usual.changes), where
    statuses = {o["status"] for o in outcomes}
    fine = statuses <= {"applied", "already applied", "alreadyApplied"}
    assert (applied.code == 0) is fine, (where, applied.code, statuses)
    assert applied.code in {0, 1, 5}, where


def spoil_twice(stage: Stage, usual: Usual, chance: Random) -> str:
    """A plan and an apply with two faults drawn by chance; which they were."""
    last = usual.reads + usual.requests
    drawn = sorted((chance.randint(1, last), chance.choice(sorted(FAULTS))) for _ in range(2))
    where = ", ".join(f"{fault} at request {number}" for number, fault in drawn)
    stage.reset()
    plan_file = stage.shell.directory / "plan.json"
    plan_file.unlink(missing_ok=True)
    with stage.spoilt(*(each for each in drawn if each[0] <= usual.reads)):
        planned = stage.shell.run("plan", "-o", "plan.json", "--format", "json")
    assert planned.code in {0, 1, 3}, (where, planned.err)
    if plan_file.exists():
        if planned.data["plan"]["gaps"]:
            check_removals(planned, where)
        later = [(n - usual.reads, fault) for n, fault in drawn if n > usual.reads]
        with stage.spoilt(*later):
            applied = stage.shell.run("apply", "plan.json", "--format", "json")
        assert applied.code in {0, 1, 3, 5, 6}, (where, applied.err)
        if applied.out:
            hashes = sorted(outcome["hash"] for outcome in applied.data["outcomes"])
            assert hashes == sorted(changes_of(planned)), where
    converge(stage, usual, acknowledging=True)
    return where


def spoil_a_plan(stage: Stage, usual: Usual, fault: str, number: int) -> None:
    """A plan with one fault is whole, or removes nobody; the next run converges."""
    stage.reset()
    plan_file = stage.shell.directory / "plan.json"
    plan_file.unlink(missing_ok=True)
    with stage.spoilt((number, fault)):
        planned = stage.shell.run("plan", "-o", "plan.json", "--format", "json")
    assert "Traceback" not in planned.err
    told(fault, number, planned)
    strangers = fault.startswith("second-writer")
    if not plan_file.exists():
        assert planned.code == 1, planned.err
    elif planned.data["plan"]["gaps"]:
        assert planned.code == 1
        check_removals(planned, f"{fault} at request {number}")
    elif fault not in CONSISTENT_LIES and not strangers:
        assert planned.code == 0
        assert changes_of(planned) == usual.changes, number
    converge(stage, usual, acknowledging=strangers)


def spoil_an_apply(stage: Stage, usual: Usual, fault: str, number: int) -> None:
    """An apply with one fault has one outcome per change, and the next run converges."""
    stage.reset()
    with stage.spoilt():
        assert stage.shell.run("plan", "-o", "plan.json").code == 0
    with stage.spoilt((number, fault)):
        applied = stage.shell.run("apply", "plan.json", "--format", "json")
    assert "Traceback" not in applied.err
    told(fault, number, applied)
    if applied.out:
        check_outcomes(applied, usual, f"{fault} at request {number}")
    else:
        assert applied.code in {1, 5}, applied.err
    converge(stage, usual, acknowledging=fault.startswith("second-writer"))


def every_single_fault(usual: Usual) -> list[tuple[str, int, bool]]:
    """Which fault, at which request, and whether of the plan (else of the apply)."""
    return [
        (fault, number, of_plan)
        for of_plan, requests in ((True, usual.reads), (False, usual.requests))
        for number in range(1, requests + 1)
        for fault in FAULTS
    ]


def spoil_once(stage: Stage, usual: Usual, fault: str, number: int, *, of_plan: bool) -> None:
    """One of `every_single_fault`."""
    (spoil_a_plan if of_plan else spoil_an_apply)(stage, usual, fault, number)
