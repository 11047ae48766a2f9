"""Killed before and after every write, really: the next run converges (safety statement 6).

Each kill is tried with both ledgers where changes are sent by PATCH, and in a sample where they are
sent by PUT or together, before each step of the ledger's own writes, and while an apply is undone;
`python -m tests.fuzz.kills` leaves nothing out. `killing` has the organisation.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from reconciler.apply.git_ledger import SKEW
from reconciler.apply.keeper import LASTS
from tests.e2e.between import Moment
from tests.e2e.killing import (
    WRITES,
    World,
    assert_converged,
    converges,
    converges_after_an_undo,
    converges_after_the_ledger,
    kill_while_applying,
    plan_an_undo,
    world,
)

#: What the change is made of, as requests: the kill points.
POINTS = [
    pytest.param(number, moment, id=f"{moment}-{number}")
    for number in range(1, WRITES["patch"].total() + 1)
    for moment in Moment
]


@pytest.fixture(scope="module", params=["directory", "git"], name="world")
def by_patch(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("client"), "patch", in_git=request.param == "git") as made:
        yield made


@pytest.fixture(scope="module", params=["put", "bulk"])
def other(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("client"), request.param, in_git=False) as made:
        yield made


def test_the_kill_points_are_all_the_writes_there_are(world: World) -> None:
    the_writes_are_known(world)


def test_so_they_are_in_the_other_ways_of_writing(other: World) -> None:
    the_writes_are_known(other)


def the_writes_are_known(world: World) -> None:
    world.bring_back("planned")
    passage = world.proxy.begin()

    applied = world.shell.process("apply", "reviewed.json")

    assert (applied.code, applied.err) == (0, "")
    assert Counter(passage.writes) == WRITES[world.way]
    assert_converged(world, runs=1)


@pytest.mark.parametrize(("number", "moment"), POINTS)
def test_killed_at_a_write_the_next_run_converges(
    world: World, number: int, moment: Moment
) -> None:
    """With a fresh plan, and from the same place with the plan file that was being applied."""
    converges(world, number, moment)


def test_so_it_does_in_the_other_ways_of_writing(other: World) -> None:
    for number in range(4, WRITES[other.way].total() + 1, 8):
        converges(other, number, Moment.AFTER)


def test_killed_before_the_ledger_is_written_the_next_run_converges(world: World) -> None:
    assert converges_after_the_ledger(world, 7)


def test_killed_while_undoing_the_next_run_converges(world: World) -> None:
    undone, _ = plan_an_undo(world)
    converges_after_an_undo(world, 4, Moment.AFTER, undone)


def test_until_the_lease_of_a_killed_run_ends_the_next_one_is_told(world: World) -> None:
    """In a directory it ended with the process."""
    world.bring_back("planned")
    world.shell.now = datetime.now(UTC)
    kill_while_applying(world, 1, Moment.BEFORE)
    world.proxy.begin()
    refused = world.shell.run("apply", "reviewed.json")
    if world.in_git:
        assert (refused.code, "is held by another run (process " in refused.err) == (1, True)
    else:
        assert refused.code == 0


def test_log_of_a_killed_run_has_what_was_done_and_the_ledger_tells_the_rest(world: World) -> None:
    """Whoever is done has a line; the ledger then has it of the others; nobody has two."""
    world.bring_back("planned")
    (world.shell.directory / "killed.jsonl").unlink(missing_ok=True)
    kill_while_applying(world, 10, Moment.BEFORE, "--log", "killed.jsonl")
    world.shell.now = datetime.now(UTC) + LASTS + SKEW
    told = statuses(world, "killed.jsonl")
    assert 3 <= len(told) < 11
    assert set(told.values()) == {"success"}

    completed = world.shell.run("ledger", "log", "box", "last", "killed.jsonl")
    assert completed.code == 0
    assert "did not end: it was killed, or is still at work." in completed.err
    assert f"{11 - len(told)} lines appended to killed.jsonl." in completed.err
    every = statuses(world, "killed.jsonl")
    assert every.items() > told.items()
    assert len(every) == 11
    assert every["group:old"] == "skipped"  # its deletion was to be the last of all
    assert "failure" in every.values()  # in flight, and so unknown
    again = world.shell.run("ledger", "log", "box", "last", "killed.jsonl")
    assert "0 lines appended" in again.err

    world.proxy.begin()
    resumed = world.shell.run("apply", "reviewed.json", "--log", "resumed.jsonl")
    assert resumed.code == 0
    assert set(statuses(world, "resumed.jsonl").values()) == {"success"}
    (world.shell.directory / "resumed.jsonl").unlink()


def statuses(world: World, log: str) -> dict[str, str]:
    """How it ended for whom, as one log has it; one line for each."""
    entries = [json.loads(line) for line in world.shell.read(log).splitlines()]
    found = {e["reconciler"]["subject"]: e["provisioningStatusInfo"]["status"] for e in entries}
    assert len(found) == len(entries)
    return found
