"""What goes out: a resource with `id`, `meta`, members or groups, and of it what was asked for.

RFC 7644 §3.4.2.5 (`attributes`, `excludedAttributes`), RFC 7643 §3.1 (`meta`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from reconciler.simulator.definitions import ENTERPRISE_USER, RESOURCE_TYPES
from reconciler.simulator.errors import invalid_value
from reconciler.simulator.filters.grammar import parse_name
from reconciler.simulator.quirks import Quirks
from reconciler.simulator.records import Stored
from reconciler.simulator.schemas import ResourceType, Returned
from reconciler.simulator.store import Transaction
from reconciler.simulator.values import Document, Json, Kind

#: The attribute that is computed from the members table, by kind.
COMPUTED: Final = {Kind.USER: "groups", Kind.GROUP: "members"}


@dataclass(frozen=True, slots=True)
class Projection:
    """Which attributes an answer has: all, these only, or all but these (folded paths)."""

    only: frozenset[str] | None = None
    without: frozenset[str] = frozenset()

    def shows(self, name: str) -> bool:
        """Whether anything of a top-level attribute is shown."""
        name = name.lower()
        if name in self.without:
            return False
        return self.only is None or any(
            path == name or path.startswith(f"{name}.") for path in self.only
        )


EVERYTHING: Final = Projection()


def read_projection(attributes: Iterable[str], excluded: Iterable[str]) -> Projection:
    """The two parameters, as lists of attribute names.

    Raises:
        ScimError: both are given, or a name is none.
    """
    only = frozenset(_folded(name) for name in attributes)
    without = frozenset(_folded(name) for name in excluded)
    if only and without:
        raise invalid_value("attributes and excludedAttributes exclude each other")
    return Projection(only or None, without)


def etag(resource: Stored) -> str:
    """The version of a resource, as a weak ETag (RFC 7644 §3.14)."""
    return f'W/"{resource.version}"'


def render(resource: Stored, base: str, quirks: Quirks) -> Document:
    """The whole resource, but for what comes from the members table; `base` has no slash at the
    end."""
    resource_type = RESOURCE_TYPES[resource.kind]
    extensions = [s.id for s in resource_type.extensions if s.id in resource.document]
    meta: Document = {
        "resourceType": resource.kind.value,
        "created": resource.created,
        "lastModified": resource.modified,
        "location": location(resource.kind, resource.id, base),
    }
    if quirks.etags:
        meta["version"] = etag(resource)
    enterprise = resource.document.get(ENTERPRISE_USER)
    held = enterprise.items() if isinstance(enterprise, dict) else ()
    return {
        "schemas": [resource_type.core.id, *extensions],
        "id": resource.id,
        **resource.document,
        **{name: value for name, value in held if name.lower() in quirks.echoed_enterprise},
        "meta": meta,
    }


def computed(transaction: Transaction, resource: Stored, base: str) -> list[Json]:
    """A group's `members`, or the `groups` that a user is in (RFC 7643 §4.1.2, §4.2)."""
    if resource.kind is Kind.GROUP:
        return [
            {
                "value": member.id,
                "$ref": location(member.kind, member.id, base),
                "type": member.kind.value,
            }
            for member in transaction.members(resource.id)
        ]
    return [
        {
            "value": held.group_id,
            "$ref": location(Kind.GROUP, held.group_id, base),
            **({"display": held.display} if held.display is not None else {}),
            "type": "direct" if held.direct else "indirect",
        }
        for held in transaction.memberships(resource.id)
    ]


def location(kind: Kind, id: str, base: str) -> str:
    """The address of a resource."""
    return f"{base}{RESOURCE_TYPES[kind].endpoint}/{id}"


def present(document: Document, kind: Kind, projection: Projection, quirks: Quirks) -> Document:
    """What is sent of a rendered resource."""
    shown = document
    if projection != EVERYTHING:
        shown = _project(document, RESOURCE_TYPES[kind], projection)
    return _with_text_booleans(shown) if quirks.text_booleans else shown


def _project(document: Document, resource_type: ResourceType, projection: Projection) -> Document:
    shown: Document = {}
    for name, value in document.items():
        extension = resource_type.extension(name)
        located = resource_type.locate(None, name)
        always = located is not None and located.attribute.returned is Returned.ALWAYS
        if name == "schemas" or always:
            shown[name] = value
            continue
        joint = ":" if extension is not None else "."
        kept = _kept(name.lower(), joint, value, projection)
        if kept not in (None, [], {}):
            shown[name] = kept
    return shown


def _kept(path: str, joint: str, value: Json, projection: Projection) -> Json:
    if path in projection.without:
        return None
    if projection.only is not None and path in projection.only:
        return value
    if isinstance(value, list):
        elements = [_kept(path, joint, element, projection) for element in value]
        return [element for element in elements if element not in (None, {})]
    if isinstance(value, dict):
        return {
            name: kept
            for name, sub in value.items()
            if (kept := _kept(f"{path}{joint}{name.lower()}", ".", sub, projection)) is not None
        }
    return value if projection.only is None else None


def _folded(text: str) -> str:
    """A name as it stands in a rendered resource: without a core schema's URN."""
    name = text.strip()
    for resource_type in RESOURCE_TYPES.values():
        if resource_type.extension(name) is not None:
            return name.lower()
    parsed = parse_name(name)
    folded = str(parsed).lower()
    if parsed.urn is not None and any(
        t.core.id.lower() == parsed.urn.lower() for t in RESOURCE_TYPES.values()
    ):
        return folded.removeprefix(f"{parsed.urn.lower()}:")
    return folded


def _with_text_booleans(value: Document) -> Document:
    return {name: _text_boolean(sub) for name, sub in value.items()}


def _text_boolean(value: Json) -> Json:
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            return _with_text_booleans(value)
        case list():
            return [_text_boolean(element) for element in value]
        case _:
            return value
