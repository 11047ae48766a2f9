from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.change import AddMembers, RemoveMembers, Removing, Step
from reconciler.model.declared import MembershipMode
from reconciler.model.desired import Cause, MatchKey, Reason
from reconciler.model.dialect import MemberRemoval, Updating
from reconciler.model.identity import Kind, ResourceId, UserKey
from reconciler.model.note_code import NoteCode
from reconciler.model.path import parse_path
from reconciler.model.plan import Note, NoteKind, Principal
from reconciler.model.profile import RFC7644, Nesting
from reconciler.model.target import Ability, Marked
from tests.unit.plan.builders_plan import (
    ALL,
    DELETE_USERS,
    HERE,
    KEEP_GROUPS,
    LOOKUP,
    UNDETERMINED,
    a_group,
    a_handling,
    a_person,
    a_target,
    address,
    does,
    excluded,
    holding,
    live_group,
    live_user,
    message,
    notes,
    only,
    plan_of,
    wanting,
)

KEEPING_PEOPLE = a_target(users=a_handling(deprovision=KEEP_GROUPS))
LOOKING_UP = a_target(users=LOOKUP)


def test_who_is_missing_is_added_and_who_is_surplus_is_removed() -> None:
    desired = wanting(
        a_person("ada"), a_person("bob"), a_person("cyd"), a_group("ops", "ada", "bob")
    )
    live = holding(
        live_user("u-ada"),
        live_user("u-bob"),
        live_user("u-cyd"),
        live_group("g-ops", "u-bob", "u-cyd"),
    )
    added, removed = plan_of(desired, live).changes
    assert added == AddMembers(
        kind=Kind.GROUP,
        key="ops",
        name="Ops",
        cause=Cause.CHANGED,
        reason=Reason("Git has them as members", HERE),
        step=Step.ADD_MEMBERS,
        id=ResourceId("g-ops"),
        hash=added.hash,
        members=("ada",),
    )
    assert removed == RemoveMembers(
        kind=Kind.GROUP,
        key="ops",
        name="Ops",
        cause=Cause.CHANGED,
        reason=Reason("Git does not have them as members", HERE),
        step=Step.REMOVE_MEMBERS,
        id=ResourceId("g-ops"),
        hash=removed.hash,
        members=("cyd",),
        held=2,
    )


def test_additions_to_a_privileged_group_carry_it() -> None:
    desired = wanting(a_person("ada"), a_group("admins", "ada", privileged=True))
    plan = plan_of(desired, holding(live_user("u-ada"), live_group("g-admins")))
    (added,) = plan.changes
    assert isinstance(added, AddMembers)
    assert added.privileged


def test_an_additive_group_never_loses_anybody() -> None:
    ops = a_group("ops", "ada", membership=MembershipMode.ADDITIVE)
    live = holding(live_user("u-ada"), live_user("u-bob"), live_group("g-ops", "u-bob"))
    plan = plan_of(wanting(a_person("ada"), a_person("bob"), ops), live)
    assert (does(plan), notes(plan)) == (["addMembers group:ops +ada"], [])


def test_membership_that_is_not_managed_is_none_of_our_business() -> None:
    ops = a_group("ops", "ada", members_managed=False)
    live = holding(live_user("u-ada"), live_group("g-ops", "u-x"))
    assert does(plan_of(wanting(a_person("ada"), ops), live)) == []


def test_a_leaver_leaves_the_groups_too() -> None:
    desired = wanting(a_person("ada", excluded(Cause.ENDED)), a_group("ops"))
    live = holding(live_user("u-ada"), live_group("g-ops", "u-ada"))
    assert does(plan_of(desired, live)) == ["deactivate user:ada", "removeMembers group:ops -ada"]
    target = a_target(users=a_handling(deprovision=DELETE_USERS))
    assert does(plan_of(desired, live, target=target)) == [
        "delete user:ada",
        "removeMembers group:ops -ada",
    ]


def test_under_exclusive_ownership_every_live_user_is_ours_to_remove() -> None:
    live = holding(live_user("u-x"), live_group("g-ops", "u-x"))
    plan = plan_of(wanting(a_group("ops")), live, target=KEEPING_PEOPLE)
    assert does(plan) == ["removeMembers group:ops -id:u-x"]
    assert plan.principals == {"id:u-x": Principal(ResourceId("u-x"), "x@zone.example")}


def test_where_people_are_only_looked_up_declared_ones_leave_and_strangers_stay() -> None:
    desired = wanting(a_person("ada"), a_person("bob", excluded()), a_group("ops", "ada"))
    live = holding(
        live_user("u-ada"),
        live_user("u-bob"),
        live_user("u-x"),
        live_group("g-ops", "u-ada", "u-bob", "u-x"),
    )
    plan = plan_of(desired, live, target=LOOKING_UP)
    assert does(plan) == ["removeMembers group:ops -bob"]
    assert plan.notes == (
        Note(
            NoteKind.STRANGER,
            NoteCode.MEMBERS_NOT_OURS,
            Kind.GROUP,
            "ops",
            "Ops",
            "members that are not ours stay: u-x",
            HERE,
        ),
    )


def test_of_many_strangers_the_first_few_are_named() -> None:
    live = holding(live_group("g-ops", *(f"u-{i}" for i in range(7))))
    plan = plan_of(wanting(a_group("ops")), live, target=LOOKING_UP)
    assert message(plan, "members-not-ours") == (
        "members that are not ours stay: u-0, u-1, u-2, u-3, u-4 and 2 more"
    )


def test_a_member_whose_account_is_not_ours_stays() -> None:
    target = a_target(users=a_handling(Marked()))
    live = holding(live_user("u-x"), live_group("g-ops", "u-x"))
    plan = plan_of(wanting(a_group("ops")), live, target=target)
    assert (does(plan), notes(plan)) == ([], [("members-not-ours", "group:ops")])


def test_a_member_with_the_id_of_a_group_of_ours_is_the_user() -> None:
    """Users and groups may be numbered each for themselves: a stranger is no group of ours."""
    desired = wanting(a_person("ada"), a_group("ops", "ada"), a_group("net"))
    ada, stranger = live_user("1", address("ada")), live_user("2", "x@zone.example")
    ops = live_group("2", "1", "2", name="Ops")
    live = holding(ada, stranger, ops, live_group("1", "1", name="Net"))

    ours = plan_of(desired, live)
    assert does(ours) == [
        "removeMembers group:net -ada",
        "removeMembers group:ops -id:2",
        "deactivate user:id:2",
    ]
    assert ours.principals == {
        "ada": Principal(ResourceId("1"), "Ada"),
        "id:2": Principal(ResourceId("2"), "x@zone.example"),
    }
    theirs = plan_of(desired, live, target=LOOKING_UP)
    assert does(theirs) == ["removeMembers group:net -ada"]
    assert notes(theirs) == [("members-not-ours", "group:ops")]


def test_where_a_member_may_be_a_user_or_a_group_its_group_is_left_as_it_is() -> None:
    native = replace(RFC7644, nesting=Nesting.NATIVE)
    desired = wanting(a_person("ada"), a_group("ops", "ada"), a_group("net"))
    ada, net = live_user("1", address("ada")), live_group("1", name="Net")
    plan = plan_of(desired, holding(ada, net, live_group("3", "1", name="Ops")), profile=native)
    assert (does(plan), notes(plan)) == ([], [("members-unread", "group:ops")])
    assert message(plan, "members-unread") == (
        "its members are left as they are: a user and a group have the same id (1)"
    )
    apart = holding(ada, live_group("2", "1", name="Net"), live_group("3", name="Ops"))
    assert does(plan_of(desired, apart, profile=native)) == [
        "addMembers group:ops +ada",
        "removeMembers group:net -ada",
    ]


def test_a_declared_member_whom_somebody_else_has_yet_to_push_is_waiting() -> None:
    desired = wanting(a_person("ada"), a_group("ops", "ada"), a_group("net", "ada"))
    live = holding(live_group("g-ops"), live_group("g-net"))
    plan = plan_of(desired, live, target=LOOKING_UP)
    assert does(plan) == []
    assert plan.notes == (
        Note(
            NoteKind.WAITING,
            NoteCode.NOT_LIVE,
            Kind.USER,
            "ada",
            "Ada",
            "is not live yet, so it cannot be added to Net, Ops",
            HERE,
        ),
    )
    partly = replace(live, users=replace(live.users, gap="page 2: timed out"))
    plan = plan_of(desired, partly, target=LOOKING_UP)
    assert (does(plan), notes(plan)) == ([], [])


def test_nobody_in_a_conflict_is_waiting_or_removed() -> None:
    ada = a_person("ada", match=())
    twin = a_person("twin", user_name="bob@zone.example")
    desired = wanting(ada, a_person("bob"), twin, a_group("ops", "ada", "bob"), a_group("net"))
    live = holding(live_user("u-bob"), live_group("g-ops"), live_group("g-net", "u-bob"))
    plan = plan_of(desired, live, target=LOOKING_UP)
    assert does(plan) == []
    assert notes(plan) == [("contested-match", "user:bob"), ("contested-match", "user:twin")]


def test_undetermined_members_keep_what_they_have() -> None:
    desired = wanting(
        a_person("ada", UNDETERMINED),
        a_person("bob", UNDETERMINED),
        a_group("sub"),
        a_group("ops", undetermined=["ada", "bob"], undetermined_nested=["sub", "lost"]),
    )
    live = holding(
        live_user("u-ada"),
        live_user("u-bob"),
        live_group("g-sub"),
        live_group("g-ops", "u-ada", "g-sub"),
    )
    assert does(plan_of(desired, live)) == []


def test_while_a_member_cannot_be_found_nobody_undeclared_is_removed() -> None:
    ghost = a_person("ghost", UNDETERMINED, match=())
    desired = wanting(ghost, a_person("bob"), a_group("ops", undetermined=["ghost"]))
    live = holding(live_user("u-bob"), live_user("u-x"), live_group("g-ops", "u-bob", "u-x"))
    plan = plan_of(desired, live, target=KEEPING_PEOPLE)
    assert does(plan) == ["removeMembers group:ops -bob"]
    assert message(plan, "members-undetermined") == (
        "members whom no manifest declares stay: any may be ghost"
    )
    # Where only declared people would leave, there is nothing to hold back.
    live = holding(live_user("u-bob"), live_group("g-ops", "u-bob"))
    plan = plan_of(desired, live, target=KEEPING_PEOPLE)
    assert does(plan) == ["removeMembers group:ops -bob"]
    assert ("members-undetermined", "group:ops") not in notes(plan)


def test_where_only_an_unknown_member_would_leave_nobody_does() -> None:
    lost = replace(a_group("lost"), match=())
    desired = wanting(lost, a_group("ops", nested=["lost"]))
    live = holding(live_user("u-x"), live_group("g-ops", "u-x"))
    plan = plan_of(desired, live, target=KEEPING_PEOPLE)
    assert does(plan) == []
    assert ("members-undetermined", "group:ops") in notes(plan)


def test_groups_in_groups_are_named_so_that_no_person_can_be_meant() -> None:
    desired = wanting(
        a_person("net"),
        a_group("ops", "net", nested=["net", "new"]),
        a_group("net"),
        a_group("new"),
    )
    live = holding(
        live_user("u-net"), live_group("g-ops", "g-old"), live_group("g-net"), live_group("g-old")
    )
    plan = plan_of(desired, live)
    assert does(plan) == [
        "create group:new",
        "addMembers group:ops +group:net +group:new +net",
        "removeMembers group:ops -id:g-old",
    ]
    assert plan.principals == {
        "group:net": Principal(ResourceId("g-net"), "Net"),
        "group:new": Principal(None, "New"),
        "id:g-old": Principal(ResourceId("g-old"), "Old"),
        "net": Principal(ResourceId("u-net"), "Net"),
    }


def test_members_are_changed_only_where_groups_may_be_updated() -> None:
    target = a_target(groups=a_handling(abilities=ALL - {Ability.UPDATE}))
    desired = wanting(a_person("ada"), a_person("bob"), a_group("ops", "ada"))
    live = holding(live_user("u-ada"), live_user("u-bob"), live_group("g-ops", "u-bob"))
    plan = plan_of(desired, live, target=target)
    assert does(plan) == []
    assert [(n.code, n.message) for n in plan.notes] == [
        ("action-off", "would add ada, but the target's actions have no update"),
        ("action-off", "would remove bob, but the target's actions have no update"),
    ]


def test_members_that_were_not_read_are_left_as_they_are() -> None:
    desired = wanting(a_person("ada"), a_group("ops", "ada", description="new"))
    live = holding(live_user("u-ada"), live_group("g-ops", unread="timed out"))
    plan = plan_of(desired, live)
    assert does(plan) == ["update group:ops description: None -> 'new'"]
    assert message(plan, "members-unread") == "its members are left as they are: timed out"
    assert plan.gaps == ("members of group ops: timed out",)
    silent = replace(live_group("g-ops"), members=None)
    plan = plan_of(desired, holding(live_user("u-ada"), silent))
    assert message(plan, "members-unread").endswith("they were not in the answer")


def test_a_member_who_is_not_among_the_live_users_is_a_stranger() -> None:
    live = holding(live_group("g-ops", "u-dangling"))
    plan = plan_of(wanting(a_group("ops")), live)
    assert (does(plan), notes(plan)) == ([], [("members-not-ours", "group:ops")])


def test_whoever_is_a_member_and_about_to_be_recognised_twice_stays() -> None:
    ada = a_person(
        "ada",
        match=(
            MatchKey(parse_path("userName"), "ada@zone.example", 1),
            MatchKey(parse_path("nickName"), "countess", 2),
        ),
    )
    live = holding(
        live_user("u-ada"),
        live_user("u-2", nickName="countess"),
        live_group("g-ops", "u-2"),
    )
    plan = plan_of(wanting(ada, a_group("ops")), live)
    assert (does(plan), notes(plan)) == ([], [("ambiguous-match", "user:ada")])


def test_a_member_whom_nothing_declares_may_be_waited_for_by_a_name_of_no_manifest() -> None:
    # Desired members are always declared people; a key of nobody is ignored, not invented.
    ops = replace(a_group("ops"), members=frozenset({UserKey("nobody")}))
    plan = plan_of(wanting(ops), holding(live_group("g-ops")), target=LOOKING_UP)
    assert (does(plan), notes(plan)) == ([], [])


LIMITED = replace(RFC7644, groups_per_user=10)


def in_groups(current: int, joining: int) -> list[tuple[str, str]]:
    groups = [a_group(f"new{i}", "ada") for i in range(joining)]
    live = [live_group(f"g-old{i}", "u-ada") for i in range(current)]
    unread = live_group("g-unread", unread="timed out")
    desired = wanting(a_person("ada"), *groups)
    plan = plan_of(desired, holding(live_user("u-ada"), unread, *live), profile=LIMITED)
    return notes(plan)


def test_people_near_or_beyond_the_providers_number_of_groups_are_named() -> None:
    assert in_groups(7, 1) == []
    assert in_groups(8, 1) == [("many-groups", "user:ada")]
    assert in_groups(9, 1) == [("many-groups", "user:ada")]
    assert in_groups(9, 2) == [("too-many-groups", "user:ada")]
    assert in_groups(12, 0) == []


def test_somebody_new_is_counted_from_nothing() -> None:
    groups = [a_group(f"g{i}", "ada") for i in range(11)]
    plan = plan_of(wanting(a_person("ada"), *groups), holding(), profile=LIMITED)
    assert message(plan, "too-many-groups") == (
        "would be in 11 groups; this provider keeps 10 per person"
    )


def test_only_what_a_narrowed_plan_adds_is_counted() -> None:
    groups = [a_group(f"g{i}", "ada") for i in range(11)]
    live = [live_group(f"g-g{i}") for i in range(11)]
    desired = wanting(a_person("ada"), *groups)
    plan = plan_of(
        desired, holding(live_user("u-ada"), *live), profile=LIMITED, selection=only("group:g1")
    )
    assert (does(plan), notes(plan)) == (["addMembers group:g1 +ada"], [])


@pytest.mark.parametrize(
    ("profile", "some", "everybody"),
    [
        ({}, Removing.EACH, Removing.EACH),
        ({"bare_remove": True}, Removing.EACH, Removing.EMPTY),
        ({"member_removal": MemberRemoval.REPLACE}, Removing.REPLACE, Removing.REPLACE),
        (
            {"member_removal": MemberRemoval.REPLACE, "bare_remove": True},
            Removing.REPLACE,
            Removing.EMPTY,
        ),
        ({"member_removal": MemberRemoval.LIST}, Removing.EACH, Removing.EACH),
        ({"update_group": Updating.PUT_REPLACES}, Removing.REPLACE, Removing.REPLACE),
    ],
)
def test_the_plan_says_how_members_are_taken_out(
    profile: dict[str, Any], some: Removing, everybody: Removing
) -> None:
    people = [a_person(key) for key in ("ada", "bob", "cyd")]
    lives = [live_user(f"u-{key}") for key in ("ada", "bob", "cyd")]
    wanted = wanting(
        *people, a_group("ops", "ada"), a_group("net"), a_group("new", "cyd"), a_group("all")
    )
    live = holding(
        *lives,
        live_group("g-ops", "u-ada", "u-bob"),
        live_group("g-net", "u-ada", "u-bob"),
        live_group("g-new", "u-ada"),
        live_group("g-all", "u-ada", "foreign"),
    )
    changes = plan_of(wanted, live, profile=replace(RFC7644, **profile)).changes
    ways = {c.key: c.by for c in changes if isinstance(c, RemoveMembers)}
    assert ways == {
        "ops": some,
        "net": everybody,
        "new": some,  # somebody joins it
        "all": some,  # somebody whom nobody here manages stays in it
    }


def test_where_put_merges_groups_nobody_is_taken_out_and_the_plan_says_so() -> None:
    plan = plan_of(
        wanting(a_person("ada"), a_group("ops")),
        holding(live_user("u-ada"), live_group("g-ops", "u-ada")),
        profile=replace(RFC7644, update_group=Updating.PUT_MERGES),
    )
    assert plan.changes == ()
    assert [note.code for note in plan.notes] == ["no-removal"]
