"""Kinds of service providers, as data: one module each, and what they are made of.

`definition` says what a profile can say, `clauses` the parts that are written as blocks. The
profile decides; discovery documents are evidence only. A quirk is a field there and one place that
reads it, never an `if` on a provider's name. Each value says in `sources` where it comes from. A
manifest of `kind: Profile` extends one of these, and can set every field.

What a profile can say, and what reads it
=========================================

Fields of `users` and `groups` stand here once, with a dot before them; `doctor` compares those that
can be seen from outside with what it sees, beside the readers that are named.

===========  ==========================================  ===========================================
clause       fields                                      read by
===========  ==========================================  ===========================================
transport    transport.content_type                      scim.sender, doctor.line
             transport.headers transport.timeout         scim.connection, for client and doctor
             transport.trailing_slash .endpoint          `Profile.path`: scim, doctor
discovery    discovery.documents discovery.config_path   doctor.discovery
             discovery.extras                            doctor.discovery
resources    .read_only                                  manifests.provider_rules
             .become                                     plan.leaving: what goes with a group
paging       page_default page_max paging                plan.budget, scim.walks
             index_unit takes_count                      scim.walks
             excluding sort_groups_by                    scim.reader
filter       filters.supported filters.joined            scim.filters
             filters.escapes filters.longest             scim.filters
             .filterable                                 scim.filters
members      members_in                                  scim, plan.probing, plan.budget, apply
             member_removal bare_remove                  plan.removing, scim.patch
             pathless                                    scim.patch
             member_name                                 scim.naming, plan.estimate
             members_per_patch bytes_per_patch           scim.patch, apply.members, plan.estimate
             operations_per_patch                        scim.patch, plan.budget
             nesting                                     desired.desire, plan.members
update       update_user update_group                    scim.client, plan.estimate
             op_case clearing extension_path             scim.patch
             text_booleans                               scim.client
             bulk_operations bulk_bytes                  plan.together
             etags                                       scim.client, plan.estimate
             visible_within                              apply.deliver
lifecycle    deactivation inactive_shown                 plan.leaving, apply.compare
             reactivates                                 plan.provisioning, plan.undo
             deletion recreates                          plan.leaving, manifests.provider_rules
attributes   .attributes .accepted                       desired.mapping, plan.canonical
             .rename                                     plan.provisioning, plan.judge
             .domains .registered_domains                desired.mapping, manifests.provider_rules
             .one_element name_id                        manifests.provider_rules
             ignored_selectors top_level_enterprise      plan.canonical, scim.spelling
identity     .mark                                       plan.ownership
limits       requests_per_second reads_per_second        `Profile.rates`: scim.pace, plan.estimate
             writes_per_second read_burst write_burst    the same
             .writes_per_second .write_burst             the same, for writes of one kind
             .writes_per_hour                            the same
             share limits_shared_by                      model.target, scim.client
             connections                                 scim.connection, apply
             quota_headers                               scim.quota
             groups_per_user .most                       plan.capacity
errors       errors.retried errors.wait                  scim.protocol
safety       safety.deletions safety.group_share         plan.safety
             safety.protected_groups                     plan.safety
             safety.read_back                            apply.execute, plan.estimate
             one_writer token_replaces                   manifests.provider_rules, doctor.examine
===========  ==========================================  ===========================================

What needs no field, because one way is right for every provider: the base URL (the target's, as it
is written), a Bearer token, TLS 1.2 or newer; pages advance by the rows that came, and nothing asks
for `count=0`; filters compare with `eq`, their rows are compared again, and what becomes of one
that is not understood does not matter; membership is changed at the group (RFC 7643 §4.1.2); an
answer of 200 counts like one of 204; `caseExact`, `mutability`, `uniqueness`, `required` and
`maxLength` are characteristics of attributes, so a name that cannot be changed is immutable, and
what the provider derives is readOnly; ids are opaque text; keys to match by are the mapping's;
people are created before groups are filled; errors of every shape, and each form of `Retry-After`,
are read; a write that may have been carried out is never sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from reconciler.model.profile.atlassian import ATLASSIAN
from reconciler.model.profile.aws_identity_center import AWS_IDENTITY_CENTER
from reconciler.model.profile.databricks import DATABRICKS
from reconciler.model.profile.definition import (
    Deactivation,
    Deletion,
    MembersIn,
    Nesting,
    Profile,
)
from reconciler.model.profile.entra_compatible import ENTRA_COMPATIBLE
from reconciler.model.profile.github_emu import GITHUB_EMU
from reconciler.model.profile.google_cloud_identity import GOOGLE_CLOUD_IDENTITY
from reconciler.model.profile.rfc7644 import RFC7644
from reconciler.model.profile.salesforce import SALESFORCE
from reconciler.model.profile.slack import SLACK
from reconciler.model.profile.snowflake import SNOWFLAKE
from reconciler.model.profile.zia import ZIA
from reconciler.model.profile.zidentity import ZIDENTITY
from reconciler.model.profile.zpa import ZPA

__all__ = [
    "BUILT_IN",
    "RFC7644",
    "ZPA",
    "Deactivation",
    "Deletion",
    "MembersIn",
    "Nesting",
    "Profile",
]

#: The profiles that come with the product, by name: those in depth, then those unverified.
BUILT_IN: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            RFC7644,
            ENTRA_COMPATIBLE,
            ZPA,
            AWS_IDENTITY_CENTER,
            GITHUB_EMU,
            SLACK,
            ATLASSIAN,
            DATABRICKS,
            GOOGLE_CLOUD_IDENTITY,
            SALESFORCE,
            SNOWFLAKE,
            ZIA,
            ZIDENTITY,
        )
    }
)
