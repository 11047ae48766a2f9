from __future__ import annotations

from dataclasses import replace

from reconciler.model.change import RemoveMembers, Removing, Step
from reconciler.model.desired import Cause
from reconciler.model.profile import RFC7644
from reconciler.model.target import Ability, Deprovision, Exclusive, Marked, Removal
from tests.unit.plan.builders_plan import (
    ALL,
    DELETE_GROUPS,
    DELETE_USERS,
    a_group,
    a_handling,
    a_person,
    a_target,
    does,
    excluded,
    holding,
    live_group,
    live_user,
    message,
    notes,
    plan_of,
    remembering,
    wanting,
)

MARKED = a_target(users=a_handling(Marked()))


def mark(key: str) -> str:
    return f"reconciler:org/people/box:{key}"


def test_changes_are_ordered_by_step_kind_and_key() -> None:
    desired = wanting(
        a_person("zoe"),
        a_person("ada"),
        a_person("mia", title="Head"),
        a_person("end", excluded(Cause.ENDED)),
        a_person("out", excluded(Cause.OUT_OF_SCOPE)),
        a_group("b", "zoe"),
        a_group("a", "mia"),
    )
    live = holding(
        live_user("u-mia"), live_user("u-end"), live_user("u-out"), live_group("g-b", "u-out")
    )
    assert does(plan_of(desired, live)) == [
        "deactivate user:end",
        "create user:ada",
        "create user:zoe",
        "update user:mia title: None -> 'Head'",
        "create group:a",
        "addMembers group:a +mia",
        "addMembers group:b +zoe",
        "removeMembers group:b -out",
        "deactivate user:out",
    ]


def test_a_deletion_that_frees_a_name_goes_before_the_create_that_needs_it() -> None:
    target = a_target(users=a_handling(deprovision=DELETE_USERS))
    old = a_person("old", excluded(Cause.UNASSIGNED), user_name="old@zone.example", object_id="o-1")
    new = a_person("new", user_name="x@zone.example", object_id="o-2")
    live = live_user("u-1", "X@zone.example", externalId="o-1")
    plan = plan_of(wanting(old, new), holding(live), target=target)
    assert does(plan) == ["delete user:old", "create user:new"]
    assert plan.changes[0].step is Step.FREE


def test_an_urgent_leaver_stays_first_even_when_it_frees_a_name() -> None:
    target = a_target(users=a_handling(deprovision=DELETE_USERS))
    old = a_person("old", excluded(Cause.ENDED), object_id="o-1")
    new = a_person("new", user_name="x@zone.example", object_id="o-2")
    live = live_user("u-1", "x@zone.example", externalId="o-1")
    plan = plan_of(wanting(old, new), holding(live), target=target)
    assert [change.step for change in plan.changes] == [Step.LEAVERS, Step.CREATE_USERS]


def test_a_rename_that_nobody_waits_for_keeps_its_place() -> None:
    ada = a_person("ada", user_name="new@zone.example", object_id="o-1")
    plan = plan_of(wanting(ada), holding(live_user("u-1", "old@zone.example", externalId="o-1")))
    assert [change.step for change in plan.changes] == [Step.UPDATE_USERS]


def test_a_chain_of_renames_is_carried_out_in_one_go() -> None:
    # c takes b's name, b takes a's, a takes a new one: each waits for the one before.
    desired = wanting(
        a_person("a", user_name="free@zone.example", object_id="o-a"),
        a_person("b", user_name="a@zone.example", object_id="o-b"),
        a_person("c", user_name="b@zone.example", object_id="o-c"),
    )
    live = holding(*(live_user(f"u-{k}", f"{k}@zone.example", externalId=f"o-{k}") for k in "abc"))
    plan = plan_of(desired, live)
    assert [(str(c.subject), c.step) for c in plan.changes] == [
        ("user:a", Step.FREE),
        ("user:b", Step.FREE),
        ("user:c", Step.UPDATE_USERS),
    ]


def test_two_people_who_would_swap_names_are_a_conflict() -> None:
    desired = wanting(
        a_person("a", user_name="b@zone.example", object_id="o-a"),
        a_person("b", user_name="a@zone.example", object_id="o-b"),
        a_person("c", user_name="c@zone.example", object_id="o-c", title="Head"),
    )
    live = holding(*(live_user(f"u-{k}", f"{k}@zone.example", externalId=f"o-{k}") for k in "abc"))
    plan = plan_of(desired, live)
    assert does(plan) == ["update user:c title: None -> 'Head'"]
    assert notes(plan) == [("name-taken", "user:a"), ("name-taken", "user:b")]


def test_who_waits_for_a_swap_waits_with_it() -> None:
    desired = wanting(
        a_person("a", user_name="b@zone.example", object_id="o-a"),
        a_person("b", user_name="a@zone.example", object_id="o-b"),
        a_person("new", user_name="a@zone.example", object_id="o-new"),
    )
    live = holding(*(live_user(f"u-{k}", f"{k}@zone.example", externalId=f"o-{k}") for k in "ab"))
    plan = plan_of(desired, live)
    assert does(plan) == []
    assert ("name-taken", "user:new") in notes(plan)


def test_a_circle_of_three_is_refused_and_so_is_who_hangs_on_it() -> None:
    desired = wanting(
        a_person("a", user_name="b@zone.example", object_id="o-a"),
        a_person("b", user_name="c@zone.example", object_id="o-b"),
        a_person("c", user_name="a@zone.example", object_id="o-c"),
    )
    live = holding(*(live_user(f"u-{k}", f"{k}@zone.example", externalId=f"o-{k}") for k in "abc"))
    plan = plan_of(desired, live)
    assert does(plan) == []
    assert notes(plan) == [("name-taken", f"user:{k}") for k in "abc"]


def test_a_deactivation_never_frees_a_name() -> None:
    old = a_person("old", excluded(), object_id="o-1")
    new = a_person("new", user_name="x@zone.example", object_id="o-2")
    live = live_user("u-1", "x@zone.example", externalId="o-1")
    plan = plan_of(wanting(old, new), holding(live))
    assert does(plan) == ["deactivate user:old"]
    assert notes(plan) == [("name-taken", "user:new")]
    assert message(plan, "name-taken") == (
        "its userName is still taken by old, so it waits until that is free"
    )


def test_one_name_for_two_creates_is_a_conflict_for_both() -> None:
    desired = wanting(
        a_person("a", user_name="x@zone.example"), a_person("b", user_name="X@zone.example")
    )
    plan = plan_of(desired, holding())
    assert does(plan) == []
    assert [(n.code, n.message) for n in plan.notes] == [
        ("name-taken", "one name is wanted for a, b; only one can have it"),
        ("name-taken", "one name is wanted for a, b; only one can have it"),
    ]


def test_a_key_that_changed_in_git_does_not_cost_the_person_their_account() -> None:
    # The mark names the old key; the new key finds nobody and needs the same userName.
    live = holding(
        live_user("u-1", "ada@zone.example", externalId=mark("old")),
        live_user("u-2", "bo@zone.example", externalId=mark("bo")),
        live_group("g-ops", "u-1", "u-2"),
        live_group("g-net", "u-1"),
    )
    new = a_person("new", user_name="ada@zone.example")
    desired = wanting(new, a_group("ops"), a_group("net"))
    plan = plan_of(desired, live, target=MARKED)
    assert does(plan) == ["removeMembers group:ops -bo", "deactivate user:bo"]
    assert notes(plan) == [("name-taken", "user:new")]


def test_a_group_in_which_such_an_account_stays_is_not_emptied() -> None:
    live = holding(
        live_user("u-1", "ada@zone.example", externalId=mark("old")),
        live_user("u-2", "bo@zone.example", externalId=mark("bo")),
        live_group("g-ops", "u-1", "u-2"),
    )
    new = a_person("new", user_name="ada@zone.example")
    profile = replace(RFC7644, bare_remove=True)
    plan = plan_of(wanting(new, a_group("ops")), live, target=MARKED, profile=profile)
    (removal,) = (change for change in plan.changes if isinstance(change, RemoveMembers))
    assert (removal.members, removal.by) == (("bo",), Removing.EACH)


def test_an_undeclared_account_that_is_deleted_frees_its_name() -> None:
    target = a_target(users=a_handling(Marked(), deprovision=Deprovision(removed=Removal.DELETE)))
    live = holding(live_user("u-1", "ada@zone.example", externalId=mark("old")))
    plan = plan_of(wanting(a_person("new", user_name="ada@zone.example")), live, target=target)
    assert does(plan) == ["delete user:old", "create user:new"]


def test_a_name_is_not_freed_by_a_change_that_is_left_out_itself() -> None:
    # b's rename would free the name for a; b needs a name that is taken.
    desired = wanting(
        a_person("a", user_name="b@zone.example", object_id="o-a"),
        a_person("b", user_name="c@zone.example", object_id="o-b"),
        a_person("c", excluded(), user_name="c@zone.example", object_id="o-c"),
    )
    live = holding(*(live_user(f"u-{k}", f"{k}@zone.example", externalId=f"o-{k}") for k in "abc"))
    plan = plan_of(desired, live)
    assert does(plan) == ["deactivate user:c"]
    assert notes(plan) == [("name-taken", "user:a"), ("name-taken", "user:b")]


def test_a_group_whose_create_is_left_out_is_not_filled() -> None:
    groups = a_handling(Exclusive(), deprovision=DELETE_GROUPS, abilities=ALL - {Ability.DELETE})
    desired = wanting(
        a_person("ada"),
        a_group("new", "ada", name="Ops", object_id="o-2"),
        a_group("old", standing=excluded(Cause.UNASSIGNED), name="Past", object_id="o-1"),
    )
    live = holding(live_user("u-ada"), live_group("g-1", name="Ops", externalId="o-1"))
    plan = plan_of(desired, live, target=a_target(groups=groups))
    assert does(plan) == []
    assert notes(plan) == [
        ("name-taken", "group:new"),
        ("action-off", "group:old"),
        ("waits-for-create", "group:new"),
    ]


def test_a_person_whose_create_is_left_out_is_not_added_and_the_others_are() -> None:
    old = a_person("old", excluded(), object_id="o-1")
    new = a_person("new", user_name="x@zone.example", object_id="o-2")
    desired = wanting(
        old, new, a_person("ada"), a_group("ops", "new", "ada"), a_group("net", "new")
    )
    live = holding(
        live_user("u-1", "x@zone.example", externalId="o-1"),
        live_user("u-ada"),
        live_group("g-ops"),
        live_group("g-net"),
    )
    plan = plan_of(desired, live)
    assert does(plan) == ["deactivate user:old", "addMembers group:ops +ada"]
    assert [(n.code, n.message) for n in plan.notes if n.code == "waits-for-create"] == [
        ("waits-for-create", "new cannot be added before being created"),
        ("waits-for-create", "new cannot be added before being created"),
    ]


def test_somebody_back_under_a_taken_name_stays_away_until_it_is_free() -> None:
    ada = a_person("ada", user_name="x@zone.example")
    live = holding(
        live_user("u-1", "old@zone.example", active=False),
        live_user("u-2", "x@zone.example", externalId="reconciler:org/other/box:x"),
    )
    plan = plan_of(wanting(ada), live, memory=remembering(links={"user:ada": "u-1"}))
    expected = [("name-taken", "user:ada"), ("not-alone", "user:id:u-2")]
    assert (does(plan), notes(plan)) == ([], expected)


def test_a_name_is_cleared_without_freeing_trouble() -> None:
    ops = a_group("ops", name="Ops", displayName=None)
    plan = plan_of(wanting(ops), holding(live_group("g-ops")))
    assert does(plan) == ["update group:ops displayName: 'Ops' -> None"]


def test_an_account_that_two_new_keys_need_the_name_of_is_not_removed_either() -> None:
    live = holding(live_user("u-1", "ada@zone.example", externalId=mark("old")))
    desired = wanting(*(a_person(key, user_name="ada@zone.example") for key in ("new", "newer")))
    plan = plan_of(desired, live, target=MARKED)
    assert does(plan) == []
    assert notes(plan) == [("name-taken", "user:new"), ("name-taken", "user:newer")]
