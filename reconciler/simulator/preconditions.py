"""`If-Match` and `If-None-Match` (RFC 7644 §3.14, RFC 9110 §13): compared weakly, as SCIM's are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from reconciler.simulator.errors import ScimError

_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')


class NotModifiedError(Exception):
    """304: the client has this version already."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.version = version


@dataclass(frozen=True, slots=True)
class Preconditions:
    """The two headers as they came; None where there is none."""

    if_match: str | None = None
    if_none_match: str | None = None

    def before_reading(self, version: str) -> None:
        """Answer a GET early.

        Raises:
            NotModifiedError: the client has this version.
            ScimError: it asked for another one (412).
        """
        self._require_match(version)
        if self.if_none_match is not None and _names(self.if_none_match, version):
            raise NotModifiedError(version)

    def before_writing(self, version: str) -> None:
        """Refuse a write that was meant for another version.

        Raises:
            ScimError: 412.
        """
        self._require_match(version)
        if self.if_none_match is not None and _names(self.if_none_match, version):
            raise ScimError(412, f"the resource has version {version}, which If-None-Match names")

    def _require_match(self, version: str) -> None:
        if self.if_match is not None and not _names(self.if_match, version):
            raise ScimError(
                412, f"the resource has version {version}, which If-Match does not name"
            )


def _names(header: str, version: str) -> bool:
    if header.strip() == "*":
        return True
    return version.removeprefix("W/") in _TAG.findall(header)
