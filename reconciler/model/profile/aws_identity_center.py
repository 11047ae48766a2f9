"""AWS IAM Identity Center. Read in the SCIM Developer Guide; nothing was tried on a live tenant."""

from __future__ import annotations

from typing import Final

from reconciler.model.attributes import Characteristics
from reconciler.model.dialect import Paging
from reconciler.model.profile.definition import MembersIn, Profile
from reconciler.model.provenance import documented, guessed, sources
from reconciler.model.resource_type import GROUP_ATTRIBUTES, USER_ATTRIBUTES, ResourceType

_GUIDE: Final = "AWS SCIM Developer Guide"

AWS_IDENTITY_CENTER: Final = Profile(
    name="aws-identity-center",
    family="aws-identity-center",
    page_default=100,
    page_max=100,
    paging=Paging.CURSOR,
    members_in=MembersIn.PROBED,
    members_per_patch=100,
    users=ResourceType(
        {
            **USER_ATTRIBUTES,
            "displayName": Characteristics(required=True),
            "name.familyName": Characteristics(required=True),
            "name.givenName": Characteristics(required=True),
        },
        one_element=True,
        filterable=("userName", "externalId"),
    ),
    groups=ResourceType(
        GROUP_ATTRIBUTES,
        accepted=("displayName", "externalId", "members"),
        mark="externalId",
        filterable=("displayName", "externalId"),
    ),
    sources=sources(
        documented(f"{_GUIDE}, ListUsers", "page_default", "page_max", "paging"),
        documented(f"{_GUIDE}, ListGroups: empty members, asked for by filter", "members_in"),
        documented(f"{_GUIDE}, PatchGroup", "members_per_patch", "groups.accepted"),
        documented(f"{_GUIDE}, Limitations: one value", "users.one_element"),
        documented(f"{_GUIDE}, Limitations: `eq` and `and`", "filters.joined"),
        guessed(
            "certain combinations alone can be asked for", "users.filterable", "groups.filterable"
        ),
        guessed("names are remembered as required, not read", "users.attributes"),
        guessed("PatchGroup shows a filter for members", "member_removal"),
        guessed("externalId is kept, and the IdP may use it", "groups.mark"),
    ),
)
