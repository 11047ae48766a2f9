"""The workflows are well-formed, hold no known hole, and call a command line that exists."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reconciler.model.policy import Violation

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
BIN = Path(sys.executable).parent

#: An action, pinned to a commit, with the version it stands for.
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


@dataclass(frozen=True, slots=True)
class Script:
    """One `run:` block and where it stands."""

    workflow: str
    job: str
    step: str
    text: str

    def __str__(self) -> str:
        return f"{self.workflow} {self.job} {self.step}"


def _read(path: Path) -> dict[str, Any]:  # untyped data enters here
    yaml = YAML(typ="safe", pure=True)  # YAML 1.2, in which `on` is a word
    document = yaml.load(path.read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def _scripts() -> Iterator[Script]:
    for path in WORKFLOWS:
        for job, content in _read(path)["jobs"].items():
            for number, step in enumerate(content["steps"]):
                if "run" in step:
                    yield Script(path.name, job, step.get("name", str(number)), step["run"])


SCRIPTS = list(_scripts())


def _run(*command: str) -> str:
    """The output of a tool that must succeed."""
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_workflows_that_are_promised_are_there() -> None:
    assert [path.name for path in WORKFLOWS] == ["apply.yml", "ci.yml", "drift.yml", "plan.yml"]


@pytest.mark.parametrize(
    "schema", ["vendor.github-workflows", "custom.github-workflows-require-timeout"]
)
def test_workflows_are_what_github_reads(schema: str) -> None:
    _run("check-jsonschema", "--builtin-schema", schema, *map(str, WORKFLOWS))


def test_the_dependabot_file_is_what_github_reads() -> None:
    _run(
        "check-jsonschema",
        "--builtin-schema",
        "vendor.dependabot",
        str(GITHUB / "dependabot.yml"),
    )


def test_zizmor_finds_nothing_that_matters() -> None:
    # Without --strict-collection a file that zizmor cannot read is skipped, and that passes.
    _run(
        "zizmor",
        "--offline",
        "--no-progress",
        "--strict-collection",
        "--persona=pedantic",
        "--min-severity=medium",
        str(GITHUB),
    )


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_to_a_commit(path: Path) -> None:
    used = re.findall(r"^\s*(?:- )?uses:\s*(.+?)\s*$", path.read_text(encoding="utf-8"), re.M)
    assert used
    assert [action for action in used if not PINNED.match(action)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_permission_is_held_that_a_job_does_not_name(path: Path) -> None:
    workflow = _read(path)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        # Whoever applies pushes the ledger.
        writes = job.get("environment") == "identity-apply"
        assert job["permissions"] == {"contents": "write" if writes else "read"}, name
        assert job["timeout-minutes"] < 360, name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_checkouts_leave_no_credential_behind(path: Path) -> None:
    for job in _read(path)["jobs"].values():
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_no_token_reaches_a_job_of_a_pull_request() -> None:
    for path in WORKFLOWS:
        if "pull_request" in _read(path)["on"]:
            assert "secrets." not in path.read_text(encoding="utf-8"), path.name


def test_a_token_is_read_only_in_an_environment() -> None:
    for path in WORKFLOWS:
        for name, job in _read(path)["jobs"].items():
            holds_a_secret = any("secrets." in str(step) for step in job["steps"])
            environment = job.get("environment")
            assert holds_a_secret == (environment is not None), f"{path.name} {name}"
            assert environment in {None, "identity-read", "identity-apply"}


def test_only_the_apply_job_may_write_and_nothing_cuts_it_off() -> None:
    workflow = _read(GITHUB / "workflows" / "apply.yml")
    assert workflow["jobs"]["apply"]["environment"] == "identity-apply"
    assert workflow["concurrency"]["cancel-in-progress"] is False
    writers = {s.workflow for s in SCRIPTS if "reconciler apply" in s.text}
    assert writers == {"apply.yml", "plan.yml"}  # plan.yml: the embedded target only, see its head
    assert _read(GITHUB / "workflows" / "plan.yml")["jobs"]["plan"]["env"] == {"TARGET": "sandbox"}


def test_the_approved_digest_travels_apart_from_the_plan() -> None:
    jobs = _read(GITHUB / "workflows" / "apply.yml")["jobs"]
    assert jobs["plan"]["outputs"]["digest"] == "${{ steps.plan.outputs.digest }}"
    (step,) = (s for s in jobs["apply"]["steps"] if "reconciler apply" in s.get("run", ""))
    assert step["env"]["DIGEST"] == "${{ needs.plan.outputs.digest }}"
    assert '--digest "$DIGEST"' in step["run"]


@pytest.mark.parametrize("script", SCRIPTS, ids=str)
def test_scripts_are_bash_and_take_text_through_the_environment(script: Script) -> None:
    done = subprocess.run(
        ["bash", "-n"],
        input=script.text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "${{" not in script.text


# --- what follows needs the command line ---------------------------------------------------------


_ARRAY = re.compile(r"(\w+)\+?=\(([^)]*)\)")
_CALLING = re.compile(r"(?:^|[(;&|!]|\bif|\bthen)\s*reconciler\s")


def command_lines(script: str) -> list[list[str]]:
    """The arguments of each call of `reconciler` in a script, arrays written out.

    `reconciler drift "$TARGET" > out || code=$?` gives `[["drift", "$TARGET"]]`.
    """
    arrays: dict[str, str] = {}
    for name, content in _ARRAY.findall(script):
        arrays[name] = f"{arrays.get(name, '')} {content}"
    found: list[list[str]] = []
    for line in filter(_CALLING.search, script.splitlines()):
        written_out = re.sub(r'"\$\{(\w+)\[@\]\}"', lambda match: arrays[match[1]], line)
        lexer = shlex.shlex(written_out, posix=True, punctuation_chars="();<>|&")
        lexer.whitespace_split = True
        call: list[str] | None = None
        for token in lexer:
            if set(token) <= set("();<>|&"):
                call = None
            elif call is not None:
                call.append(token)
            elif token == "reconciler":
                found.append(call := [])
    return found


CALLS = [
    pytest.param(call, id=f"{script} {call[0]}")
    for script in SCRIPTS
    for call in command_lines(script.text)
]


def test_command_lines_are_found_with_their_arrays() -> None:
    script = (
        'options=(--policies p)\nif [ -d b ]; then options+=(--policies "b/$X"); fi\n'
        'code=0\nif reconciler plan "$T" "${options[@]}" -o out/ > t || code=$?; then\n'
        "  d=$(reconciler show out/p.json --format json | jq -er .digest)\nfi\n"
    )
    assert command_lines(script) == [
        ["plan", "$T", "--policies", "p", "--policies", "b/$X", "-o", "out/"],
        ["show", "out/p.json", "--format", "json"],
    ]


def test_every_command_of_the_product_that_ci_needs_is_called() -> None:
    called = {param.values[0][0] for param in CALLS}  # type: ignore[index]  # a list of words
    assert called == {"validate", "plan", "show", "apply", "drift"}


@pytest.mark.parametrize("call", CALLS)
def test_the_command_line_takes_what_the_workflows_say(call: list[str]) -> None:
    # With --help at the end every option is still parsed, and nothing runs.
    done = subprocess.run(
        [sys.executable, "-m", "reconciler", *call, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Usage: reconciler {call[0]} ")


# --- and what follows runs them ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ran:
    """What a script ended with, and what it left for the next."""

    code: int
    log: str
    summary: str
    outputs: dict[str, str]


def run_script(workflow: str, step: str, checkout: Path, **env: str) -> Ran:
    """One `run:` block as a runner runs it, with the files it may write to."""
    script = next(s.text for s in SCRIPTS if (s.workflow, s.step) == (workflow, step))
    summary, outputs = checkout / "summary.md", checkout / "outputs"
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=checkout,
        env={
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "TARGET": "sandbox",
            "ACKNOWLEDGE": "",
            "BECAUSE": "",
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_OUTPUT": str(outputs),
            **env,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    written = outputs.read_text(encoding="utf-8") if outputs.exists() else ""
    return Ran(
        done.returncode,
        done.stdout + done.stderr,
        summary.read_text(encoding="utf-8") if summary.exists() else "",
        dict(line.split("=", 1) for line in written.splitlines()),
    )


def lay_out(checkout: Path) -> Path:
    """A head with its base beside it, as the workflows check them out."""
    for tree in ("manifests", "policies"):
        shutil.copytree(ROOT / tree, checkout / tree)
        shutil.copytree(ROOT / tree, checkout / "base" / tree)
    return checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose embedded target holds nobody yet."""
    return lay_out(tmp_path / "checkout")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    checkout = lay_out(tmp_path_factory.mktemp("loaded") / "checkout")
    base = run_script("plan.yml", "Bring the embedded target to the base revision", checkout)
    assert (base.code, "is at the base revision" in base.log) == (0, True), base.log
    return checkout


@pytest.fixture
def at_base(loaded: Path, tmp_path: Path) -> Path:
    """A checkout whose embedded target holds what the base revision declares."""
    return Path(shutil.copytree(loaded, tmp_path / "checkout"))


def hire(checkout: Path, count: int) -> None:
    """Joiners, all in one file."""
    people = "\n---\n".join(
        "apiVersion: reconciler/v1\nkind: User\n"
        f"metadata: {{name: e111{number}}}\nspec: {{userPrincipalName: j{number}@zone.example}}"
        for number in range(60, 60 + count)
    )
    (checkout / "manifests" / "people" / "joiners.yaml").write_text(people, encoding="utf-8")


def test_the_plan_of_a_pull_request_shows_only_what_it_changes(at_base: Path) -> None:
    people = at_base / "manifests" / "people" / "netsec.yaml"
    text = people.read_text(encoding="utf-8")
    assert "jobTitle: Security Apprentice" in text
    people.write_text(text.replace("Security Apprentice", "Security Analyst"), encoding="utf-8")
    plan = run_script("plan.yml", "Plan", at_base)
    assert plan.code == 0, plan.log
    assert plan.summary.startswith("### `sandbox`: changes\n\n1 user to update.\n")
    assert "Security Apprentice" in plan.summary


def test_a_pull_request_without_a_base_is_planned_from_nothing(checkout: Path) -> None:
    shutil.rmtree(checkout / "base")
    base = run_script("plan.yml", "Bring the embedded target to the base revision", checkout)
    assert (base.code, "starts from an empty provider" in base.log) == (0, True), base.log
    plan = run_script("plan.yml", "Plan", checkout)
    assert (plan.code, "users to create" in plan.summary) == (0, True), plan.log


def test_a_pull_request_that_loosens_a_guardrail_is_judged_by_the_old_one(at_base: Path) -> None:
    hire(at_base, 16)
    guardrails = at_base / "policies" / "guardrails.yaml"
    text = guardrails.read_text(encoding="utf-8")
    assert "creates: {floor: 15}" in text
    guardrails.write_text(text.replace("{floor: 15}", "{floor: 90}"), encoding="utf-8")
    plan = run_script("plan.yml", "Plan", at_base)
    assert plan.code == 3, plan.log
    assert "**creates:user**" in plan.summary
    shutil.rmtree(at_base / "base")  # by the new guardrails alone it passes
    assert run_script("plan.yml", "Plan", at_base).code == 0


def test_invalid_manifests_fail_the_pull_request_and_say_where_to_look(checkout: Path) -> None:
    (checkout / "manifests" / "broken.yaml").write_text("kind: Usr\n", encoding="utf-8")
    assert run_script("plan.yml", "Validate", checkout).code == 4
    plan = run_script("plan.yml", "Plan", checkout)
    assert plan.code == 4
    assert plan.summary == "There is no plan: exit code 4, and the log of this job says why.\n"


def test_what_was_planned_on_main_is_applied_with_its_digest(checkout: Path) -> None:
    plan = run_script("apply.yml", "Plan", checkout)
    assert plan.code == 0, plan.log
    assert plan.outputs["apply"] == "true"
    elsewhere = {"RECONCILER_STATE_DIR": str(checkout / "another-runner")}
    wrong = run_script(
        "apply.yml",
        "Apply exactly what was approved",
        checkout,
        DIGEST=f"sha256:{'0' * 64}",
        **elsewhere,
    )
    assert wrong.code == 6, wrong.log
    applied = run_script(
        "apply.yml",
        "Apply exactly what was approved",
        checkout,
        DIGEST=plan.outputs["digest"],
        **elsewhere,
    )
    assert applied.code == 0, applied.log
    again = run_script("apply.yml", "Plan", checkout, **elsewhere)
    assert (again.code, again.outputs["apply"]) == (0, "false"), again.log
    drift = run_script("drift.yml", "Compare", checkout, **elsewhere)
    assert drift.code == 0, drift.log
    assert "### Drift at `sandbox`\n\nNone.\n" in drift.summary


def test_nobody_is_asked_to_approve_a_plan_that_changes_nothing(at_base: Path) -> None:
    """Also where somebody could not be decided: the summary names them, and no apply mends it."""
    sandbox = at_base / "manifests" / "mappings" / "sandbox.yaml"
    title = "    - {target: title, source: jobTitle}\n"
    text = sandbox.read_text(encoding="utf-8")
    assert title in text
    odd = """    - {target: title, expression: 'FormatDateTime([jobTitle], , "yyyy", "yy")'}\n"""
    sandbox.write_text(text.replace(title, odd), encoding="utf-8")
    plan = run_script("apply.yml", "Plan", at_base)
    assert (plan.code, plan.outputs["apply"]) == (0, "false"), plan.log
    assert "not decided" in plan.summary, plan.summary


def test_the_ledger_goes_from_runner_to_runner_in_a_ref(at_base: Path, tmp_path: Path) -> None:
    """Three checkouts of one repository: what one applied, the next ones remember."""
    server = tmp_path / "server.git"
    subprocess.run(["git", "init", "--quiet", "--bare", server], check=True)
    for runner in ("apply", "plan"):
        shutil.copytree(at_base, tmp_path / runner)
    kept = {"RECONCILER_LEDGER": "git:refs/reconciler/ledger@origin"}
    for checkout in (at_base, tmp_path / "apply", tmp_path / "plan"):
        shutil.rmtree(checkout / ".reconciler" / "ledger", ignore_errors=True)
        subprocess.run(["git", "init", "--quiet"], cwd=checkout, check=True)
        subprocess.run(["git", "remote", "add", "origin", server], cwd=checkout, check=True)
        hire(checkout, 3)
    for step in _steps_with_a_ledger():
        assert step["env"]["RECONCILER_LEDGER"] == kept["RECONCILER_LEDGER"]
        assert step["env"]["LEDGER_TOKEN"] == "${{ github.token }}"

    plan = run_script("apply.yml", "Plan", at_base, **kept)
    shutil.copytree(at_base / "plans", tmp_path / "apply" / "plans")
    applied = run_script(
        "apply.yml",
        "Apply exactly what was approved",
        tmp_path / "apply",
        DIGEST=plan.outputs["digest"],
        **kept,
    )
    assert applied.code == 0, applied.log
    command = [f"{BIN}/reconciler", "ledger", "show", "sandbox", "--format", "json"]
    shown = subprocess.run(
        command, cwd=tmp_path / "plan", env={**os.environ, **kept}, capture_output=True, check=True
    )
    (run,) = json.loads(shown.stdout)[0]["runs"]
    assert (run["exitCode"], set(run["counts"])) == (0, {"applied"})


def _steps_with_a_ledger() -> list[dict[str, Any]]:
    steps = [
        step
        for path in WORKFLOWS
        for job in _read(path)["jobs"].values()
        for step in job["steps"]
        if "secrets." in str(step)
    ]
    assert len(steps) == 3
    return steps


def switch_off(checkout: Path, department: str) -> None:
    """Everybody of one department loses their account: more than guardrails let through."""
    file = checkout / "manifests" / "people" / f"{department}.yaml"
    text = file.read_text(encoding="utf-8")
    off = re.sub(r"(?m)^( +)(manager: .+)$", r"\1\2\n\1accountEnabled: false", text)
    assert off.count("accountEnabled: false") > 5
    file.write_text(off, encoding="utf-8")


def test_a_blocked_plan_is_applied_only_when_somebody_releases_it(at_base: Path) -> None:
    switch_off(at_base, "sales")
    blocked = run_script("apply.yml", "Plan", at_base)
    assert (blocked.code, blocked.outputs) == (3, {})
    saved = json.loads((at_base / "plans" / "sandbox.plan.json").read_text(encoding="utf-8"))
    violations = saved["verdict"]["violations"]
    assert {violation["check"].partition(":")[0] for violation in violations} == {
        "deactivations",
        "memberRemovals",
    }
    released = {
        "ACKNOWLEDGE": " ".join(_token(violation) for violation in violations),
        "BECAUSE": "CHG-1207: sales is another company from Monday",
    }
    plan = run_script("apply.yml", "Plan", at_base, **released)
    assert (plan.code, plan.outputs["apply"]) == (0, "true"), plan.log
    digest = {"DIGEST": plan.outputs["digest"]}
    apply = "Apply exactly what was approved"
    assert run_script("apply.yml", apply, at_base, **digest).code == 3
    done = run_script("apply.yml", apply, at_base, **digest, **released)
    assert done.code == 0, done.log
    assert "exit code 0" in done.summary


def _token(violation: dict[str, Any]) -> str:
    return Violation(
        violation["check"], "", "", tuple(violation["hashes"]), violation["releasable"]
    ).token


def test_drift_on_a_schedule_fails_the_job_and_says_so(checkout: Path) -> None:
    drift = run_script("drift.yml", "Compare", checkout)  # a provider that holds nobody
    assert drift.code == 2, drift.log
    assert "**There are differences.**" in drift.summary
