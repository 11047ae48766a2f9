"""On demand is a selection, and what came of it is the plan that is left."""

from __future__ import annotations

from reconciler.model.identity import Kind, ResourceId, Subject
from reconciler.model.outcome import Outcome, Status
from reconciler.plan.on_demand import people_of, seen_again, selection_of_subject, touched
from reconciler.plan.selection import parse_selection
from tests.builders import a_create, a_deactivation, a_plan, an_addition
from tests.unit.plan.builders_plan import (
    a_group,
    a_person,
    holding,
    live_group,
    live_user,
    scene_of,
    wanting,
)

DESIRED = wanting(
    a_person("ada"),
    a_person("bob"),
    a_group("inner"),
    a_group("ops", "ada", undetermined=("bob",), nested=("inner",)),
)
LIVE = holding(
    live_user("u-ada"), live_user("u-x"), live_group("g-ops", "u-x"), live_group("g-old", "u-ada")
)


def test_the_selection_of_a_subject_is_what_its_texts_select() -> None:
    for kind, key, members, texts in (
        (Kind.USER, "ada", (), ("user:ada",)),
        (Kind.USER, "id:u-x", (), ("user:id:u-x",)),
        (Kind.GROUP, "ops", (), ("members:ops",)),
        (Kind.GROUP, "ops", ("bob", "ada", "bob"), ("members:ops/ada", "members:ops/bob")),
    ):
        found = selection_of_subject(Subject(kind, key), members)
        assert found.texts == texts
        assert parse_selection(texts) == found


def test_the_people_of_a_group_are_those_who_are_in_it_and_those_who_should_be() -> None:
    scene = scene_of(DESIRED, LIVE)
    assert people_of("ops", scene) == {"ada", "bob", "id:u-x", "group:inner"}
    assert people_of("id:g-old", scene) == {"ada"}
    assert people_of("inner", scene) == frozenset()
    assert people_of("nobody", scene) == frozenset()


def test_what_was_touched_includes_what_was_made() -> None:
    create, addition = a_create("e1"), an_addition("ops", ["e1"])
    lost = a_create("e2")
    plan = a_plan(create, lost, addition, a_deactivation("e3"))
    made = Outcome(create.hash, "create", Kind.USER, "e1", Status.APPLIED, id=ResourceId("new-1"))
    assert touched(plan, [made]) == (
        (Kind.GROUP, "id-ops"),
        (Kind.USER, "id-e3"),
        (Kind.USER, "new-1"),
    )


def test_what_is_seen_again_takes_the_place_of_what_was_seen() -> None:
    new, changed = live_user("u-new"), live_user("u-ada", title="Head")
    again = [
        ((Kind.USER, new.id), new),
        ((Kind.USER, changed.id), changed),
        ((Kind.GROUP, ResourceId("g-old")), None),
        ((Kind.GROUP, ResourceId("g-never")), None),
    ]
    found = seen_again(scene_of(DESIRED, LIVE), again)
    assert set(found.users.resources) == {"u-ada", "u-x", "u-new"}
    assert found.users.resources[changed.id] == changed
    assert set(found.groups.resources) == {"g-ops"}
    assert found.complete
