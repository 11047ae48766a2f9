"""Atlassian Cloud, as developer.atlassian.com reads (user provisioning).

*doc*: who is deleted is deactivated, and who is deactivated answers 404 from then on; group names
do not change and are taken once; two filters, no order, addresses of verified domains. *guess*: a
user who is made again is the one from before, groups are found by their name, and what is not
known is dropped.
"""

from __future__ import annotations

from typing import Final

from reconciler.simulator.quirks.definition import (
    REGISTRABLE,
    Delete,
    Inactive,
    Joined,
    Quirks,
    Unknown,
)

ATLASSIAN: Final = Quirks(
    "atlassian",
    filterable_user=frozenset({"username", "externalid"}),  # doc
    filterable_group=frozenset({"displayname", "externalid"}),  # guess
    filter_operators=frozenset({"eq"}),  # doc
    filter_joins=Joined.NOT,  # doc
    sorts=False,  # doc
    delete_user=Delete.HIDES,  # doc
    inactive_users=Inactive.HIDES,  # doc
    fixed_group=frozenset({"displayname"}),  # doc
    unique_group_names=True,  # doc: 409
    domains=REGISTRABLE,  # doc, and which are verified is the customer's
    unknown_attributes=Unknown.DROPPED,  # guess
    groups_in_groups=False,  # omission
    etags=False,  # omission
    search=False,  # omission
    bulk_operations=None,  # omission
)
