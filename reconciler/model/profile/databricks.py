"""Databricks accounts. Unverified: read in passing, nothing tried."""

from __future__ import annotations

from typing import Final

from reconciler.model.profile.definition import Profile
from reconciler.model.provenance import guessed, sources

DATABRICKS: Final = Profile(
    name="databricks",
    family="databricks",
    unverified=True,
    page_default=10_000,
    page_max=10_000,
    sources=sources(
        guessed("the default of a published client", "page_default", "page_max"),
    ),
)
