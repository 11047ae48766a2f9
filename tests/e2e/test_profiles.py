"""Every kind of provider through the whole chain: plan, apply, and then there is nothing to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.profile import BUILT_IN, Deletion, Profile
from reconciler.simulator.quirks import QUIRKS
from tests.e2e.shell import PEOPLE, Shell

FULL = """\
    - {target: name.givenName, source: givenName}
    - {target: name.familyName, source: surname}
    - {target: 'emails[type eq "work"].value', source: userPrincipalName}
    - target: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department'
      constant: Operations
"""


@pytest.fixture(params=sorted(QUIRKS))
def profile(request: pytest.FixtureRequest) -> Profile:
    return BUILT_IN[request.param]


@pytest.fixture
def shell(profile: Profile, tmp_path: Path) -> Shell:
    shell = Shell(tmp_path).small_organisation(profile=profile.name)
    active = "    - {target: active,"
    shell.edit("manifests/target.yaml", active, FULL + active)
    return shell


def test_after_an_apply_there_is_nothing_to_do(shell: Shell, profile: Profile) -> None:
    """Joiners, movers, leavers, who comes back, who is deleted; a group is renamed where it can."""
    assert applied(shell) == ([], 3, 1)
    people, groups = "manifests/people.yaml", "manifests/groups.yaml"
    shell.edit(people, "surname: Ek", "surname: Oak")
    shell.edit(people, "givenName: Cy,", "givenName: Cy, accountEnabled: false,")
    shell.edit(groups, "[e1, e2]", "[e1]")
    assert applied(shell) == ([], 3 if profile.inactive_shown else 2, 1)
    shell.edit(people, "givenName: Cy, accountEnabled: false,", "givenName: Cy,")
    shell.edit(groups, "displayName: Ops", "displayName: Operations\n  formerly: [Ops]")
    shell.edit(groups, "[e1]", "[e2, e3]")
    assert applied(shell) == ([], 3, 1)
    shell.edit("manifests/target.yaml", "update, deactivate, delete]\n", REMOVED)
    shell.write(people, PEOPLE.partition("- kind: User\n  metadata: {name: e3}")[0])
    shell.edit(groups, "[e2, e3]", "[e2]")
    gone = profile.deletion is Deletion.REMOVES or not profile.inactive_shown
    assert applied(shell) == ([], 2 if gone else 3, 1)


def applied(shell: Shell) -> tuple[list[object], int, int]:
    """Plan and apply everything; what is to do then, and how many are there."""
    planned = shell.run("plan", "-o", "now.json")
    assert planned.code == 0, planned.out + planned.err
    done = shell.run("apply", "now.json")
    assert done.code == 0, done.out + done.err
    plan = shell.plan()
    return plan["changes"], plan["population"]["users_live"], plan["population"]["groups_live"]


OWN = """\
apiVersion: reconciler/v1
kind: Profile
metadata: {name: box-like}
spec: {extends: zpa, probed: 2026-11-28, membersPerPatch: 1}
"""


def test_each_value_is_shown_with_its_source(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.write("manifests/profile.yaml", OWN)
    listed = shell.run("profiles")
    assert listed.code == 0
    assert {line.split()[0] for line in listed.out.splitlines()} == {*BUILT_IN, "box-like"}
    assert "salesforce" in listed.out
    assert "box-like               " in listed.out
    text = shell.run("profiles", "box-like").out
    assert "membersPerPatch: 1\n  members added" in text
    assert "probed 2026-11-28: Profile box-like (manifests/profile.yaml:4:" in text
    values = {
        v["field"]: v for v in shell.run("profiles", "zpa", "--format", "json").data["values"]
    }
    assert values["deactivation"]["grade"] == "documented"
    assert values["users.attributes.userName"]["value"].startswith("string, required, readWrite")
    assert len(shell.run("profiles", "--format", "json").data) == len(BUILT_IN) + 1
    assert "unverified" in shell.run("profiles", "atlassian").out
    wrong = shell.run("profiles", "zpaa")
    assert (wrong.code, "did you mean zpa?" in wrong.err) == (64, True)


def test_a_plan_is_carried_out_with_the_profile_that_it_was_made_with(tmp_path: Path) -> None:
    shell = Shell(tmp_path).small_organisation(profile="zpa")
    shell.edit("manifests/target.yaml", "profile: zpa", "profile: box-like")
    shell.write("manifests/profile.yaml", OWN)
    assert shell.run("plan", "-o", "plan.json").code == 0
    shell.edit("manifests/profile.yaml", "membersPerPatch: 1", "membersPerPatch: 2")
    refused = shell.run("apply", "plan.json")
    assert (refused.code, "another address, profile or credential" in refused.err) == (6, True)
    shell.edit("manifests/profile.yaml", "membersPerPatch: 2", "membersPerPatch: 1")
    assert shell.run("apply", "plan.json").code == 0
    assert shell.plan()["changes"] == []


def test_where_a_delete_deactivates_a_deactivation_is_planned(tmp_path: Path) -> None:
    shell = Shell(tmp_path).small_organisation(profile="slack")
    shell.edit("manifests/target.yaml", "    - {target: active,", FULL + "    - {target: active,")
    shell.edit("manifests/target.yaml", "update, deactivate, delete]\n", REMOVED)
    assert applied(shell) == ([], 3, 1)
    shell.write(
        "manifests/people.yaml", PEOPLE.partition("- kind: User\n  metadata: {name: e3}")[0]
    )
    (change,) = shell.plan()["changes"]
    assert (change["action"], change["cause"]) == ("deactivate", "removed")
    assert applied(shell) == ([], 3, 1)  # once switched off there is nothing to do, ever


def test_where_nobody_is_deleted_a_deletion_is_a_note(tmp_path: Path) -> None:
    shell = Shell(tmp_path).small_organisation()
    shell.edit("manifests/target.yaml", "update, deactivate, delete]\n", REMOVED)
    shell.edit("manifests/target.yaml", "profile: rfc7644", "profile: keeping")
    shell.write("manifests/profile.yaml", KEEPING)
    assert applied(shell) == ([], 3, 1)
    shell.write(
        "manifests/people.yaml", PEOPLE.partition("- kind: User\n  metadata: {name: e3}")[0]
    )
    plan = shell.plan()
    assert plan["changes"] == []
    assert [note["code"] for note in plan["notes"]] == ["no-deletion"]


REMOVED = "update, deactivate, delete]\n    deprovision: {removed: delete}\n"
KEEPING = """\
apiVersion: reconciler/v1
kind: Profile
metadata: {name: keeping}
spec: {extends: rfc7644, deletion: none}
"""


WARY = """\
apiVersion: reconciler/v1
kind: Profile
metadata: {name: wary}
spec:
  extends: rfc7644
  safety: {deletions: 1, groupShare: 50%, protectedGroups: [ops], readBack: true}
"""


def test_what_a_profile_holds_back_blocks_a_plan_whatever_the_policies_say(tmp_path: Path) -> None:
    shell = Shell(tmp_path).small_organisation(profile="wary")
    shell.write("manifests/profile.yaml", WARY)
    planned = shell.run("plan", "-o", "now.json")
    assert planned.code == 0
    announced = requests_of(planned.out)
    done = shell.run("apply", "now.json")
    assert (done.code, requests_of(done.out)) == (0, announced), "each write is read back"
    shell.edit("manifests/groups.yaml", "[e1, e2]", "[]")
    blocked = shell.run("plan")
    assert blocked.code == 3
    assert "provider-group-share:ops: 2 members of 2 would be removed from ops" in blocked.out
    assert "provider-protected: this plan takes something from group:ops" in blocked.out


def requests_of(text: str) -> str:
    return next(line for line in text.splitlines() if line.startswith("Requests: "))
