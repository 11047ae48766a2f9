"""Atlassian Cloud user provisioning. Unverified: read in passing, nothing tried."""

from __future__ import annotations

from typing import Final

from reconciler.model.attributes import Characteristics, Mutability, Uniqueness
from reconciler.model.profile.clauses import Filters
from reconciler.model.profile.definition import Deletion, Profile
from reconciler.model.provenance import documented, guessed, sources
from reconciler.model.resource_type import USER_ATTRIBUTES, ResourceType

_DOCS: Final = "developer.atlassian.com, user provisioning"

ATLASSIAN: Final = Profile(
    name="atlassian",
    family="atlassian",
    unverified=True,
    excluding="excludedAttributes",
    deletion=Deletion.DEACTIVATES,
    inactive_shown=False,
    users=ResourceType(
        USER_ATTRIBUTES,
        filterable=("userName", "externalId"),
        registered_domains=True,
        most=5000,
    ),
    groups=ResourceType(
        {
            "displayName": Characteristics(
                required=True, mutability=Mutability.IMMUTABLE, uniqueness=Uniqueness.SERVER
            )
        },
        mark="externalId",
    ),
    filters=Filters(joined=False),
    sources=sources(
        documented(
            _DOCS,
            "excluding",
            "deletion",
            "inactive_shown",
            "groups.attributes",
            "users.registered_domains",
        ),
        documented(f"{_DOCS}: `userName eq` or `externalId eq`", "users.filterable"),
        documented(f"{_DOCS}, an older text: users in one directory", "users.most"),
        documented(f"{_DOCS}: a group name that is taken answers 409", "errors.retried"),
        guessed("two filters are described, and none that joins them", "filters.joined"),
    ),
)
