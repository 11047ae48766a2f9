"""Whom people name: keys in Git, live ids at the provider."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.attributes import MANAGER
from reconciler.model.change import ReferenceChange, SetReferences, Step
from reconciler.model.desired import Cause, DesiredUser, Reason
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.mapping import Apply
from reconciler.model.path import ENTERPRISE_USER, Json
from reconciler.model.plan import Principal
from reconciler.model.policy import Guard
from reconciler.model.profile import RFC7644, ZPA
from reconciler.model.resource import Resource
from reconciler.model.target import Ability, Deprovision, Removal
from reconciler.plan.measure import measures
from tests.unit.plan.builders_plan import (
    ALL,
    HERE,
    LOOKUP,
    UNDETERMINED,
    a_handling,
    a_person,
    a_target,
    does,
    excluded,
    holding,
    live_user,
    message,
    notes,
    only,
    plan_of,
    remembering,
    wanting,
)
from tests.unit.plan.organisations import manager

BOSS = a_person("boss")
ADA = a_person("ada", manager="boss")


def live_ada(boss: str | None = None, **more: Json) -> Resource:
    return live_user("u-ada", None, **manager(boss), **more)


def test_manager_is_named_by_the_live_id_behind_the_key() -> None:
    plan = plan_of(wanting(ADA, BOSS), holding(live_ada(), live_user("u-boss")))
    (change,) = plan.changes
    assert change == SetReferences(
        kind=Kind.USER,
        key="ada",
        name="Ada",
        id=ResourceId("u-ada"),
        cause=Cause.CHANGED,
        reason=Reason(f"Git names somebody else in {MANAGER}", HERE),
        step=Step.SET_REFERENCES,
        hash=change.hash,
        references=(ReferenceChange(MANAGER.text, None, "boss", HERE),),
    )
    assert plan.principals == {"boss": Principal(ResourceId("u-boss"), "Boss")}
    assert plan.estimate.patches == 1


def test_both_are_created_and_then_one_names_the_other_in_one_plan() -> None:
    plan = plan_of(wanting(ADA, BOSS), holding())
    assert does(plan) == [
        "create user:ada",
        "create user:boss",
        "setReferences user:ada None -> boss",
    ]
    assert plan.changes[-1].cause is Cause.ADDED
    assert plan.principals == {"boss": Principal(None, "Boss")}
    assert plan.estimate.posts == 2
    assert plan.estimate.patches == 1


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ("u-boss", []),
        ("u-bob", ["setReferences user:ada bob -> boss"]),
        ("u-stranger", ["setReferences user:ada id:u-stranger -> boss"]),
        ("U-BOSS", ["setReferences user:ada id:U-BOSS -> boss"]),  # ids are opaque
    ],
)
def test_live_value_that_names_somebody_else_is_a_difference(held: str, told: list[str]) -> None:
    live = holding(live_ada(held), live_user("u-boss"), live_user("u-bob"))
    assert does(plan_of(wanting(ADA, BOSS, a_person("bob")), live)) == told


@pytest.mark.parametrize("shown", ["u-boss", [{"value": "u-boss"}], {"value": "u-boss"}])
def test_reference_is_read_in_every_shape_that_providers_show(shown: Json) -> None:
    ada = live_user("u-ada", None, **{ENTERPRISE_USER: {"manager": shown}})
    assert does(plan_of(wanting(ADA, BOSS), holding(ada, live_user("u-boss")))) == []


def test_two_managers_where_one_belongs_are_a_difference() -> None:
    two: Json = [{"value": "u-boss"}, {"value": "u-bob"}]
    ada = live_user("u-ada", None, **{ENTERPRISE_USER: {"manager": two}})
    (told,) = does(plan_of(wanting(ADA, BOSS), holding(ada, live_user("u-boss"))))
    assert told.endswith("-> boss")


def test_only_git_clears_a_reference() -> None:
    live = holding(live_ada("u-boss"), live_user("u-boss"))
    cleared = wanting(a_person("ada", manager=None), BOSS)
    assert does(plan_of(cleared, live)) == ["setReferences user:ada boss -> None"]
    unmanaged = wanting(a_person("ada"), BOSS)
    assert does(plan_of(unmanaged, live)) == []
    assert does(plan_of(cleared, holding(live_ada(), live_user("u-boss")))) == []


@pytest.mark.parametrize(
    ("boss", "why"),
    [
        (a_person("boss", UNDETERMINED), "nobody can say whether they are to be there: the"),
        (a_person("boss", excluded(Cause.OUT_OF_SCOPE)), "they are not to be there: excluded: out"),
        (a_person("other"), "no manifest declares them"),
    ],
)
def test_who_cannot_be_named_is_waited_for_and_the_live_value_stays(
    boss: DesiredUser, why: str
) -> None:
    kept = a_target(users=a_handling(deprovision=Deprovision(out_of_scope=Removal.KEEP)))
    live = holding(live_ada("u-other"), live_user("u-boss"), live_user("u-other"))
    plan = plan_of(wanting(ADA, boss), live, target=kept)
    assert [told for told in does(plan) if "Ref" in told] == []
    assert ("waits-for-reference", "user:ada") in notes(plan)
    said = message(plan, "waits-for-reference")
    assert said.startswith(f"`{MANAGER}` should name boss and stays as it is: {why}")


def test_manager_whom_others_have_yet_to_push_into_a_gap_is_waited_for() -> None:
    plan = plan_of(wanting(ADA, BOSS), holding(live_ada(), users_gap="page 2 failed"))
    assert (does(plan), notes(plan)) == ([], [("waits-for-reference", "user:ada")])
    assert message(plan, "waits-for-reference").endswith("they are not live yet")


def test_live_value_is_right_already_whatever_became_of_the_manager() -> None:
    gone = a_person("boss", excluded(Cause.DISABLED))
    live = holding(live_ada("u-boss"), live_user("u-boss", active=False))
    plan = plan_of(wanting(ADA, gone), live)
    assert (does(plan), notes(plan)) == ([], [])


def test_manager_who_comes_into_scope_later_is_named_by_the_next_plan() -> None:
    """Entra drops such a reference until the whole application is restarted."""
    live = holding(live_ada(), live_user("u-boss", active=False))
    early = plan_of(wanting(ADA, a_person("boss", excluded(Cause.OUT_OF_SCOPE))), live)
    assert notes(early) == [("waits-for-reference", "user:ada")]
    late = plan_of(wanting(ADA, BOSS), live, memory=remembering(early, links={"user:ada": "u-ada"}))
    assert does(late)[-1] == "setReferences user:ada None -> boss"
    assert late.changes[-1].cause is Cause.CHANGED  # nobody did it behind Git's back


def test_reference_changed_behind_gits_back_is_drift() -> None:
    desired = wanting(ADA, BOSS)
    done = plan_of(desired, holding(live_ada("u-boss"), live_user("u-boss")))
    moved = holding(live_ada("u-stranger"), live_user("u-boss"))
    (change,) = plan_of(desired, moved, memory=remembering(done)).changes
    assert change.cause is Cause.DRIFT


def test_another_manager_in_git_is_no_drift() -> None:
    live = holding(live_ada("u-boss"), live_user("u-boss"), live_user("u-bob"))
    bob = a_person("bob")
    memory = remembering(plan_of(wanting(ADA, BOSS, bob), live))
    (change,) = plan_of(
        wanting(a_person("ada", manager="bob"), BOSS, bob), live, memory=memory
    ).changes
    assert change.cause is Cause.CHANGED


def test_people_who_manage_each_other_do_not_stop_a_plan() -> None:
    """Validation refuses them; the order of a plan must not depend on that."""
    plan = plan_of(wanting(ADA, a_person("boss", manager="ada")), holding())
    assert does(plan) == [
        "create user:ada",
        "create user:boss",
        "setReferences user:ada None -> boss",
        "setReferences user:boss None -> ada",
    ]


def test_whoever_is_deleted_destroyed_or_hidden_names_nobody() -> None:
    leaving = a_person("ada", excluded(Cause.UNASSIGNED, managed=True), manager="boss")
    live = holding(live_ada(), live_user("u-boss"))
    keeps = plan_of(wanting(leaving, BOSS), live)
    assert does(keeps) == ["setReferences user:ada None -> boss", "deactivate user:ada"]
    destroys = plan_of(wanting(leaving, BOSS), live, profile=ZPA)
    hides = plan_of(wanting(leaving, BOSS), live, profile=replace(RFC7644, inactive_shown=False))
    assert does(destroys) == does(hides) == ["deactivate user:ada"]
    delete = a_target(users=a_handling(deprovision=Deprovision(unassigned=Removal.DELETE)))
    assert does(plan_of(wanting(leaving, BOSS), live, target=delete)) == ["delete user:ada"]


def test_people_who_are_only_looked_up_name_nobody() -> None:
    live = holding(live_ada(), live_user("u-boss"))
    assert does(plan_of(wanting(ADA, BOSS), live, target=a_target(users=LOOKUP))) == []


def test_target_that_may_not_update_names_people_only_when_it_creates_them() -> None:
    target = a_target(users=a_handling(abilities=ALL - {Ability.UPDATE}))
    live = holding(live_ada(), live_user("u-boss"))
    plan = plan_of(wanting(ADA, BOSS), live, target=target)
    assert (does(plan), notes(plan)) == ([], [("action-off", "user:ada")])
    fresh = plan_of(wanting(ADA, BOSS), holding(live_user("u-boss")), target=target)
    assert does(fresh) == ["create user:ada", "setReferences user:ada None -> boss"]


def test_reference_that_is_written_on_creation_is_left_alone_afterwards() -> None:
    once = replace(
        ADA, references={MANAGER: replace(ADA.references[MANAGER], apply=Apply.ON_CREATE)}
    )
    live = holding(live_ada("u-stranger"), live_user("u-boss"))
    assert does(plan_of(wanting(once, BOSS), live)) == []
    fresh = plan_of(wanting(once, BOSS), holding(live_user("u-boss")))
    assert does(fresh)[-1] == "setReferences user:ada None -> boss"


def test_selection_that_leaves_the_manager_out_makes_the_reference_wait() -> None:
    plan = plan_of(wanting(ADA, BOSS), holding(), selection=only("user:ada"))
    assert does(plan) == ["create user:ada"]
    assert message(plan, "waits-for-create") == "boss cannot be named before being created"
    assert [entry.key for entry in plan.settled] == []


def test_who_is_not_created_after_all_names_nobody() -> None:
    taken = live_user("u-9", "ada@zone.example", externalId="o-9")
    ada = a_person("ada", manager="boss", object_id="o-1")
    plan = plan_of(wanting(ada, BOSS), holding(taken, live_user("u-boss")))
    assert [told for told in does(plan) if "Ref" in told] == []


def test_guardrail_on_attributes_counts_references_of_live_people() -> None:
    live = holding(live_ada(), live_user("u-boss"))
    plan = plan_of(wanting(ADA, BOSS, a_person("new", manager="boss")), live)
    counts = {m.about: m.count for m in measures(plan) if m.guard is Guard.ATTRIBUTE_CHANGES}
    assert counts == {MANAGER.text: 1}


def test_hash_covers_whom_a_reference_names() -> None:
    live = holding(live_ada(), live_user("u-boss"), live_user("u-bob"))
    bob = a_person("bob")
    one = plan_of(wanting(ADA, BOSS, bob), live).changes[0].hash
    other = plan_of(wanting(a_person("ada", manager="bob"), BOSS, bob), live).changes[0].hash
    assert one != other
