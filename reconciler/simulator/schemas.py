"""What an attribute, a schema and a resource type are (RFC 7643 §2, §6, §7).

Names are looked up without regard to case (RFC 7643 §2.1); what is found carries the schema's own
spelling, and that spelling is what is stored and sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.simulator.values import Document, Kind


class Type(StrEnum):
    """The data types (RFC 7643 §2.3) that the served schemas use."""

    STRING = "string"
    BOOLEAN = "boolean"
    DATETIME = "dateTime"
    BINARY = "binary"
    REFERENCE = "reference"
    COMPLEX = "complex"


class Mutability(StrEnum):
    """Who may set an attribute, and when (RFC 7643 §7)."""

    READ_ONLY = "readOnly"
    READ_WRITE = "readWrite"
    IMMUTABLE = "immutable"
    WRITE_ONLY = "writeOnly"


class Returned(StrEnum):
    """When an attribute is part of an answer (RFC 7643 §7)."""

    ALWAYS = "always"
    NEVER = "never"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """One attribute and its characteristics; two attributes are the same if they are one object."""

    name: str
    description: str
    type: Type = Type.STRING
    multi_valued: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: Mutability = Mutability.READ_WRITE
    returned: Returned = Returned.DEFAULT
    unique: bool = False
    canonical_values: tuple[str, ...] = ()
    reference_types: tuple[str, ...] = ()
    sub_attributes: tuple[Attribute, ...] = ()
    _by_name: Mapping[str, Attribute] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {a.name.lower(): a for a in self.sub_attributes})

    def sub(self, name: str) -> Attribute | None:
        """The sub-attribute of that name, in any case."""
        return self._by_name.get(name.lower())

    def published(self) -> Document:
        """The attribute as an entry of a schema resource (RFC 7643 §7)."""
        entry: Document = {
            "name": self.name,
            "type": self.type.value,
            "multiValued": self.multi_valued,
            "description": self.description,
            "required": self.required,
            "mutability": self.mutability.value,
            "returned": self.returned.value,
        }
        if self.type is not Type.COMPLEX and self.type is not Type.BOOLEAN:
            entry["caseExact"] = self.case_exact
            entry["uniqueness"] = "server" if self.unique else "none"
        if self.canonical_values:
            entry["canonicalValues"] = list(self.canonical_values)
        if self.reference_types:
            entry["referenceTypes"] = list(self.reference_types)
        if self.sub_attributes:
            entry["subAttributes"] = [sub.published() for sub in self.sub_attributes]
        return entry


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """A schema and its top-level attributes."""

    id: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]
    _by_name: Mapping[str, Attribute] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {a.name.lower(): a for a in self.attributes})

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that name, in any case."""
        return self._by_name.get(name.lower())


@dataclass(frozen=True, slots=True)
class Located:
    """Where an attribute stands in a document: under an extension's URN, or at the top."""

    extension: str | None
    attribute: Attribute


@dataclass(frozen=True, slots=True, eq=False)
class ResourceType:
    """A resource type (RFC 7643 §6): one core schema, its extensions, its endpoint."""

    kind: Kind
    endpoint: str
    description: str
    core: Schema
    common: Schema  # `id`, `externalId`, `meta`: part of every resource, published by none
    extensions: tuple[Schema, ...] = ()

    def extension(self, urn: str) -> Schema | None:
        """The extension schema with that URN, in any case."""
        return next((s for s in self.extensions if s.id.lower() == urn.lower()), None)

    def locate(self, urn: str | None, name: str) -> Located | None:
        """The attribute called `name`, of the core schema unless a URN says otherwise."""
        if urn is None or urn.lower() == self.core.id.lower():
            found = self.core.attribute(name) or self.common.attribute(name)
            return None if found is None else Located(None, found)
        extension = self.extension(urn)
        found = None if extension is None else extension.attribute(name)
        return None if extension is None or found is None else Located(extension.id, found)
