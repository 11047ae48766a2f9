"""Zscaler ZIdentity, as help.zscaler.com/zidentity reads (scim-api-examples, understanding-scim).

*doc*: pages of 100, operations with a capital, a registered domain, a primary address, discovery
for everybody. *guess*: what is not known is dropped, as are attributes of its own extension and
those that a customer has added, which are not played.
"""

from __future__ import annotations

from typing import Final

from reconciler.simulator.quirks.definition import REGISTRABLE, Quirks, Rates, Unknown

ZIDENTITY: Final = Quirks(
    "zidentity",
    page_max=100,  # doc
    lenient_operations=True,  # doc: the samples have capitals
    read_only_ignored=True,  # guess: as its sibling does
    unknown_attributes=Unknown.DROPPED,  # guess
    required_user=frozenset({"emails.primary"}),  # doc
    domains=REGISTRABLE,  # doc, and which are registered is the customer's
    groups_in_groups=False,  # omission
    etags=False,  # omission
    search=False,  # omission
    open_discovery=True,  # doc
    bulk_operations=None,  # omission
    published=Rates(requests=50),  # doc
)
