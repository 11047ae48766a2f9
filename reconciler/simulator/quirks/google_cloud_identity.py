"""Google Cloud Identity (beta), as docs.cloud.google.com reads (identity/docs/scim, Groups.patch).

*doc*: no pages and no order; a PATCH of a group has two operations and names one member, chooses
whom it removes by a filter, and replaces two attributes. *guess*: what is not known is dropped.
"""

from __future__ import annotations

from typing import Final

from reconciler.simulator.quirks.definition import Paging, Quirks, Unknown

GOOGLE_CLOUD_IDENTITY: Final = Quirks(
    "google-cloud-identity",
    paging=Paging.NONE,  # doc
    sorts=False,  # doc
    most_operations=2,  # doc
    most_members=1,  # doc
    members_replaced=False,  # doc
    replaceable_group=frozenset({"displayname", "description"}),  # doc
    unknown_attributes=Unknown.DROPPED,  # guess
    groups_in_groups=False,  # omission
    etags=False,  # doc
    search=False,  # omission
    bulk_operations=None,  # doc
)
