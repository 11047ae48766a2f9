"""Seats: whoever is in as many groups as a provider keeps leaves one before joining another."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.change import RemoveMembers, Removing, Step
from reconciler.model.desired import DesiredGroup, DesiredUser
from reconciler.model.identity import ResourceId
from reconciler.model.plan import Plan
from reconciler.model.profile import RFC7644, Profile
from tests.unit.plan.builders_plan import (
    DELETE_GROUPS,
    a_group,
    a_handling,
    a_person,
    a_target,
    does,
    holding,
    live_group,
    live_user,
    notes,
    only,
    plan_of,
    wanting,
)

TWO = replace(RFC7644, groups_per_user=2)
PEOPLE = [a_person("ada"), a_person("bob")]
LIVE = [live_user("u-ada"), live_user("u-bob")]


def in_a_and_b(*wanted: str, profile: Profile = TWO, staying: str = "bob") -> Plan:
    """Both are in a and b, and ada is to be in these."""
    bob = [staying] if staying else []
    groups = [
        a_group(key, *(["ada"] if key in wanted else []), *(bob if key in "ab" else []))
        for key in "abcd"
    ]
    live = [live_group(f"g-{key}", "u-ada", "u-bob", name=key.title()) for key in "ab"]
    live += [live_group(f"g-{key}", name=key.title()) for key in "cd"]
    return plan_of(wanting(*PEOPLE, *groups), holding(*LIVE, *live), profile=profile)


def test_who_has_no_seat_left_leaves_one_group_first() -> None:
    plan = in_a_and_b("b", "c")
    assert does(plan) == ["removeMembers group:a -ada", "addMembers group:c +ada"]
    assert plan.changes[0].step is Step.FREE
    assert plan.changes[0].reason.text.endswith(
        "; before they join another, since only 2 are kept of each"
    )
    assert notes(plan) == [("many-groups", "user:ada")]


def test_no_more_is_left_early_than_has_to_be() -> None:
    plan = in_a_and_b("c")
    assert does(plan) == [
        "removeMembers group:a -ada",
        "addMembers group:c +ada",
        "removeMembers group:b -ada",
    ]
    roomy = in_a_and_b("c", profile=replace(TWO, groups_per_user=3))
    assert does(roomy) == [
        "addMembers group:c +ada",
        "removeMembers group:a -ada",
        "removeMembers group:b -ada",
    ]


def test_of_one_group_only_those_leave_early_who_need_the_seat() -> None:
    plan = in_a_and_b("b", "c", staying="")  # bob leaves both, and joins none
    assert does(plan) == [
        "removeMembers group:a -ada",
        "addMembers group:c +ada",
        "removeMembers group:a -bob",
        "removeMembers group:b -bob",
    ]
    early, late = (c for c in plan.changes if isinstance(c, RemoveMembers) and c.key == "a")
    assert (early.held, late.held) == (2, 1)
    assert early.hash != late.hash
    assert ResourceId("g-a") in {settled.id for settled in plan.settled}


def test_the_last_who_leave_empty_the_group_and_not_those_who_leave_early() -> None:
    plan = in_a_and_b("b", "c", profile=replace(TWO, bare_remove=True), staying="")
    ways = {(c.key, c.step): c.by for c in plan.changes if isinstance(c, RemoveMembers)}
    assert ways == {
        ("a", Step.FREE): Removing.EACH,
        ("a", Step.REMOVE_MEMBERS): Removing.EMPTY,
        ("b", Step.REMOVE_MEMBERS): Removing.EACH,
    }


def test_where_no_room_can_be_made_nobody_leaves_early() -> None:
    plan = in_a_and_b("b", "c", "d")
    assert does(plan) == [
        "addMembers group:c +ada",
        "addMembers group:d +ada",
        "removeMembers group:a -ada",
    ]
    assert notes(plan) == [("too-many-groups", "user:ada")]


def test_a_seat_in_a_group_that_is_deleted_is_free_only_where_its_name_has_to_be() -> None:
    target = a_target(groups=a_handling(deprovision=DELETE_GROUPS, mapping="groups"))
    live = holding(
        *LIVE,
        live_group("g-a", "u-ada", name="A"),
        live_group("g-b", "u-ada", name="B"),
        live_group("g-c", name="C"),
        live_group("g-d", name="D", externalId="o-d"),
    )
    staying: list[DesiredUser | DesiredGroup] = [*PEOPLE, a_group("b", "ada"), a_group("c", "ada")]
    named_as_before = a_group("d", name="D", object_id="o-d")
    plan = plan_of(wanting(*staying, named_as_before), live, profile=TWO, target=target)
    assert notes(plan) == [("too-many-groups", "user:ada")]
    again = plan_of(
        wanting(*staying, a_group("d", name="A", object_id="o-d")),
        live,
        profile=TWO,
        target=target,
    )
    assert does(again) == [
        "delete group:id:g-a",
        "update group:d displayName: 'D' -> 'A'",
        "addMembers group:c +ada",
    ]
    assert notes(again) == [("many-groups", "user:ada")]


def test_a_plan_for_the_new_group_alone_makes_no_room() -> None:
    groups = [a_group("a"), a_group("b", "ada"), a_group("c", "ada")]
    live = [live_group(f"g-{key}", "u-ada", name=key.title()) for key in "ab"]
    plan = plan_of(
        wanting(*PEOPLE, *groups),
        holding(*LIVE, *live, live_group("g-c", name="C")),
        profile=TWO,
        selection=only("group:c"),
    )
    assert does(plan) == ["addMembers group:c +ada"]
    assert notes(plan) == [("too-many-groups", "user:ada")]
