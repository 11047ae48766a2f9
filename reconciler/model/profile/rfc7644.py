"""A service provider that does what the RFC says, such as the embedded one."""

from __future__ import annotations

from typing import Final

from reconciler.model.dialect import Documents
from reconciler.model.profile.clauses import Discovery
from reconciler.model.profile.definition import Profile
from reconciler.model.provenance import documented, sources
from reconciler.model.resource_type import USER_ATTRIBUTES, ResourceType

RFC7644: Final = Profile(
    name="rfc7644",
    family="rfc7644",
    page_default=100,
    page_max=200,
    etags=True,
    discovery=Discovery(documents=Documents.TRUSTED),
    users=ResourceType(USER_ATTRIBUTES, mark="externalId"),
    sources=sources(
        documented("the embedded service provider", "page_default", "page_max", "etags"),
        documented("RFC 7644 §4", "discovery.documents"),
        documented("RFC 7643 §3.1: externalId is the client's", "users.mark"),
    ),
)
