"""Zscaler Private Access.

Read in November 2025 on help.zscaler.com/zpa; nothing was tried on a live tenant.
"""

from __future__ import annotations

from typing import Final

from reconciler.model.dialect import Documents, MediaType
from reconciler.model.path import ENTERPRISE_USER
from reconciler.model.profile.clauses import Discovery, Filters, Transport
from reconciler.model.profile.definition import Deactivation, MembersIn, Profile
from reconciler.model.provenance import documented, guessed, sources
from reconciler.model.resource_type import (
    GROUP_ATTRIBUTES,
    USER_ATTRIBUTES,
    Rename,
    ResourceType,
)

_HELP: Final = "help.zscaler.com/zpa"

ZPA: Final = Profile(
    name="zpa",
    family="zpa",
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
        filterable=("userName",),
    ),
    groups=ResourceType(
        GROUP_ATTRIBUTES,
        accepted=("displayName", "externalId", "members"),
        mark="externalId",
        filterable=("displayName",),
    ),
    ignored_selectors=frozenset({"emails"}),
    top_level_enterprise=frozenset({"department", "costcenter", "division", "organization"}),
    groups_per_user=1000,
    name_id="userPrincipalName",
    token_replaces=True,
    requests_per_second=50.0,
    share=0.2,
    transport=Transport(content_type=MediaType.JSON, timeout=240.0),
    discovery=Discovery(documents=Documents.ABSENT),
    filters=Filters(joined=False),
    sources=sources(
        documented(f"{_HELP}, scim-api-examples", "page_default", "page_max", "members_in"),
        documented(f"{_HELP}, about-scim-apis", "sort_groups_by"),
        documented(f"{_HELP}, about-scim", "deactivation", "users.accepted", "name_id"),
        documented(f"{_HELP}, release-upgrade-summary-2020, 20 April", "users.rename"),
        documented(
            f"{_HELP}, the answers in scim-api-examples",
            "ignored_selectors",
            "top_level_enterprise",
            "groups.accepted",
        ),
        documented(f"{_HELP}, ranges-limitations", "groups_per_user", "requests_per_second"),
        documented(f"{_HELP}, scim-api-examples", "transport.content_type"),
        documented(f"{_HELP}, ranges-limitations: of an organization", "limits_shared_by"),
        guessed("the time-out of the vendor's own client", "transport.timeout"),
        guessed("no page lists such documents", "discovery.documents"),
        guessed(
            "Entra's mapping finds people and groups by these alone",
            "users.filterable",
            "groups.filterable",
            "filters.joined",
        ),
        guessed("the IdP lives under the same limit, and is left four fifths of it", "share"),
        guessed("no limit is published", "members_per_patch"),
        guessed("no overlap of two tokens is documented", "token_replaces"),
        guessed("the only removal that is documented empties the group", "member_removal"),
        guessed("no sample has a group inside a group", "nesting"),
        guessed("externalId is kept, and not among the policy criteria", "groups.mark"),
    ),
)
