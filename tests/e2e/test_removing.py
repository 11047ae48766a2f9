"""How members are taken out of a group: the plan says it, and nothing else is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.middleware import Middleware

from tests.e2e.shell import Shell
from tests.faulted import Haste, Overhearing, Port

PROFILE = """\
apiVersion: reconciler/v1
kind: Profile
metadata: {name: mine}
spec: {extends: rfc7644, {EXTRA}}
"""
EMPTIED = "the group is emptied in one request"


def of_groups(method: str, path: str) -> bool:
    return method in {"PATCH", "PUT"} and "/Groups/" in path


@pytest.fixture(scope="module")
def port() -> Port:
    port = Port()
    port.listen()
    return port


def a_shell(directory: Path, port: Port, extra: str) -> Shell:
    """A group of two, in sync, at a provider with this quirk."""
    shell = Shell(directory, haste=Haste())
    shell.small_organisation(port.url, profile="mine", credential="box")
    shell.env |= {
        "RECONCILER_CREDENTIAL_BOX_TOKEN": "a-token",
        "RECONCILER_CREDENTIAL_BOX_HOSTS": f"127.0.0.1:{port.number}",
    }
    shell.write("manifests/profile.yaml", PROFILE.replace("{EXTRA}", extra))
    with port.provider(directory / "provider.db"):
        assert shell.apply().code == 0
    return shell


def bare(said: list[Any]) -> bool:
    """Whether somebody said `remove` of `members` and nothing more."""
    operations = [o for body in said for o in body.get("Operations", [])]
    return {"op": "remove", "path": "members"} in operations


@pytest.mark.parametrize(
    ("extra", "members", "label"),
    [
        ("bareRemove: true", "[]", EMPTIED),
        ("bareRemove: true", "[e1]", None),  # somebody stays
        ("bareRemove: true", "[e3]", None),  # somebody joins
        ("pageDefault: 100", "[]", None),
        ("memberRemoval: replace", "[e1]", "the list of members is replaced; 1 stay"),
        ("memberRemoval: replace", "[]", "the list of members is replaced; 0 stay"),
        ("updateGroup: putReplaces", "[e1]", "the list of members is replaced; 1 stay"),
    ],
)
def test_what_takes_more_than_the_named_is_labelled_and_sent_only_where_it_is(
    extra: str, members: str, label: str | None, tmp_path: Path, port: Port
) -> None:
    shell = a_shell(tmp_path, port, extra)
    shell.edit("manifests/groups.yaml", "[e1, e2]", members)
    said: list[Any] = []
    listening = Middleware(Overhearing, wanted=of_groups, said=said)
    with port.provider(tmp_path / "provider.db", middleware=[listening]):
        planned = shell.run("plan", "-o", "now.json")
        applied = shell.run("apply", "now.json")
        assert applied.code == 0, applied.out
        assert shell.run("plan", "--detailed-exitcode").code == 0
    labels = [line.strip() for line in planned.out.splitlines() if " in one request" in line]
    labels += [line.strip() for line in planned.out.splitlines() if "is replaced" in line]
    assert labels == ([] if label is None else [label])
    assert bare(said) is (label == EMPTIED)
    replaced = [o for body in said for o in body.get("Operations", []) if o["op"] == "replace"] + [
        body for body in said if "members" in body
    ]
    assert bool(replaced) is (label is not None and "replaced" in label)
