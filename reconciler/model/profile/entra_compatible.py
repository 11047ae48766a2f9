"""Whatever Microsoft Entra can provision to: the least that its checks ask of an endpoint.

Read on Microsoft Learn: the tutorial on building a SCIM endpoint, and the known issues with SCIM
compliance.
"""

from __future__ import annotations

from typing import Final

from reconciler.model.profile.definition import MembersIn, Profile
from reconciler.model.provenance import documented, guessed, sources

_LEARN: Final = "Microsoft Learn, use-scim-to-provision-users-and-groups"

ENTRA_COMPATIBLE: Final = Profile(
    name="entra-compatible",
    family="entra-compatible",
    page_default=100,
    page_max=100,
    excluding="excludedAttributes",
    members_in=MembersIn.RESOURCE,
    requests_per_second=25.0,
    sources=sources(
        documented(f"{_LEARN}: group reads leave members out on request", "excluding"),
        documented(f"{_LEARN}: at least 25 requests a second", "requests_per_second"),
        documented(f"{_LEARN}: users with active false are still returned", "deactivation"),
        documented(f"{_LEARN}: filters with `eq` and `and`", "filters.joined"),
        documented(f"{_LEARN}: several memberships in one PATCH", "members_per_patch"),
        guessed("paging is required, and no size is named", "page_default", "page_max"),
        guessed("a GET of one group shows members wherever they are shown", "members_in"),
        guessed("Entra sends a list of values; strict servers take the filter", "member_removal"),
    ),
)
