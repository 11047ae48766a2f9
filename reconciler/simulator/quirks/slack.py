"""Slack, as docs.slack.dev reads: an address is somebody's for good, and nobody is ever deleted.

That unknown attributes are dropped and that ETags are missing are guesses.
"""

from __future__ import annotations

from typing import Final

from reconciler.simulator.quirks.definition import Delete, Quirks, Unknown

SLACK: Final = Quirks(
    "slack",
    page_default=10,
    page_max=1000,
    required_user=frozenset({"emails"}),
    unique_emails=True,
    delete_user=Delete.DEACTIVATES,
    unknown_attributes=Unknown.DROPPED,
    groups_in_groups=False,
    etags=False,
    search=False,
    bulk_operations=None,
)
