"""Slack. Read on docs.slack.dev; nothing was tried on a live workspace."""

from __future__ import annotations

from typing import Final

from reconciler.model.attributes import AttributeType, Characteristics, Uniqueness
from reconciler.model.profile.definition import Deletion, Profile
from reconciler.model.provenance import documented, guessed, sources
from reconciler.model.resource_type import USER_ATTRIBUTES, ResourceType

_DOCS: Final = "docs.slack.dev, SCIM API"

SLACK: Final = Profile(
    name="slack",
    family="slack",
    page_default=10,
    page_max=1000,
    deletion=Deletion.DEACTIVATES,
    users=ResourceType(
        {
            **USER_ATTRIBUTES,
            "emails": Characteristics(AttributeType.COMPLEX, required=True, multi_valued=True),
            "emails.value": Characteristics(uniqueness=Uniqueness.SERVER),
        }
    ),
    requests_per_second=3.0,
    sources=sources(
        documented(_DOCS, "page_default", "page_max", "users.attributes"),
        documented(f"{_DOCS}: DELETE deactivates", "deletion", "deactivation"),
        documented(f"{_DOCS}, rate limits: 180 users a minute", "requests_per_second"),
        guessed("no limit is published", "members_per_patch"),
        guessed("PATCH follows the RFC as far as it is described", "member_removal"),
        guessed("lists are described with members", "members_in"),
        guessed("externalId is kept for groups too", "groups.mark"),
    ),
)
