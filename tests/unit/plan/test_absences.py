"""Who is asked for by id, because a list lacks them: whoever the ledger knows, and few of those."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.identity import Kind, ResourceId
from reconciler.plan.absences import to_confirm
from tests.unit.plan.builders_plan import (
    NOON,
    a_group,
    a_person,
    excluded,
    holding,
    live_user,
    remembering,
    scene_of,
    wanting,
)

ADA = wanting(a_person("ada"), a_person("bob", excluded()), a_group("ops"))
KNOWN = remembering(
    links={
        "user:ada": "u-ada",
        "user:bob": "u-bob",
        "user:left": "u-left",
        "user:there": "u-there",
        "group:ops": "g-ops",
    }
)
THERE = live_user("u-there")


def test_whoever_was_there_and_is_not_listed_is_asked_for() -> None:
    asked = to_confirm(scene_of(ADA, holding(THERE), memory=KNOWN))
    assert asked == {
        Kind.USER: {"u-ada": True, "u-bob": False, "u-left": False},
        Kind.GROUP: {"g-ops": True},
    }


def test_who_was_switched_off_and_stays_so_is_not() -> None:
    off = {ResourceId(f"u-{name}"): NOON for name in ("ada", "bob", "left")}
    asked = to_confirm(scene_of(ADA, holding(THERE), memory=replace(KNOWN, deactivated=off)))
    assert asked[Kind.USER] == {"u-ada": True}


def test_a_list_with_a_gap_says_already_that_it_lacks_somebody() -> None:
    actual = holding(THERE, users_gap="page 2: timed out", groups_gap="page 1: timed out")
    assert to_confirm(scene_of(ADA, actual, memory=KNOWN)) == {}


def test_of_many_a_few_are_asked_for_those_first_who_should_be_there() -> None:
    links = {f"user:x{n:02}": f"u-{n:02}" for n in range(40)} | {"user:ada": "u-zz"}
    asked = to_confirm(scene_of(ADA, holding(), memory=remembering(links=links)))
    assert list(asked[Kind.USER]) == ["u-zz", *(f"u-{n:02}" for n in range(19))]
