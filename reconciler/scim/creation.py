"""Attribute values as a whole new resource, for POST (RFC 7644 §3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from reconciler.model.identity import Kind
from reconciler.model.path import CORE_GROUP, CORE_USER, AttributePath, Json, Value
from reconciler.model.profile import Profile
from reconciler.model.resource_type import ResourceType
from reconciler.scim.spelling import (
    attribute_key,
    elements,
    extension_of,
    in_order,
    is_cleared,
    wire_value,
    with_primary,
)


def new_resource(
    kind: Kind, values: Mapping[AttributePath, Value], profile: Profile
) -> dict[str, Json]:
    """The resource to send: `schemas` names every schema used, attributes are sorted.

    Attributes to be cleared are left out: a new resource has none of them.
    """
    core = CORE_USER if kind is Kind.USER else CORE_GROUP
    attributes: dict[str, Json] = {}
    extensions: dict[str, dict[str, Json]] = {}
    for _, group in groupby(
        in_order(p for p in values if not is_cleared(values[p])), attribute_key
    ):
        parts = {path: values[path] for path in group}
        first = next(iter(parts))
        urn = extension_of(first)
        holder = attributes if urn is None else extensions.setdefault(urn, {})
        holder[first.attribute] = _attribute(first, parts, profile.of(kind))
    return {"schemas": [core, *sorted(extensions)], **attributes, **extensions}


def _attribute(
    first: AttributePath, parts: Mapping[AttributePath, Value], resource_type: ResourceType
) -> Json:
    """The value of one attribute, from the paths that set it or parts of it."""
    if len(parts) == 1 and first.selector is None and first.sub is None:
        return wire_value(resource_type.characteristics(first), parts[first])
    whole = AttributePath(first.urn, first.attribute, None, None, first.attribute)
    if first.selector is None and not resource_type.characteristics(whole).multi_valued:
        return {path.sub or "value": value for path, value in parts.items()}
    found = with_primary(first.attribute, elements(parts))
    return [dict(sorted(element.items())) for element in found]
