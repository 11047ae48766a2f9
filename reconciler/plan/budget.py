"""How many requests a reading or a change of attributes costs, from the profile and the numbers.

The client sends exactly this many when nothing goes wrong and nothing moves meanwhile:

* a list: one request for each page, and one for an empty list; one in all where there are no pages;
* the members of a group: none where lists show them (and three GETs where they show nobody in any
  group: that may be the list's fault), else one GET of each group; where nothing
  shows them, one GET for each membership in question (`probing.to_ask`), counted there;
* somebody whom the ledger knows and a list lacks: one GET (`absences.to_confirm`), as a rule none.

A list with the members in it costs fewer requests than a list without them and a GET of each group
whose members are of interest, so members come with the list wherever it shows them.
"""

from __future__ import annotations

from math import ceil
from typing import assert_never

from reconciler.model.attributes import ACTIVE
from reconciler.model.change import Deactivate, Reactivate, SetReferences, Update
from reconciler.model.dialect import Paging
from reconciler.model.path import AttributePath, parse_path
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


def patches_of(change: Update | Reactivate | Deactivate | SetReferences, profile: Profile) -> int:
    """PATCH requests that a change of attributes takes: one, unless operations are limited."""
    if profile.operations_per_patch is None:
        return 1
    return max(1, ceil(_operations(change, profile) / profile.operations_per_patch))


def _operations(change: Update | Reactivate | Deactivate | SetReferences, profile: Profile) -> int:
    """One for each path; but elements that are not there, and lists of which the provider does not
    keep what picks an element, are sent whole, one operation for each attribute.

    An element without a value counts as not there, because the plan does not say more of it.
    """
    match change:
        case Update(changes=parts) | Reactivate(changes=parts):
            paths = {parse_path(part.path): part.before is None for part in parts}
        case SetReferences(references=references):
            paths = {parse_path(part.path): part.before is None for part in references}
        case Deactivate():
            paths = {ACTIVE: False}
        case _:
            assert_never(change)
    if isinstance(change, Reactivate):
        paths[ACTIVE] = False
    whole = {
        (path.urn, path.attribute.lower())
        for path, absent in paths.items()
        if _is_whole(path, absent=absent, profile=profile)
    }
    single = [p for p, absent in paths.items() if not _is_whole(p, absent=absent, profile=profile)]
    return len(whole) + len(single)


def _is_whole(path: AttributePath, *, absent: bool, profile: Profile) -> bool:
    if path.selector is None:
        return False
    return absent or path.attribute.lower() in profile.ignored_selectors
