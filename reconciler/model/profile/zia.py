"""Zscaler Internet Access. Unverified: read in passing, nothing tried."""

from __future__ import annotations

from typing import Final

from reconciler.model.attributes import Characteristics
from reconciler.model.dialect import Pathless
from reconciler.model.path import ENTERPRISE_USER
from reconciler.model.profile.definition import Profile
from reconciler.model.provenance import documented, guessed, sources
from reconciler.model.resource_type import GROUP_ATTRIBUTES, USER_ATTRIBUTES, ResourceType

_HELP: Final = "help.zscaler.com/zia"

ZIA: Final = Profile(
    name="zia",
    family="zia",
    unverified=True,
    page_default=100,
    page_max=1000,
    pathless=Pathless.MEMBERS,
    users=ResourceType(
        {
            **USER_ATTRIBUTES,
            "externalId": Characteristics(required=True, case_exact=True),
            "displayName": Characteristics(required=True),
            f"{ENTERPRISE_USER}:department": Characteristics(required=True),
        },
        filterable=("userName", "externalId", "id"),
        registered_domains=True,
        most=1_400_000,
    ),
    groups=ResourceType(
        GROUP_ATTRIBUTES, mark="externalId", filterable=("displayName",), most=140_000
    ),
    top_level_enterprise=frozenset({"department"}),
    groups_per_user=127,
    requests_per_second=5.0,
    sources=sources(
        documented(
            f"{_HELP}, scim-api-examples",
            "page_max",
            "requests_per_second",
            "pathless",
            "top_level_enterprise",
            "users.filterable",
            "groups.filterable",
        ),
        documented(f"{_HELP}, understanding-scim", "deactivation", "users.registered_domains"),
        documented(f"{_HELP}, ranges-limitations", "users.most", "groups.most"),
        documented(
            f"{_HELP}, ranges-limitations: 127 on one page, 128 on another", "groups_per_user"
        ),
        guessed("Entra's tutorial marks them as required", "users.attributes"),
        guessed("the page of a published client", "page_default"),
    ),
)
