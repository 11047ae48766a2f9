from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from reconciler.model.plan import Estimate, Population, Recheck
from reconciler.model.policy import Policies
from reconciler.model.profile import RFC7644
from reconciler.plan.hashes import change_hash
from reconciler.plan.identity import target_identity
from reconciler.plan.judge import judge
from reconciler.report.planfile import decode, encode, save
from tests.unit.plan.builders_plan import (
    LOOKUP,
    UNDETERMINED,
    a_group,
    a_person,
    a_target,
    does,
    excluded,
    holding,
    live_group,
    live_user,
    plan_of,
    wanting,
)

DESIRED = wanting(
    a_person("ada", title="Head"),
    a_person("bob", excluded()),
    a_person("und", UNDETERMINED),
    a_group("ops", "ada"),
    a_group("out", standing=excluded()),
)
LIVE = holding(
    live_user("u-ada"),
    live_user("u-bob"),
    live_user("u-off", active=False),
    live_user("u-foreign", externalId="reconciler:org/other/box:x"),
    live_group("g-ops", "u-bob"),
    live_group("g-x"),
)


def test_a_plan_says_for_whom_when_and_by_what_it_was_made() -> None:
    local = datetime(2026, 11, 23, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    plan = plan_of(DESIRED, LIVE, as_of=local)
    assert plan.target == target_identity(a_target(), RFC7644)
    assert plan.as_of == datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert plan.as_of.tzinfo is UTC
    assert plan.expires - plan.as_of == timedelta(hours=24)
    assert (plan.tool_version, plan.commit, plan.selection) == ("0.1.0", "c0ffee", ())
    assert plan.complete


def test_the_population_is_counted_before_anything_changes() -> None:
    assert plan_of(DESIRED, LIVE).population == Population(
        users_live=4,
        users_owned_active=2,
        groups_live=2,
        groups_owned=2,
        users_desired=1,
        groups_desired=1,
    )
    looked_up = plan_of(DESIRED, LIVE, target=a_target(users=LOOKUP, groups=LOOKUP)).population
    assert (looked_up.users_owned_active, looked_up.groups_owned) == (0, 0)


def test_every_change_is_sealed_and_the_cost_counted() -> None:
    plan = plan_of(DESIRED, LIVE)
    assert does(plan) == [
        "deactivate user:bob",
        "update user:ada title: None -> 'Head'",
        "addMembers group:ops +ada",
        "removeMembers group:ops -bob",
    ]
    for change in plan.changes:
        assert change.hash == change_hash(plan.target, replace(change, hash=""))
    assert plan.estimate == Estimate(
        Recheck.LISTING, gets=2 + 2, posts=0, patches=4, deletes=0, seconds=None, reading=2
    )


def test_notes_come_in_one_order() -> None:
    found = [note.note for note in plan_of(DESIRED, LIVE).notes]
    assert found == sorted(found)


def test_a_plan_survives_its_file() -> None:
    plan = plan_of(DESIRED, LIVE)
    saved = save(plan, judge(plan, Policies()))
    assert decode(encode(saved), "box.plan.json") == saved
