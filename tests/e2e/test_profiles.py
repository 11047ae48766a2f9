"""Every kind of provider through the whole chain: plan, apply, and then there is nothing to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.profile import BUILT_IN, MembersIn, Profile
from reconciler.simulator.quirks import QUIRKS
from tests.e2e.shell import Shell

FULL = """\
    - {target: name.givenName, source: givenName}
    - {target: name.familyName, source: surname}
    - {target: 'emails[type eq "work"].value', source: userPrincipalName}
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
    assert applied(shell) == ([], 3, 1)
    shell.edit("manifests/people.yaml", "surname: Ek", "surname: Oak")
    shell.edit("manifests/people.yaml", "givenName: Cy,", "givenName: Cy, accountEnabled: false,")
    if profile.members_in is not MembersIn.NEVER:  # nobody leaves where nobody is seen
        shell.edit("manifests/groups.yaml", "[e1, e2]", "[e1]")
    assert applied(shell) == ([], 3, 1)


def applied(shell: Shell) -> tuple[list[object], int, int]:
    """Plan and apply everything; what is to do then, and how many are there."""
    planned = shell.run("plan", "-o", "now.json")
    assert planned.code in {0, 1}, planned.err  # 1 where members cannot be read
    done = shell.run("apply", "now.json")
    assert done.code == 0, done.out + done.err
    plan = shell.plan()
    return plan["changes"], plan["population"]["users_live"], plan["population"]["groups_live"]
