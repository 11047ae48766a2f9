from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.change import AttributeValue, Create, Delete, Step
from reconciler.model.desired import Cause, Reason
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.plan import Principal
from reconciler.model.profile import RFC7644
from reconciler.model.resource_type import Rename
from reconciler.model.target import Deprovision, Exclusive, Removal
from tests.unit.plan.builders_plan import (
    DELETE_GROUPS,
    HERE,
    LOOKUP,
    MARKED_GROUPS,
    PROVISIONED,
    TARGET_AT,
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
    plan_of,
    remembering,
    wanting,
)

MARKED = a_target(groups=MARKED_GROUPS)
DELETING = a_target(groups=a_handling(Exclusive(), deprovision=DELETE_GROUPS, mapping="groups"))


def test_a_group_is_created_without_members_and_filled_afterwards() -> None:
    plan = plan_of(
        wanting(a_group("ops", "ada", "bob"), a_person("ada"), a_person("bob")),
        holding(live_user("u-ada")),
        target=MARKED,
    )
    assert does(plan) == ["create user:bob", "create group:ops", "addMembers group:ops +ada +bob"]
    created = plan.changes[1]
    assert created == Create(
        kind=Kind.GROUP,
        key="ops",
        name="Ops",
        cause=Cause.ADDED,
        reason=PROVISIONED.reason,
        step=Step.CREATE_GROUPS,
        hash=created.hash,
        values=(
            AttributeValue("displayName", "Ops", HERE),
            AttributeValue("externalId", "reconciler:org/people/box:ops", HERE),
        ),
    )
    assert plan.principals == {
        "ada": Principal(ResourceId("u-ada"), "Ada"),
        "bob": Principal(None, "Bob"),
    }


def test_a_groups_attributes_are_kept_up_to_date() -> None:
    ops = a_group("ops", description="Operations")
    plan = plan_of(wanting(ops), holding(live_group("g-ops", description="old")))
    assert does(plan) == ["update group:ops description: 'old' -> 'Operations'"]


def test_a_group_nobody_declares_leaves_as_the_target_says() -> None:
    live = holding(
        live_group("g-old", "u-ada", "u-x", "g-in", name="Old"),
        live_group("g-in", name="In"),
        live_user("u-ada"),
    )
    desired = wanting(a_person("ada"), a_group("in"))
    assert does(plan_of(desired, live)) == []
    plan = plan_of(desired, live, target=DELETING)
    assert plan.changes == (
        Delete(
            kind=Kind.GROUP,
            key="id:g-old",
            name="Old",
            cause=Cause.REMOVED,
            reason=Reason("no manifest declares it", TARGET_AT),
            step=Step.DELETE_GROUPS,
            id=ResourceId("g-old"),
            irreversible="a deleted resource and its memberships cannot be brought back",
            hash=plan.changes[0].hash,
            seen=(AttributeValue("displayName", "Old"),),
            members=("ada", "group:in", "id:u-x"),
        ),
    )
    assert plan.principals == {
        "ada": Principal(ResourceId("u-ada"), "Ada"),
        "group:in": Principal(ResourceId("g-in"), "In"),
        "id:u-x": Principal(ResourceId("u-x"), "u-x"),
    }


def test_members_that_were_declared_once_are_called_as_they_were() -> None:
    live = holding(
        live_group("g-old", "u-ada", "g-sub"),
        live_user("u-ada", displayName="Ada L."),
        live_group("g-sub"),
    )
    memory = remembering(
        links={"user:ada": "u-ada", "group:sub": "g-sub", "group:old": "g-old"},
    )
    plan = plan_of(wanting(), live, target=DELETING, memory=memory)
    assert does(plan) == ["deactivate user:ada", "delete group:old", "delete group:sub"]
    assert plan.principals == {
        "ada": Principal(ResourceId("u-ada"), "Ada L."),
        "group:sub": Principal(ResourceId("g-sub"), "Sub"),
    }


@pytest.mark.parametrize(
    ("cause", "deprovision"),
    [
        (Cause.UNASSIGNED, Deprovision(unassigned=Removal.DELETE)),
        (Cause.OUT_OF_SCOPE, Deprovision(out_of_scope=Removal.DELETE)),
    ],
)
def test_a_group_that_is_no_longer_wanted_is_deleted_only_where_that_is_said(
    cause: Cause, deprovision: Deprovision
) -> None:
    ops = a_group("ops", standing=excluded(cause), object_id="o-1")
    live = holding(live_group("g-ops", externalId="o-1"))
    keep = Deprovision(Removal.KEEP, Removal.KEEP, Removal.KEEP, Removal.KEEP)
    # `deactivate` means nothing for groups: they are kept.
    for kept in (keep, Deprovision()):
        target = a_target(groups=a_handling(deprovision=kept))
        assert does(plan_of(wanting(ops), live, target=target)) == []
    target = a_target(groups=a_handling(deprovision=deprovision))
    (gone,) = plan_of(wanting(ops), live, target=target).changes
    assert isinstance(gone, Delete)
    assert (gone.cause, gone.step) == (cause, Step.DELETE_GROUPS)
    assert gone.seen == (
        AttributeValue("displayName", "Ops"),
        AttributeValue("externalId", "o-1"),
    )
    assert does(plan_of(wanting(ops), holding(), target=target)) == []


def test_an_undetermined_group_keeps_what_it_has() -> None:
    ops = a_group("ops", standing=UNDETERMINED)
    plan = plan_of(wanting(ops), holding(live_group("g-ops", "u-1")), target=DELETING)
    assert (does(plan), notes(plan)) == ([], [("filter-undetermined", "group:ops")])


def test_groups_that_are_only_looked_up_are_never_changed() -> None:
    target = a_target(groups=LOOKUP)
    desired = wanting(
        a_group("ops", "ada", description="x"), a_group("net", "ada"), a_person("ada")
    )
    live = holding(live_group("g-ops"), live_group("g-old"), live_user("u-ada"))
    assert does(plan_of(desired, live, target=target)) == []


def test_a_group_rename_that_destroys_says_so() -> None:
    ops = a_group("ops", name="New", formerly=["Old"])
    actual = holding(live_group("g-1", name="Old"))
    destroying = replace(RFC7644, groups=replace(RFC7644.groups, rename=Rename.DESTROYS))
    assert plan_of(wanting(ops), actual, profile=destroying).changes[0].irreversible == (
        "at this provider a new displayName is a new group: the old one and whatever refers to it "
        "are lost"
    )
    assert plan_of(wanting(ops), actual).changes[0].irreversible is None


def test_a_group_in_conflict_is_neither_changed_nor_filled_nor_deleted() -> None:
    twins = holding(
        live_group("g-1", "u-x", name="Ops"), live_group("g-2", name="Ops"), live_user("u-ada")
    )
    desired = wanting(a_group("ops", "ada", description="x"), a_person("ada"))
    plan = plan_of(desired, twins, target=DELETING)
    assert (does(plan), notes(plan)) == ([], [("ambiguous-match", "group:ops")])


def test_while_an_undetermined_group_cannot_be_found_no_undeclared_one_is_deleted() -> None:
    ghost = replace(a_group("ops", standing=UNDETERMINED), match=())
    plan = plan_of(wanting(ghost), holding(live_group("g-x")), target=DELETING)
    assert does(plan) == []
    assert message(plan, "undeclared-kept").startswith("may be any live group")


def test_a_user_and_a_group_may_have_one_key() -> None:
    desired = wanting(a_person("ops", user_name=address("ops")), a_group("ops", "ops"))
    live = holding(live_user("u-ops"), live_group("g-ops"))
    assert does(plan_of(desired, live)) == ["addMembers group:ops +ops"]


def test_a_deletion_names_what_goes_with_the_group() -> None:
    roles = replace(RFC7644, groups=replace(RFC7644.groups, become="role"))
    desired = wanting(a_group("ops", standing=excluded(Cause.UNASSIGNED)))
    (gone,) = plan_of(desired, holding(live_group("g-ops")), target=DELETING, profile=roles).changes
    assert gone.irreversible == (
        "a deleted resource and its memberships cannot be brought back; the role that it is there "
        "goes with it"
    )
