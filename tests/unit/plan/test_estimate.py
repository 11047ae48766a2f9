from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.change import Change, Removing
from reconciler.model.dialect import Updating
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.plan import Estimate, Population, Recheck
from reconciler.model.profile import RFC7644, ZPA, MembersIn, Profile
from reconciler.model.profile.clauses import Safety
from reconciler.plan.estimate import estimate, recheck_for
from tests.builders import (
    a_create,
    a_deactivation,
    a_deletion,
    a_reactivation,
    a_removal,
    an_addition,
    an_update,
)
from tests.unit.plan.builders_plan import a_target

SMALL = Population(3, 3, 2, 2, 3, 2)
LARGE = Population(1_000, 900, 50, 40, 900, 40)
TEN = replace(RFC7644, page_max=10, members_per_patch=2)
HIDING = replace(TEN, members_in=MembersIn.RESOURCE)


def test_nothing_to_do_costs_nothing() -> None:
    assert estimate([], LARGE, TEN, a_target()) == Estimate(
        Recheck.NONE, 0, 0, 0, 0, None, reading=105
    )


def test_each_write_costs_what_the_executor_sends() -> None:
    changes: list[Change] = [
        a_create("new"),
        an_update("upd"),
        a_reactivation("back"),
        a_deactivation("gone"),
        a_deletion("old"),
        an_addition("ops", ["a", "b", "c"]),
        a_removal("net", ["a", "b"]),
        a_removal("net2", ["a"]),
    ]
    # Pages of 3 users and 2 groups are one each; what takes away is read back.
    assert estimate(changes, SMALL, TEN, a_target()) == Estimate(
        Recheck.LISTING,
        gets=2 + 4,
        posts=1,
        patches=3 + 2 + 1 + 1,
        deletes=1,
        seconds=None,
        reading=2,
    )


@pytest.mark.parametrize(
    ("changes", "population", "profile", "expected"),
    [
        ([an_update("a")], LARGE, TEN, (Recheck.EACH, 1)),
        ([an_update("a"), a_deactivation("a")], LARGE, TEN, (Recheck.EACH, 1)),
        ([an_update("a"), an_update("b")], SMALL, TEN, (Recheck.LISTING, 1)),
        ([an_update("a")], SMALL, TEN, (Recheck.EACH, 1)),
        ([a_create("a")], LARGE, TEN, (Recheck.LISTING, 100)),
        ([a_create("a")], replace(LARGE, users_live=0), TEN, (Recheck.LISTING, 1)),
        ([a_create("a")], replace(LARGE, users_live=11), TEN, (Recheck.LISTING, 2)),
        ([a_create("a"), a_deletion("g")], LARGE, TEN, (Recheck.LISTING, 105)),
        ([a_create("a"), a_deletion("g")], LARGE, HIDING, (Recheck.LISTING, 106)),
        ([an_addition("g"), a_removal("g")], SMALL, TEN, (Recheck.EACH, 1)),
        ([an_addition(f"g{i}") for i in range(5)], SMALL, TEN, (Recheck.LISTING, 2)),
        ([an_addition(f"g{i}") for i in range(5)], SMALL, HIDING, (Recheck.EACH, 5)),
        ([a_create(), an_addition("g"), a_removal("g")], SMALL, HIDING, (Recheck.LISTING, 3)),
        ([an_addition("g")], LARGE, replace(TEN, member_name="display"), (Recheck.LISTING, 105)),
        ([a_removal("g")], LARGE, replace(TEN, member_name="display"), (Recheck.EACH, 1)),
        ([a_deletion("g")], LARGE, replace(TEN, member_name="display"), (Recheck.EACH, 1)),
        (
            [a_removal("g")],
            LARGE,
            replace(TEN, member_name="display", update_group=Updating.PUT_REPLACES),
            (Recheck.LISTING, 105),
        ),
    ],
)
def test_looking_again_is_done_in_the_cheaper_way(
    changes: list[Change], population: Population, profile: Profile, expected: tuple[Recheck, int]
) -> None:
    assert recheck_for(changes, population, profile) == expected


def test_a_user_and_a_group_with_one_id_are_two_looks() -> None:
    group = replace(a_deletion("g"), id=ResourceId("7"))
    user = replace(an_update("u"), id=ResourceId("7"))
    assert (group.kind, user.kind) == (Kind.GROUP, Kind.USER)
    assert recheck_for([group, user], LARGE, TEN) == (Recheck.EACH, 2)


def test_groups_that_are_created_have_nothing_to_look_at_yet() -> None:
    filled = replace(an_addition("g"), id=None)
    assert recheck_for([a_create(), filled], SMALL, HIDING) == (Recheck.LISTING, 2)


def test_the_targets_own_rate_wins_over_the_profiles() -> None:
    changes = [an_update("a")] * 3

    def seconds(target: float | None, profile: Profile) -> float | None:
        return estimate(changes, LARGE, profile, a_target(requests_per_second=target)).seconds

    assert seconds(None, RFC7644) is None
    assert seconds(8.0, RFC7644) == 0.5
    assert seconds(None, ZPA) == 0.4
    assert seconds(2.0, ZPA) == 2.0
    assert seconds(50.0, ZPA) == 0.1


def test_a_sole_writer_has_the_whole_limit_and_anybody_else_a_share() -> None:
    changes = [an_update(f"u{n}") for n in range(100)]
    alone = replace(a_target(), sole_writer=True)
    each = replace(ZPA, page_max=1)  # one look for each is cheaper than a list
    assert estimate(changes, LARGE, each, alone).seconds == 200 / 50
    assert estimate(changes, LARGE, each, a_target()).seconds == 200 / 10


def test_the_scarcer_of_reads_and_writes_says_how_long_it_takes() -> None:
    changes = [an_update(f"u{n}") for n in range(100)]
    slack = replace(RFC7644, page_max=1, writes_per_second=2.0, write_burst=20)
    assert estimate(changes, LARGE, slack, a_target()).seconds == (100 - 20) / 2
    slack = replace(slack, reads_per_second=1.0)
    assert estimate(changes, LARGE, slack, a_target()).seconds == 100.0


@pytest.mark.parametrize(
    ("profile", "by", "expected"),
    [
        # Looks of two pages, then what each change takes: gets, patches, puts.
        ({}, Removing.EACH, (2 + 1, 1 + 2 + 2, 0)),
        ({}, Removing.REPLACE, (2 + 2, 1 + 2 + 1, 0)),
        ({}, Removing.EMPTY, (2 + 2, 1 + 2 + 1, 0)),
        (
            {"update_user": Updating.PUT_REPLACES, "update_group": Updating.PUT_REPLACES},
            Removing.REPLACE,
            (2 + 1 + 2 + 3, 0, 1 + 2 + 1),
        ),
    ],
)
def test_ways_without_patch_cost_a_look_each(
    profile: dict[str, Any], by: Removing, expected: tuple[int, int, int]
) -> None:
    removal = replace(a_removal("net", ["a", "b", "c"]), by=by)
    changes: list[Change] = [an_update("upd"), an_addition("ops", ["a", "b", "c"]), removal]
    found = estimate(changes, SMALL, replace(TEN, **profile), a_target())
    assert (found.gets, found.patches, found.puts) == expected
    assert found.requests == sum(expected)


def test_writes_of_each_kind_are_counted_against_their_own_limit() -> None:
    changes: list[Change] = [a_create(f"e{n}") for n in range(30)]
    changes += [an_addition(f"g{n}") for n in range(4)]
    users = replace(TEN.users, writes_per_second=3.0)
    groups = replace(TEN.groups, writes_per_second=0.5)

    def seconds(**more: Any) -> float | None:
        return estimate(changes, SMALL, replace(TEN, **more), a_target()).seconds

    assert seconds(users=users) == 10.0
    assert seconds(users=replace(users, write_burst=20)) == 3.3
    assert seconds(users=users, groups=groups) == 10.0
    assert seconds(groups=groups) == 8.0
    assert seconds(users=users, bulk_operations=10) == 1.0
    assert seconds(users=replace(users, writes_per_hour=10)) == 7200.0


def test_a_provider_that_drops_values_is_read_back_after_everything() -> None:
    changes: list[Change] = [a_create("new"), an_update("upd"), a_deactivation("gone")]
    changes += [an_addition("ops", ["a", "b", "c"]), a_removal("net", ["a"])]
    wary = Safety(read_back=True)
    plain = estimate(changes, SMALL, TEN, a_target())
    read = estimate(changes, SMALL, replace(TEN, safety=wary), a_target())
    assert read == replace(plain, gets=plain.gets + 3)
    probed = replace(TEN, members_in=MembersIn.PROBED, safety=wary)
    adding = estimate(changes[3:4], SMALL, probed, a_target())
    assert adding == estimate(changes[3:4], SMALL, replace(probed, safety=Safety()), a_target())


def test_of_members_whom_nothing_shows_some_are_asked_for_afterwards() -> None:
    """Before the request all of them; of those who joined a group, some again when others leave."""
    probed = replace(TEN, members_in=MembersIn.PROBED, members_per_patch=100)
    twelve = [f"m{n}" for n in range(12)]
    adding: list[Change] = [an_addition("ops", twelve)]
    assert estimate(adding, SMALL, probed, a_target()).gets == 1 + 12 + 10
    both = [*adding, a_removal("ops", ["x"], held=1), a_removal("net", ["x"], held=3)]
    # Two lists; who joins, who leaves, and two who stay; and afterwards.
    gets = 2 + (12 + 1 + 1 + 2) + 10 + (1 + 10) + (1 + 2)
    assert estimate(both, SMALL, probed, a_target()).gets == gets
    late = replace(probed, visible_within=5.0)
    assert estimate(both, SMALL, late, a_target()).gets == gets - 10
    many = replace(probed, members_in=MembersIn.LIST)
    assert estimate([a_removal("net", ["x"], held=9)], SMALL, many, a_target()).gets == 1 + 1


@pytest.mark.parametrize(
    ("most", "name", "requests"),
    [
        (None, None, 1),
        (800_000, None, 1),
        (12_000, None, 2),
        (12_000, "display", 15),
        (1, None, 150),
    ],
)
def test_bytes_of_a_patch_limit_the_members_in_it(
    most: int | None, name: str | None, requests: int
) -> None:
    profile = replace(RFC7644, members_per_patch=8000, bytes_per_patch=most, member_name=name)
    everybody = [f"e{n}" for n in range(150)]
    added = estimate([an_addition("g", everybody)], SMALL, profile, a_target())
    removed = estimate([a_removal("g", everybody)], SMALL, profile, a_target())
    assert added.patches == removed.patches == requests
