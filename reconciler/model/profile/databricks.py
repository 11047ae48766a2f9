"""Databricks accounts. Unverified: read in passing, nothing tried."""

from __future__ import annotations

from typing import Final

from reconciler.model.profile.clauses import Discovery, Errors
from reconciler.model.profile.definition import Profile
from reconciler.model.provenance import documented, guessed, sources
from reconciler.model.resource_type import GROUP_ATTRIBUTES, ResourceType

_DOCS: Final = "Databricks, Account SCIM v2.1"

DATABRICKS: Final = Profile(
    name="databricks",
    family="databricks",
    unverified=True,
    page_default=10_000,
    page_max=10_000,
    groups=ResourceType(GROUP_ATTRIBUTES, mark="externalId", writes_per_second=1 / 6),
    discovery=Discovery(extras=("ServicePrincipals",)),
    errors=Errors(wait=20.0),
    sources=sources(
        documented(_DOCS, "discovery.extras"),
        documented(f"{_DOCS}: `eq`, `and`, at most 200 nodes", "filters.joined"),
        guessed("the default of a published client", "page_default", "page_max"),
        guessed("a published connector waits 6 s between", "groups.writes_per_second"),
        guessed("a published connector waits 20 s", "errors.wait"),
    ),
)
