"""Zscaler Internet Access. Unverified: read in passing, nothing tried."""

from __future__ import annotations

from typing import Final

from reconciler.model.profile.definition import Profile
from reconciler.model.provenance import documented, guessed, sources

_HELP: Final = "help.zscaler.com/zia"

ZIA: Final = Profile(
    name="zia",
    family="zia",
    unverified=True,
    page_default=100,
    page_max=1000,
    groups_per_user=127,
    requests_per_second=5.0,
    sources=sources(
        documented(f"{_HELP}, scim-api-examples", "page_max", "requests_per_second"),
        documented(f"{_HELP}, understanding-scim", "deactivation"),
        documented(
            f"{_HELP}, ranges-limitations: 127 on one page, 128 on another", "groups_per_user"
        ),
        guessed("the page of a published client", "page_default"),
    ),
)
