"""The stories of the station log: each feature happens to somebody, and the tool tells it of them.

The small target of the sample organisation in which everything that decides about a person is at
work. The other targets' stories are told in `test_explain` and in `unit/test_sample_organisation`.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.shell import Ran, Shell

ROOT = Path(__file__).parents[2]
LOG = "station-log"
SANDBOX = "sandbox"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
TABLE = "manifests/feeds/observers.csv"


def sample(directory: Path) -> Shell:
    for tree in ("manifests", "policies"):
        shutil.copytree(ROOT / tree, directory / tree)
    return Shell(directory, env={"RECONCILER_KEY": "the key of the sample organisation"})


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """The sample organisation, only read."""
    return sample(tmp_path_factory.mktemp("told"))


@pytest.fixture(scope="module")
def first_load(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    shell = sample(tmp_path_factory.mktemp("loaded"))
    apply(shell)
    return shell


@pytest.fixture
def loaded(first_load: Shell, tmp_path: Path) -> Shell:
    """The sample organisation with a station log that holds all of it; to be changed at will."""
    shutil.copytree(first_load.directory, tmp_path / "copy")
    return Shell(tmp_path / "copy", env=first_load.env)


def apply(shell: Shell, target: str = LOG) -> Ran:
    planned = shell.run("plan", target, "-o", "now.json")
    assert planned.code == 0, planned.out + planned.err
    applied = shell.run("apply", "now.json")
    assert applied.code == 0, applied.out + applied.err
    return applied


def plan(shell: Shell, *args: str) -> Any:
    return shell.plan(LOG, *args)


def changes(shell: Shell, *args: str) -> list[tuple[str, str]]:
    return [(change["action"], change["key"]) for change in plan(shell, *args)["changes"]]


def live(shell: Shell) -> dict[str, dict[str, Any]]:
    """What the station log keeps of each person, by userName."""
    with closing(sqlite3.connect(shell.directory / f".reconciler/embedded/{LOG}.db")) as file:
        rows = file.execute("SELECT document FROM resources WHERE kind = 'User'").fetchall()
    return {person["userName"]: person for person in (json.loads(text) for (text,) in rows)}


def by_hand(shell: Shell, name: str, **values: Any) -> None:
    """Somebody changes an account at the provider; None takes an attribute away."""
    path = shell.directory / f".reconciler/embedded/{LOG}.db"
    with closing(sqlite3.connect(path)) as file, file:
        for number, text in file.execute("SELECT number, document FROM resources").fetchall():
            person = json.loads(text)
            if person.get("userName") == name:
                kept = {k: v for k, v in {**person, **values}.items() if v is not None}
                file.execute(
                    "UPDATE resources SET document = ? WHERE number = ?", (json.dumps(kept), number)
                )


# --- who is there, and why not --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "says"),
    [
        # People from a table, and a manifest that knows better.
        ("o4011", ["should be there", "from givenName", f'"Hannelore"  [{TABLE}:2]']),
        ("o4014", ["(disabled", f"the row in observers says that they have left  [{TABLE}:5]"]),
        ("g7052", ["the row in partners says that they have left  [manifests/feeds/partners.j"]),
        (
            "o4016",
            ['title: wanted "Trainer of Observers"', "[manifests/people/volunteers.yaml:12]"],
        ),
        ("o4016", [f'from givenName "Gitau"  [{TABLE}:7]', 'wanted ["boat", "first-aid"]']),
        # Groups inside groups, roles of several lines, roles that do not count.
        ("e10364", ["listed in crew-atlantic, which is inside station-crews"]),
        ("e10087", ['roles: "coordinator", "technician"', "also assigned by station-log-crews"]),
        ("e10030", ["NotEffectivelyEntitled: e10030 has Default Access, and at station-log that"]),
        # A class that stays out, and a name that beats it.
        ("e20017", ["default exclusion people of other firms of station-log, and no assignment"]),
        ("e20026", ["station-log-exceptions names e20026, so no default exclusion counts"]),
        # Lists, managers, dates, `not` and values that are not known.
        ("e10908", ['any of memberOf REGEX MATCH "^crew-": true', '"2026-12-18T00:00:00Z"']),
        ("o4012", ['manager.department EQUALS "Field Service": true']),
        ("o4015", ["outOfScope", 'user.employeeHireDate is "2027-03-01T00:00:00Z"']),
        ("o4017", ["outOfScope", 'not (any of otherMails ENDS_WITH "@zone.example"): false']),
        ("g7031", ['NOT EQUALS "expired" or no value: true; extension_agreement is (no value)']),
        ("g7044", ["outOfScope", 'or no value: false; extension_agreement is "expired"']),
    ],
)
def test_explain_tells_who_is_there_and_why(told: Shell, person: str, says: list[str]) -> None:
    ran = told.run("explain", f"user:{person}", LOG, "--offline", "--full")
    assert (ran.code, ran.err) == (0, "")
    assert [text for text in says if text not in ran.out] == []


def test_retirement_comes_by_itself(told: Shell) -> None:
    at_work = told.run("explain", "e10908", LOG, "--offline")
    retired = told.run("explain", "e10908", LOG, "--offline", "--as-of", "2026-12-18T00:00:00Z")
    assert "should be there: assigned by station-log-crews" in at_work.out
    assert "should not be there (outOfScope" in retired.out


def test_entra_could_not_be_told_most_of_it(told: Shell) -> None:
    ran = told.run("export", "entra", LOG)
    assert ran.code == 4
    for lack in ("a condition (`when`)", "`memberOf`", "`manager.department`", "no `not`"):
        assert lack in ran.err


def test_log_says_of_everybody_who_was_skipped_why(told: Shell) -> None:
    told.run("plan", LOG, "--log", "run.jsonl")
    skipped = told.run("log", "run.jsonl", "--status", "skipped", "--subject", "e10030").out
    assert "NotEffectivelyEntitled: e10030 has Default Access" in skipped
    skipped = told.run("log", "run.jsonl", "--status", "skipped", "--subject", "o4017").out
    assert "NotEffectivelyEntitled" not in skipped
    assert "fails filter station-log-people" in skipped


# --- what is written, and when --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "says"),
    [
        # Entries that were included, and one that replaces what was included.
        ("e10294", ["name.givenName: wanted", "[manifests/mappings/common.yaml:14]"]),
        (
            "e10294",
            ['name.familyName: wanted "Błaszczyk"  [manifests/mappings/station-log.yaml:15]'],
        ),
        # A guest signs in with the address outside, and everybody can see that it is one.
        (
            "g7031",
            ['userName: wanted "jana.kratochvilova@povodi.example"', "Kratochvílová (guest)"],
        ),
        ("e30001", ['userName: wanted "marek.dvorak@povodi.example"', 'roles: wanted ["reader"]']),
        # A key in Git is an id at the provider.
        ("e10364", [f'{ENTERPRISE}:manager.value: wanted "e10079"']),
        # Hidden, drawn, dated, built from what the target says.
        ("o4011", ['phoneNumbers[type eq "home"].value: wanted [Redact]', "password: wanted [Re"]),
        (
            "o4011",
            ['ims[type eq "kit"].value: wanted "', 'ims[type eq "kit"].display: wanted "2026'],
        ),
        ("o4011", ['profileUrl: wanted "https://log.zone.example/hannelore.voss@zone.example"']),
        # Defaults: of nobody's attribute, of creation alone.
        ("o4011", ['left alone, default "pt"', 'is not written, default "Gauge Observer"']),
    ],
)
def test_explain_tells_what_is_written(told: Shell, person: str, says: list[str]) -> None:
    ran = told.run("explain", f"user:{person}", LOG, "--offline", "--full")
    assert [text for text in says if text not in ran.out] == []


def test_private_number_is_in_no_output(told: Shell) -> None:
    for args in (["plan", LOG, "--full"], ["plan", LOG, "--format", "json"], ["explain", "o4011"]):
        assert "5550 4011" not in told.run(*args).out


def test_first_load_is_one_apply_and_leaves_nothing_to_do(first_load: Shell) -> None:
    assert changes(first_load) == []
    waiting = {n["key"]: n["message"] for n in plan(first_load)["notes"] if n["note"] == "waiting"}
    assert set(waiting) == {"e10032", "e30001", "g7031"}
    assert "no assignment to station-log reaches e10004" in waiting["e10032"]
    explained = first_load.run("explain", "e10364", LOG, "--full").out
    assert f'= {ENTERPRISE}:manager.value: "e10079": live the same' in explained


def test_two_of_one_surname_have_two_call_signs(first_load: Shell) -> None:
    people = live(first_load)
    assert people["hannelore.voss@zone.example"]["nickName"] == "VOSS"
    assert people["ansgar.voss@zone.example"]["nickName"] == "VOSS-ANSGAR"


def test_call_sign_is_evaluated_part_by_part(told: Shell) -> None:
    sign = 'SelectUniqueValue(ToUpper([surname]), ToUpper(Join("-", [surname], [givenName])))'
    ran = told.run("eval", sign, "--user", "o4012", "--target", LOG)
    assert 'Result: the first that nobody has: "VOSS" or "VOSS-ANSGAR"' in ran.out


def test_trainer_is_provisioned_alone_and_on_demand(tmp_path: Path) -> None:
    shell = sample(tmp_path)
    ran = shell.run("provision", "o4016", LOG, "--yes")
    assert ran.code == 0, ran.err
    assert "Apply: 1 applied." in ran.out
    assert '= title: "Trainer of Observers": live the same' in ran.out
    assert set(live(shell)) == {"gitau.ndegwa@zone.example"}


def test_role_given_by_hand_is_taken_away_and_what_is_others_stays(loaded: Shell) -> None:
    name = "gitau.ndegwa@zone.example"
    by_hand(
        loaded,
        name,
        roles=[{"value": "observer"}, {"value": "coordinator"}],
        entitlements=[{"value": "boat"}, {"value": "first-aid"}, {"value": "crane"}],
        preferredLanguage="sw",
        locale="en-KE",
        title="Head of Gauges",
    )
    (change,) = plan(loaded)["changes"]
    assert {part["path"] for part in change["changes"]} == {"roles", "title"}
    out = loaded.run("explain", "o4016", LOG, "--full").out
    assert 'roles: wanted ["observer"], live ["coordinator", "observer"]' in out


def test_default_of_the_day_of_creation_does_not_come_back(loaded: Shell) -> None:
    by_hand(loaded, "hannelore.voss@zone.example", title="Keeper of the Elbe")
    assert changes(loaded) == []


@pytest.mark.parametrize("before", ["grazyna.mazur@zone.example", "gb@old.example"])
def test_bride_is_found_by_her_former_name_or_by_number_and_surname(
    loaded: Shell, before: str
) -> None:
    """Even where nothing else is known: no ledger, and no object id at the provider."""
    by_hand(loaded, "grazyna.blaszczyk@zone.example", userName=before, externalId=None)
    shutil.rmtree(loaded.directory / ".reconciler/ledger")
    (change,) = [c for c in plan(loaded)["changes"] if c["key"] == "e10294"]
    assert change["action"] == "update"
    assert {part["path"] for part in change["changes"]} >= {"userName", "externalId"}


def test_domain_that_the_profile_does_not_name_is_refused_while_planning(loaded: Shell) -> None:
    loaded.edit("manifests/feeds/partners.jsonl", "kratochvilova_povodi.example", "k_other.example")
    (note,) = (n for n in plan(loaded)["notes"] if n["key"] == "g7031" and n["note"] != "waiting")
    assert "a domain that this provider does not take" in note["message"]
    assert "the operator's handbook" in loaded.run("profiles", LOG).out


# --- who leaves -----------------------------------------------------------------------------------


def test_end_is_announced_a_month_before(told: Shell) -> None:
    out = told.run("plan", LOG).out
    assert f'"Benedita Rocha" (o4013): access lasts until 2026-12-11: 18 days  [{TABLE}:4]' in out


def test_leaver_of_the_table_is_switched_off_and_deleted_on_a_day_that_is_known(
    loaded: Shell,
) -> None:
    loaded.edit(TABLE, "2020-02-10;;active", "2020-02-10;;left")
    assert changes(loaded, "--only", "cause:source") == [("deactivate", "o4016")]
    apply(loaded)
    dues = {n["key"]: n["due"] for n in plan(loaded)["notes"] if n["note"] == "upcoming"}
    assert dues["o4016"] == "2026-12-23T12:00:00Z"
    loaded.now = datetime(2026, 12, 24, tzinfo=UTC)
    assert ("delete", "o4016") in changes(loaded)


def test_orphan_and_unassigned_are_reported_and_kept(loaded: Shell) -> None:
    (row,) = (line for line in loaded.read(TABLE).splitlines() if line.startswith("4012;"))
    loaded.edit(TABLE, f"{row}\n", "")
    loaded.edit("manifests/assignments/station-log.yaml", "[e10032, e10087]", "[e10087]")
    planned = plan(loaded)
    assert planned["changes"] == []
    assert {n["name"] for n in planned["notes"] if n["code"] == "left-over"} == {
        "Ansgar Voss",
        "Otieno Odhiambo",
    }


def test_table_that_lost_half_of_its_rows_removes_nobody(loaded: Shell) -> None:
    loaded.write(TABLE, "\n".join(loaded.read(TABLE).splitlines()[:4]) + "\n")
    ran = loaded.run("plan", LOG)
    assert ran.code == 1
    assert "Incomplete: source observers: it has 3 rows, and 6 to 40 are expected" in ran.out
    assert changes(loaded) == []


def test_group_that_is_given_up_goes_on_a_day_that_every_plan_names(tmp_path: Path) -> None:
    shell = sample(tmp_path)
    apply(shell, SANDBOX)
    teams = "manifests/groups/teams.yaml"
    shell.write(
        teams,
        shell.read(teams).partition(
            "---\napiVersion: reconciler/v1\nkind: Group\nmetadata: {name: product"
        )[0],
    )
    apply(shell, SANDBOX)
    (note,) = (n for n in shell.plan(SANDBOX)["notes"] if n["note"] == "upcoming")
    assert (note["name"], note["due"]) == ("Product", "2026-12-07T12:00:00Z")
    shell.now = datetime(2026, 12, 7, 12, tzinfo=UTC)
    gone = [c["name"] for c in shell.plan(SANDBOX)["changes"] if c["action"] == "delete"]
    assert gone == ["Product"]
