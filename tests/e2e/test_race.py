"""Two real processes that apply one plan at once: one writes, the other is told who does."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e.conftest import served
from tests.e2e.shell import Shell

TOKEN = "a-token-that-must-not-be-seen"


def in_a_directory(shell: Shell) -> None:
    """As it is without any setting."""


def in_a_ref(shell: Shell) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=shell.directory, check=True)
    shell.env["RECONCILER_LEDGER"] = "git:refs/reconciler/ledger"


def at_a_remote(shell: Shell) -> None:
    in_a_ref(shell)
    server = shell.directory / "server.git"
    subprocess.run(["git", "init", "--quiet", "--bare", server], check=True)
    remote = ["git", "remote", "add", "origin", str(server)]
    subprocess.run(remote, cwd=shell.directory, check=True)
    shell.env["RECONCILER_LEDGER"] = "git:refs/reconciler/ledger@origin"


@pytest.mark.parametrize("keep", [in_a_directory, in_a_ref, at_a_remote])
def test_of_two_that_apply_at_once_one_writes_and_the_other_is_told(
    tmp_path: Path, keep: object
) -> None:
    assert callable(keep)
    shell = Shell(tmp_path, now=datetime.now(UTC))
    with served(shell, "--token", TOKEN) as provider:
        shell.env |= {
            "RECONCILER_CREDENTIAL_BOX_TOKEN": TOKEN,
            "RECONCILER_CREDENTIAL_BOX_HOSTS": provider.url.split("/")[2],
        }
        shell.small_organisation(provider.url, credential="box")
        # So slow that the two are at work at the same time, whichever comes first.
        shell.edit("manifests/target.yaml", "  scope: all", "  requestsPerSecond: 2\n  scope: all")
        keep(shell)
        assert shell.run("plan", "-o", "plan.json").code == 0
        racers = [shell.start("apply", "plan.json", "--format", "json") for _ in range(2)]
        ends = [(racer.communicate(timeout=120), racer.returncode) for racer in racers]

        assert Counter(code for _, code in ends) == {0: 1, 1: 1}, ends
        (out, _), _ = next(end for end in ends if end[1] == 0)
        (_, told), _ = next(end for end in ends if end[1] == 1)
        assert {outcome["status"] for outcome in json.loads(out)["outcomes"]} == {"applied"}
        winner = next(racer for racer in racers if racer.returncode == 0)
        assert re.search(
            rf"the ledger of box is held by another run \(process {winner.pid} on \S+\) since "
            r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC",
            told,
        ), told
        (run,) = shell.run("ledger", "show", "--format", "json").data[0]["runs"]
        assert (run["exitCode"], run["counts"]) == (0, {"applied": 5})
        again = shell.plan()
        assert (again["changes"], again["population"]["users_live"]) == ([], 3)
