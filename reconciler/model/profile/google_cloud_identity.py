"""Google Cloud Identity (beta). Unverified: read in passing, nothing tried."""

from __future__ import annotations

from typing import Final

from reconciler.model.dialect import Paging
from reconciler.model.profile.definition import Profile
from reconciler.model.provenance import documented, sources

_DOCS: Final = "docs.cloud.google.com, identity/docs/scim, Groups.patch"

GOOGLE_CLOUD_IDENTITY: Final = Profile(
    name="google-cloud-identity",
    family="google-cloud-identity",
    unverified=True,
    paging=Paging.NONE,
    members_per_patch=1,
    operations_per_patch=2,
    sources=sources(
        documented(_DOCS, "paging", "members_per_patch", "member_removal", "operations_per_patch"),
    ),
)
