"""Everybody whom a plan considered is accounted for, with the reason where nothing is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from reconciler.desired.desire import desire_from
from reconciler.model.declared import Declared
from reconciler.model.identity import Kind, ResourceId, Subject, object_id
from reconciler.model.plan import Undoes
from reconciler.model.resource import Actual
from reconciler.model.target import Ability, Deprovision, Manage, OwnedWhen, Removal, Scope
from reconciler.plan.accounts import Account, accounts
from reconciler.plan.build import build_plan
from tests.builders import a_plan, an_update
from tests.unit.desired.builders_desired import (
    NOW,
    TARGET_AT,
    USERS_AT,
    a_group,
    a_handling,
    a_mapping,
    a_target,
    a_tree,
    a_user,
    an_assignment,
    expression,
    grounds_of,
)
from tests.unit.desired.builders_desired import USER_NAME as MAPS_USER_NAME
from tests.unit.plan.builders_plan import holding, live_group, live_user, only
from tests.unit.plan.explain.builders_explain import scene_between

ADA = Subject(Kind.USER, "ada")
LIVE_ADA = live_user("u-ada", "ada@zone.example")


def accounted(
    tree: Declared,
    actual: Actual,
    *selection: str,
    links: Mapping[str, ResourceId] | None = None,
) -> dict[str, Account]:
    grounds = grounds_of(tree)
    scene = scene_between(grounds, actual)
    plan = build_plan(scene, commit=None, selection=only(*selection))
    found = list(accounts(plan, grounds, scene.desired, links or {}))
    assert [a.subject for a in found] == sorted(a.subject for a in found)
    return {str(account.subject): account for account in found}


def reasons(found: Mapping[str, Account]) -> dict[str, tuple[str, str] | None]:
    return {
        key: None
        if account.nothing is None
        else (account.nothing.skip.value, account.nothing.reason.text)
        for key, account in found.items()
    }


def test_everybody_has_an_account_whatever_becomes_of_them() -> None:
    tree = a_tree(
        users=[a_user("ada"), a_user("bob"), a_user("cyd"), a_user("dan", accountEnabled=False)],
        groups=[a_group("ops", users=["ada", "bob"])],
        assignments=[an_assignment(users=["ada", "bob", "dan"], groups=["ops"])],
        target=a_target(scope=Scope.ASSIGNED),
    )
    found = accounted(tree, holding(LIVE_ADA, live_user("u-x")))
    assert reasons(found) == {
        "group:ops": None,
        "user:ada": ("RedundantExport", "live is as Git wants it"),
        "user:bob": None,
        "user:cyd": ("NotEffectivelyEntitled", "no assignment to app reaches cyd"),
        "user:dan": ("EntrySynchronizationSkipped", "accountEnabled is false"),
        "user:id:u-x": None,
    }
    group = found["group:ops"]
    assert [change.action for change in group.changes] == ["create", "addMembers"]
    assert (group.object_id, group.id) == (object_id(Kind.GROUP, "ops"), None)
    stranger = found["user:id:u-x"]
    assert (stranger.access, stranger.at, stranger.id) == (None, None, "u-x")
    assert stranger.name == "x@zone.example"
    ada = found["user:ada"]
    assert (ada.at, ada.object_id) == (USERS_AT, object_id(Kind.USER, "ada"))
    assert ada.access is not None
    assert ada.id == "u-ada"


def test_the_way_back_accounts_for_nobody_else() -> None:
    tree = a_tree(users=[a_user("ada"), a_user("bob")])
    grounds = grounds_of(tree)
    undo = replace(a_plan(an_update("ada")), undoes=Undoes("run-1", "c0ffee", NOW))
    found = list(accounts(undo, grounds, desire_from(grounds), {}))
    assert [account.subject for account in found] == [ADA]


def test_a_selection_accounts_for_whom_it_names() -> None:
    tree = a_tree(
        users=[a_user("ada"), a_user("bob"), a_user("cyd")],
        groups=[a_group("ops", users=["ada", "bob"])],
    )
    live = holding(LIVE_ADA, live_group("g-ops", "u-ada", name="ops"))
    assert set(accounted(tree, live, "user:cyd")) == {"user:cyd"}
    assert set(accounted(tree, live, "members:ops")) == {"group:ops", "user:ada", "user:bob"}
    assert set(accounted(tree, live, "due")) == set()


def test_an_id_comes_from_the_plan_or_else_from_the_ledger() -> None:
    tree = a_tree(users=[a_user("ada", accountEnabled=False)])
    off = replace(LIVE_ADA, data={**LIVE_ADA.data, "active": False})
    assert accounted(tree, holding(off))["user:ada"].id == "u-ada"
    remembered = {"user:ada": ResourceId("u-old")}
    assert accounted(tree, holding(), links=remembered)["user:ada"].id == "u-old"
    assert accounted(tree, holding())["user:ada"].id is None


def test_who_could_not_be_decided_has_the_notes_reason() -> None:
    broken = a_mapping(MAPS_USER_NAME, expression("title", 'FormatDateTime([mail], , "a", "b")'))
    tree = a_tree(users=[a_user("ada", mail="x")], user_mapping=broken)
    found = accounted(tree, holding(LIVE_ADA))["user:ada"]
    assert found.nothing is not None
    assert found.nothing.skip.value == "AttributeValidationFailed"
    assert [note.code for note in found.notes] == ["mapping-error"]


def test_who_is_only_looked_up_is_somebody_elses() -> None:
    looks = replace(a_handling(), manage=Manage.LOOKUP)
    tree = a_tree(users=[a_user("ada")], target=a_target(users=looks))
    assert reasons(accounted(tree, holding(LIVE_ADA)))["user:ada"] == (
        "EntrySynchronizationSkipped",
        "it is only looked up here; somebody else creates and updates it",
    )


def test_a_conflict_about_a_stranger_is_accounted_for_by_name() -> None:
    theirs = OwnedWhen('resource.userName == "x"', TARGET_AT)
    tree = a_tree(
        users=[a_user("ada")], target=a_target(users=replace(a_handling(), ownership=theirs))
    )
    found = accounted(tree, holding(LIVE_ADA))["user:ada"]
    assert found.nothing is not None
    assert found.nothing.skip.value == "EntryConflict"


def test_what_is_live_and_nobodys_is_accounted_for_when_the_plan_speaks_of_it() -> None:
    nothing_off = replace(a_handling(), abilities=frozenset({Ability.CREATE}))
    deletes = replace(a_handling(), deprovision=Deprovision(removed=Removal.DELETE))
    tree = a_tree(target=a_target(users=nothing_off, groups=deletes))
    found = accounted(tree, holding(live_user("u-x"), live_group("g-x")))
    assert (found["user:id:u-x"].id, found["user:id:u-x"].access) == ("u-x", None)
    assert reasons(found)["user:id:u-x"] == (
        "EntrySynchronizationSkipped",
        "no manifest declares it: would be deactivated, but the target's actions have no "
        "deactivate",
    )
    assert [change.action for change in found["group:id:g-x"].changes] == ["delete"]


@pytest.mark.parametrize("declared", [True, False])
def test_whoever_has_a_declared_object_id_is_logged_with_it(declared: bool) -> None:
    more = {"objectId": "00000000-0000-4000-8000-000000000001"} if declared else {}
    tree = a_tree(users=[a_user("ada", more)])
    expected = more.get("objectId", object_id(Kind.USER, "ada"))
    assert accounted(tree, holding())["user:ada"].object_id == expected
