"""The texts of `[appRoleAssignments]`: one role each, with `id`, `value` and `displayName`."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class RoleText:
    """A role by what the target calls it, and its whole text."""

    value: str
    text: str


def read_role(text: object) -> RoleText | None:
    """The role that a text describes; None when it is no such text.

    A role without `value` is called by its `displayName`.
    """
    if not isinstance(text, str):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    name = found.get("value") or found.get("displayName")
    return RoleText(name, text) if isinstance(name, str) else None
