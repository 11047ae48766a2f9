"""The commands around the main ones: show, schema, completion, demo, help, and our own bugs."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli.main import COMMANDS, run
from reconciler.cli.world import World
from tests.e2e.shell import Shell

ROOT = Path(__file__).parents[2]


def test_show_reads_a_saved_plan_in_every_form(shell: Shell) -> None:
    planned = shell.small_organisation().run("plan", "-o", "plan.json")
    shown = shell.run("show", "plan.json")
    assert shown.out == planned.out
    assert (
        shell.run("show", "plan.json", "--format", "json").data["plan"]["target"]["name"] == "box"
    )
    assert shell.run("show", "plan.json", "--format", "markdown").out.startswith(
        "### `box`: changes"
    )
    assert 'userName: "ada@zone.example"' in shell.run("show", "plan.json", "--full").out


def test_show_tells_what_a_later_plan_does_otherwise(shell: Shell) -> None:
    shell.small_organisation().run("plan", "-o", "one.json")
    shell.edit("manifests/people.yaml", "jobTitle: Lead", "jobTitle: Head")
    shell.run("plan", "-o", "two.json")
    shown = shell.run("show", "two.json", "--against", "one.json")
    assert '"Lead" -> "Head"' in shown.out
    assert shell.run("show", "one.json", "--against", "one.json").out == "Both plans do the same.\n"


def test_a_plan_that_is_not_there_is_one_clear_error(shell: Shell) -> None:
    ran = shell.small_organisation().run("show", "nothing.json")
    assert (ran.code, "nothing.json cannot be read" in ran.err) == (1, True)


def test_schemas_are_named_printed_and_written(shell: Shell) -> None:
    names = shell.run("schema").out.split()
    assert "manifest" in names
    assert shell.run("schema", "user").data["title"]
    assert shell.run("schema", "-o", "schemas").code == 0
    written = {p.stem for p in (shell.directory / "schemas").iterdir()}
    assert written == set(names)


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_shell(name: str, shell: Shell) -> None:
    ran = shell.run("completion", name)
    assert ran.code == 0
    assert "_RECONCILER_COMPLETE" in ran.out


def test_every_command_explains_itself(shell: Shell) -> None:
    listing = shell.run("--help").out
    for name in COMMANDS:
        assert f"  {name} " in listing
        ran = shell.run(name, "--help")
        assert (ran.code, ran.out.startswith(f"Usage: reconciler {name}")) == (0, True)
    assert shell.run("--version").out.startswith("reconciler, version")


def test_several_targets_have_one_plan_each_and_the_gravest_code(shell: Shell) -> None:
    shell.small_organisation()
    target = shell.read("manifests/target.yaml")
    other = target[: target.index("---")].replace("name: box", "name: far")
    shell.write(
        "manifests/far.yaml",
        other.replace("embedded:box", "https://scim.example.com/v2").replace(
            "  scope: all", "  credential: far\n  scope: all"
        ),
    )
    ran = shell.run("plan", "-o", "plans", "--format", "json")
    assert ran.code == 1  # `far` has no credential
    assert "far: credential far: no token is set" in ran.err
    assert [p.name for p in (shell.directory / "plans").iterdir()] == ["box.plan.json"]
    assert [saved["plan"]["target"]["name"] for saved in ran.data] == ["box"]
    assert shell.run("drift").code == 1


def test_drift_as_data_and_in_full(shell: Shell) -> None:
    shell.small_organisation().apply()
    shell.edit("manifests/people.yaml", "jobTitle: Lead", "jobTitle: Head")
    ran = shell.run("drift", "--format", "json")
    assert ran.code == 2
    (found,) = ran.data
    assert (found["drift"], [c["subject"] for c in found["pending"]]) == ([], ["user:e1"])
    assert "not applied yet: 1 user to update." in shell.run("drift", "--full").out


def test_a_lost_ledger_hides_no_difference(shell: Shell) -> None:
    shell.small_organisation().apply()
    shutil.rmtree(shell.directory / ".reconciler/ledger")
    shell.edit("manifests/people.yaml", "jobTitle: Lead", "jobTitle: Head")
    ran = shell.run("drift")
    assert ran.code == 2
    assert "no ledger remembers what was applied here" in ran.out
    assert '"Lead" -> "Head"' in ran.out


def test_validate_as_data(shell: Shell) -> None:
    ran = shell.small_organisation().run("validate", "--format", "json")
    assert (ran.code, ran.data) == (0, {"valid": True, "diagnostics": []})


def test_a_plan_for_a_target_that_is_gone_or_released_is_refused(shell: Shell) -> None:
    shell.small_organisation().run("plan", "-o", "plan.json")
    shell.edit("manifests/target.yaml", "  scope: all", "  enabled: false\n  scope: all")
    assert "released" in shell.run("apply", "plan.json").err
    shell.edit("manifests/target.yaml", "metadata: {name: box}", "metadata: {name: bix}")
    ran = shell.run("apply", "plan.json")
    assert (ran.code, "which no manifest declares" in ran.err) == (6, True)


def test_the_demo_tells_its_story_to_the_end(shell: Shell) -> None:
    for tree in ("manifests", "policies"):
        shutil.copytree(ROOT / tree, shell.directory / tree)
    # What the audience has set for real runs is none of the demo's business.
    shell.env |= {"RECONCILER_LOG": "run.jsonl", "RECONCILER_SOURCES": "hr=people.csv"}
    ran = shell.run("demo")
    assert (ran.code, ran.err) == (0, "")
    for sentence in (
        "No changes.",
        "drift, 3 changes behind Git's back.",
        "Apply: 3 applied.",
        "1 user to create, 1 user to update, 1 user to deactivate",
        "default exclusion people of other firms of station-log, and no assignment names e20017",
        "BLOCKED by",
        "nothing was sent.",
        "That was all of it.",
    ):
        assert sentence in ran.out
    assert not (shell.directory / ".reconciler").exists()
    assert not (shell.directory / "run.jsonl").exists()


def test_the_demo_needs_manifests(shell: Shell) -> None:
    ran = shell.run("demo")
    assert (ran.code, "there are no manifests" in ran.err) == (1, True)


def test_a_bug_of_ours_is_code_70_and_shows_no_value(tmp_path: Path) -> None:
    """The clock breaks: something that no command expects, with a secret in its message."""

    def broken_clock() -> object:
        raise RuntimeError("ada@zone.example")

    Shell(tmp_path).small_organisation()
    out, err = (tmp_path / "out").open("w+"), (tmp_path / "err").open("w+")
    world = World(env={}, now=broken_clock, directory=tmp_path, out=out, err=err)  # type: ignore[arg-type]  # the broken part
    trees = [f"--{name}={tmp_path / name}" for name in ("manifests", "policies")]
    args = ["plan", *trees]
    with out, err:
        code = run([*args, "--state-dir", str(tmp_path / "state")], world)
        err.seek(0)
        text = err.read()
    assert code == 70
    assert "a bug in reconciler, RuntimeError at test_commands.py:" in text
    assert "ada@zone.example" not in text


def on_a_terminal(shell: Shell, *args: str) -> bytes:
    """What somebody sees who runs the command in a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", *args],
        cwd=shell.directory,
        stdout=slave,
        stderr=slave,
        env={k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "CI"}}
        | {"TERM": "xterm"}
        | shell.env,
    )
    os.close(slave)
    seen = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # the other end is closed: Linux says EIO
            break
        if not part:
            break
        seen += part
    os.close(master)
    assert process.wait(timeout=60) == 0, seen
    return seen


def test_colours_are_for_a_terminal_only(shell: Shell) -> None:
    shell.small_organisation()
    assert b"\x1b[1mbox" in on_a_terminal(shell, "plan")
    piped = shell.process("plan")
    assert "\x1b" not in piped.out + piped.err
    shell.env["NO_COLOR"] = "1"
    assert b"\x1b[1m" not in on_a_terminal(shell, "plan")


def test_whoever_waits_longer_than_a_second_sees_how_far_it_is(shell: Shell) -> None:
    """Slowed down by its own rate: the bar comes, counts, and is gone from the last lines."""
    shell.small_organisation()
    shell.edit("manifests/target.yaml", "  scope: all", "  requestsPerSecond: 3\n  scope: all")
    assert shell.process("plan", "-o", "plan.json").code == 0
    seen = on_a_terminal(shell, "apply", "plan.json")
    assert b"changes" in seen
    assert b"/5" in seen
    assert seen.rstrip().endswith(b"POST, 1 PATCH)")


def test_what_is_printed_for_programs_is_one_json_document(shell: Shell) -> None:
    shell.small_organisation()
    for args in (["validate"], ["plan"], ["drift"]):
        json.loads(shell.run(*args, "--format", "json").out)


def test_data_for_programs_acts_on_nothing_and_says_the_same(shell: Shell) -> None:
    title = "\u202e##[error]::x\u2028\x7f"
    shell.small_organisation()
    shell.edit("manifests/people.yaml", "jobTitle: Lead", f"jobTitle: {json.dumps(title)}")
    ran = shell.run("plan", "--format", "json")
    assert ran.out.isascii()
    assert "##[" not in ran.out
    values = [v["value"] for c in ran.data["plan"]["changes"] for v in c.get("values", [])]
    assert title in values
