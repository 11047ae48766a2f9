"""What CI sees of each story that an operator lives through: the exit code, and a word of why.

Signals and kills are in `test_bounded_apply.py` and `test_kill.py`: they need processes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.conftest import served
from tests.e2e.shell import Shell
from tests.faulted import Haste

NOBODY_LEAVES = """\
apiVersion: reconciler/v1
kind: Guardrails
metadata: {name: strict}
spec: {deactivations: {floor: 0, share: 0%, cap: 0}}
"""


OF_BOX = "--user e1 --target box"


def planned(shell: Shell) -> Shell:
    """A saved plan that nobody has applied yet."""
    assert shell.small_organisation().run("plan", "-o", "plan.json").code == 0
    return shell


def settled(shell: Shell) -> Shell:
    """Everything is as Git says."""
    assert planned(shell).run("apply", "plan.json").code == 0
    return shell


def blocked(shell: Shell) -> Shell:
    """Somebody is to leave, and nobody may."""
    settled(shell).write("policies/guardrails.yaml", NOBODY_LEAVES)
    shell.edit("manifests/people.yaml", "surname: Ek}", "surname: Ek, accountEnabled: false}")
    return shell


def a_conflict(shell: Shell) -> Shell:
    """Somebody's key was changed, so that two want one account."""
    settled(shell).edit("manifests/people.yaml", "name: e1}", "name: e9}")
    shell.edit("manifests/groups.yaml", "[e1, e2]", "[e9, e2]")
    return shell


def with_a_broken_ledger(shell: Shell) -> Shell:
    text = settled(shell).read(".reconciler/ledger/box.jsonl")
    shell.write(
        ".reconciler/ledger/box.jsonl", text.replace('"action":"create"', '"action":"x"', 1)
    )
    return shell


def elsewhere(shell: Shell) -> Shell:
    """The plan is for a target whose address has changed since."""
    planned(shell).edit("manifests/target.yaml", "embedded:box", "embedded:crate")
    return shell


def edited(shell: Shell) -> Shell:
    planned(shell).edit("plan.json", "Lovelace", "Byron")
    return shell


def overtaken(shell: Shell) -> Shell:
    """What the plan changes was changed by somebody else."""
    settled(shell).edit("manifests/people.yaml", "surname: Ek}", "surname: Eko}")
    assert shell.run("plan", "-o", "plan.json").code == 0
    shell.edit("manifests/people.yaml", "surname: Eko}", "surname: Ekko}")
    assert shell.apply().code == 0
    return shell


def two_days_later(shell: Shell) -> Shell:
    planned(shell).now += timedelta(days=2)
    return shell


def without_a_token(shell: Shell) -> Shell:
    return shell.small_organisation("https://scim.example/v2", credential="box")


def without_the_applied_plan(shell: Shell) -> Shell:
    (settled(shell).directory / ".reconciler/applied").rename(shell.directory / "moved")
    return shell


def invalid(shell: Shell) -> Shell:
    shell.small_organisation().edit("manifests/groups.yaml", "[e1, e2]", "[e1, e7]")
    return shell


def never_true(shell: Shell) -> Shell:
    members = "  members: [e1, e2]\n"
    rule = "  memberRule: user.department\n"
    shell.small_organisation().edit("manifests/groups.yaml", members, rule)
    return shell


STORIES: list[tuple[str, Callable[[Shell], Shell], str, int, str]] = [
    ("all is well", settled, "plan --detailed-exitcode", 0, "No changes."),
    ("no drift", settled, "drift", 0, "no drift"),
    ("there are changes", planned, "plan", 0, "3 users to create"),
    ("it is applied", planned, "apply plan.json", 0, "5 applied"),
    ("it is applied again", settled, "apply plan.json", 0, "5 already applied"),
    ("a sound ledger", settled, "ledger verify", 0, "sound"),
    ("no token", without_a_token, "plan", 1, "RECONCILER_CREDENTIAL_BOX_TOKEN"),
    ("a broken ledger is read", with_a_broken_ledger, "ledger show", 1, "is broken at line"),
    ("a broken ledger is verified", with_a_broken_ledger, "ledger verify", 1, "broken"),
    ("a plan upon a broken ledger", with_a_broken_ledger, "plan", 1, "is broken at line"),
    ("an apply upon a broken ledger", with_a_broken_ledger, "apply plan.json", 1, "is broken"),
    ("an undo without its plan", without_the_applied_plan, "plan box --undo last", 1, "--applied"),
    ("changes, in detail", planned, "plan --detailed-exitcode", 2, "3 users to create"),
    ("somebody undecided", a_conflict, "plan --detailed-exitcode", 2, "1 conflict"),
    ("somebody undecided drifts", a_conflict, "drift", 2, "applying a plan does not change that"),
    ("a blocked plan", blocked, "plan -o plan.json", 3, "BLOCKED by 1 check"),
    ("an undo of a first load", settled, "plan box --undo last", 3, "Revert Git too"),
    ("invalid manifests", invalid, "plan", 4, "missing-user"),
    ("a condition about nobody", never_true, "validate", 4, "bad-condition"),
    ("no manifests", settled, "plan --manifests nope", 4, "missing-root"),
    ("no policies", settled, "plan --policies nope", 4, "missing-root"),
    ("no time", planned, "apply plan.json --max-duration 0s", 5, "Stopped early"),
    ("an edited plan", edited, "apply plan.json", 6, "has been edited"),
    ("another digest", planned, "apply plan.json --digest sha256:0", 6, "not the plan"),
    ("an old plan", two_days_later, "apply plan.json", 6, "expired"),
    ("another target", elsewhere, "apply plan.json", 6, "another address"),
    ("somebody was quicker", overtaken, "apply plan.json", 6, "plan again"),
    ("no such target", settled, "plan crate", 64, "no target is called"),
    ("no such run", settled, "plan box --undo beef", 64, "ledger show box"),
    ("an undo of no target in particular", settled, "plan --applied x", 64, "--undo"),
    ("an acknowledgement without a reason", planned, "apply plan.json --acknowledge x", 64, "why"),
    (
        "an attribute that is not mapped",
        settled,
        "eval 1 --user e1 --target box --attribute x",
        64,
        "no mapping",
    ),
]


@pytest.mark.parametrize(
    ("before", "command", "code", "word"),
    [pytest.param(*story, id=name) for name, *story in STORIES],
)
def test_story_ends_with_its_exit_code_and_says_why(
    shell: Shell, before: Callable[[Shell], Shell], command: str, code: int, word: str
) -> None:
    ran = before(shell).run(*command.split())
    assert ran.code == code, ran
    assert word in ran.out + ran.err, ran


def test_blocked_plan_is_applied_by_nobody(shell: Shell) -> None:
    blocked(shell).run("plan", "-o", "plan.json")
    assert shell.run("apply", "plan.json").code == 3


@pytest.mark.parametrize(
    ("request_", "does", "options", "code", "word"),
    [
        ("POST /Users", "status: 400", "", 5, "3 failed"),
        ("POST *", "status: 400", "--canary 1", 5, "the canary failed"),
        ("WRITE *", "status: 401", "", 1, "credential refused"),
        ("GET *, nth: 3-", "answer: html", "", 5, "cannot be confirmed"),
    ],
    ids=["all fail", "canary", "token", "no second look"],
)
def test_trouble_at_the_provider_ends_an_apply_with_its_exit_code(
    tmp_path: Path, request_: str, does: str, options: str, code: int, word: str
) -> None:
    shell, provider = Shell(tmp_path, haste=Haste()), Shell(tmp_path / "provider")
    fault = f"{{when: {{request: {request_}}}, do: {{{does}}}}}"
    provider.write("faults.yaml", f"faults:\n  - {fault}\n")
    with served(provider, "--token", "t", "--faults", "faults.yaml") as serving:
        shell.env |= {
            "RECONCILER_CREDENTIAL_BOX_TOKEN": "t",
            "RECONCILER_CREDENTIAL_BOX_HOSTS": serving.url.split("/")[2],
        }
        shell.small_organisation(serving.url, credential="box")
        assert shell.run("plan", "-o", "plan.json").code == 0
        ran = shell.run("apply", "plan.json", *options.split())
    assert (ran.code, word in ran.out + ran.err) == (code, True), ran
