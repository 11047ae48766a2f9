"""`reconciler ledger`, and ledgers in a Git ref, as a user meets them."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from tests.e2e.shell import Shell

REF = "refs/reconciler/ledger"


def git(directory: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=directory, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(params=["directory", "git"])
def kept(shell: Shell, request: pytest.FixtureRequest) -> Shell:
    """A small organisation whose ledger is kept in either way."""
    shell.small_organisation()
    if request.param == "git":
        git(shell.directory, "init", "--quiet")
        shell.env["RECONCILER_LEDGER"] = f"git:{REF}"
    return shell


def test_what_an_apply_leaves_is_told(kept: Shell) -> None:
    assert kept.run("ledger", "show").out == "box: 0 runs\n"
    assert kept.apply().code == 0
    kept.edit("manifests/people.yaml", "surname: Ek}", "surname: Eklund}")
    kept.now += timedelta(hours=1)
    assert kept.apply().code == 0

    shown = kept.run("ledger", "show")
    assert shown.code == 0
    first, second = kept.run("ledger", "show", "--format", "json").data[0]["runs"]
    assert shown.out == (
        "box: 2 runs\n"
        f"  2026-11-23 12:00 UTC  run {first['run']}: exit code 0\n"
        f"      plan {first['plan']}, commit c0ffee\n"
        "      5 applied\n"
        f"  2026-11-23 13:00 UTC  run {second['run']}: exit code 0\n"
        f"      plan {second['plan']}, commit c0ffee\n"
        "      1 applied\n"
    )
    assert [o["subject"] for o in second["outcomes"]] == ["user:e2"]
    assert kept.plan()["remembered"] is True


def test_who_acknowledged_what_is_told(kept: Shell) -> None:
    assert kept.apply().code == 0
    kept.write("manifests/groups.yaml", "")
    blocked = kept.run("plan", "-o", "now.json").out
    tokens = [part.split()[0] for part in blocked.split("--acknowledge ")[1:]]
    words = [word for token in tokens for word in ("--acknowledge", token)]
    released = kept.run("apply", "now.json", *words, "--because", "CHG-7", "--by", "mara")
    assert released.code == 0
    told = kept.run("ledger", "show").out
    assert tokens
    for token in tokens:
        assert f"      acknowledged: {token} mara: CHG-7\n" in told


def test_a_sound_ledger_says_its_hash_and_a_named_target_needs_no_manifest(kept: Shell) -> None:
    assert kept.apply().code == 0
    (found,) = kept.run("ledger", "verify", "--format", "json").data
    assert found["sound"] is True
    kept.write("manifests/target.yaml", "")
    verified = kept.run("ledger", "verify", "box")
    assert verified.code == 0
    assert verified.out == f"box: sound, {found['lines']} lines, hash {found['hash']}\n"


@pytest.mark.parametrize("name", ["../box", ".box", "a/b"])
def test_what_is_no_targets_name_is_a_usage_error(shell: Shell, name: str) -> None:
    assert shell.run("ledger", "verify", name).code == 64


def test_an_edited_line_is_named_with_a_way_back_that_works(shell: Shell) -> None:
    shell.small_organisation()
    assert shell.apply().code == 0
    path = ".reconciler/ledger/box.jsonl"
    shell.edit(path, '"subject":"user:e2"', '"subject":"user:e9"')
    lines = shell.read(path).splitlines()
    number = next(n for n, line in enumerate(lines, 1) if "user:e9" in line)

    verified = shell.run("ledger", "verify")
    assert verified.code == 1
    assert verified.out.startswith(
        f"broken: the ledger of box is broken at line {number} of {len(lines)}: its content does "
        f"not match its own hash, so it was edited\n    at {path}:{number}\n"
    )
    (found,) = shell.run("ledger", "verify", "--format", "json").data
    assert (found["line"], found["sound"]) == (number, False)
    for command in ("plan", "apply", "drift"):
        args = ["now.json"] if command == "apply" else []
        refused = shell.run(command, *args)
        assert (refused.code, "is broken at line" in refused.err) == (1, True)
    assert shell.run("ledger", "show").code == 1

    way_back = verified.out.split("are sound: ")[1].strip()
    subprocess.run(["sh", "-c", way_back], check=True, cwd=shell.directory)
    assert shell.run("ledger", "verify").code == 0
    assert shell.plan()["changes"] == []


def test_a_torn_tail_is_no_break(shell: Shell) -> None:
    shell.small_organisation()
    assert shell.apply().code == 0
    path = shell.directory / ".reconciler/ledger/box.jsonl"
    path.write_bytes(path.read_bytes() + b'{"half')
    verified = shell.run("ledger", "verify")
    assert verified.code == 0
    assert "    6 bytes at the end are half an append" in verified.out


def test_an_edited_ref_is_named_with_a_way_back_that_works(shell: Shell) -> None:
    shell.small_organisation()
    git(shell.directory, "init", "--quiet")
    place = ("--ledger", f"git:{REF}")
    shell.run("plan", "-o", "now.json", *place)
    assert shell.run("apply", "now.json", *place).code == 0
    whole = git(shell.directory, "show", f"{REF}/box:0000000003.jsonl")
    shell.write("edited", whole.replace("user:e2", "user:e9"))
    blob = git(shell.directory, "hash-object", "-w", "edited")
    rows = git(shell.directory, "ls-tree", f"{REF}/box").splitlines()
    rows = [f"100644 blob {blob}\t{r.split(chr(9))[1]}" if "3.jsonl" in r else r for r in rows]
    made = subprocess.run(
        ["git", "mktree"], input="\n".join(rows) + "\n", cwd=shell.directory,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    somebody = ["-c", "user.name=a", "-c", "user.email=a@b"]
    tip = git(shell.directory, "rev-parse", f"{REF}/box")
    tree = made.stdout.strip()
    commit = git(shell.directory, *somebody, "commit-tree", "-p", tip, "-m", "x", tree)
    git(shell.directory, "update-ref", f"{REF}/box", commit)

    verified = shell.run("ledger", "verify", *place)
    assert verified.code == 1
    assert f"    at line 2 of `git show {REF}/box:0000000003.jsonl`\n" in verified.out
    assert verified.out.endswith(f": git update-ref {REF}/box {tip}\n")
    git(shell.directory, "update-ref", f"{REF}/box", tip)
    assert shell.run("ledger", "verify", *place).code == 0


@pytest.mark.parametrize(
    "place",
    ["git:", "git:main", "git:refs/heads/ledger", "git:refs/tags/x", "git:refs/a b", "dir:", "x",
     "git:refs/x@--upload-pack=x", "git:refs/../x"],
)  # fmt: skip
def test_what_is_no_place_of_a_ledger_is_said(shell: Shell, place: str) -> None:
    shell.small_organisation()
    refused = shell.run("plan", "--ledger", place)
    assert refused.code == 1
    assert "is no place of a ledger" in refused.err


def test_a_ledger_may_be_in_another_directory(shell: Shell) -> None:
    shell.small_organisation()
    shell.env["RECONCILER_LEDGER"] = "dir:elsewhere"
    assert shell.apply().code == 0
    assert (shell.directory / "elsewhere/box.jsonl").exists()
    assert not (shell.directory / ".reconciler/ledger").exists()


def test_the_demo_keeps_its_ledger_to_itself(shell: Shell) -> None:
    git(shell.directory, "init", "--quiet")
    root = Path(__file__).parents[2]
    shell.env["RECONCILER_LEDGER"] = f"git:{REF}"
    places = ("--manifests", str(root / "manifests"), "--policies", str(root / "policies"))
    assert shell.run("demo", *places).code == 0
    assert git(shell.directory, "for-each-ref") == ""


def test_a_target_that_is_named_and_has_no_ledger_may_be_a_slip(shell: Shell) -> None:
    shell.small_organisation()
    said = 'warning: no apply to a target called "bxo" is recorded here'
    for command in ("show", "verify"):
        ran = shell.run("ledger", command, "bxo")
        assert (ran.code, ran.err) == (0, f"{said}\n")
    assert shell.apply().code == 0
    for command in ("show", "verify"):
        assert shell.run("ledger", command, "box").err == ""
        assert shell.run("ledger", command, "bxo").err == f"{said}; there are ledgers of box\n"
