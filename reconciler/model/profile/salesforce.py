"""Salesforce. Unverified: read in passing, nothing tried."""

from __future__ import annotations

from typing import Final

from reconciler.model.profile.clauses import Discovery
from reconciler.model.profile.definition import Deletion, Profile
from reconciler.model.provenance import documented, guessed, sources

SALESFORCE: Final = Profile(
    name="salesforce",
    family="salesforce",
    unverified=True,
    page_default=200,
    page_max=200,
    deletion=Deletion.NONE,
    discovery=Discovery(config_path="ServiceProviderConfigs", extras=("Entitlements", "Roles")),
    sources=sources(
        documented("help.salesforce.com, SCIM reference: no true delete", "deletion"),
        documented(
            "help.salesforce.com, SCIM reference", "discovery.config_path", "discovery.extras"
        ),
        guessed("the limit of entitlements", "page_default", "page_max"),
    ),
)
