"""The README tells the truth: every session in it prints what it says, every set-up line exists."""

from __future__ import annotations

import re

import pytest

from reconciler.model.exit import ExitCode
from reconciler.simulator.faults.reading import read_script
from tests.e2e.conftest import served
from tests.e2e.shell import Shell
from tests.faulted import Haste
from tests.readme import README, ROOT, rendered

SECTION = README.read_text(encoding="utf-8").partition("## A bad day")[2].partition("\n## ")[0]


def test_every_session_prints_what_the_readme_says() -> None:
    assert README.read_text(encoding="utf-8") == rendered(), "run: python -m tests.readme"


def test_every_file_that_the_readme_names_is_there() -> None:
    text = README.read_text(encoding="utf-8")
    for name in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / name).exists(), name


def test_every_exit_code_is_explained() -> None:
    text = README.read_text(encoding="utf-8")
    for code in ExitCode:
        assert re.search(rf"^\| {int(code)} \|", text, re.MULTILINE), code


def test_every_setting_of_the_environment_is_explained() -> None:
    text = README.read_text(encoding="utf-8")
    code = "".join(path.read_text("utf-8") for path in (ROOT / "reconciler").rglob("*.py"))
    settings = set(re.findall(r"(?<![_A-Z])RECONCILER_[A-Z]+(?:_[A-Z]+)*", code))
    settings = {name for name in settings if not name.startswith("RECONCILER_CREDENTIAL")}
    assert len(settings) > 10
    assert sorted(name for name in settings if f"`{name}`" not in text) == []


def test_bad_day_of_the_readme_ends_with_everything_there_once(shell: Shell) -> None:
    """The script and the variables as they are printed, against a real port."""
    shell.haste = Haste()
    shell.write("faults.yaml", re.findall(r"```yaml\n(.*?)```", SECTION, re.DOTALL)[0])
    token = re.findall(r"--token (\w+)", SECTION)[0]
    (profile,) = re.findall(r"--profile (\S+)", SECTION.partition("```sh")[2].partition("```")[0])
    options = ("--profile", profile, "--faults", "faults.yaml", "--token", token)
    with served(shell, *options) as provider:
        shell.small_organisation(base_url=provider.url, profile=profile, credential="local")
        (host,) = re.findall(r"_HOSTS=(\S+)", SECTION)
        shell.env["RECONCILER_CREDENTIAL_LOCAL_TOKEN"] = token
        shell.env["RECONCILER_CREDENTIAL_LOCAL_HOSTS"] = provider.url.split("/")[2]
        assert host.startswith("127.0.0.1:")
        plan = shell.run("plan", "-o", "plan.json", "--format", "json").data["plan"]
        applied = shell.run("apply", "plan.json", "--format", "json")
        assert applied.code == 0, applied.out + applied.err
        sent, foreseen = applied.data["requests"], plan["estimate"]
        assert (sent["POST"], sent["PATCH"]) == (foreseen["posts"], foreseen["patches"] + 1)
        assert sent["GET"] > foreseen["gets"]  # it looked whether what was cut off had been done
        assert shell.run("plan", "--detailed-exitcode").code == 0


@pytest.mark.parametrize(
    "row", re.findall(r"^\| (`.+?`) \| ", SECTION.partition("|--|--|")[2], re.MULTILINE)
)
def test_whatever_the_readme_says_of_a_fault_script_can_be_written(row: str) -> None:
    for written in re.findall(r"`(.+?)`", row):
        do = written.replace("{…}", "{Operations: []}")
        script, found = read_script(
            f"faults: [{{when: {{request: ANY *}}, do: {{{do}}}}}]".encode(), "faults.yaml"
        )
        assert (len(script.faults), found) == (1, ())


def test_readme_names_everything_that_a_fault_script_can_do() -> None:
    _, (found,) = read_script(b"faults: [{when: {request: ANY *}, do: {x: 1}}]", "faults.yaml")
    assert found.hint is not None
    fields = found.hint.removeprefix("fields are ").split(", ")
    assert len(fields) > 10
    assert [
        field for field in fields if f"{field}: " not in SECTION and f"`{field}`" not in SECTION
    ] == []
