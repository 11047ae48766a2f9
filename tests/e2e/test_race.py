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


def test_the_one_that_waits_goes_on_when_the_other_has_ended(tmp_path: Path) -> None:
    shell = Shell(tmp_path, now=datetime.now(UTC))
    with served(shell, "--token", TOKEN) as provider:
        slow_target(shell, provider.url)
        in_a_ref(shell)
        assert shell.run("plan", "-o", "plan.json").code == 0
        racers = [shell.start("apply", "plan.json", "--wait", "60s") for _ in range(2)]
        ends = [(*racer.communicate(timeout=120), racer.returncode) for racer in racers]

        assert [code for _, _, code in ends] == [0, 0], ends
        waited = next(end for end in ends if end[1])
        said = r"is held by another run .*; waiting until \S+ UTC at most\.\n"
        assert re.search(said, waited[1])
        assert "Apply: 5 already applied." in waited[0]


def test_a_run_whose_lease_is_taken_away_stops_and_the_next_one_goes_on(tmp_path: Path) -> None:
    """The writer lives: it finds out when it next writes to the ledger, and sends no more."""
    shell = Shell(tmp_path, now=datetime.now(UTC))
    with served(shell, "--token", TOKEN) as provider:
        slow_target(shell, provider.url)
        in_a_ref(shell)
        assert shell.run("plan", "-o", "plan.json").code == 0
        assert "Nobody holds" in shell.run("ledger", "release", "box", "--because", "x").err
        writer = shell.start("apply", "plan.json", "--format", "json")
        while not in_flight(shell):
            assert writer.poll() is None
        shell.now = datetime.now(UTC)
        because = ("--because", "job 7 hung", "--by", "mo")
        released = shell.run("ledger", "release", "box", *because)
        out, _ = writer.communicate(timeout=120)

        assert released.code == 0
        assert f"is taken from process {writer.pid} on " in released.err
        assert "It is free from " in released.err
        assert writer.returncode == 5
        assert json.loads(out)["halt"]["because"] == "ledger"
        assert "the lease on the ledger of box was lost" in json.loads(out)["halt"]["message"]
        assert "job 7 hung" in history(shell)

        refused = shell.run("apply", "plan.json")
        assert (refused.code, "is held by another run" in refused.err) == (1, True)
        shell.run("ledger", "release", "box", "--because", "it is gone", "--dead")
        assert shell.run("apply", "plan.json").code == 0
        assert shell.plan()["changes"] == []


def in_flight(shell: Shell) -> bool:
    """Whether a run has begun to send something."""
    runs = shell.run("ledger", "show", "box", "--format", "json").data[0]["runs"]
    return any(run["unknown"] for run in runs)


def history(shell: Shell) -> str:
    log = ["git", "log", "--format=%s", "refs/reconciler/ledger/box"]
    return subprocess.run(
        log, cwd=shell.directory, capture_output=True, text=True, check=True
    ).stdout


def slow_target(shell: Shell, url: str) -> None:
    """So slow that two runs are at work at the same time, whichever comes first."""
    shell.env |= {
        "RECONCILER_CREDENTIAL_BOX_TOKEN": TOKEN,
        "RECONCILER_CREDENTIAL_BOX_HOSTS": url.split("/")[2],
    }
    shell.small_organisation(url, credential="box")
    shell.edit("manifests/target.yaml", "  scope: all", "  requestsPerSecond: 2\n  scope: all")


@pytest.mark.parametrize("keep", [in_a_directory, in_a_ref, at_a_remote])
def test_of_two_that_apply_at_once_one_writes_and_the_other_is_told(
    tmp_path: Path, keep: object
) -> None:
    assert callable(keep)
    shell = Shell(tmp_path, now=datetime.now(UTC))
    with served(shell, "--token", TOKEN) as provider:
        slow_target(shell, provider.url)
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
