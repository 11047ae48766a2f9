"""Atlassian Cloud user provisioning. Unverified: read in passing, nothing tried."""

from __future__ import annotations

from typing import Final

from reconciler.model.attributes import Characteristics, Mutability, Uniqueness
from reconciler.model.profile.definition import Deletion, Profile
from reconciler.model.provenance import documented, sources
from reconciler.model.resource_type import ResourceType

_DOCS: Final = "developer.atlassian.com, user provisioning"

ATLASSIAN: Final = Profile(
    name="atlassian",
    family="atlassian",
    unverified=True,
    deletion=Deletion.DEACTIVATES,
    groups=ResourceType(
        {
            "displayName": Characteristics(
                required=True, mutability=Mutability.IMMUTABLE, uniqueness=Uniqueness.SERVER
            )
        },
        mark="externalId",
    ),
    sources=sources(documented(_DOCS, "deletion", "groups.attributes")),
)
