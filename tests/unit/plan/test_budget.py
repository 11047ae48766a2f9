"""What a reading costs follows from the profile; that it is sent, the contract suite tells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.dialect import Paging
from reconciler.model.profile import RFC7644, MembersIn, Profile
from reconciler.plan.budget import listing_requests, reading_requests

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
