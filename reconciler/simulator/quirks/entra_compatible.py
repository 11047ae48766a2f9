"""An endpoint that passes Entra's checks and does no more.

Microsoft Learn, use-scim-to-provision-users-and-groups: `eq` and `and` on what finds somebody, a
PATCH of a group answered without its members, operations in any case. That members are shown by a
GET alone, and that what is not known is dropped, are guesses.
"""

from __future__ import annotations

from typing import Final

from reconciler.simulator.quirks.definition import Quirks, Unknown

ENTRA_COMPATIBLE: Final = Quirks(
    "entra-compatible",
    page_max=100,
    members_in_lists=False,
    group_patch_answers=False,
    lenient_operations=True,
    unmatched_selection_fails=False,
    read_only_ignored=True,
    unknown_attributes=Unknown.DROPPED,
    groups_in_groups=False,
    etags=False,
    search=False,
    bulk_operations=None,
)
