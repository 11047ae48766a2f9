"""Google Cloud Identity (beta). Unverified: read in passing, nothing tried."""

from __future__ import annotations

from typing import Final

from reconciler.model.attributes import Characteristics, Mutability
from reconciler.model.dialect import Paging
from reconciler.model.profile.definition import Profile
from reconciler.model.provenance import documented, sources
from reconciler.model.resource_type import GROUP_ATTRIBUTES, ResourceType

_DOCS: Final = "docs.cloud.google.com, identity/docs/scim"

GOOGLE_CLOUD_IDENTITY: Final = Profile(
    name="google-cloud-identity",
    family="google-cloud-identity",
    unverified=True,
    paging=Paging.NONE,
    takes_count=False,
    members_per_patch=1,
    operations_per_patch=2,
    groups=ResourceType(
        {
            **GROUP_ATTRIBUTES,
            "externalId": Characteristics(case_exact=True, mutability=Mutability.IMMUTABLE),
        },
        mark="externalId",
    ),
    sources=sources(
        documented(
            f"{_DOCS}, Groups.patch",
            "members_per_patch",
            "member_removal",
            "operations_per_patch",
        ),
        documented(f"{_DOCS}, Groups.patch: replaces the name alone", "groups.attributes"),
        documented(_DOCS, "paging", "takes_count", "etags", "sort_groups_by"),
    ),
)
