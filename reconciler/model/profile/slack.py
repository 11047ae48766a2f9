"""Slack. Read on docs.slack.dev; nothing was tried on a live workspace."""

from __future__ import annotations

from typing import Final

from reconciler.model.attributes import AttributeType, Characteristics, Uniqueness
from reconciler.model.profile.clauses import Safety
from reconciler.model.profile.definition import Deletion, Profile
from reconciler.model.provenance import documented, guessed, sources
from reconciler.model.resource_type import GROUP_ATTRIBUTES, USER_ATTRIBUTES, ResourceType

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
        },
        writes_per_second=180 / 60,
        write_burst=20,
    ),
    groups=ResourceType(GROUP_ATTRIBUTES, mark="externalId", become="IdP group"),
    reads_per_second=1000 / 60,
    writes_per_second=600 / 60,
    write_burst=180,
    safety=Safety(read_back=True),
    sources=sources(
        documented(_DOCS, "page_default", "page_max", "users.attributes"),
        documented(f"{_DOCS}: DELETE deactivates", "deletion", "deactivation"),
        documented(
            f"{_DOCS}, rate limits: a minute's worth, and bursts, of the whole organisation",
            "reads_per_second",
            "writes_per_second",
            "write_burst",
            "users.writes_per_second",
            "users.write_burst",
            "limits_shared_by",
        ),
        documented(f"{_DOCS}: one bad value of a profile drops all of it", "safety.read_back"),
        documented(f"{_DOCS}: on Enterprise", "groups.become"),
        guessed("no limit is published", "members_per_patch"),
        guessed("PATCH follows the RFC as far as it is described", "member_removal"),
        guessed("lists are described with members", "members_in"),
        guessed("externalId is kept for groups too", "groups.mark"),
    ),
)
