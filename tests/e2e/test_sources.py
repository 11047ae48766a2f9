"""People from a table: what joins, changes and leaves, and what a broken table must never do."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.shell import Ran, Shell

SOURCE = """\
apiVersion: reconciler/v1
kind: Source
metadata: {name: hr}
spec:
  key: {column: id, prefix: h}
  attributes:
    userPrincipalName: login
    givenName: first
    surname: last
    department: unit
  leavers: {column: status, values: [left]}
  expect: {min: 3}
  maxAge: 2d
  maxShrink: {share: 1%, floor: 1}
---
apiVersion: reconciler/v1
kind: Group
metadata: {name: kernel}
spec:
  displayName: Kernel
  members: [h3]
  memberRule: user.department == "Kernel"
"""
HEADER = "id,login,first,last,unit,status\n"
LINUS = "1,linus@zone.example,Linus,Torvalds,Kernel,here\n"
DENNIS = "2,dennis@zone.example,Dennis,Ritchie,Kernel,here\n"
MARGARET = "3,margaret@zone.example,Margaret,Hamilton,Flight,here\n"
BARBARA = "4,barbara@zone.example,Barbara,Liskov,Kernel,here\n"


class Feed:
    """A shell whose people come from a table that a job fetched."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell.small_organisation()
        shell.write("manifests/hr.yaml", SOURCE)
        self.given = ["--source", "hr=fetched.csv"]

    def fetch(self, *rows: str, header: str = HEADER, age: timedelta = timedelta(0)) -> None:
        path = self.shell.write("fetched.csv", header + "".join(rows))
        made = (self.shell.now - age).timestamp()
        os.utime(path, (made, made))

    def run(self, *args: str) -> Ran:
        return self.shell.run(*args, *self.given)

    def plan(self, *args: str) -> Any:
        return self.run("plan", "--format", "json", *args).data["plan"]

    def actions(self, *args: str) -> list[tuple[str, str]]:
        return [(change["action"], change["key"]) for change in self.plan(*args)["changes"]]

    def apply(self) -> None:
        assert self.run("plan", "-o", "now.json").code in {0, 1}
        ran = self.shell.run("apply", "now.json")
        assert ran.code == 0, ran.err


@pytest.fixture
def feed(shell: Shell) -> Feed:
    """Four people of a source, applied."""
    feed = Feed(shell)
    feed.fetch(LINUS, DENNIS, MARGARET, BARBARA)
    feed.apply()
    assert feed.actions() == []
    return feed


def test_the_plan_says_what_it_is_made_from(feed: Feed) -> None:
    feed.fetch(LINUS, DENNIS, MARGARET, BARBARA.replace("here", "Left"), age=timedelta(hours=30))

    ran = feed.run("plan")

    assert "Source hr: 4 rows, 1 of them leavers in fetched.csv, 30 h old, sha256:" in ran.out
    (state,) = feed.plan()["feeds"]
    assert (state["name"], state["rows"], state["leavers"], state["gap"]) == ("hr", 4, 1, None)
    assert state["dated"] == "2026-11-22T06:00:00Z"


def test_rows_that_change_and_leavers_flow(feed: Feed) -> None:
    feed.fetch(
        LINUS.replace("Linus", "L."), DENNIS.replace("here", "LEFT"), MARGARET, BARBARA,
        "5,edsger@zone.example,Edsger,Dijkstra,Paths,here\n",
    )  # fmt: skip
    assert feed.actions() == [
        ("deactivate", "h2"),
        ("create", "h5"),
        ("update", "h1"),
        ("removeMembers", "kernel"),
    ]
    out = feed.run("plan").out
    assert "the row in hr says that they have left (by source hr)  [fetched.csv:3]" in out


def test_whoever_is_gone_from_a_whole_source_leaves(feed: Feed) -> None:
    feed.fetch(LINUS, DENNIS, MARGARET)
    assert feed.actions() == [("removeMembers", "kernel"), ("deactivate", "h4")]


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ((LINUS, DENNIS), "it has 2 rows, and at least 3 are expected"),
        ((LINUS, DENNIS, MARGARET, "4,bar"), "line 5: the row has 2 cells, and the header 6"),
        ((LINUS, DENNIS, MARGARET, MARGARET), "line 5: h3 has a row already, in line 4"),
        ((LINUS, DENNIS, MARGARET, '4,"'), "line 5: the quotes of this row do not close"),
        (
            (LINUS, DENNIS, MARGARET, "4,,Barbara,Liskov,Kernel,here\n"),
            'line 5: the cell of "login"',
        ),
        ((LINUS, DENNIS, MARGARET, "ä b,x,x,x,x,x\n"), 'line 5: the cell of "id" is no name'),
    ],
)
def test_nobody_is_removed_by_a_source_that_is_not_whole(
    feed: Feed, table: tuple[str, ...], why: str
) -> None:
    feed.fetch(*table)

    ran = feed.run("plan")

    assert ran.code == 1
    assert f"Incomplete: source hr: {why}" in ran.out
    assert feed.actions() == []


def test_a_table_that_is_old_undated_shrunken_or_absent_removes_nobody(feed: Feed) -> None:
    def gap() -> str:
        plan = feed.plan()
        assert plan["changes"] == []
        return str(plan["gaps"])

    feed.fetch(LINUS, DENNIS, MARGARET, age=timedelta(hours=49))
    assert "it is of 2026-11-21 11:00 UTC, and at most 2 d are believed" in gap()
    feed.fetch(LINUS, DENNIS, MARGARET, age=-timedelta(hours=2))
    assert "it is dated 2026-11-23 14:00 UTC, which is still to come" in gap()
    feed.shell.edit("manifests/hr.yaml", "{min: 3}", "{min: 1}")
    feed.fetch(LINUS, DENNIS)
    assert "2 fewer than the 4 of the last apply, and 1 fewer are believed" in gap()
    feed.fetch(header="")
    assert "it is empty" in gap()
    feed.fetch(LINUS, DENNIS, MARGARET, header=HEADER.replace("login", "Login"))
    assert "it has no column" in gap()
    Path(feed.shell.directory / "fetched.csv").unlink()
    assert "it cannot be read: No such file or directory" in gap()
    feed.given = []
    assert "no table was given" in gap()


def test_joiners_and_leavers_flow_through_a_source_that_is_not_whole(feed: Feed) -> None:
    feed.fetch(
        LINUS.replace("here", "left"),
        "5,edsger@zone.example,Edsger,Dijkstra,Kernel,here\n",
        "9,broken\n",
    )
    assert feed.actions() == [
        ("deactivate", "h1"),
        ("create", "h5"),
        ("addMembers", "kernel"),
        ("removeMembers", "kernel"),
    ]
    plan = feed.plan()
    assert plan["changes"][-1]["members"] == ["h1"]
    kept = {note["key"] for note in plan["notes"] if note["code"] == "source-incomplete"}
    assert kept == {"h2", "h3", "h4", "kernel"}


def test_a_leaver_leaves_whatever_else_is_wrong_with_the_row_and_the_table(feed: Feed) -> None:
    feed.fetch("1,,Linus,Torvalds,Kernel,left\n", DENNIS, MARGARET, BARBARA)
    assert ("deactivate", "h1") in feed.actions()
    header = HEADER.replace("first", "name")
    feed.fetch(LINUS.replace("here", "left"), DENNIS, MARGARET, BARBARA, header=header)
    assert feed.actions() == [("deactivate", "h1"), ("removeMembers", "kernel")]


def test_a_leaver_twice_over_is_a_leaver_and_a_contradiction_is_nobody(feed: Feed) -> None:
    left = LINUS.replace("here", "left")
    feed.fetch(left, left, DENNIS, MARGARET, BARBARA)
    assert ("deactivate", "h1") in feed.actions()
    feed.fetch(left, LINUS, DENNIS, MARGARET, BARBARA)
    assert feed.actions() == []


def test_a_manifest_wins_over_a_row_but_not_over_a_leavers(feed: Feed) -> None:
    manifest = (
        "apiVersion: reconciler/v1\nkind: User\nmetadata: {name: h1}\n"
        "spec:\n  givenName: Linus B.\n  accountEnabled: true\n"
    )
    feed.shell.write("manifests/linus.yaml", manifest)
    ran = feed.run("plan", "--full")
    assert 'displayName: "Linus Torvalds" -> "Linus B. Torvalds"' in ran.out

    feed.fetch(LINUS.replace("here", "left"), DENNIS, MARGARET, BARBARA)
    assert ("deactivate", "h1") in feed.actions()


def test_somebody_with_a_manifest_loses_nothing_while_their_row_is_missing(feed: Feed) -> None:
    manifest = (
        "apiVersion: reconciler/v1\nkind: User\nmetadata: {name: h1}\n"
        "spec: {userPrincipalName: linus@zone.example, surname: Torvalds}\n"
    )
    feed.shell.write("manifests/linus.yaml", manifest)
    assert feed.actions() == []
    feed.fetch(DENNIS)
    assert feed.actions() == []  # neither the group by rule, nor the name, which needs both parts

    feed.shell.edit("manifests/linus.yaml", "surname", "accountEnabled: false, surname")
    assert feed.actions() == [("deactivate", "h1"), ("removeMembers", "kernel")]


def test_a_manifest_alone_still_joins_while_a_source_is_not_whole(feed: Feed) -> None:
    manifest = (
        "apiVersion: reconciler/v1\nkind: User\nmetadata: {name: c1}\n"
        "spec: {userPrincipalName: grace@zone.example, givenName: Grace, surname: Hopper}\n"
    )
    feed.shell.write("manifests/grace.yaml", manifest)
    feed.shell.edit("manifests/hr.yaml", "members: [h3]", "members: [h3, c1]")
    feed.fetch(DENNIS)
    assert feed.actions() == [("create", "c1"), ("addMembers", "kernel")]


def test_a_row_count_is_remembered_only_of_a_whole_source(feed: Feed) -> None:
    feed.shell.edit("manifests/hr.yaml", "{min: 3}", "{min: 1}")
    feed.fetch(LINUS)  # three fewer
    feed.apply()
    feed.fetch(LINUS)
    assert "3 fewer than the 4 of the last apply" in str(feed.plan()["gaps"])


def test_a_table_of_the_tree_is_reviewed_like_a_manifest(shell: Shell) -> None:
    shell.small_organisation()
    shell.write("manifests/hr.yaml", SOURCE.replace("spec:\n  key", "spec:\n  file: hr.csv\n  key")
                .replace("  maxAge: 2d\n", ""))  # fmt: skip
    shell.write("manifests/hr.csv", HEADER + LINUS + DENNIS + MARGARET)
    assert shell.run("validate").code == 0
    assert shell.run("validate", "--source", "hr=x.csv").code == 64
    assert shell.run("validate", "--source", "payroll=x.csv").code == 64
    assert shell.run("validate", "--source", "hr").code == 64

    shell.write("manifests/hr.csv", HEADER + LINUS + "2\n")
    ran = shell.run("validate")
    assert ran.code == 4
    assert "manifests/hr.csv:3:1: error[source-ragged-row]" in ran.out


def test_a_table_cannot_be_named_outside_the_tree(shell: Shell) -> None:
    shell.small_organisation()
    shell.write("manifests/hr.yaml", SOURCE.replace("spec:\n  key", "spec:\n  file: hr.csv\n  key")
                .replace("  maxAge: 2d\n", ""))  # fmt: skip
    shell.write("secret.csv", HEADER + LINUS + DENNIS + MARGARET)
    (shell.directory / "manifests" / "hr.csv").symlink_to(shell.directory / "secret.csv")
    ran = shell.run("validate")
    assert ran.code == 4
    assert "[symlink-outside]" in ran.out


def test_cells_are_data(feed: Feed) -> None:
    feed.fetch(
        '1,linus@zone.example,"=cmd|\'/C calc\'!A0",\x1b[31mred,Kernel,here\n',
        DENNIS, MARGARET, BARBARA,
    )  # fmt: skip
    ran = feed.run("plan", "--full")
    assert "=cmd|'/C calc'!A0" in ran.out
    assert "\x1b" not in ran.out


def brought(changes: Any) -> dict[tuple[str, str], tuple[list[str], list[str]]]:
    """Which sources brought each change, and whom of a change of members."""
    return {
        (change["action"], change["key"]): (change["sources"], change.get("brought", []))
        for change in changes
    }


def test_what_rows_brought_can_be_told_and_selected(feed: Feed) -> None:
    feed.shell.edit("manifests/hr.yaml", "members: [h3]", "members: [h3, e1]")
    feed.shell.edit("manifests/people.yaml", "jobTitle: Lead", "jobTitle: Head")
    feed.fetch(
        LINUS.replace("Linus", "L."), DENNIS.replace("here", "left"), MARGARET,
        "5,edsger@zone.example,Edsger,Dijkstra,Kernel,here\n",
    )  # fmt: skip

    assert brought(feed.plan()["changes"]) == {
        ("deactivate", "h2"): (["hr"], []),
        ("create", "h5"): (["hr"], []),
        ("update", "e1"): ([], []),
        ("update", "h1"): (["hr"], []),
        ("addMembers", "kernel"): (["hr"], ["h5"]),
        ("removeMembers", "kernel"): (["hr"], ["h2", "h4"]),
        ("deactivate", "h4"): (["hr"], []),
    }
    assert feed.actions("--only", "cause:source") == [
        ("deactivate", "h2"),
        ("create", "h5"),
        ("update", "h1"),
        ("addMembers", "kernel"),
        ("removeMembers", "kernel"),
        ("deactivate", "h4"),
    ]
    assert feed.plan("--only", "cause:source")["changes"][3]["members"] == ["h5"]
    out = feed.run("plan").out
    assert "Git has them as members (1 of 2 by source hr)" in out


def test_what_git_changes_is_not_the_rows_doing(feed: Feed) -> None:
    feed.shell.edit("manifests/target.yaml", 'Join(" ", [givenName], [surname])', "[surname]")
    feed.shell.edit("manifests/hr.yaml", 'user.department == "Kernel"', "false")
    assert set(map(str, brought(feed.plan()["changes"]).values())) == {"([], [])"}
    assert feed.actions("--only", "cause:source") == []


def test_a_mover_is_the_rows_doing(feed: Feed) -> None:
    feed.fetch(LINUS, DENNIS, MARGARET.replace("Flight", "Kernel"), BARBARA.replace("Kernel", "X"))
    feed.shell.edit("manifests/hr.yaml", "  members: [h3]\n", "")
    assert brought(feed.plan()["changes"]) == {("removeMembers", "kernel"): (["hr"], ["h4"])}


def test_explain_and_plan_name_the_row_and_what_overrides_it(feed: Feed) -> None:
    out = feed.run("explain", "h1", "box").out
    assert 'givenName "Linus"  [fetched.csv:2]' in out

    manifest = (
        "apiVersion: reconciler/v1\nkind: User\nmetadata: {name: h1}\n"
        "spec:\n  givenName: Linus B.\n"
    )
    feed.shell.write("manifests/linus.yaml", manifest)
    out = feed.run("explain", "h1", "box").out
    assert 'givenName "Linus B.", over what fetched.csv:2 says  [manifests/linus.yaml:5]' in out
    assert 'surname "Torvalds"  [fetched.csv:2]' in out
    said = "the manifest counts for givenName; source hr (fetched.csv:2:1) says otherwise"
    assert said in feed.run("plan").out


def test_tables_can_be_named_in_the_environment(feed: Feed) -> None:
    feed.given = []
    feed.shell.env["RECONCILER_SOURCES"] = "hr=fetched.csv\n"
    assert feed.actions() == []
    feed.shell.env["RECONCILER_SOURCES"] = "hr=fetched.csv\nhr=other.csv"
    assert feed.run("validate").code == 64
