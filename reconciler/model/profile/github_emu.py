"""GitHub Enterprise with managed users. Read on docs.github.com; nothing was tried live."""

from __future__ import annotations

from typing import Final

from reconciler.model.attributes import AttributeType, Characteristics, Uniqueness
from reconciler.model.dialect import QuotaHeaders
from reconciler.model.profile.clauses import Filters
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
    member_name="displayName",
    users=ResourceType(
        {
            **USER_ATTRIBUTES,
            "externalId": Characteristics(
                required=True, case_exact=True, uniqueness=Uniqueness.SERVER
            ),
            "emails": Characteristics(AttributeType.COMPLEX, required=True, multi_valued=True),
        },
        filterable=("userName", "externalId", "id"),
        writes_per_hour=1000,
    ),
    groups=ResourceType(
        {
            **GROUP_ATTRIBUTES,
            "externalId": Characteristics(
                required=True, case_exact=True, uniqueness=Uniqueness.SERVER
            ),
        },
        filterable=("displayName", "externalId", "id"),
    ),
    filters=Filters(joined=False),
    quota_headers=QuotaHeaders.X_RATELIMIT,
    name_id="userPrincipalName",
    one_writer=True,
    sources=sources(
        documented(_DOCS, "page_default", "excluding", "users.attributes", "groups.attributes"),
        documented(f"{_DOCS}: a member that is sent has a displayName", "member_name"),
        documented(f"{_DOCS}: hard deprovisioning has no way back", "deletion"),
        documented(
            f"{_DOCS}: one filter at a time",
            "filters.joined",
            "users.filterable",
            "groups.filterable",
        ),
        documented(f"{_DOCS}: paths are case-sensitive", "users.endpoint", "groups.endpoint"),
        documented(f"{_DOCS}: requires a User-Agent, which is always sent", "transport.headers"),
        documented(f"{_DOCS}, an older text: users in an hour", "users.writes_per_hour"),
        documented("docs.github.com, rate limits of the REST API", "quota_headers"),
        documented(f"{_DOCS}: ad hoc writes break the IdP's sync", "one_writer"),
        documented(f"{_DOCS}: soft deprovisioning hides login and e-mail", "deactivation"),
        documented(f"{_DOCS}: NameID equals userName", "name_id"),
        documented(f"{_DOCS}: externalId is required, so it is the IdP's", "groups.mark"),
        guessed("no largest page is named", "page_max"),
        guessed("no limit is published", "members_per_patch"),
        guessed("PATCH follows the RFC as far as it is described", "member_removal"),
    ),
)
