from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from reconciler.desired.membership import Roll, because_member, call_rolls, expand, why_undetermined
from reconciler.model.declared import Declared
from reconciler.model.desired import Reason
from reconciler.model.diagnostic import Position
from reconciler.model.identity import GroupKey, Kind, UserKey
from reconciler.model.period import Period
from tests.unit.desired.builders_desired import (
    FUTURE,
    NOW,
    PAST,
    a_group,
    a_tree,
    a_user,
    dated,
)

LISBON = ZoneInfo("Europe/Lisbon")

TREE = a_tree(
    users=[
        a_user("ada", department="NetSec"),
        a_user("bob", department="7"),
        a_user("cyd"),
        a_user("dan"),
        a_user("eve"),
    ],
    groups=[
        a_group(
            "ops",
            users=["ada", "ghost"],
            groups=["leads", "nowhere"],
            dated=[
                dated("cyd", Period(None, FUTURE)),
                dated("dan", Period(None, PAST)),
                dated("night", Period(PAST, None), Kind.GROUP),
                dated("day", Period(FUTURE, None), Kind.GROUP),
            ],
        ),
        a_group("leads", users=["bob"], groups=["ops"]),
        a_group("night", rule='user.department == "NetSec"'),
        a_group("day", users=["eve"]),
        a_group("numbers", users=["cyd"], rule="int(user.department) == 7"),
        a_group("broken", users=["ada"], rule="user.departmnt == 1"),
        a_group("both", groups=["numbers", "broken"]),
    ],
)


def roll(key: str) -> Roll:
    return call_rolls(TREE, [GroupKey(key)], as_of=NOW, zone=LISBON)[GroupKey(key)]


def users(*keys: str) -> frozenset[UserKey]:
    return frozenset(map(UserKey, keys))


def groups(*keys: str) -> frozenset[GroupKey]:
    return frozenset(map(GroupKey, keys))


def test_roll_has_who_is_listed_for_now_and_exists() -> None:
    assert roll("ops") == Roll(users("ada", "cyd"), users(), groups("leads", "night"))


def test_roll_has_everybody_for_whom_the_rule_is_true() -> None:
    assert roll("night") == Roll(users("ada"), users(), groups())


def test_people_for_whom_the_rule_fails_are_undetermined_unless_listed() -> None:
    assert roll("numbers") == Roll(users("bob", "cyd"), users("ada", "dan", "eve"), groups())


def test_rule_that_is_no_condition_leaves_everybody_undetermined() -> None:
    assert roll("broken") == Roll(users("ada"), users("bob", "cyd", "dan", "eve"), groups())


def test_rolls_reach_every_group_inside_and_only_those() -> None:
    rolls = call_rolls(TREE, [GroupKey("ops"), GroupKey("none")], as_of=NOW, zone=LISBON)
    assert set(rolls) == {"ops", "leads", "night"}


def test_expansion_walks_a_circle_once() -> None:
    rolls = call_rolls(TREE, [GroupKey("ops")], as_of=NOW, zone=LISBON)
    everybody = Roll(users("ada", "bob", "cyd"), users(), groups())
    assert expand(rolls, GroupKey("ops")) == expand(rolls, GroupKey("leads")) == everybody


def test_who_is_a_member_by_one_way_is_not_undetermined_by_another() -> None:
    rolls = call_rolls(TREE, [GroupKey("both")], as_of=NOW, zone=LISBON)
    expected = Roll(users("ada", "bob", "cyd"), users("dan", "eve"), groups())
    assert expand(rolls, GroupKey("both")) == expected


def test_group_that_contains_itself_is_only_itself() -> None:
    tree = a_tree(users=[a_user("ada")], groups=[a_group("g", users=["ada"], groups=["g"])])
    rolls = call_rolls(tree, [GroupKey("g")], as_of=NOW, zone=LISBON)
    assert rolls == {"g": Roll(users("ada"), users(), groups())}


@pytest.mark.parametrize(
    ("group", "user", "reason"),
    [
        ("ops", "ada", Reason("listed in ops", Position("groups.yaml", 20))),
        ("ops", "cyd", Reason("listed in ops for a time", Position("groups.yaml", 80))),
        ("ops", "bob", Reason("listed in leads, which is inside ops", Position("groups.yaml", 20))),
        ("night", "ada", Reason("memberRule of night is true", Position("groups.yaml", 60))),
        (
            "both",
            "bob",
            Reason(
                "memberRule of numbers is true, which is inside both", Position("groups.yaml", 60)
            ),
        ),
        ("ops", "dan", None),  # until is over
        ("ops", "eve", None),  # the group inside is to come
        ("numbers", "ada", None),  # the rule fails, which makes nobody a member
        ("broken", "bob", None),
        ("ops", "ghost", None),
        ("none", "ada", None),
    ],
)
def test_reason_of_a_membership_is_found_on_demand(
    group: str, user: str, reason: Reason | None
) -> None:
    found = because_member(TREE, GroupKey(group), UserKey(user), as_of=NOW, zone=LISBON)
    assert found == reason


def test_shortest_way_into_a_group_counts() -> None:
    nested = [
        a_group("top", groups=["a", "z"]),
        a_group("a", groups=["deep"]),
        a_group("deep", users=["ada"]),
    ]
    long = a_tree(users=[a_user("ada")], groups=nested)
    short = a_tree(users=[a_user("ada")], groups=[*nested, a_group("z", users=["ada"])])

    def because(tree: Declared) -> Reason | None:
        return because_member(tree, GroupKey("top"), UserKey("ada"), as_of=NOW, zone=LISBON)

    at = Position("groups.yaml", 20)
    assert because(long) == Reason("listed in deep, which is inside a, which is inside top", at)
    assert because(short) == Reason("listed in z, which is inside top", at)


@pytest.mark.parametrize(
    ("group", "user", "failure"),
    [
        ("numbers", "ada", "cannot convert string to int"),
        ("broken", "ada", "`user.departmnt` is not an attribute (line 1, column 5 of it)"),
        ("numbers", "bob", None),
        ("ops", "ada", None),
        ("none", "ada", None),
        ("numbers", "ghost", None),
    ],
)
def test_rule_that_failed_for_somebody_says_why(group: str, user: str, failure: str | None) -> None:
    found = why_undetermined(TREE, GroupKey(group), UserKey(user), as_of=NOW)
    if failure is None:
        assert found is None
    else:
        said = f"memberRule of {group} failed for {user}: {failure}"
        assert found == Reason(said, Position("groups.yaml", 60))


def test_days_count_in_the_given_zone() -> None:
    tree = a_tree(
        users=[a_user("ada")],
        groups=[a_group("g", dated=[dated("ada", Period(None, FUTURE))])],
    )
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    def because(declared: Declared, zone: str) -> Reason | None:
        key = UserKey("ada")
        return because_member(declared, GroupKey("g"), key, as_of=late, zone=ZoneInfo(zone))

    assert because(tree, "America/New_York") is not None
    assert because(tree, "Asia/Tokyo") is None
