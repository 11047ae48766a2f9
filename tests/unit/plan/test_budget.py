"""What a reading costs follows from the profile; that it is sent, the contract suite tells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.change import AttributeChange, Deactivate, Reactivate, SetReferences, Update
from reconciler.model.dialect import MemberRemoval, Paging
from reconciler.model.profile import RFC7644, MembersIn, Profile
from reconciler.plan.budget import listing_requests, patches_of, reading_requests
from tests.builders import a_deactivation, a_reactivation, a_reference, an_update

TEN = replace(RFC7644, page_max=10, page_default=3)


@pytest.mark.parametrize(
    ("profile", "costs"),
    [
        (TEN, [1, 1, 1, 2, 2, 3]),
        (replace(TEN, paging=Paging.CURSOR), [1, 1, 1, 2, 2, 3]),
        (replace(TEN, takes_count=False), [1, 1, 4, 4, 7, 7]),
        (replace(TEN, paging=Paging.NONE), [1, 1, 1, 1, 1, 1]),
    ],
)
def test_a_list_costs_a_request_for_each_page(profile: Profile, costs: list[int]) -> None:
    assert [listing_requests(n, profile) for n in (0, 1, 10, 11, 20, 21)] == costs


@pytest.mark.parametrize(
    ("members_in", "requests"),
    [(MembersIn.LIST, 3 + 2), (MembersIn.RESOURCE, 3 + 2 + 12), (MembersIn.NEVER, 3 + 2)],
)
def test_members_cost_a_request_for_each_group_that_lists_do_not_show(
    members_in: MembersIn, requests: int
) -> None:
    assert reading_requests(25, 12, replace(TEN, members_in=members_in)) == requests


WORK, HOME = (f'emails[type eq "{kind}"].value' for kind in ("work", "home"))
PAIR = replace(TEN, operations_per_patch=2)


def of_paths(*paths: str, before: str | None = "x") -> Update:
    return replace(an_update(), changes=tuple(AttributeChange(p, before, "y") for p in paths))


@pytest.mark.parametrize(
    ("change", "profile", "patches"),
    [
        (of_paths("title", "nickName", "userName"), TEN, 1),
        (of_paths("title", "nickName"), PAIR, 1),
        (of_paths("title", "nickName", "userName"), PAIR, 2),
        (of_paths(WORK, HOME, "title"), PAIR, 2),
        (of_paths(WORK, HOME, "title", before=None), PAIR, 1),  # added in one operation
        (of_paths(WORK, HOME, "title"), replace(PAIR, ignored_selectors=frozenset({"emails"})), 1),
        (a_deactivation(), PAIR, 1),
        (replace(a_reactivation(), changes=of_paths("title", "nickName").changes), PAIR, 2),
        (a_reference(), PAIR, 1),
    ],
)
def test_a_change_costs_as_many_requests_as_its_operations_need(
    change: Update | Reactivate | Deactivate | SetReferences, profile: Profile, patches: int
) -> None:
    assert patches_of(change, profile) == patches


def test_members_that_a_filter_names_are_an_operation_each() -> None:
    listed = replace(PAIR, member_removal=MemberRemoval.LIST)
    found = [profile.removals_per_patch for profile in (TEN, PAIR, listed)]
    assert found == [100, 2, 100]
