"""GitHub Enterprise with managed users, as docs.github.com reads (SCIM using the REST API).

One filter at a time, 30 rows where no number is asked for, `externalId` of everybody, names of
members in POST and PUT, a `User-Agent` with every request. The largest page and that ETags are
missing are guesses.
"""

from __future__ import annotations

from typing import Final

from reconciler.simulator.quirks.definition import Joined, Quirks, Unknown

GITHUB_EMU: Final = Quirks(
    "github-emu",
    page_default=30,
    page_max=100,
    filterable_user=frozenset({"username", "externalid", "id"}),
    filterable_group=frozenset({"displayname", "externalid", "id"}),
    filter_operators=frozenset({"eq"}),
    filter_joins=Joined.NOT,
    required_user=frozenset({"externalid", "emails"}),
    required_group=frozenset({"externalid"}),
    required_member=frozenset({"displayname"}),
    unknown_attributes=Unknown.DROPPED,
    groups_in_groups=False,
    user_agent=True,
    etags=False,
    search=False,
    bulk_operations=None,
)
