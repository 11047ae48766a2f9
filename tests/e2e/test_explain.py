"""`explain` tells the stories that stand in the sample manifests; `eval` shows its work."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.shell import Shell

ROOT = Path(__file__).parents[2]
FORMAT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.fixture
def sample(shell: Shell) -> Shell:
    for tree in ("manifests", "policies"):
        shutil.copytree(ROOT / tree, shell.directory / tree)
    return shell


def explained(shell: Shell, subject: str, target: str, *args: str) -> dict[str, Any]:
    """The one explanation, as data; offline unless told otherwise."""
    ran = shell.run("explain", subject, target, "--format", "json", *(args or ("--offline",)))
    assert (ran.code, ran.err) == (0, "")
    (found,) = ran.data
    assert isinstance(found, dict)
    return found


def reason(found: dict[str, Any]) -> tuple[str | None, str]:
    """Cause of an exclusion, and the words of it."""
    return found["standing"].get("cause"), found["standing"]["reason"]["text"]


def place(shell: Shell, at: dict[str, Any]) -> str:
    """The text of a line that an explanation names."""
    number: int = at["line"]
    return shell.read(at["file"]).splitlines()[number - 1].strip()


def wanted(found: dict[str, Any], target: str) -> tuple[Any, str]:
    (attribute,) = (a for a in found["attributes"] if a["target"] == target)
    return attribute["wanted"], attribute["comparison"]


def in_groups(found: dict[str, Any]) -> dict[str, bool | None]:
    return {m["group"]: m["wanted"] for m in found["memberships"]}


def why_in(found: dict[str, Any], group: str) -> str:
    (text,) = (m["why"]["text"] for m in found["memberships"] if m["group"] == group)
    assert isinstance(text, str)
    return text


def test_the_stolen_laptop_keeps_its_owner_out_of_every_target(sample: Shell) -> None:
    for target in ("zpa-prod", "sandbox"):
        found = explained(sample, "user:e10923", target)
        assert reason(found) == ("held", "held by stolen-laptop-e10923 (SEC-2291)")
        assert found["access"]["active"]["truth"] is False


def test_the_treasurer_is_held_in_production_only(sample: Shell) -> None:
    at_work = explained(sample, "e10772", "zpa-prod")
    assert reason(at_work) == ("held", "held by inquiry-e10772 (SEC-2288)")
    in_sandbox = explained(sample, "e10772", "sandbox")
    assert in_sandbox["standing"]["standing"] == "provisioned"
    assert in_groups(in_sandbox)["zpa-finance-ledger"] is True
    assert why_in(in_sandbox, "zpa-finance-ledger") == "memberRule of zpa-finance-ledger is true"


def test_sendai_is_out_of_scope_clause_by_clause(sample: Shell) -> None:
    found = explained(sample, "aiko.hoshino@zone.example", "zpa-prod")
    assert found["subject"] == "user:e10709"
    assert found["standing"]["cause"] == "outOfScope"
    assert found["access"]["assigned"]["truth"] is True
    assert found["access"]["assignments"][0]["through"] == "team-firmware"
    assert found["access"]["roles"] == ["User"]
    staff, firms, accounts = found["access"]["filter"]["anyOf"]
    assert [(c["attribute"], c["seen"], c["truth"]) for c in staff["allOf"]] == [
        ("employeeId", "010709", True),
        ("country", "JP", False),
    ]
    assert "REGEX MATCH" in place(sample, staff["allOf"][1]["at"])
    assert (firms["when"]["truth"], accounts["allOf"][0]["seen"]) == (False, None)


def test_the_warehouse_clerk_is_not_assigned_to_production(sample: Shell) -> None:
    found = explained(sample, "e10610", "zpa-prod")
    assert reason(found) == ("unassigned", "no assignment to zpa-prod reaches e10610")
    assert explained(sample, "e10610", "sandbox")["standing"]["standing"] == "provisioned"


def test_the_contractor_without_a_firm_fails_the_condition(sample: Shell) -> None:
    found = explained(sample, "e20030", "zpa-prod")
    assert found["standing"]["cause"] == "outOfScope"
    assert [entry["truth"] for entry in found["access"]["filter"]["anyOf"]] == [False] * 3


def test_the_test_that_ended_in_october_has_ended(sample: Shell) -> None:
    found = explained(sample, "e20004", "zpa-prod")
    assert found["standing"]["cause"] == "ended"
    assert place(sample, found["standing"]["reason"]["at"]).startswith("until: 2026-10-")


def test_the_joiner_of_january_is_still_to_come_and_then_comes(sample: Shell) -> None:
    assert explained(sample, "e10997", "zpa-prod")["standing"]["cause"] == "notYet"
    sample.now = datetime(2027, 1, 11, 12, 0, tzinfo=UTC)
    assert explained(sample, "e10997", "zpa-prod")["standing"]["standing"] == "provisioned"


def test_the_last_friday_still_belongs_to_her(sample: Shell) -> None:
    sample.now = datetime(2026, 12, 4, 20, 0, tzinfo=UTC)
    assert explained(sample, "e20009", "zpa-prod")["standing"]["standing"] == "provisioned"
    sample.now = datetime(2026, 12, 5, 1, 0, tzinfo=UTC)
    assert explained(sample, "e20009", "zpa-prod")["standing"]["cause"] == "ended"


def test_the_leaver_is_in_nobodys_group(sample: Shell) -> None:
    found = explained(sample, "e10058", "sandbox")
    assert reason(found) == ("disabled", "accountEnabled is false")
    assert place(sample, found["standing"]["reason"]["at"]) == "accountEnabled: false"
    assert in_groups(found) == {
        "engineering": False,
        "everyone": False,
        "product": False,
        "team-platform": False,
    }


def test_the_assistant_to_the_board_has_no_department_and_no_team(sample: Shell) -> None:
    found = explained(sample, "e10441", "zpa-prod")
    assert wanted(found, f"{FORMAT}:department") == (None, "notManaged")
    assert [a["through"] for a in found["access"]["assignments"]] == [None]


def test_the_returned_phone_is_cleared_and_not_left_alone(sample: Shell) -> None:
    found = explained(sample, "e10359", "sandbox")
    (phone,) = (a for a in found["attributes"] if "mobile" in a["target"])
    assert (phone["wanted"], phone["comparison"]) == (None, "notLive")
    assert place(sample, phone["inputs"][0]["at"]).startswith("mobilePhone: null")


def test_one_name_and_the_hungarian_order(sample: Shell) -> None:
    assert wanted(explained(sample, "e10705", "sandbox"), "displayName")[0] == "Suharti"
    hungarian = explained(sample, "e10755", "sandbox")
    assert wanted(hungarian, "displayName")[0] == "Zoltán Szűcs"
    assert wanted(hungarian, "name.formatted")[0] == "Szűcs Zoltán"


def test_the_declared_object_id_is_what_is_written(sample: Shell) -> None:
    found = explained(sample, "e10007", "zpa-prod")
    (given,) = next(a for a in found["attributes"] if a["target"] == "externalId")["inputs"]
    assert given["at"] is not None
    assert wanted(found, "externalId")[0] == given["value"]


def test_engineering_through_platform_engineering(sample: Shell) -> None:
    found = explained(sample, "e10484", "sandbox")
    assert why_in(found, "engineering") == (
        "memberRule of team-platform is true, which is inside engineering"
    )


def test_the_seat_in_zpa_ops_ends_before_the_person_does(sample: Shell) -> None:
    assert in_groups(explained(sample, "e20881", "zpa-prod"))["zpa-ops"] is True
    sample.now = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
    later = explained(sample, "e20881", "zpa-prod")
    assert later["standing"]["standing"] == "provisioned"
    assert "zpa-ops" not in in_groups(later)


def test_one_winter_in_the_laboratory(sample: Shell) -> None:
    assert "zpa-forecast-lab" not in in_groups(explained(sample, "e10416", "zpa-prod"))
    sample.now = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
    assert why_in(explained(sample, "e10416", "zpa-prod"), "zpa-forecast-lab") == (
        "listed in zpa-forecast-lab for a time"
    )


def applied(shell: Shell) -> Shell:
    assert shell.run("plan", "sandbox", "-o", "plan.json").code == 0
    assert shell.run("apply", "plan.json").code == 0
    return shell


def test_who_is_as_git_says_has_nothing_to_do_and_a_mover_has(sample: Shell) -> None:
    applied(sample)
    quiet = explained(sample, "e10709", "sandbox", "--full")
    assert quiet["live"]["by"] == {"proof": "ledger"}
    assert quiet["entra"]["skipReason"] == "RedundantExport"
    assert quiet["result"]["changes"] == []
    sample.edit("manifests/people/firmware.yaml", "surname: Hoshino", "surname: Abe")
    mover = explained(sample, "e10709", "sandbox", "--full")
    assert wanted(mover, "name.familyName") == ("Abe", "differs")
    (change,) = mover["result"]["changes"]
    assert [part["path"] for part in change["changes"]] == ["displayName", "name.familyName"]
    assert mover["entra"]["skipReason"] is None
    guest = explained(sample, "e30001", "sandbox", "--full")
    assert guest["entra"]["skipReason"] == "EntrySynchronizationSkipped"


def test_a_target_that_cannot_be_read_is_explained_as_far_as_git_goes(sample: Shell) -> None:
    ran = sample.run("explain", "e10709", "zpa-prod", "sandbox")
    assert ran.code == 1
    assert ran.err.startswith("error: zpa-prod: credential zpa-prod: no token is set\n")
    first, second = ran.out.split("\n\nuser ")
    assert first.endswith(
        "Result: the target was not read, so no change can be named; Git does not provision it "
        "(EntrySynchronizationSkipped)."
    )
    assert '\n    + user "星野 愛子" (e10709)\n' in second


def test_offline_touches_nothing(sample: Shell) -> None:
    def files() -> list[Path]:
        return sorted(sample.directory.rglob("*"))

    sample.env["RECONCILER_KEY"] = "k" * 32
    before = files()
    assert sample.run("explain", "zpa-ops", "zpa-prod", "--offline").code == 0
    assert sample.run("explain", "o4014", "station-log", "--offline").code == 0  # of a source
    assert files() == before


def test_explaining_sends_only_reads(shell: Shell) -> None:
    shell.small_organisation().apply()
    shell.edit("manifests/people.yaml", "surname: Ek", "surname: Eko")

    def everything() -> list[str]:
        with closing(sqlite3.connect(shell.directory / ".reconciler/embedded/box.db")) as file:
            return list(file.iterdump())

    def ledger() -> list[bytes]:
        files = sorted((shell.directory / ".reconciler/ledger").iterdir())
        return [path.read_bytes() for path in files]

    before = everything(), ledger()
    assert any("ada@zone.example" in line for line in before[0])
    for subject in ("e2", "ops"):
        assert shell.run("explain", subject).code == 0
    assert (everything(), ledger()) == before


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        ("e1070", 'nobody is called "e1070"; did you mean user:'),
        ("user:e10079x", 'no user is declared as "e10079x"; did you mean user:e10079?'),
        ("nobody at all", 'nobody is called "nobody at all"; expected user:KEY, group:KEY'),
    ],
)
def test_whom_nobody_declares_is_a_usage_error(sample: Shell, subject: str, message: str) -> None:
    ran = sample.run("explain", subject, "--offline")
    assert (ran.code, ran.out) == (64, "")
    assert message in ran.err


def test_a_name_that_two_have_lists_both(shell: Shell) -> None:
    shell.small_organisation()
    shell.edit("manifests/groups.yaml", "name: ops", "name: e1")
    ran = shell.run("explain", "e1", "--offline")
    assert ran.code == 64
    assert '"e1" means 2 of them: user:e1 "ada@zone.example", group:e1 "Ops"' in ran.err


CY = """- kind: User
  metadata: {name: e3}
  spec: {userPrincipalName: cy@zone.example, givenName: Cy, surname: Twombly}
"""


def test_whoever_lost_the_manifest_is_explained_by_key_name_and_id(shell: Shell) -> None:
    shell.small_organisation().apply()
    shell.edit("manifests/people.yaml", CY, "")
    before = shell.run("explain", "e3", "--format", "json")
    assert (before.code, before.err) == (0, "")
    (found,) = before.data
    assert found["standing"]["standing"] == "undeclared"
    assert [change["action"] for change in found["result"]["changes"]] == ["deactivate"]
    live_id = found["live"]["found"]["id"]
    assert found["live"]["recorded"] == live_id
    text = shell.run("explain", "e3")
    for same in ("user:e3", "CY@zone.example", "Cy Twombly", live_id, f"id:{live_id}"):
        assert shell.run("explain", same) == text, same
    assert text.out.splitlines()[:2] == [
        'user "Cy Twombly" (e3) at box (rfc7644), as of 2026-11-23 12:00 UTC',
        "  should not be there (removed): no manifest declares it",
    ]
    assert "  live user: none" not in text.out
    shell.apply()
    after = shell.run("explain", "e3").out
    assert "  ledger: switched off by us since 2026-11-23 12:00 UTC" in after
    assert "nothing to do for the user (EntrySynchronizationSkipped)" in after


def test_whom_only_the_ledger_knows_is_explained(shell: Shell) -> None:
    shell.small_organisation().apply()
    shell.edit("manifests/people.yaml", CY, "")
    (shell.directory / ".reconciler/embedded/box.db").unlink()
    ran = shell.run("explain", "e3")
    assert ran.code == 0
    assert "  live user: none\n  ledger: e3 was " in ran.out
    assert "no manifest declares it; it should not be there, and is not" in ran.out
    assert shell.run("explain", "e3", "--format", "json").data[0]["live"]["found"] is None


def test_a_live_group_without_a_manifest_is_explained_with_its_members(shell: Shell) -> None:
    shell.small_organisation().apply()
    group = """apiVersion: reconciler/v1
kind: Group
metadata: {name: ops}
spec:
  displayName: Ops
  members: [e1, e2]
"""
    shell.edit("manifests/groups.yaml", group, "")
    ran = shell.run("explain", "group:Ops")
    assert ran.code == 0
    assert "Members: 2 live" in ran.out
    assert '- "ada@zone.example" (e1): no, to be removed' in ran.out


def test_nobody_declared_and_nobody_live_is_a_usage_error(shell: Shell) -> None:
    shell.small_organisation().apply()
    ran = shell.run("explain", "nobody at all")
    assert (ran.code, ran.out) == (64, "")
    assert 'nobody is called "nobody at all", in Git or at box; expected user:KEY' in ran.err
    assert 'did you mean "Ada Lovelace"?' in shell.run("explain", "Ada Lovelase").err
    shell.edit("manifests/people.yaml", CY, "")
    assert 'did you mean "Cy Twombly"?' in shell.run("explain", "Cy Twombli").err


def test_a_target_that_cannot_be_read_may_have_whoever_is_asked_for(shell: Shell) -> None:
    shell.small_organisation("https://scim.zone.example/v2", credential="box")
    ran = shell.run("explain", "nobody at all", "--format", "json")
    assert (ran.code, ran.data) == (1, [])
    assert "no token is set" in ran.err


def test_broken_manifests_explain_nothing(shell: Shell) -> None:
    shell.small_organisation().edit("manifests/groups.yaml", "members: [e1, e2]", "members: [e9]")
    assert shell.run("explain", "e1").code == 4


# eval


def test_an_expression_for_a_declared_user(sample: Shell) -> None:
    ran = sample.run("eval", 'Join(" ", [givenName], [surname])', "--user", "e10755")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[0] == 'Result: "Zoltán Szűcs"'


@pytest.mark.parametrize(
    ("args", "value"),
    [
        (("ToUpper([mail])", "--set", "mail=a@b"), "A@B"),
        (("[mail]", "--set", "mail="), None),
        (("[otherMails]", "--set", "otherMails=a", "--set", "otherMails=b"), ["a", "b"]),
        (("[otherMails]", "--set", "otherMails="), None),
        (("[extension_x]", "--set", "extension_x=a", "--set", "extension_x=b"), ["a", "b"]),
        (("[extension_x]", "--set", "extension_x=a"), "a"),
        (("[accountEnabled]", "--set", "accountEnabled=FALSE"), "False"),
        (("[accountEnabled]", "--set", "accountEnabled="), None),
    ],
)
def test_a_sample_has_the_types_of_a_manifest(
    shell: Shell, args: tuple[str, ...], value: object
) -> None:
    ran = shell.run("eval", *args, "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.data["evaluation"]["value"] == value


def test_a_setting_counts_before_what_the_user_has(sample: Shell) -> None:
    ran = sample.run("eval", "[surname]", "--user", "e10755", "--set", "surname=X")
    assert ran.out.splitlines()[0] == 'Result: "X"'


def test_a_failure_exits_1_and_says_where(shell: Shell) -> None:
    ran = shell.run("eval", 'FormatDateTime([mail], , "yyyy", "dd")', "--set", "mail=x")
    assert ran.code == 1
    assert ran.out.startswith("Result: failed in FormatDateTime: source: expected a date")


def test_what_is_no_expression_exits_4_with_a_caret(shell: Shell) -> None:
    ran = shell.run("eval", 'Join(" ", [a')
    assert (ran.code, ran.out) == (4, "")
    assert ran.err.splitlines()[1:4] == [
        '    Join(" ", [a',
        "              ^",
        "    at character 11",
    ]
    data = shell.run("eval", "Foo()", "--format", "json")
    assert (data.code, json.loads(data.out)["error"]["offset"]) == (4, 0)


@pytest.mark.parametrize(
    ("args", "warning"),
    [
        (
            ("[IsSoftDeleted]",),
            "IsSoftDeleted follows from the target; False is taken (--set IsSoftDeleted=True)",
        ),
        (("[sirname]",), 'nobody can have an attribute "sirname"; did you mean [surname]?'),
        (("[qqqq]",), 'nobody can have an attribute "qqqq"'),
        (("[mail]", "--set", "mial=x"), 'the expression does not read "mial"'),
    ],
)
def test_what_is_probably_not_meant_is_a_warning(
    shell: Shell, args: tuple[str, ...], warning: str
) -> None:
    ran = shell.run("eval", *args)
    assert (ran.code, ran.err) == (0, f"warning: {warning}\n")


def test_whether_somebody_is_soft_deleted_can_be_given(shell: Shell) -> None:
    ran = shell.run("eval", "[IsSoftDeleted]", "--set", "IsSoftDeleted=True")
    assert (ran.code, ran.err, ran.out.splitlines()[0]) == (0, "", 'Result: "True"')


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--set", "mail"), '"mail" gives nothing a value; expected NAME=VALUE'),
        (("--set", "=x"), '"=x" gives nothing a value; expected NAME=VALUE'),
        (("--set", "mail=a", "--set", "mail=b"), "mail takes one value"),
        (("--set", "accountEnabled=yes"), "accountEnabled takes true or false"),
        (("--user", "e9"), 'nobody is called "e9"'),
    ],
)
def test_what_gives_no_value_is_a_usage_error(
    shell: Shell, args: tuple[str, ...], message: str
) -> None:
    ran = shell.small_organisation().run("eval", "[mail]", *args)
    assert ran.code == 64
    assert message in ran.err


def test_a_spelling_that_counts_as_the_same_is_shown_beside_the_wanted_one(shell: Shell) -> None:
    shell.small_organisation()
    assert shell.apply().code == 0
    assert '= title: "Lead": live the same' in shell.run("explain", "e1").out
    shell.edit("manifests/people.yaml", "jobTitle: Lead", "jobTitle: LEAD")
    assert shell.plan()["changes"] == []
    said = shell.run("explain", "e1").out
    assert '= title: "LEAD": live "Lead" counts as the same' in said
