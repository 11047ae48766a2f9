"""Zscaler ZIdentity. Unverified: read in passing, nothing tried."""

from __future__ import annotations

from typing import Final

from reconciler.model.attributes import AttributeType, Characteristics
from reconciler.model.dialect import OpCase
from reconciler.model.profile.definition import Profile
from reconciler.model.provenance import documented, sources
from reconciler.model.resource_type import USER_ATTRIBUTES, ResourceType

_HELP: Final = "help.zscaler.com/zidentity, scim-api-examples"

ZIDENTITY: Final = Profile(
    name="zidentity",
    family="zidentity",
    unverified=True,
    page_default=100,
    page_max=100,
    users=ResourceType(
        {
            **USER_ATTRIBUTES,
            "emails": Characteristics(AttributeType.COMPLEX, required=True, multi_valued=True),
        },
        registered_domains=True,
    ),
    op_case=OpCase.CAPITALISED,
    requests_per_second=50.0,
    sources=sources(
        documented(
            _HELP,
            "page_default",
            "page_max",
            "requests_per_second",
            "users.attributes",
            "users.registered_domains",
            "op_case",
        ),
    ),
)
