"""Zscaler Private Access, as its documentation reads.

The comments in `definition` name the sources: *doc* is help.zscaler.com/zpa (the pages about-scim,
scim-api-examples, ranges-limitations and their like, read in November 2025), *omission* is what
those pages leave out, *guess* is ours: the reading that hurts a client most. Nothing was tried on a
live tenant.
"""

from __future__ import annotations

from typing import Final

from reconciler.simulator.definitions import ENTERPRISE_USER
from reconciler.simulator.quirks.definition import (
    Joined,
    OtherFilters,
    Put,
    Quirks,
    Rates,
    Unknown,
)

_ZPA_USER: Final = frozenset(
    {
        "externalid",
        "username",
        "active",
        "displayname",
        "name.givenname",
        "name.familyname",
        "name.formatted",
        "emails.value",  # and so without `type`, as in the samples
        "nickname",
        "usertype",
        "title",
        *(
            f"{ENTERPRISE_USER}:{name}".lower()
            for name in ("department", "costCenter", "division", "organization")
        ),
    }
)

ZPA: Final = Quirks(
    "zpa",
    page_default=10,
    page_max=100,
    page_size_echoed=True,
    members_in_lists=False,
    filterable_user=frozenset({"username"}),
    filterable_group=frozenset({"displayname"}),
    filter_operators=frozenset({"eq"}),
    filter_joins=Joined.NOT,
    other_filters=OtherFilters.IGNORED,
    put=Put.MERGES,
    group_patch_answers=False,
    new_elements_first=True,
    unmatched_selection_fails=False,
    lenient_operations=True,
    read_only_ignored=True,
    unknown_attributes=Unknown.DROPPED,
    kept_user=_ZPA_USER,
    kept_group=frozenset({"externalid", "displayname"}),
    top_level_enterprise=frozenset({"department", "costcenter", "division", "organization"}),
    groups_in_groups=False,
    groups_per_user=1000,
    text_booleans=True,
    numeric_id_every=7,
    etags=False,
    discovery=False,
    search=False,
    bulk_operations=None,
    published=Rates(writes=50),  # doc: of updates
)
