"""How service providers differ on the wire: the closed choices that a profile makes.

Each choice has one reader in `scim`, and a twin in the embedded provider's own reading of the same
quirk. The first member of each is what RFC 7644 says.
"""

from __future__ import annotations

from enum import StrEnum


class Paging(StrEnum):
    """How a long list is asked for."""

    INDEX = "index"  # `startIndex` and `count` (RFC 7644 §3.4.2.4)
    CURSOR = "cursor"  # `cursor` and `count` (RFC 9865)
    NONE = "none"  # one answer has everything


class IndexUnit(StrEnum):
    """What `startIndex` counts."""

    ROWS = "rows"
    PAGES = "pages"  # the second page is 2, whatever its size
