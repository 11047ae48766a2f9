"""Guests of another directory: their address outside, from the name that they have inside.

A guest is called `ana_partner.example#EXT#@zone.example` in the directory that invited her. What a
mapping takes for her `userPrincipalName` is `ana@partner.example`; the whole name stays readable as
`originalUserPrincipalName`.
"""

from __future__ import annotations

import re
from typing import Final

from reconciler.model.path import Scalar, Value

_MARK: Final = re.compile(r"#EXT#@", re.IGNORECASE)


def external_address(name: Value) -> Value:
    """The address outside of a guest's name; any other value as it is.

    The last underscore before the mark stands where the `@` was: no domain has one.
    """
    if isinstance(name, str) and "#" in name:
        return _outside(name)
    return name


def _outside(name: str) -> Scalar:
    outside, *inside = _MARK.split(name, maxsplit=1)
    if not inside:
        return name
    local, at, domain = outside.rpartition("_")
    return f"{local}@{domain}" if at and "@" not in outside else outside
