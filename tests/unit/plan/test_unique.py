"""`SelectUniqueValue`: the first candidate that nobody has, for whoever is created."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.change import Create
from reconciler.model.desired import DesiredUser, DesiredValue
from reconciler.model.mapping import Apply
from reconciler.model.path import Value, parse_path
from reconciler.model.plan import Plan
from tests.unit.plan.builders_plan import (
    HERE,
    a_group,
    a_person,
    does,
    excluded,
    holding,
    live_user,
    message,
    notes,
    plan_of,
    wanting,
)

NICK = parse_path("nickName")


def choosing(key: str, *candidates: Value, path: str = "nickName") -> DesiredUser:
    """Somebody whose attribute may get one of these values."""
    person = a_person(key)
    choice = DesiredValue(candidates[0], HERE, Apply.ON_CREATE, candidates)
    return replace(person, values={**person.values, parse_path(path): choice})


def given(plan: Plan) -> dict[str, object]:
    return {
        change.key: value.value
        for change in plan.changes
        if isinstance(change, Create)
        for value in change.values
        if value.path == "nickName"
    }


def test_first_candidate_that_nobody_live_has_is_taken_whoever_owns_the_other() -> None:
    live = holding(live_user("u-9", nickName="As"))
    plan = plan_of(wanting(choosing("ada", "as", "a.s", "ad.s")), live)
    assert given(plan) == {"ada": "a.s"}


def test_whoever_has_no_value_takes_none() -> None:
    plan = plan_of(wanting(choosing("ada", "as", "a.s")), holding(live_user("u-9")))
    assert given(plan) == {"ada": "as"}


def test_people_of_one_plan_get_different_ones_in_the_order_of_their_keys() -> None:
    people = [choosing(key, "as", "a.s", "ad.s") for key in ("cyd", "ada", "bob")]
    plan = plan_of(wanting(*people), holding())
    assert given(plan) == {"ada": "as", "bob": "a.s", "cyd": "ad.s"}
    assert plan.changes == plan_of(wanting(*reversed(people)), holding()).changes


def test_what_git_wants_for_somebody_is_taken_before_it_is_live() -> None:
    fixed = a_person("zoe", nickName="as")
    plan = plan_of(wanting(choosing("ada", "as", "a.s"), fixed), holding())
    assert given(plan) == {"ada": "a.s", "zoe": "as"}


def test_list_that_git_wants_for_somebody_takes_each_of_its_values() -> None:
    fixed = a_person("zoe", nickName=("as", "a.s"))
    plan = plan_of(wanting(choosing("ada", "as", "a.s", "ad.s"), fixed), holding())
    assert given(plan)["ada"] == "ad.s"


def test_several_values_of_one_resource_are_all_taken() -> None:
    live = holding(live_user("u-9", nickName=["as", "a.s"]))
    plan = plan_of(wanting(choosing("ada", "as", "a.s", "ad.s")), live)
    assert given(plan) == {"ada": "ad.s"}


def test_whoever_finds_all_taken_is_skipped_alone() -> None:
    people = [choosing(key, "as") for key in ("ada", "bob")]
    plan = plan_of(wanting(*people, a_group("ops", "ada", "bob")), holding())
    assert given(plan) == {"ada": "as"}
    assert ("no-unique-value", "user:bob") in notes(plan)
    assert "nickName of bob is taken" in message(plan, "no-unique-value")
    assert "addMembers group:ops +ada" in does(plan)


def test_value_stays_once_it_is_there() -> None:
    live = holding(live_user("u-1", "ada@zone.example", nickName="other"))
    assert does(plan_of(wanting(choosing("ada", "as")), live)) == []


def test_whoever_is_not_created_takes_nothing() -> None:
    gone = replace(choosing("ada", "as"), standing=excluded())
    plan = plan_of(wanting(gone, choosing("bob", "as")), holding())
    assert given(plan) == {"bob": "as"}


def test_incomplete_reading_chooses_nothing() -> None:
    plan = plan_of(wanting(choosing("ada", "as")), holding(users_gap="page 2 failed"))
    assert (plan.changes, notes(plan)) == ((), [])


def test_two_attributes_are_chosen_for_themselves() -> None:
    ada = choosing("ada", "as", "a.s")
    both = replace(
        ada,
        values={
            **ada.values,
            parse_path("title"): DesiredValue("T", HERE, Apply.ON_CREATE, ("T", "T2")),
        },
    )
    live = holding(live_user("u-9", title="T", nickName="x"))
    (created,) = (c for c in plan_of(wanting(both), live).changes if isinstance(c, Create))
    assert {v.path: v.value for v in created.values if v.path != "userName"} == {
        "nickName": "as",
        "title": "T2",
    }
