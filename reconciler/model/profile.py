"""What a service provider can do, and its quirks, as data.

The profile decides; discovery documents are evidence only. A quirk is a field here and one place
that reads it, never an `if` on a provider's name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.attributes import Characteristics
from reconciler.model.dialect import IndexUnit, Paging
from reconciler.model.identity import Kind
from reconciler.model.path import ENTERPRISE_USER, AttributePath
from reconciler.model.resource_type import (
    GROUP_ATTRIBUTES,
    USER_ATTRIBUTES,
    Rename,
    ResourceType,
)


class Deactivation(StrEnum):
    """What `active: false` does at the provider."""

    SOFT = "soft"  # the account stays, switched off
    DESTRUCTIVE = "destructive"  # documented as removing the person and their data
    NONE = "none"  # the provider has no `active`


class MembersIn(StrEnum):
    """Where a provider shows a group's members."""

    LIST = "list"  # the list of groups has them
    RESOURCE = "resource"  # only a GET of the one group has them
    NEVER = "never"


class Nesting(StrEnum):
    """What becomes of a group inside a group."""

    EXPANDED = "expanded"  # its people are made members one by one
    NATIVE = "native"  # the provider takes groups as members


_USERS = ResourceType(USER_ATTRIBUTES)
_GROUPS = ResourceType(GROUP_ATTRIBUTES, mark="externalId")


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of service provider.

    Rates are requests per second over everything that shares the endpoint's limit; page sizes and
    `members_per_patch` count resources.
    """

    name: str
    page_default: int = 100  # rows on a page when no number is asked for
    page_max: int = 1000
    paging: Paging = Paging.INDEX
    index_unit: IndexUnit = IndexUnit.ROWS
    takes_count: bool = True  # honours `count`; where not, it is not sent
    # The parameter by which it leaves attributes out (RFC 7644 §3.9: excludedAttributes). Where it
    # is named, users are listed without `groups`, so that no ownership rule may look at those.
    excluding: str | None = None
    sort_groups_by: str | None = None
    members_in: MembersIn = MembersIn.LIST
    member_filter: bool = True  # takes `members[value eq "…"]` in a PATCH path
    members_per_patch: int = 100
    nesting: Nesting = Nesting.EXPANDED
    deactivation: Deactivation = Deactivation.SOFT
    users: ResourceType = _USERS
    groups: ResourceType = _GROUPS
    ignored_selectors: frozenset[str] = frozenset()  # folded attributes whose `type` is not kept
    top_level_enterprise: frozenset[str] = frozenset()  # folded names it also reads at top level
    groups_per_user: int | None = None
    requests_per_second: float | None = None
    connections: int = 8
    etags: bool = False
    visible_within: float = 0.0  # seconds until a write shows in a read
    sources: dict[str, str] = field(default_factory=dict)  # field → where its value comes from

    def of(self, kind: Kind) -> ResourceType:
        """What the provider makes of one kind of resource."""
        return self.users if kind is Kind.USER else self.groups

    def characteristics(self, kind: Kind, path: AttributePath) -> Characteristics:
        """What holds of an attribute at this provider."""
        return self.of(kind).characteristics(path)


RFC7644 = Profile(
    name="rfc7644",
    page_default=100,
    page_max=200,
    etags=True,
    users=ResourceType(USER_ATTRIBUTES, mark="externalId"),
    sources={"page_max": "the embedded service provider's own limit"},
)

# Facts and their grades: help.zscaler.com/zpa (about-scim, scim-api-examples, ranges-limitations,
# release-upgrade-summary-2020), read in November 2025; nothing was tried on a live tenant.
ZPA = Profile(
    name="zpa",
    page_default=10,
    page_max=100,
    sort_groups_by="displayName",
    members_in=MembersIn.RESOURCE,
    deactivation=Deactivation.DESTRUCTIVE,
    users=ResourceType(
        USER_ATTRIBUTES,
        accepted=(
            "userName",
            "externalId",
            "active",
            "displayName",
            "name.givenName",
            "name.familyName",
            "name.formatted",
            'emails[type eq "work"].value',
            "nickName",
            "userType",
            "title",
            f"{ENTERPRISE_USER}:department",
            f"{ENTERPRISE_USER}:costCenter",
            f"{ENTERPRISE_USER}:division",
            f"{ENTERPRISE_USER}:organization",
        ),
        rename=Rename.DESTROYS,
    ),
    groups=ResourceType(
        GROUP_ATTRIBUTES, accepted=("displayName", "externalId", "members"), mark="externalId"
    ),
    ignored_selectors=frozenset({"emails"}),
    top_level_enterprise=frozenset({"department", "costcenter", "division", "organization"}),
    groups_per_user=1000,
    requests_per_second=10.0,
    sources={
        "page_max": "documented",
        "members_in": "documented",
        "deactivation": "documented",
        "users.rename": "documented (20 April 2020 release note)",
        "users.accepted": "documented",
        "ignored_selectors": "samples in the documentation",
        "groups_per_user": "documented",
        "requests_per_second": "a fifth of the documented 50 a second, which the IdP shares",
        "members_per_patch": "guessed",
        "member_filter": "guessed: the only documented removal empties the group",
    },
)

#: The profiles that come with the product, by name.
BUILT_IN = {profile.name: profile for profile in (RFC7644, ZPA)}
