"""Databricks accounts, as its documentation reads (Account SCIM v2.1).

*doc*: four operators, joined simply, so many nodes in a filter and the code of what is refused.
*client*: a published one asks for pages of so many. *guess*: group names are taken once, and what
is not known is dropped.
"""

from __future__ import annotations

from typing import Final

from reconciler.simulator.quirks.definition import Joined, Quirks, Unknown

DATABRICKS: Final = Quirks(
    "databricks",
    page_default=10_000,  # client
    page_max=10_000,  # client
    filter_operators=frozenset({"eq", "ne", "co", "sw"}),  # doc
    filter_joins=Joined.SIMPLY,  # doc
    filter_nodes=200,  # doc
    filter_error="INVALID_FILTER",  # doc
    unique_group_names=True,  # guess
    unknown_attributes=Unknown.DROPPED,  # guess
    other_resources=("ServicePrincipals",),  # doc
    etags=False,  # omission
    search=False,  # omission
    bulk_operations=None,  # omission
)
