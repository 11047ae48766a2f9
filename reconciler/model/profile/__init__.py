"""Kinds of service providers, as data: one module each, and what they are made of.

`definition` says what a profile can say. The profile decides; discovery documents are evidence
only. A quirk is a field there and one place that reads it, never an `if` on a provider's name.
Each value says in `sources` where it comes from. A manifest of `kind: Profile` extends one of
these.
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
