"""Whoever has no manifest is found by what is live or remembered, and told what becomes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.model.declared import Declared
from reconciler.model.desired import Reason
from reconciler.model.entry_code import EntryCode
from reconciler.model.identity import Kind, ResourceId, Subject
from reconciler.model.ledger import Memory
from reconciler.model.resource import Actual, Unread
from reconciler.model.target import Deprovision, Manage, OwnedWhen, Removal
from reconciler.plan.explain.declared import Explanation
from reconciler.plan.explain.members import Move
from reconciler.plan.explain.subject import SubjectError
from reconciler.plan.explain.undeclared import Undeclared, explain_anybody, find_live
from reconciler.plan.scene import Scene
from tests.unit.desired.builders_desired import (
    NOW,
    TARGET_AT,
    a_group,
    a_handling,
    a_mapping,
    a_target,
    a_tree,
    a_user,
    expression,
    grounds_of,
)
from tests.unit.desired.builders_desired import USER_NAME as MAPS_USER_NAME
from tests.unit.plan.builders_plan import NOTHING_KNOWN, holding, live_group, live_user
from tests.unit.plan.explain.builders_explain import scene_between, seen

TREE = a_tree(users=[a_user("ada")], groups=[a_group("ops", users=["ada"])])
ADA = live_user("u-ada", "ada@zone.example")
CYD = live_user("u-cyd", "cyd@zone.example", displayName="Cyd")


def the_scene(actual: Actual, tree: Declared = TREE, memory: Memory = NOTHING_KNOWN) -> Scene:
    return scene_between(grounds_of(tree), actual, memory)


def anybody(subject: Subject, scene: Scene) -> Explanation | Undeclared:
    grounds = grounds_of(scene.declared_from)
    return explain_anybody(subject, grounds, scene.desired, seen(scene))


def explained(
    text: str, actual: Actual, tree: Declared = TREE, memory: Memory = NOTHING_KNOWN
) -> Undeclared:
    scene = the_scene(actual, tree, memory)
    subject = find_live(text, scene)
    assert isinstance(subject, Subject), subject
    found = anybody(subject, scene)
    assert isinstance(found, Undeclared)
    return found


@pytest.mark.parametrize(
    "text",
    ["id:u-cyd", "user:id:u-cyd", "u-cyd", "cyd@zone.example", "CYD", "user:Cyd"],
)
def test_somebody_live_is_found_by_id_and_by_any_name(text: str) -> None:
    assert find_live(text, the_scene(holding(ADA, CYD))) == Subject(Kind.USER, "id:u-cyd")


def test_the_id_of_somebody_declared_finds_the_manifest() -> None:
    scene = the_scene(holding(ADA, CYD))
    assert find_live("id:u-ada", scene) == Subject(Kind.USER, "ada")
    for subject in (Subject(Kind.USER, "ada"), Subject(Kind.GROUP, "ops")):
        found = anybody(subject, scene)
        assert isinstance(found, Explanation)
        assert found.subject == subject


def test_a_name_that_two_have_and_one_that_nobody_has() -> None:
    twin = live_user("u-two", "two@zone.example", displayName="Cyd")
    scene = the_scene(holding(CYD, twin, live_group("g-1", displayName="Cydonia")))
    found = find_live("cyd", scene)
    assert isinstance(found, SubjectError)
    assert found.several
    assert found.message == '"cyd" means 2 of them: user:id:u-cyd "Cyd", user:id:u-two "Cyd"'
    assert find_live("cydonya", scene) == SubjectError(
        'nobody is called "cydonya", in Git or at app', 'did you mean "Cydonia"?'
    )
    nobody = find_live("zzzzz", scene)
    assert isinstance(nobody, SubjectError)
    assert nobody.hint.startswith("expected user:KEY")


def test_nobody_is_found_by_a_name_that_must_not_show() -> None:
    hides = a_mapping(MAPS_USER_NAME, expression("displayName", "Redact([mail])"))
    tree = a_tree(users=[a_user("ada")], user_mapping=hides)
    scene = the_scene(holding(ADA, CYD), tree)
    assert isinstance(find_live("Cyd", scene), SubjectError)
    assert find_live("cyd@zone.example", scene) == Subject(Kind.USER, "id:u-cyd")


def test_a_resource_without_any_name_is_called_by_its_id() -> None:
    nameless = live_user("u-9")
    nameless = replace(nameless, data={})
    assert explained("u-9", holding(nameless)).name == "u-9"


def test_somebody_live_without_a_manifest_is_told_what_becomes_of_them() -> None:
    group = live_group("g-ops", "u-cyd", displayName="ops")
    other = live_group("g-x", "u-cyd", displayName="X")
    found = explained("cyd", holding(ADA, CYD, group, other))
    assert (found.name, found.recorded, found.deactivated) == ("Cyd", None, None)
    assert found.live is not None
    assert found.live.id == "u-cyd"
    assert [change.action for change in found.outcome.plan.changes] == [
        "removeMembers",
        "deactivate",
    ]
    assert found.outcome.nothing is None
    assert [(m.group.key, m.move) for m in found.memberships] == [
        ("ops", Move.REMOVED),
        ("id:g-x", Move.NONE),
    ]


def test_a_live_group_without_a_manifest_shows_its_members() -> None:
    group = live_group("g-x", "u-ada", "u-cyd", displayName="X")
    found = explained("group:X", holding(ADA, CYD, group))
    assert [(m.member.key, m.member.name, m.live) for m in found.memberships] == [
        ("ada", "ada@zone.example", "yes"),
        ("id:u-cyd", "Cyd", "yes"),
    ]
    unread = replace(group, members=Unread("not asked"))
    assert explained("group:X", holding(ADA, unread)).memberships == ()


def test_whom_only_the_ledger_knows_is_found_by_key() -> None:
    memory = Memory(
        links={"user:gone": ResourceId("u-gone"), "group:old": ResourceId("g-old")},
        deactivated={ResourceId("u-gone"): NOW - timedelta(days=3)},
    )
    found = explained("gone", holding(ADA), memory=memory)
    assert (found.subject, found.name, found.live) == (Subject(Kind.USER, "gone"), "gone", None)
    assert (found.recorded, found.deactivated) == ("u-gone", NOW - timedelta(days=3))
    assert found.memberships == ()
    assert found.outcome.nothing is not None
    assert found.outcome.nothing.skip is EntryCode.SYNCHRONIZATION_SKIPPED
    assert found.outcome.nothing.reason.text == (
        "no manifest declares it; it should not be there, and is not"
    )
    assert explained("group:old", holding(), memory=memory).recorded == "g-old"


def test_whom_the_ledger_knows_and_who_is_live_is_found_by_key_and_id() -> None:
    memory = Memory(links={"user:gone": ResourceId("u-cyd")})
    for text in ("gone", "id:u-cyd", "u-cyd", "Cyd"):
        found = explained(text, holding(ADA, CYD), memory=memory)
        assert found.subject == Subject(Kind.USER, "gone")
        assert found.live is not None


def why_nothing(actual: Actual, tree: Declared) -> tuple[str, Reason]:
    nothing = explained("id:u-cyd", actual, tree).outcome.nothing
    assert nothing is not None
    return nothing.skip.value, nothing.reason


def test_why_nothing_becomes_of_somebody_without_a_manifest() -> None:
    live = holding(ADA, CYD)
    keeps = replace(a_handling(), deprovision=Deprovision(removed=Removal.KEEP))
    kept = a_tree(users=[a_user("ada")], target=a_target(users=keeps))
    said = "no manifest declares it; `deprovision` says that it is kept"
    assert why_nothing(live, kept) == ("EntrySynchronizationSkipped", Reason(said))
    looks = replace(a_handling(), manage=Manage.LOOKUP)
    lookup = a_tree(users=[a_user("ada")], target=a_target(users=looks))
    said = "no manifest declares it; others look after what is live"
    assert why_nothing(live, lookup)[1].text == said
    rule = replace(a_handling(), ownership=OwnedWhen('resource.userName == "x"', TARGET_AT))
    theirs = a_tree(users=[a_user("ada")], target=a_target(users=rule))
    said = "no manifest declares it; it is not ours, and is left alone"
    assert why_nothing(live, theirs)[1].text == said
    off = replace(CYD, data={**CYD.data, "active": False})
    said = "no manifest declares it; it is switched off already"
    assert why_nothing(holding(ADA, off), TREE)[1].text == said


def deleting() -> Declared:
    """A target that deletes groups which no manifest declares any more."""
    groups = replace(a_handling(), deprovision=Deprovision(removed=Removal.DELETE))
    return a_tree(target=a_target(groups=groups))


def test_what_stands_in_the_way_is_what_the_plan_notes() -> None:
    live = holding(ADA, CYD)
    short = replace(live, users=replace(live.users, gap="a page is missing"))
    skip, reason = why_nothing(short, TREE)
    assert skip == "ImportSkipped"
    assert reason.text == (
        "no manifest declares it, but the users were not read to the end, so nobody is removed: "
        "a page is missing"
    )
    nameless = replace(a_user("bob"), attributes={})
    unlocatable = a_tree(users=[a_user("ada"), nameless])
    skip, reason = why_nothing(live, unlocatable)
    assert (skip, reason.text) == (
        "ImportSkipped",
        "no manifest declares it, but it may be user:bob, who cannot be found by any value, so it "
        "is left alone",
    )
    unread = live_group("g-x", unread="not asked")
    found = explained("group:id:g-x", holding(unread), deleting()).outcome.nothing
    assert found is not None
    assert (found.skip, "not asked" in found.reason.text) == (EntryCode.IMPORT_SKIPPED, True)


def test_whoever_may_be_one_of_two_is_left_alone() -> None:
    twins = [live_user(f"u-{n}", "ada@zone.example") for n in ("one", "two")]
    found = explained("id:u-one", holding(*twins))
    assert found.outcome.nothing is not None
    assert found.outcome.nothing.reason.text == (
        "no manifest declares it, but it may be somebody's whose match is in conflict"
    )
    assert story_is_empty(found)


def story_is_empty(found: Undeclared) -> bool:
    return found.memberships == ()
