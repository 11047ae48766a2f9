from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from reconciler.model.change import AttributeChange, Change, Create, Delete, Step
from reconciler.model.desired import Cause
from reconciler.model.identity import GroupKey, Kind, UserKey
from reconciler.model.note_code import NoteCode
from reconciler.model.plan import Note, NoteKind, Plan, Population
from reconciler.model.policy import Guard, Limit, Policies, Protection, Verdict, Violation
from reconciler.plan.judge import UNHELD, judge, judge_all
from tests.builders import (
    HERE,
    a_create,
    a_deactivation,
    a_deletion,
    a_plan,
    a_reactivation,
    a_removal,
    an_addition,
    an_update,
)

#: 154 live active people of ours, 20 groups of ours.
COMPANY = Population(160, 154, 25, 20, 154, 20)
DEFAULTS = Policies()


def a_user_deletion(key: str, cause: Cause = Cause.REMOVED) -> Delete:
    return replace(a_deletion(key), kind=Kind.USER, cause=cause)


def a_group_create(key: str) -> Create:
    return replace(a_create(key), kind=Kind.GROUP)


def leaving(number: int, cause: Cause = Cause.DISABLED) -> list[Change]:
    return [replace(a_deactivation(f"e{i:03}"), cause=cause) for i in range(number)]


def verdict(
    *changes: Change, population: Population = COMPANY, policies: Policies = DEFAULTS
) -> Verdict:
    return judge(a_plan(*changes, population=population), policies)


def checks(found: Verdict) -> list[str]:
    return [violation.check for violation in found.violations]


def messages(found: Verdict) -> list[str]:
    return [violation.message for violation in found.violations]


def test_an_empty_plan_is_accepted() -> None:
    assert verdict() == Verdict()
    assert verdict().accepted


def test_a_guardrail_says_what_was_measured_the_limit_of_what_and_the_way_out() -> None:
    found = verdict(*leaving(12))
    assert found == Verdict(
        (
            Violation(
                check="deactivations",
                message="12 people would be deactivated; 3 are allowed "
                "(max of 3 and 0.5 % of 154 active people, at most 25)",
                way_out="see in the list who and why; a wrong filter or a lost file looks like "
                "this",
                hashes=tuple(f"deactivate-e{i:03}" for i in range(12)),
                releasable=True,
            ),
        )
    )
    assert not found.accepted


@pytest.mark.parametrize(
    ("allowed", "population", "active"),
    [(3, COMPANY, 154), (5, replace(COMPANY, users_owned_active=1_000), 1_000),
     (25, replace(COMPANY, users_owned_active=90_000), 90_000)],
    ids=["floor", "share", "cap"],
)  # fmt: skip
def test_deactivations_trip_above_the_larger_of_floor_and_share_below_the_cap(
    allowed: int, population: Population, active: int
) -> None:
    assert active == population.users_owned_active
    assert verdict(*leaving(allowed), population=population).accepted
    found = verdict(*leaving(allowed + 1), population=population)
    assert checks(found) == ["deactivations"]
    assert f"; {allowed} are allowed" in messages(found)[0]


def test_deletions_of_people_have_a_smaller_limit() -> None:
    assert verdict(a_user_deletion("a")).accepted
    found = verdict(a_user_deletion("a"), a_user_deletion("b"))
    assert messages(found) == [
        "2 people would be deleted; 1 is allowed "
        "(max of 1 and 0.2 % of 154 active people, at most 10)"
    ]


def test_no_group_is_deleted_without_a_word() -> None:
    found = verdict(a_deletion("ops"))
    assert checks(found) == ["groupDeletions"]
    assert messages(found) == ["1 group would be deleted; 0 are allowed"]


def test_removals_are_counted_in_each_group_for_itself() -> None:
    def removing(key: str, number: int, held: int) -> Change:
        return a_removal(key, [f"e{i}" for i in range(number)], held)

    assert verdict(removing("a", 5, 8), removing("b", 5, 9)).accepted
    assert verdict(removing("a", 10, 100)).accepted
    found = verdict(removing("a", 11, 100), removing("b", 6, 9), removing("c", 1, 1))
    assert [(v.check, v.message, v.hashes) for v in found.violations] == [
        (
            "memberRemovals:a",
            "11 members would be removed from a; 10 are allowed (max of 5 and 10 % of 100 members)",
            ("remove-a",),
        ),
        (
            "memberRemovals:b",
            "6 members would be removed from b; 5 are allowed (max of 5 and 10 % of 9 members)",
            ("remove-b",),
        ),
    ]


def test_who_leaves_a_group_early_counts_with_those_who_leave_it_late() -> None:
    early = replace(a_removal("a", ["e1", "e2", "e3"], held=9), step=Step.FREE, hash="early")
    (found,) = verdict(early, a_removal("a", ["e4", "e5", "e6"], held=6)).violations
    assert found.check == "memberRemovals:a"
    assert found.message.endswith("(max of 5 and 10 % of 9 members)")
    assert found.hashes == ("early", "remove-a")


def test_one_guardrail_that_trips_in_many_places_is_one_violation() -> None:
    removals = [a_removal(f"g{i}", [f"e{n}" for n in range(6)], held=6) for i in range(5)]
    (found,) = verdict(*removals).violations
    assert found.check == "memberRemovals"
    assert found.message.startswith(
        "trips in 5 places: 6 members would be removed from g0; 5 are allowed"
    )
    assert found.message.endswith("; and 2 more")
    assert found.hashes == tuple(f"remove-g{i}" for i in range(5))
    assert len(verdict(*removals[:3]).violations) == 3


def test_one_attribute_of_many_people_is_counted_for_itself() -> None:
    titles = [an_update(f"e{i:03}", "title") for i in range(11)]
    others = [an_update(f"f{i:03}", "nickName") for i in range(10)]
    found = verdict(*titles, *others)
    assert checks(found) == ["attributeChanges:title"]
    assert messages(found) == [
        "11 people would get another title; 10 are allowed (max of 10 and 5 % of 154 people)"
    ]
    back = [
        replace(
            a_reactivation(f"e{i}"),
            changes=(
                AttributeChange("active", False, True),
                AttributeChange("Title", "Lead", "Head"),
            ),
        )
        for i in range(11)
    ]
    assert checks(verdict(*back)) == ["attributeChanges:Title"]


def test_attributes_of_groups_are_measured_against_groups() -> None:
    renames = [replace(an_update(f"g{i}", "displayName"), kind=Kind.GROUP) for i in range(11)]
    found = verdict(*renames)
    assert messages(found) == [
        "11 groups would get another displayName; 10 are allowed (max of 10 and 5 % of 20 groups)"
    ]


@pytest.mark.parametrize("cause", [Cause.OUT_OF_SCOPE, Cause.UNASSIGNED])
def test_leaving_scope_is_counted_apart(cause: Cause) -> None:
    generous = Policies(limits={Guard.DEACTIVATIONS: Limit(100), Guard.DELETIONS: Limit(100)})
    assert verdict(*leaving(3, cause), policies=generous).accepted
    found = verdict(*leaving(3, cause), a_user_deletion("x", cause), policies=generous)
    assert checks(found) == ["leavingScope"]
    assert verdict(*leaving(50, Cause.ENDED), policies=generous).accepted


def joining(number: int) -> list[Change]:
    return [a_create(f"e{i:03}") for i in range(number)]


def test_grants_have_a_limit_too() -> None:
    assert verdict(*joining(50)).accepted
    found = verdict(*joining(50), a_reactivation("back"))
    assert checks(found) == ["creates:user"]
    assert messages(found) == [
        "51 people would be created or made active again; 50 are allowed "
        "(max of 50 and 5 % of 154 people)"
    ]
    groups = [a_group_create(f"g{i}") for i in range(51)]
    assert checks(verdict(*groups)) == ["creates:group"]
    assert verdict(*joining(30), *groups[:30]).accepted


def test_a_first_load_into_an_empty_provider_is_let_through() -> None:
    empty = Population(0, 0, 0, 0, 500, 60)
    groups = [a_group_create(f"g{i}") for i in range(60)]
    assert verdict(*joining(500), *groups, population=empty).accepted
    pushed = replace(empty, users_live=1)
    assert checks(verdict(*joining(500), *groups, population=pushed)) == ["creates:user"]


def test_additions_to_privileged_groups_are_counted_together() -> None:
    def granting(key: str, number: int) -> Change:
        return replace(an_addition(key, [f"e{i}" for i in range(number)]), privileged=True)

    assert verdict(
        granting("a", 3), granting("b", 2), an_addition("c", map(str, range(99)))
    ).accepted
    found = verdict(granting("a", 3), granting("b", 3))
    assert [(v.check, v.message, v.hashes) for v in found.violations] == [
        (
            "privilegedAdditions",
            "6 members would be added to privileged groups; 5 are allowed",
            ("add-a", "add-b"),
        )
    ]


def test_widened_ownership_trips_on_the_first_stranger() -> None:
    plan = replace(
        a_plan(
            a_deactivation("id:u-1"),
            a_deactivation("known"),
            a_removal("ops", ["e1", "id:u-2"]),
            a_removal("net", ["e1"]),
            population=COMPANY,
        ),
        widened=("user:id:u-1", "user:id:u-2"),
    )
    (found,) = judge(plan, DEFAULTS).violations
    assert (found.check, found.hashes) == (
        "widenedOwnership",
        ("deactivate-id:u-1", "remove-ops"),
    )
    assert found.message == (
        "2 live resources would lose something, declared by no manifest and known to no apply; "
        "0 are allowed"
    )
    named_alike = replace(plan, widened=("group:e1",))
    assert judge(named_alike, DEFAULTS).violations[0].hashes == ()
    nested = replace(plan, widened=("group:id:u-2",))
    assert judge(nested, DEFAULTS).violations[0].hashes == ("remove-ops",)


def test_taking_away_while_nothing_is_desired_trips_always() -> None:
    nobody = replace(COMPANY, users_desired=0)
    for change in (a_deactivation(), a_user_deletion("a"), a_removal()):
        found = verdict(change, population=nobody)
        assert checks(found) == ["nothingDesired:user"]
        assert messages(found) == [
            "1 change would take something from people, of whom not one is desired; 0 are allowed"
        ]
    assert verdict(an_update(), population=nobody).accepted
    no_groups = replace(COMPANY, groups_desired=0)
    assert checks(verdict(a_deletion(), population=no_groups)) == [
        "groupDeletions",
        "nothingDesired:group",
    ]


def test_that_nothing_is_desired_cannot_be_configured_away() -> None:
    policies = Policies(limits={Guard.NOTHING_DESIRED: Limit(1_000)})
    nobody = replace(COMPANY, users_desired=0)
    assert not verdict(a_deactivation(), population=nobody, policies=policies).accepted


def test_a_configured_limit_replaces_the_default_and_leaves_the_others() -> None:
    strict = Policies(limits={Guard.DEACTIVATIONS: Limit(0, 0.0125)})
    found = verdict(*leaving(3), a_deletion(), policies=strict)
    assert checks(found) == ["deactivations", "groupDeletions"]
    assert messages(found)[0] == (
        "3 people would be deactivated; 2 are allowed (max of 0 and 1.25 % of 154 active people)"
    )


BREAK_GLASS = Policies(
    protections=(
        Protection(
            "break-glass", frozenset({UserKey("root")}), frozenset({GroupKey("admins")}), HERE
        ),
        Protection("nobody", frozenset({UserKey("other")}), frozenset(), HERE),
    )
)
LOSING: Iterable[Change] = (
    a_deactivation("root"),
    a_user_deletion("root"),
    a_removal("ops", ["e1", "root"]),
    an_update("root", "userName", irreversible="destroys"),
    replace(a_reactivation("root"), irreversible="destroys"),
    a_removal("admins", ["e1"]),
    a_removal("ops", ["group:admins"]),
    a_deletion("admins"),
    a_deletion("ops", members=["root"]),
)


@pytest.mark.parametrize("change", LOSING, ids=lambda c: f"{c.action} {c.key}")
def test_from_the_protected_nothing_is_taken_whatever_anybody_acknowledges(change: Change) -> None:
    found = verdict(change, policies=BREAK_GLASS)
    (protection,) = [v for v in found.violations if v.check.startswith("protection")]
    assert protection.check == "protection:break-glass"
    assert not protection.releasable
    assert protection.hashes == (change.hash,)
    assert "from whom nothing is ever taken" in protection.message


def test_the_protected_may_be_given_to_and_changed() -> None:
    giving: list[Change] = [
        a_create("root"),
        an_update("root"),
        a_reactivation("root"),
        an_addition("admins", ["root"]),
        a_deactivation("admins"),  # a person with the key of the protected group
    ]
    assert verdict(*giving, policies=BREAK_GLASS).accepted


def test_a_protection_names_everybody_it_holds_for() -> None:
    found = verdict(
        a_deactivation("root"), a_removal("admins", ["root", "e1"]), policies=BREAK_GLASS
    )
    assert messages(found) == [
        "this plan takes something from group:admins, user:root, from whom nothing is ever taken"
    ]


def test_a_rename_that_destroys_needs_a_word() -> None:
    renames: list[Change] = [
        an_update("a", "userName", irreversible="destroys"),
        replace(a_reactivation("b"), irreversible="destroys"),
    ]
    found = verdict(*renames, an_update("c", "userName"))
    assert [(v.check, v.message, v.releasable) for v in found.violations] == [
        (
            "destructive-rename",
            "2 renames would destroy what is behind the old name: user:a, user:b",
            True,
        )
    ]


def crowded(plan: Plan, *keys: str, code: NoteCode = NoteCode.TOO_MANY_GROUPS) -> Plan:
    notes = (Note(NoteKind.ADVICE, code, Kind.USER, key, key, "too many") for key in keys)
    return replace(plan, notes=tuple(notes))


def test_nobody_is_added_beyond_what_the_provider_keeps() -> None:
    plan = a_plan(an_addition("ops", ["a", "b"]), an_addition("net", ["c"]), population=COMPANY)
    (found,) = judge(crowded(plan, "a", "z"), DEFAULTS).violations
    assert (found.check, found.releasable, found.hashes) == ("groups-per-user", False, ("add-ops",))
    assert found.message == "1 person would be in more groups than the provider keeps: a"
    assert judge(crowded(plan, "a", code=NoteCode.MANY_GROUPS), DEFAULTS).accepted
    assert judge(crowded(plan, "z"), DEFAULTS).accepted


def test_violations_come_in_one_order() -> None:
    changes: list[Change] = [
        *leaving(4),
        a_deletion("ops"),
        a_user_deletion("a"),
        a_user_deletion("b"),
    ]
    assert checks(verdict(*changes)) == ["deactivations", "deletions", "groupDeletions"]
    assert verdict(*reversed(changes)) == verdict(*changes)


def test_base_and_head_must_both_let_a_plan_pass() -> None:
    """A pull request cannot move the guard by which it is judged."""
    plan = a_plan(*leaving(4), a_removal("ops", "bob"), population=COMPANY)
    base = Policies(
        protections=(Protection("ops", frozenset(), frozenset({GroupKey("ops")}), HERE),)
    )
    head = Policies(limits={Guard.DEACTIVATIONS: Limit(10)})
    assert checks(judge_all(plan, (base, head), UNHELD)) == ["deactivations", "protection:ops"]
    assert checks(judge_all(plan, (head, base), UNHELD)) == ["deactivations", "protection:ops"]
    assert judge_all(plan, (base, base), UNHELD) == judge(plan, base)
    assert judge_all(plan, (head,), UNHELD).accepted
