"""How many requests a reading costs, from the profile and the numbers of what is there.

The client sends exactly this many when nothing goes wrong and nothing moves meanwhile:

* a list: one request for each page, and one for an empty list; one in all where there are no pages;
* the members of a group: none where lists show them, else one GET of each group.

A list with the members in it costs fewer requests than a list without them and a GET of each group
whose members are of interest, so members come with the list wherever it shows them.
"""

from __future__ import annotations

from math import ceil
from typing import assert_never

from reconciler.model.dialect import Paging
from reconciler.model.profile import MembersIn, Profile


def listing_requests(resources: int, profile: Profile) -> int:
    """Requests that a complete list of one kind takes."""
    match profile.paging:
        case Paging.NONE:
            return 1
        case Paging.INDEX | Paging.CURSOR:
            size = profile.page_max if profile.takes_count else profile.page_default
            return max(1, ceil(resources / size))
        case _:
            assert_never(profile.paging)


def reading_requests(users: int, groups: int, profile: Profile) -> int:
    """Requests that reading everything takes: users, groups, and the members of every group."""
    each = groups if profile.members_in is MembersIn.RESOURCE else 0
    return listing_requests(users, profile) + listing_requests(groups, profile) + each
