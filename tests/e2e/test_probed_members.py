"""A provider that shows no members: who was added by us comes and goes, nobody else is touched."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.model.identity import Kind as ModelKind
from reconciler.model.identity import ResourceId
from reconciler.model.path import parse_path
from reconciler.model.profile import BUILT_IN
from reconciler.scim.client import ScimClient, connect
from reconciler.scim.connection import Connection
from reconciler.simulator.app import build_app
from reconciler.simulator.quirks import QUIRKS
from reconciler.simulator.store import Store, Transaction
from reconciler.simulator.values import Kind
from tests.e2e.shell import Shell
from tests.e2e.test_profiles import FULL

AWS = "aws-identity-center"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path).small_organisation(profile=AWS)
    active = "    - {target: active,"
    shell.edit("manifests/target.yaml", active, FULL + active)
    done = shell.apply()
    assert done.code == 0, done.out + done.err
    return shell


@contextmanager
def inside(shell: Shell) -> Iterator[Transaction]:
    (file,) = shell.directory.rglob("embedded/box.db")
    with Store.open(file) as store, store.reading() as transaction:
        yield transaction


def people(shell: Shell) -> dict[str, ResourceId]:
    """Live ids by the first letters of their user names."""
    with inside(shell) as transaction:
        found = transaction.everything(Kind.USER)
        return {str(u.document["userName"]).partition("@")[0]: ResourceId(u.id) for u in found}


def the_group(shell: Shell) -> ResourceId:
    with inside(shell) as transaction:
        (group,) = transaction.everything(Kind.GROUP)
        return ResourceId(group.id)


def members(shell: Shell) -> set[str]:
    """What nobody is shown."""
    names = {live_id: name for name, live_id in people(shell).items()}
    group = the_group(shell)
    with inside(shell) as transaction:
        return {names[ResourceId(member.id)] for member in transaction.members(group)}


def somebody_else(shell: Shell, act: Callable[[ScimClient], Awaitable[object]]) -> None:
    """Writes with other hands than ours."""
    (file,) = shell.directory.rglob("embedded/box.db")

    async def go() -> None:
        with Store.open(file) as store:
            app = build_app(store, QUIRKS[AWS], token=None)
            connection = Connection(base_url="https://embedded.invalid/scim/v2")
            async with connect(connection, BUILT_IN[AWS], app=app) as client:
                await act(client)

    asyncio.run(go())


def test_members_come_and_go_and_then_there_is_nothing_to_do(shell: Shell) -> None:
    assert members(shell) == {"ada", "bo"}
    assert shell.run("plan", "--detailed-exitcode").code == 0
    shell.edit("manifests/groups.yaml", "[e1, e2]", "[e1, e3]")
    (adds, removes) = shell.plan()["changes"]
    assert (adds["members"], removes["members"], removes["held"]) == (["e3"], ["e2"], 2)
    assert shell.apply().code == 0
    assert members(shell) == {"ada", "cy"}
    assert shell.run("plan", "--detailed-exitcode").code == 0


def test_whoever_was_added_by_somebody_else_is_never_removed(shell: Shell) -> None:
    group, cy = the_group(shell), people(shell)["cy"]
    somebody_else(shell, lambda client: client.add_members(group, [cy]))
    assert shell.run("plan", "--detailed-exitcode").code == 0
    shell.edit("manifests/groups.yaml", "[e1, e2]", "[e1]")
    assert shell.apply().code == 0
    assert members(shell) == {"ada", "cy"}
    # Declared for a while, and there already: still nobody's doing but somebody else's.
    shell.edit("manifests/groups.yaml", "[e1]", "[e1, e3]")
    assert shell.plan()["changes"] == []
    shell.edit("manifests/groups.yaml", "[e1, e3]", "[e1]")
    assert shell.plan()["changes"] == []


def test_drift_sees_that_a_member_of_ours_was_taken_out(shell: Shell) -> None:
    group, bo = the_group(shell), people(shell)["bo"]
    somebody_else(shell, lambda client: client.remove_members(group, [bo]))
    drifted = shell.run("drift", "--format", "json")
    assert drifted.code == 2, drifted.err
    (change,) = shell.plan()["changes"]
    assert (change["action"], change["members"], change["cause"]) == ("addMembers", ["e2"], "drift")
    assert shell.apply().code == 0
    assert members(shell) == {"ada", "bo"}


def test_without_a_memory_nobody_is_removed(shell: Shell) -> None:
    for file in shell.directory.rglob("ledger/*"):
        file.unlink()
    shell.edit("manifests/groups.yaml", "[e1, e2]", "[e1]")
    assert shell.plan()["changes"] == []


def test_a_group_that_we_have_made_is_deleted_and_the_plan_says_who_may_be_lost_unseen(
    shell: Shell,
) -> None:
    shell.write("manifests/groups.yaml", "")
    (deletion,) = shell.plan()["changes"]
    assert (deletion["action"], deletion["members"]) == ("delete", ["e1", "e2"])
    assert "so does whoever else is in it" in deletion["irreversible"]
    blocked = shell.run("plan", "-o", "now.json")
    assert blocked.code == 3
    assert "so does whoever else is in it" in blocked.out
    given = [
        word
        for told in blocked.out.split("--acknowledge ")[1:]
        for word in ("--acknowledge", told.split()[0])
    ]
    done = shell.run("apply", "now.json", *given, "--because", "a test")
    assert done.code == 0, done.out
    with inside(shell) as transaction:
        assert [*transaction.everything(Kind.GROUP)] == []


def test_a_group_that_somebody_else_has_made_is_kept_for_those_whom_nobody_sees(
    shell: Shell,
) -> None:
    async def make(client: ScimClient) -> None:
        await client.create(ModelKind.GROUP, {parse_path("displayName"): "Theirs"})

    somebody_else(shell, make)
    plan = shell.plan()
    assert plan["changes"] == []
    (note,) = (note for note in plan["notes"] if note["code"] == "members-unseen")
    assert "no apply here has made it" in note["message"]


def test_without_a_memory_no_group_is_deleted(shell: Shell) -> None:
    for file in shell.directory.rglob("ledger/*"):
        file.unlink()
    shell.write("manifests/groups.yaml", "")
    assert shell.plan()["changes"] == []


def test_whoever_was_taken_out_by_somebody_else_is_not_ours_any_more(shell: Shell) -> None:
    group, bo = the_group(shell), people(shell)["bo"]
    shell.edit("manifests/groups.yaml", "[e1, e2]", "[e1]")
    somebody_else(shell, lambda client: client.remove_members(group, [bo]))
    assert shell.plan()["left"] == {group: [bo]}
    assert shell.apply().code == 0
    again = shell.plan()
    assert (again["left"], again["estimate"]["reading"]) == ({}, 3)
    # Whoever is added by somebody else is never removed, though they were ours once.
    somebody_else(shell, lambda client: client.add_members(group, [bo]))
    assert shell.plan()["changes"] == []


def test_a_member_of_ours_who_is_declared_and_taken_out_is_ours_again(shell: Shell) -> None:
    group, bo = the_group(shell), people(shell)["bo"]
    somebody_else(shell, lambda client: client.remove_members(group, [bo]))
    assert shell.plan()["left"] == {}
    assert shell.apply().code == 0
    shell.edit("manifests/groups.yaml", "[e1, e2]", "[e1]")
    (change,) = shell.plan()["changes"]
    assert (change["action"], change["members"]) == ("removeMembers", ["e2"])


def test_what_an_apply_added_can_be_undone(shell: Shell) -> None:
    shell.edit("manifests/groups.yaml", "[e1, e2]", "[e1, e2, e3]")
    assert shell.apply().code == 0
    undo = shell.run("plan", "--undo", "last", "--format", "json")
    assert undo.data["plan"]["changes"][0]["members"] == ["e3"], undo.err


def test_explain_knows_of_those_alone_who_were_asked_for(shell: Shell) -> None:
    shell.edit("manifests/groups.yaml", "[e1, e2]", "[e1, e2, e3]")
    told = shell.run("explain", "e3", "box", "--format", "json")
    assert told.code == 0, told.err
    provided = shell.run("provision", "e3", "--yes")
    assert provided.code == 0, provided.out + provided.err
    assert members(shell) == {"ada", "bo", "cy"}
