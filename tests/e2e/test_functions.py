"""Functions that need more than the person, from the manifest to the provider and back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.shell import Shell

NICK = """\
    - {target: title, source: jobTitle}
    - {target: nickName, apply: onCreate, expression: 'RandomString(12,3,0,0,3)'}
    - {target: locale, apply: onCreate, expression: 'Now()'}
    - {target: profileUrl, expression: 'Join("","https://",DefaultDomain(),"/",[givenName])'}
"""
CHOICE = """\
    - {target: title, source: jobTitle}
    - target: nickName
      expression: 'SelectUniqueValue([surname], Append([givenName],[surname]))'
"""


@pytest.fixture
def drawn(shell: Shell) -> Shell:
    shell.small_organisation()
    shell.edit("manifests/target.yaml", "    - {target: title, source: jobTitle}\n", NICK)
    shell.edit(
        "manifests/target.yaml", "  scope: all", "  scope: all\n  defaultDomain: zone.example"
    )
    return shell


def created(plan: Any, path: str) -> dict[str, Any]:
    return {
        change["key"]: value["value"]
        for change in plan["changes"]
        if change["action"] == "create"
        for value in change["values"]
        if value["path"] == path
    }


def test_same_plan_draws_the_same_and_nothing_drifts(drawn: Shell) -> None:
    first, second = drawn.plan(), drawn.plan()
    assert first["changes"] == second["changes"]
    nicks = created(first, "nickName")
    assert len({*nicks.values()}) == 3
    assert created(first, "locale") == dict.fromkeys(nicks, "11/23/2026 12:00:00 PM")
    assert created(first, "profileUrl")["e1"] == "https://zone.example/Ada"
    assert drawn.apply().code == 0
    drawn.now = drawn.now.replace(year=2027)
    assert drawn.plan()["changes"] == []
    assert drawn.run("drift").code == 0


def test_eval_draws_what_the_plan_draws(drawn: Shell) -> None:
    wanted = created(drawn.plan(), "nickName")["e1"]
    place = ("--user", "e1", "--target", "box", "--attribute", "nickName")
    ran = drawn.run("eval", "RandomString(12,3,0,0,3)", *place)
    assert (ran.code, ran.err) == (0, "")
    assert f'Result: "{wanted}"' in ran.out
    example = drawn.run("eval", "RandomString(12,3,0,0,3)", "--user", "e1", "--target", "box")
    assert "random values are examples" in example.err
    assert wanted not in example.out


def test_eval_knows_the_moment_and_the_domain_of_the_target(drawn: Shell) -> None:
    ran = drawn.run(
        "eval", 'Join("@",[givenName],DefaultDomain())', "--user", "e1", "--target", "box"
    )
    assert 'Result: "Ada@zone.example"' in ran.out
    domain = drawn.run("eval", "DefaultDomain()", "--target", "box")
    assert 'Result: "zone.example"' in domain.out
    assert drawn.run("eval", "DefaultDomain()").code == 1
    now = drawn.run("eval", "Now()", "--as-of", "2027-01-02T03:04:05Z")
    assert 'Result: "1/2/2027 3:04:05 AM"' in now.out


def test_eval_sees_roles_and_access_as_the_target_does(drawn: Shell) -> None:
    drawn.edit("manifests/target.yaml", "  scope: all", "  scope: assigned")
    drawn.write(
        "manifests/access.yaml",
        """\
apiVersion: reconciler/v1
kind: Assignment
metadata: {name: access}
spec: {target: box, role: reader, users: [e1]}
""",
    )
    text = 'Join("|",SingleAppRoleAssignment([appRoleAssignments]),Not([IsSoftDeleted]))'
    ran = drawn.run("eval", text, "--user", "e1", "--target", "box")
    assert 'Result: "reader|True"' in ran.out
    ran = drawn.run("eval", text, "--user", "e2", "--target", "box")
    assert 'Result: "False"' in ran.out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--target", "bix"), "no target is called"),
        (("--attribute", "title"), "--attribute needs --user and --target"),
        (("--user", "e1", "--target", "box", "--attribute", "a b"), "is no attribute path"),
        (("--user", "e9", "--target", "box"), "nobody is called"),
        (
            ("--user", "e1", "--target", "box", "--attribute", "nicknam"),
            'no mapping of users at box writes "nicknam"; did you mean nickName?',
        ),
        (
            ("--user", "e1", "--target", "box", "--attribute", "zzz"),
            'no mapping of users at box writes "zzz"; mapped are userName, externalId, ',
        ),
    ],
)
def test_eval_refuses_a_place_that_is_none(args: tuple[str, ...], said: str, drawn: Shell) -> None:
    ran = drawn.run("eval", "Guid()", *args)
    assert (ran.code, said in ran.err) == (64, True), ran.err


def test_password_is_only_an_example_for_eval(drawn: Shell) -> None:
    place = ("--user", "e1", "--target", "box", "--attribute", "password")
    title = "    - {target: title, source: jobTitle}\n"
    password = "    - {target: password, expression: Guid(), apply: onCreate}\n"
    drawn.edit("manifests/target.yaml", title, title + password)
    assert "random values are examples" in drawn.run("eval", "Guid()", *place).err


def test_unique_value_is_chosen_once_and_stays(shell: Shell) -> None:
    shell.small_organisation()
    shell.edit("manifests/target.yaml", "    - {target: title, source: jobTitle}\n", CHOICE)
    shell.edit("manifests/people.yaml", "surname: Ek", "surname: lovelace")
    plan = shell.plan()
    assert created(plan, "nickName") == {"e1": "Lovelace", "e2": "Bolovelace", "e3": "Twombly"}
    asked = shell.run("eval", 'SelectUniqueValue([surname],"x")', "--user", "e1")
    assert 'the first that nobody has: "Lovelace" or "x"' in asked.out
    data = shell.run("eval", 'SelectUniqueValue([surname],"x")', "--user", "e1", "--format", "json")
    assert data.data["evaluation"]["values"] == ["Lovelace", "x"]
    explained = shell.run("explain", "user:e2")
    assert 'nickName: wanted "Bolovelace"' in explained.out
    assert shell.apply().code == 0
    shell.edit("manifests/people.yaml", "surname: lovelace", "surname: Hopper")
    shell.run("plan", "-o", "now.json")
    assert [c["action"] for c in shell.plan()["changes"]] == ["update"]
    assert "nickName" not in str(shell.plan()["changes"])


def test_whoever_finds_every_value_taken_waits_alone(shell: Shell) -> None:
    shell.small_organisation()
    taken = CHOICE.replace("Append([givenName],[surname])", "[surname]")
    shell.edit("manifests/target.yaml", "    - {target: title, source: jobTitle}\n", taken)
    shell.edit("manifests/people.yaml", "surname: Ek", "surname: Lovelace")
    plan = shell.plan()
    assert created(plan, "nickName") == {"e1": "Lovelace", "e3": "Twombly"}
    note = next(note for note in plan["notes"] if note["code"] == "no-unique-value")
    assert (note["key"], "is taken" in note["message"]) == ("e2", True)
