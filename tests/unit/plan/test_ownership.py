from __future__ import annotations

from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import parse_path
from reconciler.model.policy import Policies
from reconciler.model.profile import RFC7644, ZPA
from reconciler.model.sealed import Seals
from reconciler.model.target import Exclusive, Marked, OwnedWhen
from reconciler.plan.judge import judge
from reconciler.plan.ownership import Claims, claim, live_name, mark_for, mark_path
from reconciler.plan.selection import Selection
from tests.unit.plan.builders_plan import (
    HERE,
    KEEP_GROUPS,
    LOOKUP,
    MARKED_GROUPS,
    NOON,
    a_group,
    a_handling,
    a_person,
    a_target,
    address,
    does,
    holding,
    live_group,
    live_user,
    message,
    notes,
    plan_of,
    unmarked,
    wanting,
)

OURS = "reconciler:org/people/box:ops"
MARKED = a_target(groups=MARKED_GROUPS)

OPEN = Seals()  # nothing is hidden


def ids(*given: str) -> frozenset[ResourceId]:
    return frozenset(map(ResourceId, given))


def test_a_mark_names_repository_target_and_manifest() -> None:
    assert mark_for(a_target(), "ops") == OURS
    assert mark_path(Kind.GROUP, ZPA) == parse_path("externalId")
    assert mark_path(Kind.USER, ZPA) is None


def test_exclusive_ownership_is_of_everything_that_is_not_marked_as_somebody_elses() -> None:
    live = holding(live_user("u-1"), live_user("u-2", externalId="reconciler:org/other/box:x"))
    claims = claim(Kind.USER, live.users, a_target(), RFC7644, NOON, seals=OPEN)
    foreign = {ResourceId("u-2"): "reconciler:org/other/box:x"}
    assert claims == Claims(owned=ids("u-1"), foreign=foreign)


def test_without_an_attribute_for_marks_nothing_is_foreign() -> None:
    live = holding(live_user("u-1", externalId="reconciler:org/other/box:x")).users
    assert claim(Kind.USER, live, a_target(), unmarked(RFC7644), NOON, seals=OPEN) == Claims(
        ids("u-1")
    )


def test_without_a_repository_every_mark_is_somebody_elses() -> None:
    live = holding(live_user("u-1", externalId="reconciler:org/people/box:x"), live_user("u-2"))
    claims = claim(Kind.USER, live.users, a_target(repository=None), RFC7644, NOON, seals=OPEN)
    assert claims == Claims(ids("u-2"), foreign={ResourceId("u-1"): "reconciler:org/people/box:x"})


def test_marks_of_others_where_everything_should_be_ours_refuse_the_plan_and_name_them() -> None:
    live = holding(
        live_user("u-1", externalId="reconciler:org/other/box:x"),
        live_user("u-2", externalId="reconciler:org/other/box:y"),
        live_user("u-3", externalId="reconciler:org/third/box:z"),
        live_group("g-1", externalId="reconciler:org/third/box:ops"),
    )
    plan = plan_of(wanting(), live, selection=Selection(users=frozenset({"ada"})))
    said = [n.message for n in plan.notes if n.code == "not-alone"]
    assert said == [
        "box owns every group there, and 1 carries the mark of org/third/box",
        "box owns every user there, and 2 carry the mark of org/other/box",
        "box owns every user there, and 1 carries the mark of org/third/box",
    ]
    found = next(v for v in judge(plan, Policies()).violations if v.check == "not-alone")
    assert (found.message, found.releasable) == ("; ".join(sorted(said)), False)


def test_marks_of_others_are_expected_where_not_everything_is_ours() -> None:
    live = holding(
        live_user("u-1", externalId="reconciler:org/other/box:x"),
        live_group("g-1", externalId="reconciler:org/third/box:ops"),
    )
    shared = a_target(users=LOOKUP, groups=MARKED_GROUPS)
    plan = plan_of(wanting(), live, target=shared)
    assert [note for note in plan.notes if note.code == "not-alone"] == []
    assert all(v.check != "not-alone" for v in judge(plan, Policies()).violations)


def test_marked_ownership_is_of_what_carries_our_mark_and_a_key() -> None:
    live = holding(
        live_group("g-1", externalId=OURS),
        live_group("g-2", externalId="reconciler:org/people/other-box:ops"),
        live_group("g-3", externalId="reconciler:org/people/box:"),
        live_group("g-4", externalId="17"),
        live_group("g-5"),
        live_group("g-6", externalId=["a", "b"]),
    )
    assert claim(Kind.GROUP, live.groups, MARKED, RFC7644, NOON, seals=OPEN) == Claims(
        owned=ids("g-1"),
        keys={ResourceId("g-1"): "ops"},
        foreign={
            ResourceId("g-2"): "reconciler:org/people/other-box:ops",
            ResourceId("g-3"): "reconciler:org/people/box:",
        },
    )


def test_what_is_only_looked_up_is_nobodys() -> None:
    live = holding(live_user("u-1", externalId="reconciler:org/people/box:x"))
    assert (
        claim(Kind.USER, live.users, a_target(users=LOOKUP), RFC7644, NOON, seals=OPEN) == Claims()
    )


def by_rule(condition: str) -> OwnedWhen:
    return OwnedWhen(condition, HERE)


def test_a_rule_decides_on_the_live_resource_under_the_rfcs_names() -> None:
    target = a_target(users=a_handling(by_rule('resource.name.givenName == "Ada"')))
    live = holding(
        live_user("u-1", name={"givenName": "Ada"}), live_user("u-2", name={"givenName": "Bo"})
    )
    assert claim(Kind.USER, live.users, target, RFC7644, NOON, seals=OPEN).owned == ids("u-1")
    assert does(plan_of(wanting(), live, target=target)) == ["deactivate user:id:u-1"]


def test_a_rule_that_errs_for_a_resource_leaves_it_alone_and_says_so() -> None:
    target = a_target(users=a_handling(by_rule("resource.title > 3")))
    plan = plan_of(wanting(), holding(live_user("u-1", title="Lead")), target=target)
    assert (does(plan), notes(plan)) == ([], [("ownership-undecided", "user:id:u-1")])
    assert "could not be decided, so it is not ours" in message(plan, "ownership-undecided")


def test_a_rule_that_does_not_even_compile_owns_nothing() -> None:
    target = a_target(users=a_handling(by_rule("resource.userNam ==")))
    plan = plan_of(wanting(), holding(live_user("u-1")), target=target)
    assert (does(plan), notes(plan)) == ([], [("ownership-undecided", "user:id:u-1")])


def test_a_live_resource_is_called_by_its_display_name_user_name_or_id() -> None:
    assert live_name(live_user("u-1", displayName="Ada"), RFC7644, OPEN) == "Ada"
    assert live_name(live_user("u-1"), RFC7644, OPEN) == address("1")
    assert live_name(live_group("g-1", displayName=["a", "b"]), RFC7644, OPEN) == "g-1"


def test_a_live_group_that_is_not_ours_is_a_conflict_with_the_way_in() -> None:
    plan = plan_of(wanting(a_group("ops")), holding(live_group("g-ops")), target=MARKED)
    assert (does(plan), notes(plan)) == ([], [("not-ours", "group:ops")])
    assert message(plan, "not-ours") == (
        "Ops (g-ops) matches and is not ours; to take it over, set `adopt: true`"
    )


def test_adopt_takes_a_live_group_over_by_writing_the_mark() -> None:
    ops = a_group("ops", adopt=True, description="Operations")
    live = live_group("g-ops", "u-9", externalId="from-entra", description="old")
    plan = plan_of(wanting(ops), holding(live), target=MARKED)
    (adopted,) = plan.changes
    assert adopted.action == "update"
    assert adopted.adopts
    assert adopted.reason.text == "`adopt: true` takes it over"
    assert does(plan) == [
        f"update group:ops description: 'old' -> 'Operations' externalId: 'from-entra' -> '{OURS}'"
    ]


def test_a_group_that_was_adopted_is_simply_ours() -> None:
    live = live_group("g-ops", externalId=OURS)
    plan = plan_of(wanting(a_group("ops", adopt=True)), holding(live), target=MARKED)
    assert (does(plan), notes(plan)) == ([], [])


def test_adoption_never_takes_what_is_marked_as_somebody_elses() -> None:
    foreign = live_group("g-ops", externalId="reconciler:org/people/other:ops")
    plan = plan_of(wanting(a_group("ops", adopt=True)), holding(foreign), target=MARKED)
    assert (does(plan), notes(plan)) == ([], [("foreign-mark", "group:ops")])
    assert message(plan, "foreign-mark") == (
        "Ops (g-ops) is marked as somebody else's: reconciler:org/people/other:ops"
    )


def test_a_rule_is_not_bent_by_adopt() -> None:
    groups = a_handling(by_rule('resource.displayName == "Other"'), deprovision=KEEP_GROUPS)
    plan = plan_of(
        wanting(a_group("ops", adopt=True)),
        holding(live_group("g-ops")),
        target=a_target(groups=groups),
    )
    assert (does(plan), notes(plan)) == ([], [("not-ours", "group:ops")])
    assert message(plan, "not-ours").endswith(
        "the ownership rule at people.yaml:7:3 does not hold for it"
    )


def test_a_live_user_without_our_mark_is_refused_too() -> None:
    target = a_target(users=a_handling(Marked()))
    plan = plan_of(wanting(a_person("ada", title="x")), holding(live_user("u-ada")), target=target)
    assert (does(plan), notes(plan)) == ([], [("not-ours", "user:ada")])
    assert message(plan, "not-ours").endswith("it does not carry our mark")


def test_exclusive_is_the_only_ownership_of_strangers() -> None:
    strangers = holding(live_group("g-1"), live_group("g-2", externalId=OURS))
    assert does(plan_of(wanting(), strangers, target=MARKED)) == ["delete group:ops"]
    everything = a_target(groups=a_handling(Exclusive(), deprovision=MARKED_GROUPS.deprovision))
    assert does(plan_of(wanting(), strangers, target=everything)) == [
        "delete group:id:g-1",
        "delete group:ops",
    ]
