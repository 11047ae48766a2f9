"""Atlassian Cloud user provisioning. Unverified: read in passing, nothing tried."""

from __future__ import annotations

from typing import Final

from reconciler.model.profile.definition import Deletion, Profile
from reconciler.model.provenance import documented, sources
from reconciler.model.resource_type import GROUP_ATTRIBUTES, Rename, ResourceType

_DOCS: Final = "developer.atlassian.com, user provisioning"

ATLASSIAN: Final = Profile(
    name="atlassian",
    family="atlassian",
    unverified=True,
    deletion=Deletion.DEACTIVATES,
    groups=ResourceType(GROUP_ATTRIBUTES, rename=Rename.UNSUPPORTED, mark="externalId"),
    sources=sources(documented(_DOCS, "deletion", "groups.rename")),
)
