"""Salesforce, as help.salesforce.com reads (SCIM reference sheet).

*doc*: nobody is deleted, the configuration has its plural name of SCIM 1.1, entitlements and roles
are resources (of which only the empty lists are played, and nobody is asked for one). *guess*:
pages are as long as a list of entitlements may be, and what is not known is dropped.
"""

from __future__ import annotations

from typing import Final

from reconciler.simulator.quirks.definition import Delete, Quirks, Unknown

SALESFORCE: Final = Quirks(
    "salesforce",
    page_default=200,  # guess
    page_max=200,  # guess
    delete_user=Delete.REFUSED,  # doc
    config_path="ServiceProviderConfigs",  # doc
    other_resources=("Entitlements", "Roles"),  # doc
    unknown_attributes=Unknown.DROPPED,  # guess
    groups_in_groups=False,  # omission
    etags=False,  # omission
    search=False,  # omission
    bulk_operations=None,  # omission
)
