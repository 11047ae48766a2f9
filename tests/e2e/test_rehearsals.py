"""What a provider can do to anybody, rehearsed on each kind of them: the quirks of a bad day.

Each runs manifests against a port, as `reconciler simulate --profile … --faults …` serves it.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from reconciler.simulator.faults.reading import read_script
from reconciler.simulator.quirks import QUIRKS
from tests.e2e.conftest import served
from tests.e2e.shell import Shell
from tests.e2e.test_profiles import FULL
from tests.faulted import Haste, Port

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def port() -> Port:
    port = Port()
    port.listen()
    return port


@contextmanager
def rehearsal(port: Port, directory: Path, profile: str, script: str) -> Iterator[Shell]:
    """The small organisation, whose target is a provider of that kind with a script."""
    played, found = read_script(script.encode(), "faults.yaml")
    assert found == ()
    shell = Shell(directory, haste=Haste())
    shell.env |= {
        "RECONCILER_CREDENTIAL_BOX_TOKEN": "rehearsal",
        "RECONCILER_CREDENTIAL_BOX_HOSTS": port.url.split("/")[2],
    }
    shell.small_organisation(base_url=port.url, profile=profile, credential="box")
    active = "    - {target: active,"
    shell.edit("manifests/target.yaml", active, FULL + active)
    with port.provider(directory / "provider.db", profile=profile, script=played):
        yield shell


def settled(shell: Shell) -> list[str]:
    """Plan, apply and plan: what was done; then there is nothing left to do."""
    plan = shell.plan()
    applied = shell.apply()
    assert applied.code == 0, applied.out + applied.err
    assert shell.plan()["changes"] == []
    return [change["action"] for change in plan["changes"]]


@pytest.mark.parametrize("profile", QUIRKS)
def test_where_switching_off_deletes_somebody_comes_back_as_somebody_new(
    port: Port, tmp_path: Path, profile: str
) -> None:
    with rehearsal(port, tmp_path, profile, "quirks: {inactiveUsers: vanishes}") as shell:
        settled(shell)
        shell.edit(
            "manifests/people.yaml", "givenName: Bo,", "givenName: Bo, accountEnabled: false,"
        )
        assert "deactivate" in settled(shell)
        assert shell.plan()["population"]["users_live"] == 2
        shell.edit("manifests/people.yaml", "accountEnabled: false, ", "")
        assert settled(shell) == ["create", "addMembers"]
        assert shell.plan()["population"]["users_live"] == 3


OWN = """\
apiVersion: reconciler/v1
kind: Profile
metadata: {name: own}
spec: {extends: rfc7644, updateUser: putReplaces, updateGroup: putReplaces}
"""


def test_where_a_put_merges_against_its_profile_what_stays_is_said_and_can_be_accepted(
    port: Port, tmp_path: Path
) -> None:
    with rehearsal(port, tmp_path, "rfc7644", "quirks: {put: merges}") as shell:
        shell.write("manifests/profile.yaml", OWN)
        shell.edit("manifests/target.yaml", "profile: rfc7644", "profile: own")
        settled(shell)
        shell.edit("manifests/people.yaml", "jobTitle: Lead", "jobTitle: null")
        applied = shell.apply()
        assert (applied.code, "notKept:" in applied.out) == (0, True)
        assert [change["action"] for change in shell.plan()["changes"]] == ["update"]
        shell.edit(
            "manifests/target.yaml",
            "    mapping: people",
            "    mapping: people\n    notKept: [title]",
        )
        assert shell.plan()["changes"] == []


@pytest.mark.parametrize("retry_after", ["7", "7s", "date:7"])
@pytest.mark.parametrize("profile", ["zpa", "zia", "aws-identity-center"])
def test_each_form_of_retry_after_is_waited_for(
    port: Port, tmp_path: Path, profile: str, retry_after: str
) -> None:
    refused = f"{{status: 429, retryAfter: '{retry_after}'}}"
    script = f"faults: [{{when: {{request: ANY *, nth: '2-3'}}, do: {refused}}}]"
    with rehearsal(port, tmp_path, profile, script) as shell:
        assert shell.haste is not None
        assert len(shell.plan()["changes"]) == 5
        assert 12 < shell.haste.waited < 40


def test_a_token_that_is_revoked_half_way_ends_the_run_and_the_next_one_goes_on(
    port: Port, tmp_path: Path
) -> None:
    revoked = "faults: [{when: {request: POST /Users, nth: 2}, do: {revoke: true}}]"
    with rehearsal(port, tmp_path, "zia", revoked) as shell:
        assert shell.run("plan", "-o", "plan.json").code == 0
        applied = shell.run("apply", "plan.json")
        assert (applied.code, "401" in applied.out + applied.err) == (5, True)
        planned = shell.run("plan")
        assert (planned.code, "401" in planned.err) == (1, True)
    with rehearsal(port, tmp_path, "zia", "faults: []") as shell:
        assert settled(shell) == ["create", "create", "create", "addMembers"]
        assert shell.plan()["population"]["users_live"] == 3


def test_a_rehearsal_in_ci_is_as_the_manual_has_it(tmp_path: Path) -> None:
    """Its commands, one after the other, in one shell; only the port is another one."""
    manual = (ROOT / "manifests/README.md").read_text("utf-8").partition("## Rehearsing\n")[2]
    (commands,) = re.findall(r"```sh\n(.*?)```", manual.partition("\n## ")[0], re.DOTALL)
    script = (ROOT / "README.md").read_text("utf-8").partition("## A bad day")[2]
    shell = Shell(tmp_path).small_organisation(
        base_url="https://scim1.private.zscaler.com/scim/1/7/v2", profile="zpa", credential="zpa"
    )
    target = shell.read("manifests/target.yaml").replace("{name: box}", "{name: zpa-prod}")
    shell.write("manifests/targets/zpa-prod.yaml", target)
    (tmp_path / "manifests/target.yaml").unlink()
    shell.write("faults.yaml", re.findall(r"```yaml\n(.*?)```", script, re.DOTALL)[0])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    shell.write("job.sh", f"trap 'kill %1' EXIT\n{commands.replace('8080', port)}")
    ran = subprocess.run(
        ["bash", "-e", "job.sh"],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Apply: 5 applied." in ran.stdout
    assert ran.stdout.rstrip().endswith("Plan: No changes.")


def test_a_port_keeps_to_the_rate_that_a_maker_publishes(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    with served(shell, "--profile", "zia") as provider, httpx.Client(trust_env=False) as http:
        answers = (http.get(f"{provider.url}/Users") for _ in range(300))
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert refused.headers["retry-after"] == "1s"
