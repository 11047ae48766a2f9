"""What a service provider can do, and its quirks, as data.

The profile decides; discovery documents are evidence only. A quirk is a field here and one place
that reads it, never an `if` on a provider's name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.dialect import IndexUnit, Paging


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


class Rename(StrEnum):
    """What changing a unique name does to the account behind it."""

    SAFE = "safe"
    DESTROYS = "destroys"  # the old record, its data and its sessions are lost


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of service provider.

    Rates are requests per second over everything that shares the endpoint's limit; page sizes and
    `members_per_patch` count resources; `accepted` is the closed list of attribute paths (folded)
    that are kept, empty meaning open.
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
    rename_user: Rename = Rename.SAFE
    rename_group: Rename = Rename.SAFE
    accepted_user: frozenset[str] = frozenset()
    accepted_group: frozenset[str] = frozenset()
    ignored_selectors: frozenset[str] = frozenset()  # folded attributes whose `type` is not kept
    top_level_enterprise: frozenset[str] = frozenset()  # folded names it also reads at top level
    required_user: tuple[str, ...] = ("userName",)
    required_group: tuple[str, ...] = ("displayName",)
    mark_user: str | None = None  # attribute that can carry an ownership mark
    mark_group: str | None = "externalId"
    groups_per_user: int | None = None
    requests_per_second: float | None = None
    connections: int = 8
    etags: bool = False
    visible_within: float = 0.0  # seconds until a write shows in a read
    sources: dict[str, str] = field(default_factory=dict)  # field → where its value comes from


_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user"

RFC7644 = Profile(
    name="rfc7644",
    page_default=100,
    page_max=200,
    etags=True,
    mark_user="externalId",
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
    rename_user=Rename.DESTROYS,
    accepted_user=frozenset(
        {
            "username",
            "externalid",
            "active",
            "displayname",
            "name.givenname",
            "name.familyname",
            "name.formatted",
            'emails[type eq "work"].value',
            "nickname",
            "usertype",
            "title",
            f"{_ENTERPRISE}:department",
            f"{_ENTERPRISE}:costcenter",
            f"{_ENTERPRISE}:division",
            f"{_ENTERPRISE}:organization",
        }
    ),
    accepted_group=frozenset({"displayname", "externalid", "members"}),
    ignored_selectors=frozenset({"emails"}),
    top_level_enterprise=frozenset({"department", "costcenter", "division", "organization"}),
    groups_per_user=1000,
    requests_per_second=10.0,
    sources={
        "page_max": "documented",
        "members_in": "documented",
        "deactivation": "documented",
        "rename_user": "documented (20 April 2020 release note)",
        "accepted_user": "documented",
        "ignored_selectors": "samples in the documentation",
        "groups_per_user": "documented",
        "requests_per_second": "a fifth of the documented 50 a second, which the IdP shares",
        "members_per_patch": "guessed",
        "member_filter": "guessed: the only documented removal empties the group",
    },
)

#: The profiles that come with the product, by name.
BUILT_IN = {profile.name: profile for profile in (RFC7644, ZPA)}
