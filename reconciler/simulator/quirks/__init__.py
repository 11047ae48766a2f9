"""Known service providers, as sets of quirks: `definition` says what can differ, one module each.

Each is this package's own reading of what their makers publish; the client's profiles are another.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from reconciler.simulator.quirks.atlassian import ATLASSIAN
from reconciler.simulator.quirks.aws_identity_center import AWS_IDENTITY_CENTER
from reconciler.simulator.quirks.databricks import DATABRICKS
from reconciler.simulator.quirks.definition import (
    REGISTRABLE,
    Clears,
    Delete,
    Extensions,
    Inactive,
    Joined,
    OtherFilters,
    Paging,
    Put,
    Quirks,
    Removals,
    Unknown,
)
from reconciler.simulator.quirks.entra_compatible import ENTRA_COMPATIBLE
from reconciler.simulator.quirks.github_emu import GITHUB_EMU
from reconciler.simulator.quirks.google_cloud_identity import GOOGLE_CLOUD_IDENTITY
from reconciler.simulator.quirks.salesforce import SALESFORCE
from reconciler.simulator.quirks.slack import SLACK
from reconciler.simulator.quirks.snowflake import SNOWFLAKE
from reconciler.simulator.quirks.zia import ZIA
from reconciler.simulator.quirks.zidentity import ZIDENTITY
from reconciler.simulator.quirks.zpa import ZPA

__all__ = [
    "QUIRKS",
    "REGISTRABLE",
    "RFC7644",
    "ZPA",
    "Clears",
    "Delete",
    "Extensions",
    "Inactive",
    "Joined",
    "OtherFilters",
    "Paging",
    "Put",
    "Quirks",
    "Removals",
    "Unknown",
]

RFC7644: Final = Quirks("rfc7644")

#: The profiles that the embedded service provider can play, by name.
QUIRKS: Final[Mapping[str, Quirks]] = MappingProxyType(
    {
        quirks.name: quirks
        for quirks in (
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
