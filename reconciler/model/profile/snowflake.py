"""Snowflake, where groups become roles. Unverified: read in passing, nothing tried."""

from __future__ import annotations

from typing import Final

from reconciler.model.profile.clauses import Filters
from reconciler.model.profile.definition import Profile
from reconciler.model.provenance import documented, guessed, sources
from reconciler.model.resource_type import GROUP_ATTRIBUTES, USER_ATTRIBUTES, ResourceType

_DOCS: Final = "docs.snowflake.com, scim-custom"

SNOWFLAKE: Final = Profile(
    name="snowflake",
    family="snowflake",
    unverified=True,
    users=ResourceType(USER_ATTRIBUTES, one_element=True, filterable=("userName",)),
    filters=Filters(joined=False),
    groups=ResourceType(GROUP_ATTRIBUTES, mark="externalId", become="role"),
    sources=sources(
        documented(f"{_DOCS}: no multi-valued", "users.one_element"),
        documented(f"{_DOCS}: users are looked for by userName", "users.filterable"),
        documented(f"{_DOCS}", "groups.become"),
        documented(f"{_DOCS}: 500 at a time for the whole account, then 429", "connections"),
        guessed("nothing else is asked for than one name", "filters.joined"),
        guessed("it depends on the integration", "nesting"),
    ),
)
