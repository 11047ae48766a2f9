from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from reconciler.model.desired import Cause
from reconciler.model.identity import Kind, ResourceId, UserKey
from reconciler.model.ledger import Memory
from reconciler.model.plan import Plan, Settled
from reconciler.model.sealed import Seals
from reconciler.model.target import Exclusive, Marked, OwnedWhen
from reconciler.plan.hashes import desired_fingerprint
from tests.unit.plan.builders_plan import (
    DELETE_GROUPS,
    DELETE_USERS,
    HERE,
    KEEP_GROUPS,
    LOOKUP,
    NOON,
    UNDETERMINED,
    a_group,
    a_handling,
    a_person,
    a_target,
    does,
    excluded,
    holding,
    live_group,
    live_user,
    only,
    plan_of,
    remembering,
    wanting,
)

DESIRED = wanting(
    a_person("ada", title="Head"),
    a_person("bob"),
    a_person("cyd", excluded()),
    a_group("ops", "ada"),
)
LIVE = holding(
    live_user("u-ada", title="Head"),
    live_user("u-bob"),
    live_user("u-cyd", active=False),
    live_group("g-ops", "u-ada"),
)
SETTLED = remembering(plan_of(DESIRED, LIVE))


def causes(plan: Plan) -> dict[str, Cause]:
    return {f"{change.action} {change.subject}": change.cause for change in plan.changes}


def test_what_differs_though_git_has_not_changed_is_drift() -> None:
    edited = holding(
        live_user("u-ada", title="hacked"),
        live_user("u-bob", active=False),
        live_user("u-cyd", active=True),
        live_group("g-ops", "u-bob"),
    )
    plan = plan_of(DESIRED, edited, memory=SETTLED)
    assert causes(plan) == {
        "deactivate user:cyd": Cause.DRIFT,
        "reactivate user:bob": Cause.DRIFT,
        "update user:ada": Cause.DRIFT,
        "addMembers group:ops": Cause.DRIFT,
        "removeMembers group:ops": Cause.DRIFT,
    }
    assert {change.action: change.reason.text for change in plan.changes} == {
        "deactivate": "excluded: disabled; somebody made the account active again, Git did not",
        "reactivate": "it was deactivated at the provider; Git has not changed",
        "update": "live differs from Git, which has not changed since it was last applied",
        "addMembers": "they were removed at the provider; Git has not changed",
        "removeMembers": "they were added at the provider; Git has not changed",
    }
    assert all(change.reason.at == HERE for change in plan.changes)


def test_what_was_deleted_behind_gits_back_is_created_again_as_drift() -> None:
    plan = plan_of(DESIRED, replace(LIVE, users=holding().users), memory=SETTLED)
    assert causes(plan)["create user:ada"] is Cause.DRIFT
    assert plan.changes[0].reason.text == "it was deleted at the provider; Git has not changed"


def test_what_was_created_again_behind_gits_back_is_deleted_as_drift() -> None:
    target = a_target(users=a_handling(deprovision=DELETE_USERS))
    desired = wanting(a_person("cyd", excluded()))
    fingerprint = desired_fingerprint(desired.users[UserKey("cyd")], DELETE_USERS, Seals())
    memory = Memory(fingerprints={"user:cyd": fingerprint})
    live = holding(live_user("u-2", "cyd@zone.example"))
    (deleted,) = plan_of(desired, live, target=target, memory=memory).changes
    assert (deleted.action, deleted.cause) == ("delete", Cause.DRIFT)
    assert deleted.reason.text == "excluded: disabled; somebody created it again, Git did not"


def test_what_differs_because_git_changed_is_an_intent() -> None:
    changed = wanting(
        a_person("ada", title="Chief"),
        a_person("bob", excluded()),
        a_person("cyd"),
        a_group("ops", "ada", "cyd"),
    )
    assert causes(plan_of(changed, LIVE, memory=SETTLED)) == {
        "deactivate user:bob": Cause.DISABLED,
        "reactivate user:cyd": Cause.ENABLED,
        "update user:ada": Cause.CHANGED,
        "addMembers group:ops": Cause.CHANGED,
    }


def test_without_a_memory_nothing_is_called_drift() -> None:
    edited = holding(live_user("u-ada", title="hacked"), live_user("u-x"))
    assert Cause.DRIFT not in causes(plan_of(DESIRED, edited)).values()


def test_a_target_that_now_deactivates_whom_it_kept_is_no_drift() -> None:
    desired = wanting(a_person("ada", excluded()))
    keeping = a_target(users=a_handling(deprovision=KEEP_GROUPS))
    memory = remembering(plan_of(desired, holding(live_user("u-ada")), target=keeping))
    plan = plan_of(desired, holding(live_user("u-ada")), memory=memory)
    assert causes(plan) == {"deactivate user:ada": Cause.DISABLED}


def test_a_stranger_under_exclusive_ownership_was_created_behind_gits_back() -> None:
    memory = remembering(links={"user:ada": "u-ada", "user:old": "u-old"})
    live = holding(live_user("u-ada"), live_user("u-old"), live_user("u-new"))
    desired = wanting(a_person("ada"))
    plan = plan_of(desired, live, memory=memory)
    assert causes(plan) == {
        "deactivate user:id:u-new": Cause.DRIFT,
        "deactivate user:old": Cause.REMOVED,
    }
    assert plan.changes[0].reason.text == (
        "no manifest declares it, and it was not there when Git was last applied"
    )
    marked = a_target(users=a_handling(Marked()))
    ours = holding(live_user("u-new", externalId="reconciler:org/people/box:new"))
    plan = plan_of(wanting(), ours, memory=memory, target=marked)
    assert causes(plan) == {"deactivate user:new": Cause.REMOVED}


def test_a_group_that_waits_for_a_member_does_not_drift_when_the_member_comes() -> None:
    target = a_target(users=LOOKUP)
    desired = wanting(a_person("ada"), a_group("ops", "ada"))
    waiting = plan_of(desired, holding(live_group("g-ops")), target=target)
    assert waiting.settled == ()
    plan = plan_of(
        desired,
        holding(live_group("g-ops"), live_user("u-ada")),
        target=target,
        memory=remembering(waiting),
    )
    assert causes(plan) == {"addMembers group:ops": Cause.CHANGED}


def keys(plan: Plan) -> list[str]:
    return [f"{entry.kind}:{entry.key}" for entry in plan.settled]


def test_settled_are_those_who_are_as_git_wants_them_and_not_remembered_yet() -> None:
    plan = plan_of(DESIRED, LIVE)
    assert keys(plan) == ["group:ops", "user:ada", "user:bob", "user:cyd"]
    assert plan.settled[1] == Settled(
        Kind.USER, "ada", ResourceId("u-ada"), plan.settled[1].fingerprint
    )
    assert plan_of(DESIRED, LIVE, memory=SETTLED).settled == ()


def test_whoever_is_created_is_settled_without_an_id_yet() -> None:
    plan = plan_of(wanting(a_person("ada"), a_group("ops", "ada")), holding())
    assert [(entry.key, entry.id) for entry in plan.settled] == [("ops", None), ("ada", None)]


def test_a_new_id_is_remembered_though_git_has_not_changed() -> None:
    again = holding(
        live_user("u-new", "bob@zone.example"),
        *(r for r in LIVE.users.resources.values() if r.id != "u-bob"),
        *LIVE.groups.resources.values(),
    )
    assert keys(plan_of(DESIRED, again, memory=SETTLED)) == ["user:bob"]


def test_whoever_leaves_something_open_is_not_settled() -> None:
    undetermined = plan_of(
        wanting(
            a_person("ada", UNDETERMINED),
            a_group("a", undetermined=["ada"]),
            a_group("b", undetermined_nested=["a"]),
            a_group("c", members_managed=False),
            a_group("d", nested=["a"]),
        ),
        holding(
            live_user("u-ada"),
            live_group("g-a"),
            live_group("g-b"),
            live_group("g-c"),
            live_group("g-d", "g-a"),
        ),
    )
    assert keys(undetermined) == ["group:c", "group:d"]

    conflict = plan_of(
        wanting(a_person("ada"), a_group("ops", "ada")),
        holding(
            live_user("u-1", "ada@zone.example"),
            live_user("u-2", "ada@zone.example"),
            live_group("g-ops"),
        ),
    )
    assert keys(conflict) == []

    deleted = plan_of(
        wanting(a_person("ada", excluded())),
        holding(live_user("u-ada")),
        target=a_target(users=a_handling(deprovision=DELETE_USERS)),
    )
    assert keys(deleted) == []

    absent = plan_of(wanting(a_person("ada", excluded())), holding())
    assert keys(absent) == []


def test_what_a_selection_leaves_out_is_not_settled() -> None:
    desired = wanting(a_person("ada", title="x"), a_person("bob", title="y"), a_person("cyd"))
    live = holding(live_user("u-ada"), live_user("u-bob"), live_user("u-cyd"))
    plan = plan_of(desired, live, selection=only("user:ada"))
    assert keys(plan) == ["user:ada", "user:cyd"]
    desired = wanting(a_person("ada"), a_person("bob"), a_group("ops", "ada", "bob"))
    live = holding(live_user("u-ada"), live_user("u-bob"), live_group("g-ops"))
    plan = plan_of(desired, live, selection=only("user:ada"))
    assert keys(plan) == ["user:ada", "user:bob"]


def test_widened_are_strangers_who_would_lose_something() -> None:
    live = holding(
        live_user("u-x"), live_user("u-y", active=False), live_user("u-ada"),
        live_group("g-ops", "u-y", "u-ada"), live_group("g-x"),
    )  # fmt: skip
    desired = wanting(a_person("ada"), a_group("ops", "ada"))
    target = a_target(groups=a_handling(Exclusive(), deprovision=DELETE_GROUPS))
    plan = plan_of(desired, live, target=target)
    assert does(plan) == [
        "removeMembers group:ops -id:u-y",
        "deactivate user:id:u-x",
        "delete group:id:g-x",
    ]
    assert plan.widened == ("group:id:g-x", "user:id:u-x", "user:id:u-y")


def test_nobody_is_widened_who_is_known_declared_marked_or_untouched() -> None:
    live = holding(live_user("u-x"), live_user("u-ada"))
    desired = wanting(a_person("ada", excluded()))
    known = plan_of(desired, live, memory=remembering(links={"user:x": "u-x"}))
    assert (does(known), known.widened) == (["deactivate user:ada", "deactivate user:x"], ())
    keeping = plan_of(desired, live, target=a_target(users=a_handling(deprovision=KEEP_GROUPS)))
    assert (does(keeping), keeping.widened) == ([], ())
    marked = plan_of(
        wanting(),
        holding(live_user("u-x", externalId="reconciler:org/people/box:x")),
        target=a_target(users=a_handling(Marked())),
    )
    assert (does(marked), marked.widened) == (["deactivate user:x"], ())


def test_a_rule_widens_as_exclusive_ownership_does() -> None:
    rule = a_handling(OwnedWhen("true", HERE))
    plan = plan_of(wanting(), holding(live_user("u-x")), target=a_target(users=rule))
    assert plan.widened == ("user:id:u-x",)


def test_a_narrowed_plan_widens_only_what_it_touches() -> None:
    live = holding(live_user("u-x"), live_user("u-y"))
    plan = plan_of(wanting(), live, selection=only("user:id:u-x"))
    assert plan.widened == ("user:id:u-x",)


def test_a_due_deletion_is_neither_drift_nor_settled() -> None:
    deprovision = replace(a_handling().deprovision, delete_after_days=1)
    target = a_target(users=a_handling(deprovision=deprovision))
    desired = wanting(a_person("ada", excluded()))
    live = holding(live_user("u-ada", active=False))
    settled = remembering(plan_of(desired, live, target=target))
    since = Memory(
        settled.links, settled.fingerprints, {ResourceId("u-ada"): NOON - timedelta(days=3)}
    )
    plan = plan_of(desired, live, target=target, memory=since)
    assert (causes(plan), plan.settled) == ({"delete user:ada": Cause.DUE}, ())
