from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.model.change import (
    AttributeChange,
    AttributeValue,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    Step,
    Update,
)
from reconciler.model.desired import Cause, DesiredValue, Reason
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.ledger import Memory
from reconciler.model.mapping import Apply
from reconciler.model.note_code import NoteCode
from reconciler.model.path import parse_path
from reconciler.model.plan import Note, NoteKind
from reconciler.model.profile import RFC7644, ZPA, Deactivation, Profile
from reconciler.model.target import Ability, Deprovision, Marked, Removal
from tests.unit.plan.builders_plan import (
    ALL,
    DELETE_USERS,
    HERE,
    LOOKUP,
    NOON,
    PROVISIONED,
    TARGET_AT,
    UNDETERMINED,
    a_handling,
    a_person,
    a_target,
    address,
    does,
    excluded,
    holding,
    live_user,
    message,
    notes,
    plan_of,
    unmarked,
    wanting,
)


def test_a_joiner_is_created_with_every_value_there_is() -> None:
    ada = a_person("ada", active=True, title="Lead", nickName=None, displayName="Ada")
    (created,) = plan_of(wanting(ada), holding()).changes
    assert created == Create(
        kind=Kind.USER,
        key="ada",
        name="Ada",
        cause=Cause.ADDED,
        reason=PROVISIONED.reason,
        step=Step.CREATE_USERS,
        hash=created.hash,
        values=(
            AttributeValue("active", True, HERE),
            AttributeValue("displayName", "Ada", HERE),
            AttributeValue("title", "Lead", HERE),
            AttributeValue("userName", address("ada"), HERE),
        ),
    )
    assert created.hash.startswith("sha256:")


def test_whoever_is_created_is_active_if_the_mapping_says_anything_about_it() -> None:
    (created,) = plan_of(wanting(a_person("ada", active="False")), holding()).changes
    assert isinstance(created, Create)
    assert AttributeValue("active", True, HERE) in created.values
    (created,) = plan_of(wanting(a_person("ada")), holding()).changes
    assert isinstance(created, Create)
    assert [value.path for value in created.values] == ["userName"]


def test_a_mover_is_updated_where_live_differs_and_nowhere_else() -> None:
    ada = a_person("ada", title="Head", department="NetSec", nickName=None)
    live = live_user("u-ada", title="Lead", department="netsec", nickName="")
    (updated,) = plan_of(wanting(ada), holding(live)).changes
    assert updated == Update(
        kind=Kind.USER,
        key="ada",
        name="Ada",
        cause=Cause.CHANGED,
        reason=Reason("Git has another value for title", HERE),
        step=Step.UPDATE_USERS,
        id=ResourceId("u-ada"),
        hash=updated.hash,
        changes=(AttributeChange("title", "Lead", "Head", HERE),),
    )


def test_clearing_an_attribute_is_a_change_to_nothing() -> None:
    plan = plan_of(wanting(a_person("ada", title=None)), holding(live_user("u-ada", title="Lead")))
    assert does(plan) == ["update user:ada title: 'Lead' -> None"]


def test_what_is_written_on_creation_only_is_no_difference_afterwards() -> None:
    ada = a_person("ada")
    once = {parse_path("title"): DesiredValue("staff", HERE, apply=Apply.ON_CREATE)}
    ada = replace(ada, values={**ada.values, **once})
    assert does(plan_of(wanting(ada), holding(live_user("u-ada", title="Head")))) == []
    (created,) = plan_of(wanting(ada), holding()).changes
    assert isinstance(created, Create)
    assert AttributeValue("title", "staff", HERE) in created.values


def test_active_is_switched_by_deactivating_and_reactivating_never_by_an_update() -> None:
    ada = a_person("ada", active="False", title="Head")
    plan = plan_of(wanting(ada), holding(live_user("u-ada", active=True, title="Lead")))
    assert does(plan) == ["update user:ada title: 'Lead' -> 'Head'"]


def test_somebody_who_is_back_is_reactivated_with_whatever_else_differs() -> None:
    live = live_user("u-ada", active="False", title="Lead")
    (back,) = plan_of(wanting(a_person("ada", title="Head")), holding(live)).changes
    assert back == Reactivate(
        kind=Kind.USER,
        key="ada",
        name="Ada",
        cause=Cause.ENABLED,
        reason=PROVISIONED.reason,
        step=Step.UPDATE_USERS,
        id=ResourceId("u-ada"),
        hash=back.hash,
        changes=(
            AttributeChange("active", False, True, HERE),
            AttributeChange("title", "Lead", "Head", HERE),
        ),
    )


def test_where_a_provider_has_no_active_nobody_is_reactivated() -> None:
    profile = replace(RFC7644, deactivation=Deactivation.NONE)
    live = live_user("u-ada", active=False)
    assert does(plan_of(wanting(a_person("ada")), holding(live), profile=profile)) == []


@pytest.mark.parametrize(
    ("cause", "step"),
    [
        (Cause.DISABLED, Step.LEAVERS),
        (Cause.HELD, Step.LEAVERS),
        (Cause.ENDED, Step.LEAVERS),
        (Cause.NOT_YET, Step.DEACTIVATE),
        (Cause.OUT_OF_SCOPE, Step.DEACTIVATE),
        (Cause.UNASSIGNED, Step.DEACTIVATE),
    ],
)
def test_a_leaver_is_deactivated_at_once_where_access_must_end_now(
    cause: Cause, step: Step
) -> None:
    standing = excluded(cause)
    (gone,) = plan_of(wanting(a_person("ada", standing)), holding(live_user("u-ada"))).changes
    assert gone == Deactivate(
        kind=Kind.USER,
        key="ada",
        name="Ada",
        cause=cause,
        reason=standing.reason,
        step=step,
        id=ResourceId("u-ada"),
        hash=gone.hash,
    )


@pytest.mark.parametrize(
    ("cause", "field"),
    [
        (Cause.DISABLED, "disabled"),
        (Cause.ENDED, "disabled"),
        (Cause.OUT_OF_SCOPE, "out_of_scope"),
        (Cause.UNASSIGNED, "unassigned"),
    ],
)
def test_each_cause_of_leaving_has_its_own_deprovisioning(cause: Cause, field: str) -> None:
    kept = Deprovision(Removal.KEEP, Removal.KEEP, Removal.KEEP, Removal.KEEP)
    desired, actual = wanting(a_person("ada", excluded(cause))), holding(live_user("u-ada"))

    def under(deprovision: Deprovision) -> list[str]:
        target = a_target(users=a_handling(deprovision=deprovision))
        return does(plan_of(desired, actual, target=target))

    assert under(kept) == []
    match field:
        case "disabled":
            only = replace(kept, disabled=Removal.DELETE)
        case "out_of_scope":
            only = replace(kept, out_of_scope=Removal.DELETE)
        case _:
            only = replace(kept, unassigned=Removal.DELETE)
    assert under(only) == ["delete user:ada"]


def test_whoever_is_excluded_and_not_there_is_not_created() -> None:
    assert does(plan_of(wanting(a_person("ada", excluded(managed=True))), holding())) == []


def test_whoever_is_inactive_already_is_not_deactivated_again() -> None:
    live = live_user("u-ada", active="false")
    assert does(plan_of(wanting(a_person("ada", excluded())), holding(live))) == []


def test_a_disabled_person_whose_attributes_are_managed_is_kept_up_to_date() -> None:
    ada = a_person("ada", excluded(managed=True), title="Head", active="False")
    plan = plan_of(wanting(ada), holding(live_user("u-ada", title="Lead", active=True)))
    assert does(plan) == ["deactivate user:ada", "update user:ada title: 'Lead' -> 'Head'"]
    plan = plan_of(wanting(ada), holding(live_user("u-ada", title="Lead", active=False)))
    assert does(plan) == ["update user:ada title: 'Lead' -> 'Head'"]


def test_nobody_who_is_deleted_destroyed_or_hidden_is_updated_as_well() -> None:
    ada = a_person("ada", excluded(managed=True), title="Head")
    actual = holding(live_user("u-ada", title="Lead"))
    target = a_target(users=a_handling(deprovision=DELETE_USERS))
    assert does(plan_of(wanting(ada), actual, target=target)) == ["delete user:ada"]
    assert does(plan_of(wanting(ada), actual, profile=ZPA)) == ["deactivate user:ada"]
    hiding = replace(RFC7644, inactive_shown=False)
    assert does(plan_of(wanting(ada), actual, profile=hiding)) == ["deactivate user:ada"]


def test_deactivating_says_that_it_cannot_be_undone_where_it_destroys() -> None:
    desired, actual = wanting(a_person("ada", excluded())), holding(live_user("u-ada"))

    def irreversible(profile: Profile) -> str | None:
        return plan_of(desired, actual, profile=profile).changes[0].irreversible

    assert irreversible(RFC7644) is None
    assert irreversible(ZPA) == "this provider removes the person and their data on deactivation"


def test_a_deletion_says_what_must_still_hold_when_it_is_carried_out() -> None:
    target = a_target(users=a_handling(deprovision=DELETE_USERS))
    ada = a_person("ada", excluded(), object_id="o-1")
    live = live_user("u-ada", active=False, externalId="o-1")
    (gone,) = plan_of(wanting(ada), holding(live), target=target).changes
    assert gone == Delete(
        kind=Kind.USER,
        key="ada",
        name="Ada",
        cause=Cause.DISABLED,
        reason=excluded().reason,
        step=Step.LEAVERS,
        id=ResourceId("u-ada"),
        irreversible="a deleted resource and its memberships cannot be brought back",
        hash=gone.hash,
        seen=(
            AttributeValue("active", False),
            AttributeValue("externalId", "o-1"),
            AttributeValue("userName", address("ada")),
        ),
    )


def test_where_a_provider_cannot_deactivate_people_stay_unless_deleting_is_meant() -> None:
    profile = replace(RFC7644, deactivation=Deactivation.NONE)
    desired, actual = wanting(a_person("ada", excluded())), holding(live_user("u-ada"))
    plan = plan_of(desired, actual, profile=profile)
    assert (does(plan), notes(plan)) == ([], [("no-deactivation", "user:ada")])
    target = a_target(users=a_handling(deprovision=DELETE_USERS))
    assert does(plan_of(desired, actual, target=target, profile=profile)) == ["delete user:ada"]


@pytest.mark.parametrize(
    ("off", "person", "live", "deprovision"),
    [
        (Ability.CREATE, a_person("ada"), None, Deprovision()),
        (
            Ability.UPDATE,
            a_person("ada", title="Head"),
            live_user("u-ada", title="x"),
            Deprovision(),
        ),
        (Ability.UPDATE, a_person("ada"), live_user("u-ada", active=False), Deprovision()),
        (Ability.DEACTIVATE, a_person("ada", excluded()), live_user("u-ada"), Deprovision()),
        (Ability.DELETE, a_person("ada", excluded()), live_user("u-ada"), DELETE_USERS),
    ],
    ids=["create", "update", "reactivate", "deactivate", "delete"],
)
def test_an_action_that_is_switched_off_is_reported_and_not_planned(
    off: Ability, person: object, live: object, deprovision: Deprovision
) -> None:
    actual = holding() if live is None else holding(live)  # type: ignore[arg-type]  # parametrised
    desired = wanting(person)  # type: ignore[arg-type]  # parametrised

    def under(abilities: frozenset[Ability]) -> tuple[int, list[tuple[str, str]]]:
        users = a_handling(abilities=abilities, deprovision=deprovision)
        plan = plan_of(desired, actual, target=a_target(users=users))
        return len(plan.changes), notes(plan)

    assert under(ALL) == (1, [])
    assert under(ALL - {off}) == (0, [("action-off", "user:ada")])


def test_an_account_without_a_manifest_leaves_as_removed() -> None:
    plan = plan_of(wanting(), holding(live_user("u-bob", displayName="Bob")))
    (gone,) = plan.changes
    assert gone == Deactivate(
        kind=Kind.USER,
        key="id:u-bob",
        name="Bob",
        cause=Cause.REMOVED,
        reason=Reason("no manifest declares it", TARGET_AT),
        step=Step.DEACTIVATE,
        id=ResourceId("u-bob"),
        hash=gone.hash,
    )
    keep = a_target(users=a_handling(deprovision=Deprovision(removed=Removal.KEEP)))
    assert does(plan_of(wanting(), holding(live_user("u-bob")), target=keep)) == []


def test_an_account_whose_manifest_is_gone_keeps_the_key_that_the_ledger_knows() -> None:
    memory = Memory(
        links={"user:bob": ResourceId("u-bob"), "group:bob": ResourceId("g-x")},
    )
    plan = plan_of(wanting(), holding(live_user("u-bob")), memory=memory)
    assert does(plan) == ["deactivate user:bob"]
    # Somebody else has the key today: then it is only the live resource.
    bob = a_person("bob", user_name="other@zone.example")
    marked = live_user("u-2", "other@zone.example", externalId="reconciler:org/people/box:bob")
    plan = plan_of(wanting(bob), holding(live_user("u-bob"), marked), memory=memory)
    assert does(plan) == ["deactivate user:id:u-bob"]


def test_somebody_deactivated_long_enough_is_deleted() -> None:
    target = a_target(users=a_handling(deprovision=Deprovision(delete_after_days=30)))
    desired = wanting(a_person("ada", excluded(Cause.UNASSIGNED)))
    actual = holding(live_user("u-ada", active=False))

    def after(days: int) -> Memory:
        return Memory(deactivated={ResourceId("u-ada"): NOON - timedelta(days=days)})

    (gone,) = plan_of(desired, actual, target=target, memory=after(30)).changes
    assert (gone.action, gone.cause, gone.step) == ("delete", Cause.DUE, Step.DELETE_USERS)
    assert gone.reason == Reason(
        "deactivated since 2026-10-24, and `deleteAfterDays` is 30", TARGET_AT
    )
    assert does(plan_of(desired, actual, target=target, memory=after(29))) == []
    no_date = plan_of(desired, actual, target=target, memory=Memory())
    assert does(no_date) == []
    never = plan_of(desired, actual, memory=after(400))
    assert does(never) == []


def test_a_timed_deletion_needs_the_delete_action_too() -> None:
    users = a_handling(
        abilities=ALL - {Ability.DELETE}, deprovision=Deprovision(delete_after_days=1)
    )
    plan = plan_of(
        wanting(a_person("ada", excluded())),
        holding(live_user("u-ada", active=False)),
        target=a_target(users=users),
        memory=Memory(deactivated={ResourceId("u-ada"): NOON - timedelta(days=2)}),
    )
    assert (does(plan), notes(plan)) == ([], [("action-off", "user:ada")])


def test_undetermined_people_keep_what_they_have_and_are_reported() -> None:
    plan = plan_of(wanting(a_person("ada", UNDETERMINED)), holding(live_user("u-ada", title="x")))
    assert does(plan) == []
    assert plan.notes == (
        Note(
            NoteKind.SKIPPED,
            NoteCode.FILTER_UNDETERMINED,
            Kind.USER,
            "ada",
            "Ada",
            "the filter could not be decided",
            HERE,
        ),
    )


def test_while_somebody_undetermined_cannot_be_found_nobody_undeclared_is_removed() -> None:
    ghost = a_person("ada", UNDETERMINED, match=())
    plan = plan_of(wanting(ghost), holding(live_user("u-1"), live_user("u-2")))
    assert does(plan) == []
    assert notes(plan) == [("filter-undetermined", "user:ada"), ("undeclared-kept", "user:ada")]
    assert message(plan, "undeclared-kept").startswith("may be any live user")
    # Where those would be kept anyway there is nothing to say.
    keep = a_target(users=a_handling(deprovision=Deprovision(removed=Removal.KEEP)))
    plan = plan_of(wanting(ghost), holding(live_user("u-1")), target=keep)
    assert notes(plan) == [("filter-undetermined", "user:ada")]


def test_somebody_without_any_matching_value_is_not_created_twice() -> None:
    plan = plan_of(wanting(a_person("ada", match=())), holding())
    assert (does(plan), notes(plan)) == ([], [("unlocatable", "user:ada")])


def test_a_hold_is_reported_whether_or_not_anything_follows_from_it() -> None:
    plan = plan_of(wanting(a_person("ada", excluded(Cause.HELD))), holding())
    assert does(plan) == []
    assert [(n.note, n.code, n.message) for n in plan.notes] == [
        (NoteKind.HELD, "held", "excluded: held")
    ]


def test_people_who_are_only_looked_up_are_never_changed() -> None:
    everybody = wanting(
        a_person("ada", title="Head"),
        a_person("bob", excluded()),
        a_person("cyd"),
        a_person("dan", UNDETERMINED),
    )
    actual = holding(live_user("u-ada"), live_user("u-bob"), live_user("u-eve"))
    plan = plan_of(everybody, actual, target=a_target(users=LOOKUP))
    assert (does(plan), notes(plan)) == ([], [("filter-undetermined", "user:dan")])


def test_marked_people_are_created_with_our_mark() -> None:
    target = a_target(users=a_handling(Marked()))
    ada = a_person("ada", object_id="o-1")  # maps the attribute of the mark: the mark wins
    (created,) = plan_of(wanting(ada), holding(), target=target).changes
    assert isinstance(created, Create)
    assert created.values == (
        AttributeValue("externalId", "reconciler:org/people/box:ada", HERE),
        AttributeValue("userName", address("ada"), HERE),
    )


def test_a_mapping_of_the_marks_attribute_never_overwrites_the_mark() -> None:
    target = a_target(users=a_handling(Marked()))
    live = live_user("u-ada", externalId="reconciler:org/people/box:ada", title="Lead")
    ada = a_person("ada", object_id="o-1", title="Head")
    plan = plan_of(wanting(ada), holding(live), target=target)
    assert does(plan) == ["update user:ada title: 'Lead' -> 'Head'"]


def test_nobody_is_created_by_mark_where_nothing_can_carry_one() -> None:
    target = a_target(users=a_handling(Marked()))
    plan = plan_of(wanting(a_person("ada")), holding(), target=target, profile=unmarked(RFC7644))
    assert (does(plan), notes(plan)) == ([], [("no-mark", "user:ada")])


def test_a_rename_that_destroys_the_account_says_so() -> None:
    ada = a_person("ada", user_name="lovelace@zone.example", object_id="o-1")
    actual = holding(live_user("u-ada", externalId="o-1"))
    (renamed,) = plan_of(wanting(ada), actual, profile=ZPA).changes
    assert renamed.irreversible == (
        "at this provider a new userName is a new account: the old one, its data and its sessions "
        "are lost"
    )
    (renamed,) = plan_of(wanting(ada), actual, profile=RFC7644).changes
    assert renamed.irreversible is None


@pytest.mark.parametrize(
    ("profile", "why"),
    [
        (RFC7644, None),
        (
            replace(RFC7644, deactivation=Deactivation.DESTRUCTIVE),
            "this provider removes the person and their data on deactivation",
        ),
        (replace(RFC7644, reactivates=False), "this provider switches nobody on again"),
        (
            replace(RFC7644, inactive_shown=False),
            "this provider shows nobody who is switched off, so nothing here switches them on",
        ),
    ],
)
def test_a_deactivation_says_why_nobody_comes_back_from_it(
    profile: Profile, why: str | None
) -> None:
    desired = wanting(a_person("ada", excluded()))
    (change,) = plan_of(desired, holding(live_user("u-ada")), profile=profile).changes
    assert (change.action, change.irreversible) == ("deactivate", why)


def test_where_nobody_is_switched_on_again_the_plan_says_so_and_does_nothing() -> None:
    once = replace(RFC7644, reactivates=False)
    plan = plan_of(
        wanting(a_person("ada", title="Head")),
        holding(live_user("u-ada", title="x", active=False)),
        profile=once,
    )
    assert (does(plan), notes(plan)) == ([], [("no-reactivation", "user:ada")])
    assert plan.undecided, "whoever should have access and has none is not settled"


def test_a_deletion_says_that_nobody_can_have_the_name_again() -> None:
    target = a_target(users=a_handling(deprovision=DELETE_USERS))
    for_good = replace(RFC7644, recreates=False)
    desired, actual = wanting(a_person("ada", excluded())), holding(live_user("u-ada"))
    (gone,) = plan_of(desired, actual, target=target, profile=for_good).changes
    assert gone.irreversible == (
        "a deleted resource and its memberships cannot be brought back; nor can anybody be created "
        "again under that name"
    )


@pytest.mark.parametrize(
    ("most", "said"),
    [
        (None, None),
        (4, None),
        (3, "would be one too many: this provider takes 3 users"),
        (2, "would be one too many, and 1 more with it: this provider takes 2 users"),
        (0, "would be one too many, and 2 more with it: this provider takes 0 users"),
    ],
)
def test_the_first_for_whom_there_is_no_room_is_named(most: int | None, said: str | None) -> None:
    profile = replace(RFC7644, users=replace(RFC7644.users, most=most))
    people = [a_person(key) for key in ("ada", "bob", "cy")]
    plan = plan_of(wanting(*people), holding(live_user("u-old")), profile=profile)
    assert [n.message for n in plan.notes if n.code == "no-room"] == ([said] if said else [])
    if most == 3:
        assert ("no-room", "user:cy") in notes(plan)
