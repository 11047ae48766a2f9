"""Attribute paths and values as they are written on the wire.

A path is spelled from its parts, not from the author's text, so that white space and the case of
well-known URNs do not reach a provider that is particular about them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from reconciler.model.attributes import AttributeType, Characteristics
from reconciler.model.element import element_data
from reconciler.model.identity import ResourceId
from reconciler.model.path import (
    CORE_GROUP,
    CORE_USER,
    ENTERPRISE_USER,
    AttributePath,
    Json,
    Selector,
    Value,
)
from reconciler.model.profile import Profile
from reconciler.scim.naming import UNNAMED, Names

_CORE = {CORE_USER.lower(), CORE_GROUP.lower()}


def extension_of(path: AttributePath) -> str | None:
    """The schema URN of an extension's attribute; None for an attribute of a core schema."""
    if path.urn is None or path.urn.lower() in _CORE:
        return None
    return ENTERPRISE_USER if path.urn.lower() == ENTERPRISE_USER.lower() else path.urn


def spelled(path: AttributePath) -> str:
    """The path as PATCH takes it (RFC 7644 §3.5.2): `urn:…:User:department`, `a[b eq "c"].d`."""
    urn = extension_of(path)
    return within(path) if urn is None else f"{urn}:{within(path)}"


def within(path: AttributePath) -> str:
    """The path without its schema: `department`, `emails[type eq "work"].value`."""
    pick = f"[{condition(path.selector)}]" if path.selector is not None else ""
    sub = f".{path.sub}" if path.sub is not None else ""
    return path.attribute + pick + sub


def spelled_attribute(path: AttributePath) -> str:
    """The path without selector and sub-attribute: the whole attribute."""
    urn = extension_of(path)
    return path.attribute if urn is None else f"{urn}:{path.attribute}"


def in_order(paths: Iterable[AttributePath]) -> list[AttributePath]:
    """Paths sorted so that those of one attribute stand together (see `attribute_key`)."""
    return sorted(paths, key=lambda path: (attribute_key(path), path.folded))


def attribute_key(path: AttributePath) -> str:
    """What two paths of the same attribute have in common."""
    return spelled_attribute(path).lower()


def condition(selector: Selector) -> str:
    """What stands between the brackets: `type eq "work"`."""
    return f"{selector.attribute} eq {quoted(picked_by(selector))}"


def picked_by(selector: Selector) -> str | bool:
    """The value that picks an element, of the type that the attribute has.

    Entra writes `roles[primary eq "True"]`, and `primary` is a boolean (RFC 7643 §2.4).
    """
    if selector.attribute.lower() == "primary" and isinstance(selector.value, str):
        return selector.value.casefold() == "true"
    return selector.value


def quoted(value: str | bool) -> str:
    """A comparison value: a JSON string or literal (RFC 7644 §3.4.2.2)."""
    return json.dumps(value, ensure_ascii=False)


def keeps_selector(path: AttributePath, profile: Profile) -> bool:
    """The path picks an element, and the provider keeps what it is picked by."""
    return path.selector is not None and path.attribute.lower() not in profile.ignored_selectors


def is_cleared(value: Value) -> bool:
    """The author wrote null or an empty list: the attribute is to have no value."""
    return value is None or value == ()


def is_reference(path: AttributePath, known: Characteristics) -> bool:
    """The id in an object that names another resource: `manager.value` (RFC 7643 §4.3)."""
    return path.sub == "value" and known.type is AttributeType.REFERENCE


def text_booleans(body: Mapping[str, Json]) -> dict[str, Json]:
    """The same message with its booleans as text, "True" and "False", at every level."""
    return {name: _text_boolean(value) for name, value in body.items()}


def _text_boolean(value: Json) -> Json:
    match value:
        case bool():
            return str(value)
        case Mapping():
            return text_booleans(value)
        case list() | tuple():
            return [_text_boolean(item) for item in value]
        case _:
            return value


def wire_value(known: Characteristics, value: Value) -> Json:
    """A value in the shape that the attribute has: a reference is an object with a `value`."""
    if known.type is not AttributeType.COMPLEX:
        return list(value) if isinstance(value, tuple) else value
    if isinstance(value, tuple):
        return [element_data(item) for item in value]
    return element_data(value)


def elements(values: Mapping[AttributePath, Value]) -> list[dict[str, Json]]:
    """The elements of one multi-valued attribute, from paths that each set a part of one.

    `emails[type eq "work"].value` and `emails[type eq "work"].display` make one element. A path
    without a sub-attribute sets `value`, as RFC 7643 §2.4 names it.
    """
    found: dict[Selector | None, dict[str, Json]] = {}
    for path, value in values.items():
        element = found.get(path.selector)
        if element is None:
            pick = path.selector
            element = {} if pick is None else {pick.attribute: picked_by(pick)}
            found[pick] = element
        element[path.sub or "value"] = value
    return list(found.values())


def with_primary(attribute: str, found: list[dict[str, Json]]) -> list[dict[str, Json]]:
    """Elements that make up a whole list, one of `emails` marked primary: the one for work if there
    is one, because a provider that was told of no primary address may show none."""
    if attribute.lower() == "emails" and found and not any("primary" in e for e in found):
        chosen = next((e for e in found if str(e.get("type")).lower() == "work"), found[0])
        chosen["primary"] = True
    return found


def references(ids: Iterable[ResourceId], names: Names = UNNAMED) -> list[dict[str, Json]]:
    """Members as they are sent, sorted: `value`, and a name where one is wanted; `type` and `$ref`
    are the provider's to know (RFC 7643 §4.2)."""
    return [{"value": member, **names.of(member)} for member in sorted(ids)]
