"""GitHub Enterprise with managed users. Read on docs.github.com; nothing was tried live."""

from __future__ import annotations

from typing import Final

from reconciler.model.attributes import AttributeType, Characteristics, Uniqueness
from reconciler.model.profile.definition import Profile
from reconciler.model.provenance import documented, guessed, sources
from reconciler.model.resource_type import GROUP_ATTRIBUTES, USER_ATTRIBUTES, ResourceType

_DOCS: Final = "docs.github.com, SCIM using the REST API"

GITHUB_EMU: Final = Profile(
    name="github-emu",
    family="github-emu",
    page_default=30,
    page_max=100,
    excluding="excludedAttributes",
    users=ResourceType(
        {
            **USER_ATTRIBUTES,
            "externalId": Characteristics(
                required=True, case_exact=True, uniqueness=Uniqueness.SERVER
            ),
            "emails": Characteristics(AttributeType.COMPLEX, required=True, multi_valued=True),
        }
    ),
    groups=ResourceType(
        {
            **GROUP_ATTRIBUTES,
            "externalId": Characteristics(
                required=True, case_exact=True, uniqueness=Uniqueness.SERVER
            ),
        }
    ),
    name_id="userPrincipalName",
    one_writer=True,
    sources=sources(
        documented(_DOCS, "page_default", "excluding", "users.attributes", "groups.attributes"),
        documented(f"{_DOCS}: ad hoc writes break the IdP's sync", "one_writer"),
        documented(f"{_DOCS}: soft deprovisioning hides login and e-mail", "deactivation"),
        documented(f"{_DOCS}: NameID equals userName", "name_id"),
        documented(f"{_DOCS}: externalId is required, so it is the IdP's", "groups.mark"),
        guessed("no largest page is named", "page_max"),
        guessed("no limit is published", "members_per_patch"),
        guessed("PATCH follows the RFC as far as it is described", "member_removal"),
    ),
)
