"""Elements of multi-valued complex attributes, as values: one canonical JSON text for each.

`roles` and `entitlements` (RFC 7643 §4.1.2), and lists of objects in extensions, are written whole:
the list is what Git says, no more and no less. Two elements are the same when their `value` is,
because the rest is for people to read, and providers add to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from reconciler.model.attributes import AttributeType, Characteristics
from reconciler.model.canonical import canonical_json
from reconciler.model.path import AttributePath, Json, Scalar

_WHOLE: Final = frozenset({"roles", "entitlements"})
#: A role as `appRoleAssignments` has it, and the type that Entra gives it at the target.
_ROLE: Final = frozenset({"id", "value", "displayName"})
_ROLE_TYPE: Final = "WindowsAzureActiveDirectoryRole"


def is_whole_list(path: AttributePath, known: Characteristics) -> bool:
    """Whether a mapping can write the attribute itself, as a list of elements."""
    listed = known.type is AttributeType.COMPLEX and known.multi_valued
    alone = path.selector is None and path.sub is None
    own = path.folded in _WHOLE or path.folded.startswith("urn:")
    return listed and alone and own


def element_text(item: Scalar) -> str:
    """One element from what a mapping gives: a role, an object as JSON text, or a `value`."""
    data = _object(item)
    if data is None:
        return canonical_json({"value": item}).decode()
    if {"id", "value"} <= data.keys() <= _ROLE:
        return canonical_json(
            {
                "display": data.get("displayName") or data["value"],
                "primary": False,
                "type": _ROLE_TYPE,
                "value": data["value"],
            }
        ).decode()
    return canonical_json(data).decode()


def element_data(text: Scalar) -> dict[str, Json]:
    """An element as it is sent."""
    data = _object(text)
    return {"value": text} if data is None else data


def element_value(item: Scalar) -> Scalar:
    """What an element is compared by and called; a plain value, as providers are read, is itself.

    Some providers keep the whole JSON text that Entra sends as the `value`: that is the same role.
    """
    data = _object(item)
    found = item if data is None else data.get("value", data.get("display"))
    return found if isinstance(found, str | int | float | bool) else item


def called(path: str, value: object) -> object:
    """A value as people read it: the elements of a list by what they are called."""
    attribute = path.lower()
    if isinstance(value, tuple) and (attribute in _WHOLE or attribute.startswith("urn:")):
        return tuple(element_value(item) for item in value)
    return value


def _object(item: Scalar) -> dict[str, Json] | None:
    if not isinstance(item, str) or not item.startswith("{"):
        return None
    try:
        data = json.loads(item)
    except (ValueError, RecursionError):
        return None
    return dict(data) if isinstance(data, Mapping) else None
