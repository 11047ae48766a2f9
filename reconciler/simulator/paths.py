"""PATCH paths with their attribute looked up in the schema (RFC 7644 §3.5.2)."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.simulator.errors import invalid_path
from reconciler.simulator.filters.grammar import Filter, parse_path
from reconciler.simulator.schemas import Attribute, ResourceType, Schema, Type


@dataclass(frozen=True, slots=True)
class ExtensionPath:
    """`urn:…:enterprise:2.0:User`: everything in an extension."""

    schema: Schema


@dataclass(frozen=True, slots=True)
class AttributePath:
    """An attribute, the elements of it that are meant, a sub-attribute of it or of those."""

    extension: str | None
    attribute: Attribute
    selection: Filter | None = None
    sub: Attribute | None = None

    def __str__(self) -> str:
        urn = f"{self.extension}:" if self.extension else ""
        chosen = "[…]" if self.selection is not None else ""
        sub = f".{self.sub.name}" if self.sub is not None else ""
        return f"{urn}{self.attribute.name}{chosen}{sub}"


Path = ExtensionPath | AttributePath


def resolve_path(text: str, resource_type: ResourceType) -> Path | None:
    """The place that `text` names; None where the schema has no such attribute.

    Raises:
        ScimError: `text` is no path (`invalidPath`), or chooses elements of an attribute that has
            none; FilterError where its brackets are to blame.
    """
    extension = resource_type.extension(text)
    if extension is not None:
        return ExtensionPath(extension)
    parsed = parse_path(text)
    located = resource_type.locate(parsed.name.urn, parsed.name.name)
    if located is None:
        return None
    attribute = located.attribute
    if parsed.selection is not None and not (
        attribute.multi_valued and attribute.type is Type.COMPLEX
    ):
        raise invalid_path(f"{attribute.name} has no elements to choose from")
    sub_name = parsed.name.sub or parsed.sub
    if sub_name is None:
        return AttributePath(located.extension, attribute, parsed.selection)
    sub = attribute.sub(sub_name)
    if sub is None:
        return None
    return AttributePath(located.extension, attribute, parsed.selection, sub)
