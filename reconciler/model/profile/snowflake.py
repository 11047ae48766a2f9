"""Snowflake, where groups become roles. Unverified: read in passing, nothing tried."""

from __future__ import annotations

from typing import Final

from reconciler.model.profile.definition import Profile
from reconciler.model.provenance import documented, sources
from reconciler.model.resource_type import USER_ATTRIBUTES, ResourceType

SNOWFLAKE: Final = Profile(
    name="snowflake",
    family="snowflake",
    unverified=True,
    users=ResourceType(USER_ATTRIBUTES, one_element=True),
    sources=sources(
        documented("docs.snowflake.com, scim-custom: no multi-valued", "users.one_element"),
    ),
)
