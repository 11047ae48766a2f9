"""Safety statement 1: an incomplete read never removes, and creates nothing it may have missed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.desired import Cause
from reconciler.model.resource import Actual
from reconciler.model.target import Exclusive, Target
from tests.unit.plan.builders_plan import (
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
    wanting,
)

DELETING = a_target(
    users=a_handling(deprovision=DELETE_USERS),
    groups=a_handling(Exclusive(), deprovision=DELETE_GROUPS, mapping="groups"),
)
DEACTIVATING = a_target(groups=DELETING.groups)

DESIRED = wanting(
    a_person("joiner"),
    a_person("mover", title="Head"),
    a_person("back"),
    a_person("leaver", excluded(Cause.DISABLED)),
    a_group("ops", "joiner", "mover", description="new"),
    a_group("fresh", "mover"),
    a_group("over", standing=excluded(Cause.UNASSIGNED)),
)
LIVE = holding(
    live_user("u-mover", title="Lead"),
    live_user("u-back", active=False),
    live_user("u-leaver"),
    live_user("u-stranger"),
    live_group("g-ops", "u-leaver", "u-stranger"),
    live_group("g-over", "u-mover"),
    live_group("g-stray"),
)


def with_gaps(users: str | None = None, groups: str | None = None) -> Actual:
    return replace(
        LIVE, users=replace(LIVE.users, gap=users), groups=replace(LIVE.groups, gap=groups)
    )


def test_a_complete_read_is_what_everything_follows_from() -> None:
    assert does(plan_of(DESIRED, LIVE, target=DELETING)) == [
        "delete user:leaver",
        "create user:joiner",
        "reactivate user:back active: False -> True",
        "update user:mover title: 'Lead' -> 'Head'",
        "create group:fresh",
        "update group:ops description: None -> 'new'",
        "addMembers group:fresh +mover",
        "addMembers group:ops +joiner +mover",
        "removeMembers group:ops -id:u-stranger -leaver",
        "delete user:id:u-stranger",
        "delete group:id:g-stray",
        "delete group:over",
    ]


@pytest.mark.parametrize("target", [DELETING, DEACTIVATING], ids=["delete", "deactivate"])
def test_users_not_read_to_the_end_lose_nothing_and_are_not_created(target: Target) -> None:
    plan = plan_of(DESIRED, with_gaps(users="page 3 of 9: 502"), target=target)
    assert does(plan) == [
        "reactivate user:back active: False -> True",
        "update user:mover title: 'Lead' -> 'Head'",
        "create group:fresh",
        "update group:ops description: None -> 'new'",
        "addMembers group:fresh +mover",
        "addMembers group:ops +mover",
        "delete group:id:g-stray",
        "delete group:over",
    ]
    assert plan.gaps == ("users: page 3 of 9: 502",)
    assert not plan.complete
    assert notes(plan) == [("incomplete-read", "group:ops"), ("incomplete-read", "user:leaver")]


def test_groups_not_read_to_the_end_are_neither_created_nor_deleted_nor_emptied() -> None:
    plan = plan_of(DESIRED, with_gaps(groups="page 2 of 2: reset"), target=DELETING)
    assert does(plan) == [
        "delete user:leaver",
        "create user:joiner",
        "reactivate user:back active: False -> True",
        "update user:mover title: 'Lead' -> 'Head'",
        "update group:ops description: None -> 'new'",
        "addMembers group:ops +joiner +mover",
        "delete user:id:u-stranger",
    ]
    assert plan.gaps == ("groups: page 2 of 2: reset",)
    assert notes(plan) == [("incomplete-read", "group:ops"), ("incomplete-read", "group:over")]


def test_a_group_whose_members_were_not_read_is_not_deleted() -> None:
    live = holding(live_group("g-over", unread="timed out"))
    plan = plan_of(DESIRED, live, target=DELETING)
    assert [line for line in does(plan) if "group:over" in line] == []
    assert message(plan, "incomplete-read") == (
        "excluded: unassigned: would be deleted, but its members were not read: timed out"
    )
    assert plan.gaps == ("members of group over: timed out",)


def test_members_of_groups_that_do_not_concern_us_are_no_gap() -> None:
    live = holding(live_group("g-foreign", unread="timed out", externalId="reconciler:a/b/c:d"))
    plan = plan_of(wanting(), live, target=DELETING)
    assert plan.gaps == ()


def test_nothing_read_at_all_changes_nothing() -> None:
    plan = plan_of(
        DESIRED, holding(users_gap="no connection", groups_gap="no connection"), target=DELETING
    )
    assert does(plan) == []
    assert plan.gaps == ("users: no connection", "groups: no connection")
