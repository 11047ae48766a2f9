"""Snowflake, where groups become roles, as docs.snowflake.com reads (scim-custom).

*doc*: no attribute has several values, so many requests at once to one endpoint. *guess*: who is
there is asked by name alone, roles have names of their own, and what is not known is dropped.
"""

from __future__ import annotations

from typing import Final

from reconciler.simulator.quirks.definition import Joined, Quirks, Unknown

SNOWFLAKE: Final = Quirks(
    "snowflake",
    filterable_user=frozenset({"username"}),  # doc: that is how it is asked
    filterable_group=frozenset({"displayname"}),  # guess
    filter_operators=frozenset({"eq"}),  # guess
    filter_joins=Joined.NOT,  # guess
    one_element=True,  # doc
    unique_group_names=True,  # guess: roles are called so
    most_at_once=500,  # doc: 429
    unknown_attributes=Unknown.DROPPED,  # guess
    groups_in_groups=False,  # doc: depends on the integration
    etags=False,  # omission
    search=False,  # omission
    bulk_operations=None,  # omission
)
