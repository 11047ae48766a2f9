"""One person or group on demand: the same plan, checks and executor, and live read back."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import Any

import pytest

from tests.e2e.conftest import served
from tests.e2e.shell import Shell
from tests.e2e.terminal import Somebody, asked
from tests.e2e.test_bad_luck import TOKEN, bind

ADA = """- kind: User
  metadata: {name: e1}
  spec: {userPrincipalName: ada@zone.example, givenName: Ada, surname: Lovelace, jobTitle: Lead}
"""


@pytest.fixture
def box(shell: Shell) -> Shell:
    return shell.small_organisation()


def left(shell: Shell) -> list[str]:
    """What a plan for everybody would still do."""
    return [
        f"{change['action']} {change['kind']}:{change['key']}" for change in shell.plan()["changes"]
    ]


def demanded(shell: Shell, *args: str) -> dict[str, Any]:
    ran = shell.run("provision", *args, "--yes", "--format", "json")
    data: dict[str, Any] = ran.data
    assert data["exitCode"] == ran.code
    return data


def steps(data: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (step["provisioningStepType"], step["status"])
        for step in data["value"]["provisioningSteps"]
    ]


def test_a_person_is_provisioned_step_by_step_and_read_back(box: Shell) -> None:
    ran = box.run("provision", "e1", "--yes")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[:2] == [
        'user "ada@zone.example" (e1) on demand',
        "box (rfc7644), commit c0ffee, as of 2026-11-23 12:00 UTC, only user:e1",
    ]
    numbered = [line.partition(":")[0] for line in lines if line[:1].isdigit()]
    assert numbered == ["1. Import", "2. Scoping", "3. Matching", "4. Action"]
    assert '         title: "Lead"  [manifests/people.yaml:6]' in lines
    assert "Apply: 1 applied." in lines
    after = lines[lines.index("Now at box") :]
    assert '  = title: "Lead": live the same  [manifests/target.yaml:28]' in after
    assert not any("did not keep" in line for line in lines)
    assert left(box) == [
        "create user:e2",
        "create user:e3",
        "create group:ops",
        "addMembers group:ops",
    ]


def test_nothing_to_do_says_so_in_entras_word(box: Shell) -> None:
    box.apply()
    ran = box.run("provision", "e1", "box", "--yes")
    assert ran.code == 0
    assert "4. Action: nothing to do (RedundantExport): live is as Git wants it" in ran.out
    data = demanded(box, "e1")
    assert data["key"] == {"result": "Skipped", "details": {"errorCode": "RedundantExport"}}
    assert (data["run"], data["readBack"], data["requests"]) == (None, None, {})


def test_the_reply_for_programs_is_entras_and_more(box: Shell) -> None:
    data = demanded(box, "e1", "--log", "log.jsonl")
    assert data["key"] == {"result": "Success", "details": {"errorCode": None}}
    assert data["value"]["provisioningAction"] == "create"
    assert steps(data) == [
        ("import", "success"),
        ("scoping", "success"),
        ("matching", "success"),
        ("processing", "success"),
        ("export", "success"),
    ]
    assert data["explanation"]["live"]["found"] is None
    assert data["readBack"]["live"]["found"]["id"] == data["value"]["targetIdentity"]["id"]
    assert data["requests"] == {"GET": 1, "POST": 1}
    assert [o["status"] for o in data["run"]["outcomes"]] == ["applied"]
    assert data["notKept"] == []
    logged = box.run("log", "log.jsonl", "--format", "json").data["entries"]
    # The person, and the group that has to wait.
    assert [e["reconciler"]["subject"] for e in logged] == ["group:ops", "user:e1"]
    assert logged[1] == data["value"]


def test_a_group_comes_with_its_members_and_nobody_else(box: Shell) -> None:
    ran = box.run("provision", "group:ops", "--yes")
    assert ran.code == 0
    assert "Apply: 4 applied." in ran.out
    assert "Members (authoritative): 2 members wanted, 2 live" in ran.out
    assert "did not keep" not in ran.out
    assert left(box) == ["create user:e3"]


def test_a_group_of_more_than_five_and_a_single_member_of_it(box: Shell) -> None:
    many = "".join(
        f"- kind: User\n  metadata: {{name: m{n}}}\n"
        f"  spec: {{userPrincipalName: m{n}@zone.example, surname: M{n}}}\n"
        for n in range(25)
    )
    box.write("manifests/people.yaml", box.read("manifests/people.yaml") + many)
    names = ", ".join(f"m{n}" for n in range(25))
    box.edit("manifests/groups.yaml", "[e1, e2]", f"[e1, e2, {names}]")
    alone = demanded(box, "ops", "--member", "bo@zone.example")
    assert [c["key"] for c in alone["plan"]["plan"]["changes"]] == ["e2", "ops", "ops"]
    ran = box.run("provision", "ops", "--yes")
    assert ran.code == 0
    assert "Apply: 27 applied." in ran.out
    assert "27 members wanted, 27 live" in ran.out
    assert left(box) == ["create user:e3"]


def test_a_leaver_without_a_manifest_and_somebody_disabled(box: Shell) -> None:
    box.apply()
    box.edit("manifests/people.yaml", ADA, "")
    box.edit("manifests/groups.yaml", "[e1, e2]", "[e2]")
    ran = box.run("provision", "e1", "--yes")
    assert ran.code == 0
    assert "1. Import: no manifest declares it" in ran.out
    assert "2. Scoping: should not be there (removed)" in ran.out
    assert "Apply: 2 applied." in ran.out
    assert ran.out.rstrip().endswith("switched off")
    again = demanded(box, "e1")
    assert again["key"]["details"]["errorCode"] == "EntrySynchronizationSkipped"
    assert again["explanation"]["standing"]["standing"] == "undeclared"
    box.edit("manifests/people.yaml", "surname: Ek", "surname: Ek, accountEnabled: false")
    disabled = demanded(box, "user:e2")
    assert disabled["value"]["provisioningAction"] == "disable"
    assert disabled["readBack"]["live"]["found"]["active"] is False
    assert left(box) == []


def test_whoever_is_gone_altogether_has_nothing_to_be_found(box: Shell) -> None:
    box.apply()
    box.edit("manifests/people.yaml", ADA, "")
    box.edit("manifests/groups.yaml", "[e1, e2]", "[e2]")
    (box.directory / ".reconciler/embedded/box.db").unlink()
    ran = box.run("provision", "e1", "--yes")
    assert ran.code == 0
    assert "     live user: none\n     ledger: e1 was " in ran.out


def test_a_deleted_person_is_gone_afterwards(box: Shell) -> None:
    box.edit(
        "manifests/target.yaml",
        "    mapping: people",
        "    mapping: people\n    deprovision: {removed: delete}",
    )
    box.apply()
    box.edit("manifests/people.yaml", ADA, "")
    box.edit("manifests/groups.yaml", "[e1, e2]", "[e2]")
    ran = box.run("provision", "e1", "--yes")
    assert ran.code == 0
    assert ran.out.endswith("Now at box\n  live user: none\n")


def test_what_the_provider_does_not_keep_is_shown(shell: Shell) -> None:
    with served(shell, "--profile", "zpa", "--token", TOKEN) as provider:
        bind(shell, provider.url)
        shell.edit("manifests/target.yaml", "target: title", "target: locale")
        ran = shell.run("provision", "e1", "--yes")
        data = demanded(shell, "e1")
    assert ran.code == 0
    lost = next(line for line in ran.out.splitlines() if line.startswith("  ~ locale"))
    assert lost.startswith('  ~ locale: wanted "Lead", live (no value): differs')
    assert "the provider did not keep this, or not yet" in ran.out
    assert {"subject": "user:e1", "action": "update"} in data["notKept"]


PATIENT = """apiVersion: reconciler/v1
kind: Profile
metadata: {name: patient}
spec: {extends: rfc7644, visibleWithin: 20}
"""


def test_a_provider_that_shows_writes_late_is_waited_for(shell: Shell) -> None:
    faults = shell.write(
        "faults.yaml", "faults:\n- {when: {request: PATCH /Users/*}, do: {hide: 2}}\n"
    )
    with served(shell, "--token", TOKEN, "--faults", str(faults)) as provider:
        bind(shell, provider.url).apply()
        shell.write("manifests/patient.yaml", PATIENT)
        shell.edit("manifests/target.yaml", "profile: rfc7644", "profile: patient")
        shell.edit("manifests/people.yaml", "jobTitle: Lead", "jobTitle: Head")
        ran = shell.run("provision", "e1", "--yes")
    assert ran.code == 0
    assert '  = title: "Head": live the same' in ran.out
    assert "did not keep" not in ran.out


def test_what_cannot_be_read_back_is_carried_out_all_the_same(shell: Shell) -> None:
    faults = shell.write(
        "faults.yaml", "faults:\n- {when: {request: GET /Users/*}, do: {status: 403}}\n"
    )
    with served(shell, "--token", TOKEN, "--faults", str(faults)) as provider:
        bind(shell, provider.url)
        ran = shell.run("provision", "e1", "--yes")
        data = demanded(shell, "e2")
    assert ran.code == 0
    assert "Apply: 1 applied." in ran.out
    assert "Now at box" not in ran.out
    assert ran.err.startswith("error: user:e1 could not be read back: ")
    assert (data["readBack"], data["key"]["result"]) == (None, "Success")


def test_what_could_not_be_read_to_the_end_is_never_fine(shell: Shell) -> None:
    faults = shell.write(
        "faults.yaml", "faults:\n- {when: {request: GET /Groups}, do: {status: 403}}\n"
    )
    with served(shell, "--token", TOKEN, "--faults", str(faults)) as provider:
        bind(shell, provider.url)
        assert shell.run("provision", "e1", "--yes").code == 0
        again = shell.run("provision", "e1", "--yes")
    assert again.code == 1
    assert "4. Action: nothing to do (RedundantExport)" in again.out


def test_what_is_redacted_shows_in_no_step_and_in_no_log(box: Shell) -> None:
    secret = "c4nary"
    box.edit("manifests/people.yaml", "jobTitle: Lead", f"jobTitle: {secret}")
    box.edit("manifests/target.yaml", "source: jobTitle", "expression: 'Redact([jobTitle])'")
    text = box.run("provision", "e1", "--yes", "--log", "log.jsonl")
    box.edit("manifests/people.yaml", secret, f"{secret}-2")
    data = box.run("provision", "e1", "--yes", "--log", "log.jsonl", "--format", "json")
    logged = box.run("log", "log.jsonl", "--subject", "e1", "--format", "json")
    assert (text.code, data.code, logged.code) == (0, 0, 0)
    assert "  = title: [Redact]: live the same" in text.out
    for shown in (text.out, data.out, logged.out, box.read("log.jsonl")):
        assert secret not in shown
        assert "[Redact]" in shown


def test_nothing_in_a_step_or_a_log_can_act_on_a_terminal(box: Shell) -> None:
    nasty = '"A\\u001b[31m::error::x##[group]\\u202e"'
    box.edit("manifests/people.yaml", "givenName: Ada", f"givenName: {nasty}")
    for shown in (
        box.run("provision", "e1", "--yes", "--log", "log.jsonl").out,
        box.run("explain", "id:none-of-these").err,
        box.run("log", "log.jsonl", "--full").out,
        box.read("log.jsonl"),
    ):
        assert not {"\x1b", "\u202e"} & set(shown)
        assert "##[" not in shown


def test_a_conflict_is_told_once_and_is_not_fine(box: Shell) -> None:
    box.apply()
    box.edit("manifests/people.yaml", ADA, ADA.replace("e1", "e9"))
    box.edit("manifests/groups.yaml", "[e1, e2]", "[e9, e2]")
    ran = box.run("provision", "e9", "--yes")
    assert ran.code == 5
    said = "its userName is still taken by e1"
    assert f"4. Action: nothing to do (EntryConflict): {said}" in ran.out
    assert ran.out.count(said) == 1


def test_somebody_at_a_terminal_is_asked(box: Shell) -> None:
    no = asked(box, Somebody("\n"), "provision", "e1")
    assert no.code == 130
    assert no.err.endswith("Carry this out at box? [y/N] Not carried out; nothing was sent.\n")
    assert "Apply:" not in no.out
    assert len(left(box)) == 5
    yes = asked(box, Somebody("Yes\n"), "provision", "e1")
    assert yes.code == 0
    assert "Apply: 1 applied." in yes.out
    assert asked(box, Somebody("y\n"), "provision", "e1").err == ""  # nothing to ask about


def test_without_a_terminal_nothing_is_written_unless_told(box: Shell) -> None:
    ran = box.run("provision", "e1")
    assert (ran.code, ran.out) == (64, "")
    assert "there is no terminal to ask on; --yes carries it out" in ran.err
    assert not (box.directory / ".reconciler").exists()
    assert box.process("provision", "e1").code == 64


def test_a_real_terminal_can_say_no(box: Shell) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "provision", "e1"],
        cwd=box.directory,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        close_fds=True,
    )
    os.close(slave)
    seen = b""
    while b"[y/N]" not in seen:
        seen += os.read(master, 4096)
    os.write(master, b"n\n")
    assert process.wait(timeout=60) == 130
    os.close(master)
    assert len(left(box)) == 5


def test_what_was_changed_while_somebody_thought_about_it_is_refused(box: Shell) -> None:
    box.apply()
    box.edit("manifests/people.yaml", "surname: Ek", "surname: Eko")

    def meanwhile() -> None:
        box.edit("manifests/people.yaml", "surname: Eko", "surname: Ekko")
        box.apply()
        box.edit("manifests/people.yaml", "surname: Ekko", "surname: Eko")

    ran = asked(box, Somebody("y\n", meanwhile), "provision", "e2")
    assert ran.code == 6
    assert "skipped update user e2" in ran.out
    assert "no longer as planned" in ran.out or "plan again" in ran.out
    assert "Bo Ekko" in ran.out  # what is live now


def test_a_check_blocks_it_as_it_blocks_every_plan(box: Shell) -> None:
    box.write(
        "policies/protection.yaml",
        "apiVersion: reconciler/v1\nkind: Protection\nmetadata: {name: never}\n"
        "spec: {because: the keys, users: [e2]}\n",
    )
    box.apply()
    box.edit("manifests/people.yaml", "surname: Ek", "surname: Ek, accountEnabled: false")
    ran = box.run("provision", "e2", "--yes")
    assert ran.code == 3
    assert "user:e2 is not provisioned; nothing was sent." in ran.err
    assert "BLOCKED by 1 check" in ran.err
    data = demanded(box, "e2")
    assert data["value"]["provisioningAction"] == "stagedDelete"
    assert data["key"]["details"]["errorCode"] == "BlockedByCheck"


def test_a_guardrail_is_released_for_this_run(box: Shell) -> None:
    box.apply()
    group = box.read("manifests/groups.yaml")
    box.edit("manifests/groups.yaml", group, group.replace("ops", "net").replace("Ops", "Net"))
    blocked = box.run("provision", "group:ops", "--yes")
    assert blocked.code == 3
    token = blocked.err.partition("--acknowledge ")[2].split()[0]
    words = ("--acknowledge", token)
    assert box.run("provision", "group:ops", "--yes", *words).code == 64
    ran = box.run("provision", "group:ops", "--yes", *words, "--because", "moved")
    assert ran.code == 0
    assert "live group: none" in ran.out


def test_a_dead_server_fails_the_connection_test(shell: Shell) -> None:
    ran = bind(shell, "http://127.0.0.1:9/scim/v2").run("provision", "e1", "--yes")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error: connection test, box: ")


def test_what_cannot_be_decided_is_not_done_and_not_fine(box: Shell) -> None:
    fails = 'expression: \'FormatDateTime([mail], , "yyyy", "dd")\''
    box.edit("manifests/target.yaml", "source: jobTitle", fails)
    box.edit("manifests/people.yaml", "jobTitle: Lead", "mail: lead")
    data = demanded(box, "e1")
    assert data["exitCode"] == 5
    assert data["key"]["details"]["errorCode"] == "AttributeValidationFailed"
    assert box.run("provision", "e2", "--yes").code == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("nobody",), 'nobody is called "nobody", in Git or at box; expected user:KEY'),
        (("user:e11",), "did you mean user:e1?"),
        (("e1", "boxx"), "no target is called 'boxx'; the enabled targets are: box"),
        (("e1", "--member", "e2"), "user:e1 is no group"),
        (("ops", "--member", "e3"), "'e3' is not in group:ops, neither in Git nor live"),
        (("ops", "--member", "e33"), "did you mean user:e3"),
        (("ops", "--member", "id:x"), "'id:x' is not in group:ops"),
    ],
)
def test_wrong_words_are_usage_errors(box: Shell, args: tuple[str, ...], message: str) -> None:
    ran = box.run("provision", *args, "--yes")
    assert (ran.code, ran.out) == (64, "")
    assert message in ran.err


def test_a_name_that_two_have_is_asked_about_before_anything_is_read(shell: Shell) -> None:
    bind(shell, "http://127.0.0.1:9/scim/v2")
    shell.edit("manifests/groups.yaml", "name: ops", "name: e1")
    ran = shell.run("provision", "e1", "--yes")
    assert ran.code == 64
    assert '"e1" means 2 of them' in ran.err


def test_the_target_is_named_where_there_are_several_and_never_a_released_one(box: Shell) -> None:
    other = box.read("manifests/target.yaml").partition("---")[0].replace("box", "other")
    box.write("manifests/other.yaml", other)
    ran = box.run("provision", "e1", "--yes")
    assert ran.code == 64
    assert "name one; the enabled targets are: box, other" in ran.err
    assert box.run("provision", "e1", "other", "--yes").code == 0
    box.edit("manifests/other.yaml", "  scope: all", "  enabled: false\n  scope: all")
    released = box.run("provision", "e1", "other", "--yes")
    assert released.code == 64
    assert "other is released (enabled: false), so nothing is written to it" in released.err
    assert box.run("provision", "e1", "--yes").code == 0
