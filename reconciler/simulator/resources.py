"""What comes in: JSON of any kind, turned into a document in the schema's own spelling, or refused.

Names are taken in any case (RFC 7643 §2.1), `null` and empty lists as no value (§2.5), and what is
read-only is left out without a word (RFC 7644 §3.3, §3.5.1). Types, `primary` and required
attributes are checked.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from reconciler.simulator.definitions import ENTERPRISE_SCHEMA, MEMBERS
from reconciler.simulator.errors import ScimError, invalid_syntax, invalid_value
from reconciler.simulator.quirks import Quirks, Unknown
from reconciler.simulator.schemas import (
    Attribute,
    Located,
    Mutability,
    ResourceType,
    Schema,
    Type,
)
from reconciler.simulator.values import Document, Json, Kind, is_unicode


@dataclass(frozen=True, slots=True)
class Incoming:
    """A resource as a client sent it; `members` is None where it says nothing about them."""

    document: Document
    members: list[Json] | None


def read_resource(raw: Json, resource_type: ResourceType, quirks: Quirks) -> Incoming:
    """The body of a POST or PUT.

    Raises:
        ScimError: it is not a resource of this type.
    """
    if not isinstance(raw, dict):
        raise invalid_syntax("the body is not a JSON object")
    document: Document = {}
    members: list[Json] | None = None
    for name, value in _distinct(raw, resource_type.kind):
        if name.lower() == "schemas":
            _require_schema(value, resource_type)
            continue
        extension = resource_type.extension(name)
        if extension is not None:
            for attribute, converted in _read_extension(extension, value, quirks):
                put_at(document, Located(extension.id, attribute), converted)
            continue
        located = locate(resource_type, name, quirks)
        if located is None:
            _unknown(name, quirks)
        elif located.attribute is MEMBERS:
            members = list_of_objects(value, MEMBERS.name)
        elif located.attribute.mutability is not Mutability.READ_ONLY:
            put_at(document, located, convert(located.attribute, value, quirks))
    if not any(name.lower() == "schemas" for name in raw):
        raise invalid_syntax("the body has no schemas (RFC 7643 §3)")
    require(document, resource_type)
    return Incoming(document, members)


def locate(resource_type: ResourceType, name: str, quirks: Quirks) -> Located | None:
    """A top-level attribute by its bare name; a quirk lets some enterprise ones stand there."""
    found = resource_type.locate(None, name)
    if found is None and resource_type.kind is Kind.USER:
        folded = name.lower()
        attribute = ENTERPRISE_SCHEMA.attribute(folded)
        if attribute is not None and folded in quirks.top_level_enterprise:
            return Located(ENTERPRISE_SCHEMA.id, attribute)
    return found


def put_at(document: Document, located: Located, value: Json) -> None:
    """Set an attribute where it belongs; no value leaves the document as it is."""
    if located.extension is None:
        _put(document, located.attribute.name, value)
    elif value is not None:
        held = document.setdefault(located.extension, {})
        if isinstance(held, dict):
            held[located.attribute.name] = value


def convert(attribute: Attribute, raw: Json, quirks: Quirks) -> Json:
    """A value of the attribute, with every element of a multi-valued one; None is no value.

    Raises:
        ScimError: it does not fit (`invalidValue`), or has an attribute that nobody knows.
    """
    if raw is None:
        return None
    if not attribute.multi_valued:
        return convert_one(attribute, raw, quirks)
    if not isinstance(raw, list):
        raise invalid_value(f"{attribute.name} is multi-valued: expected a list")
    elements = [convert_one(attribute, item, quirks) for item in raw]
    kept: list[Json] = [element for element in elements if element is not None]
    if sum(1 for element in kept if is_primary(element)) > 1:
        raise invalid_value(f"{attribute.name}: primary is true of more than one (RFC 7643 §2.4)")
    return kept or None


def convert_one(attribute: Attribute, raw: Json, quirks: Quirks) -> Json:
    """One value, or one element of a multi-valued attribute; None is no value.

    Raises:
        ScimError: as `convert`.
    """
    if raw is None:
        return None
    match attribute.type:
        case Type.COMPLEX:
            return _convert_complex(attribute, raw, quirks)
        case Type.BOOLEAN:
            return _convert_boolean(attribute, raw, quirks)
        case Type.STRING | Type.REFERENCE | Type.DATETIME | Type.BINARY:
            return _convert_text(attribute, raw)
        case _:
            assert_never(attribute.type)


def is_primary(element: Json) -> bool:
    """Whether an element is marked as the preferred one."""
    return isinstance(element, dict) and element.get("primary") is True


def require(document: Document, resource_type: ResourceType) -> None:
    """Refuse a document that lacks a required attribute.

    Raises:
        ScimError: which one is missing (`invalidValue`).
    """
    for attribute in resource_type.core.attributes:
        if attribute.required and not document.get(attribute.name):
            raise invalid_value(f"{attribute.name} is required of a {resource_type.kind}")


def keep_listed(document: Document, kept: frozenset[str] | None) -> Document:
    """The document without what is not in a closed list of folded paths; None keeps everything."""
    if kept is None:
        return document
    pruned: Document = {}
    for name, value in document.items():
        joint = ":" if name.lower().startswith("urn:") else "."
        _put(pruned, name, _listed(name.lower(), joint, value, kept))
    return pruned


def list_of_objects(raw: Json, name: str) -> list[Json]:
    """A list as it is, one object as a list of it, and no value as an empty list."""
    match raw:
        case None:
            return []
        case list():
            return raw
        case dict():
            return [raw]
        case _:
            raise invalid_value(f"{name}: expected a list of objects")


def _listed(path: str, joint: str, value: Json, kept: frozenset[str]) -> Json:
    if path in kept:
        return value
    if isinstance(value, list):
        elements = [_listed(path, joint, element, kept) for element in value]
        return [element for element in elements if element is not None] or None
    if isinstance(value, dict):
        subs: Document = {
            name: found
            for name, sub in value.items()
            if (found := _listed(f"{path}{joint}{name.lower()}", ".", sub, kept)) is not None
        }
        return subs or None
    return None


def _distinct(raw: Document, where: str) -> Iterator[tuple[str, Json]]:
    """The members of an object; two names that differ in case only are one name written twice."""
    seen: set[str] = set()
    for name, value in raw.items():
        if name.lower() in seen:
            raise invalid_syntax(f"{where}: {name} is there twice, in different case")
        seen.add(name.lower())
        yield name, value


def _require_schema(value: Json, resource_type: ResourceType) -> None:
    listed = value if isinstance(value, list) else []
    named = {item.lower() for item in listed if isinstance(item, str)}
    if resource_type.core.id.lower() not in named:
        raise invalid_syntax(f"schemas does not name {resource_type.core.id}")


def _read_extension(schema: Schema, raw: Json, quirks: Quirks) -> Iterator[tuple[Attribute, Json]]:
    if raw is None:
        return
    if not isinstance(raw, dict):
        raise invalid_value(f"{schema.id}: expected an object")
    for name, value in _distinct(raw, schema.id):
        attribute = schema.attribute(name)
        if name.lower() == "schemas":  # some clients repeat it in the extension
            continue
        if attribute is None:
            _unknown(f"{schema.id}:{name}", quirks)
        elif attribute.mutability is not Mutability.READ_ONLY:
            yield attribute, convert(attribute, value, quirks)


def _convert_complex(attribute: Attribute, raw: Json, quirks: Quirks) -> Json:
    if not isinstance(raw, dict):
        raise invalid_value(f"{attribute.name} is complex: expected an object")
    document: Document = {}
    for name, value in _distinct(raw, attribute.name):
        sub = attribute.sub(name)
        if sub is None:
            _unknown(f"{attribute.name}.{name}", quirks)
        elif sub.mutability is not Mutability.READ_ONLY:
            _put(document, sub.name, convert(sub, value, quirks))
    return document or None


def _convert_boolean(attribute: Attribute, raw: Json, quirks: Quirks) -> bool:
    if isinstance(raw, bool) and not quirks.text_booleans_only:
        return raw
    lenient = quirks.lenient_operations or quirks.text_booleans_only
    if lenient and isinstance(raw, str) and raw.lower() in ("true", "false"):
        return raw.lower() == "true"
    raise invalid_value(f"{attribute.name}: expected true or false")


def _convert_text(attribute: Attribute, raw: Json) -> str:
    if not isinstance(raw, str) or not is_unicode(raw):
        raise invalid_value(f"{attribute.name}: expected text")
    if attribute.type is Type.BINARY:
        _require_base64(attribute, raw)
    return raw


def _require_base64(attribute: Attribute, raw: str) -> None:
    try:
        base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        raise invalid_value(f"{attribute.name}: expected base64") from None


def _put(document: Document, name: str, value: Json) -> None:
    if value is not None:
        document[name] = value


def _unknown(name: str, quirks: Quirks) -> None:
    if quirks.unknown_attributes is Unknown.REFUSED:
        raise unknown_attribute(name)


def unknown_attribute(name: str) -> ScimError:
    """400: an attribute that no schema of this resource type has."""
    return invalid_syntax(f"there is no attribute {name[:200]!r}")
