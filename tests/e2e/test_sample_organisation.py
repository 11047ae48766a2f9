"""The sample organisation over a real socket, against the service provider with ZPA's quirks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import served
from tests.e2e.shell import Shell

ROOT = Path(__file__).parents[2]
TOKEN = "sample-token"


@pytest.fixture
def sample(shell: Shell) -> Shell:
    for tree in ("manifests", "policies"):
        shutil.copytree(ROOT / tree, shell.directory / tree)
    return shell


def point(shell: Shell, file: str, base_url: str, url: str) -> None:
    """The target's address becomes that of the provider that is really running, without a pace."""
    shell.edit(file, base_url, url)
    shell.edit(file, "  timeZone:", "  requestsPerSecond: 100000\n  timeZone:")


def test_sandbox_plan_apply_plan_drift(sample: Shell) -> None:
    planned = sample.run("plan", "sandbox", "-o", "plan.json", "--format", "json")
    assert (planned.code, planned.err) == (
        0,
        "Saved to plan.json. Carry it out with: reconciler apply plan.json\n",
    )
    estimate = planned.data["plan"]["estimate"]
    applied = sample.run("apply", "plan.json", "--format", "json")
    assert applied.code == 0
    assert applied.data["requests"] == {
        method: number
        for method, number in (
            ("GET", estimate["gets"]),
            ("POST", estimate["posts"]),
            ("PATCH", estimate["patches"]),
            ("DELETE", estimate["deletes"]),
        )
        if number
    }
    again = sample.run("plan", "sandbox", "--detailed-exitcode")
    assert again.code == 0, again.out
    assert sample.run("drift", "sandbox").code == 0


def test_zpa_over_a_real_socket(sample: Shell) -> None:
    sample.write("faults.yaml", "quirks: {writesPerSecond: null}\n")  # as fast as it goes
    options = ("--profile", "zpa", "--faults", "faults.yaml", "--token", TOKEN)
    with served(sample, *options) as provider:
        sample.env |= {
            "RECONCILER_CREDENTIAL_ZPA_PROD_TOKEN": TOKEN,
            "RECONCILER_CREDENTIAL_ZPA_PROD_HOSTS": provider.url.split("/")[2],
        }
        file = "manifests/targets/zpa-prod.yaml"
        point(
            sample,
            file,
            "https://scim1.private.zscaler.com/scim/1/72057594037930000/v2",
            provider.url,
        )
        planned = sample.run("plan", "zpa-prod", "-o", "plan.json", "--format", "json")
        assert planned.code == 0, planned.err
        estimate = planned.data["plan"]["estimate"]

        applied = sample.run("apply", "plan.json", "--format", "json")

        assert applied.code == 0, applied.err
        sent = applied.data["requests"]
        assert sum(sent.values()) == sum(
            estimate[m] for m in ("gets", "posts", "patches", "deletes")
        )
        again = sample.run("plan", "zpa-prod", "--detailed-exitcode")
        assert again.code == 0, again.out
        assert "No changes." in again.out
