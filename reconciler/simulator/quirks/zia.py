"""Zscaler Internet Access, as help.zscaler.com/zia reads.

*doc* is scim-api-examples, understanding-scim, configuring-scim and ranges-limitations; *tutorial*
is Entra's for Zscaler; *seen* is a public report of its ids. *guess*: how much one Bulk request
takes, and that what is not known is dropped.
"""

from __future__ import annotations

from typing import Final

from reconciler.simulator.definitions import ENTERPRISE_USER, USER_SCHEMA
from reconciler.simulator.quirks.definition import REGISTRABLE, Joined, Quirks, Rates, Unknown

_DEPARTMENT: Final = f"{ENTERPRISE_USER}:department".lower()

ZIA: Final = Quirks(
    "zia",
    page_default=100,  # seen: a published client asks so
    page_max=1000,  # doc
    filterable_user=frozenset({"username", "externalid", "id", "meta.lastmodified"}),  # doc
    filterable_group=frozenset({"displayname", "members.value"}),  # doc
    filter_operators=frozenset({"eq", "gt"}),  # doc
    filter_joins=Joined.AND,  # doc
    group_patch_answers=False,  # doc: 204 in the samples
    lenient_operations=True,  # tutorial: Entra's spelling works
    read_only_ignored=True,  # guess: as its sibling does
    unknown_attributes=Unknown.DROPPED,  # guess
    kept_user=frozenset(
        {"externalid", _DEPARTMENT, *(a.name.lower() for a in USER_SCHEMA.attributes)}
    ),  # doc: of the extension, the department alone
    top_level_enterprise=frozenset({"department"}),  # doc
    echoed_enterprise=frozenset({"department"}),  # doc
    required_user=frozenset({"externalid", "displayname", _DEPARTMENT}),  # tutorial
    domains=REGISTRABLE,  # doc, and which are registered is the customer's
    groups_in_groups=False,  # omission
    groups_per_user=127,  # doc: 128 on another page
    id_prefix="7a696173-6369-",  # seen: like a UUID, and begins with the same text
    etags=False,  # omission
    open_discovery=True,  # doc
    bulk_operations=1000,  # doc: there is one; guess: of how many
    published=Rates(requests=5),  # doc
)
