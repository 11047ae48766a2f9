"""A provider that drops or alters what it is sent: found out, named, accepted, and then silent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.conftest import served
from tests.e2e.shell import Shell


def bind(shell: Shell, url: str) -> None:
    """A target whose profile says that locales are kept, at a provider that drops them."""
    host = url.removeprefix("http://").partition("/")[0]
    shell.env["RECONCILER_CREDENTIAL_BOX_TOKEN"] = "tok"
    shell.env["RECONCILER_CREDENTIAL_BOX_HOSTS"] = host
    shell.small_organisation(url, profile="rfc7644", credential="box")
    shell.edit("manifests/target.yaml", "target: title", "target: locale")
    text = shell.read("manifests/target.yaml")
    start = text.index("  groups:\n")
    shell.write("manifests/target.yaml", text[:start] + text[text.index("---\n", start) :])
    (shell.directory / "manifests/groups.yaml").unlink()


def unkept(data: Any) -> dict[str, list[str]]:
    return {o["subject"]: o["notKept"] for o in data["outcomes"] if o["notKept"]}


def logged(shell: Shell) -> dict[str, str]:
    """Whose line in the provisioning log is a warning, and the code of it; all else is success."""
    entries = [json.loads(line) for line in shell.read("log.jsonl").splitlines()]
    info = {e["reconciler"]["subject"]: e["provisioningStatusInfo"] for e in entries}
    assert {one["status"] for one in info.values()} == {"success", "warning"}
    return {
        whom: one["errorInformation"]["errorCode"]
        for whom, one in info.items()
        if one["status"] == "warning"
    }


@pytest.mark.parametrize("how", [[], ["--read-back"]], ids=["by the answer", "by reading back"])
def test_what_is_not_kept_is_named_and_silent_once_it_is_accepted(
    shell: Shell, how: list[str]
) -> None:
    with served(shell, "--token", "tok", "--profile", "zpa") as provider:
        bind(shell, provider.url)
        first = shell.apply("--format", "json", "--log", "log.jsonl", *how)
        assert first.code == 0, first.err
        assert logged(shell) == {"user:e1": "NotKept"}
        assert unkept(first.data) == {"user:e1": ["locale"]}
        gets = first.data["requests"]["GET"]
        assert gets == 1 + (3 if how else 0)

        # Nobody has accepted it: it is planned for as long as that is so, and never works.
        assert [c["action"] for c in shell.plan()["changes"]] == ["update"]
        again = shell.apply(*how)
        assert "Not kept: the provider dropped or altered what 1 change sent." in again.out
        assert "  users:\n    notKept:\n      - locale  # 1 change\n" in again.out

        accepted = NOT_KEPT.replace("title", "locale")
        shell.edit("manifests/target.yaml", "    mapping: people\n", accepted)
        assert shell.plan()["changes"] == []


NOT_KEPT = "    mapping: people\n    notKept: [title]\n"


def test_an_update_of_which_nothing_is_kept_has_failed_when_it_is_read_back(shell: Shell) -> None:
    with served(shell, "--token", "tok", "--profile", "zpa") as provider:
        bind(shell, provider.url)
        shell.apply()
        ran = shell.apply("--read-back")
        assert ran.code == 5
        assert "a read right after it does not show it: locale" in ran.out


def test_what_is_not_kept_is_still_written_when_somebody_is_created(shell: Shell) -> None:
    """It may be kept in another form, so somebody new gets it."""
    shell.small_organisation()
    shell.edit("manifests/target.yaml", "    mapping: people\n", NOT_KEPT)
    plan = shell.plan("--only", "user:e1")
    (create,) = plan["changes"]
    assert {value["path"]: value["value"] for value in create["values"]}["title"] == "Lead"
    assert shell.apply().code == 0
    shell.edit("manifests/people.yaml", "jobTitle: Lead", "jobTitle: Head")
    assert shell.plan()["changes"] == []
    (found,) = shell.run("explain", "e1", "--format", "json").data
    assert [a["comparison"] for a in found["attributes"] if a["target"] == "title"] == ["onCreate"]
