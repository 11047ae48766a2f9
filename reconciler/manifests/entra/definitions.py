"""The directories of an exported schema: which attributes there are, and of what type."""

from __future__ import annotations

from typing import Final

from reconciler.manifests.entra.shapes import AttributeDefinition, ObjectDefinition, Reference
from reconciler.model.attributes import MANAGER, MEMBERS, AttributeType, Mutability
from reconciler.model.identity import Kind
from reconciler.model.mapping import AttributeMapping, MappingRule
from reconciler.model.path import AttributePath
from reconciler.model.resource_type import ResourceType
from reconciler.model.source import OBJECT_ID, SourceType, computed_attributes, written_attributes

_SOURCE_TYPES: Final = {
    SourceType.TEXT: "String",
    SourceType.TEXTS: "String",
    SourceType.ANY: "String",
    SourceType.BOOLEAN: "Boolean",
    SourceType.DATE: "DateTime",
}
_TARGET_TYPES: Final = {
    AttributeType.STRING: "String",
    AttributeType.BOOLEAN: "Boolean",
    AttributeType.INTEGER: "Integer",
    AttributeType.DATETIME: "DateTime",
    AttributeType.BINARY: "Binary",
    AttributeType.REFERENCE: "Reference",
    AttributeType.DECIMAL: "String",  # Graph has no such type
    AttributeType.COMPLEX: "String",
}
_MUTABILITY: Final = {
    Mutability.READ_ONLY: "ReadOnly",
    Mutability.READ_WRITE: "ReadWrite",
    Mutability.IMMUTABLE: "Immutable",
    Mutability.WRITE_ONLY: "WriteOnly",
}


def source_object(name: str, kind: Kind) -> ObjectDefinition:
    """What a manifest of that kind can write, as an object of the directory."""
    known = {**written_attributes(kind), **computed_attributes(kind)}
    return ObjectDefinition(
        name=name,
        attributes=tuple(
            AttributeDefinition(
                name=attribute,
                type=_SOURCE_TYPES[type_],
                anchor=attribute == OBJECT_ID,
                case_exact=False,
                multivalued=type_ is SourceType.TEXTS,
                required=False,
                mutability="ReadOnly",
            )
            for attribute, type_ in known.items()
        ),
    )


def target_object(
    name: str, mapping: AttributeMapping, resource_type: ResourceType
) -> ObjectDefinition:
    """What a mapping writes, with the id in front, as an object of the target."""
    mapped = (_mapped(rule, resource_type) for rule in mapping.rules)
    return ObjectDefinition(name=name, attributes=(_ID, *mapped))


_ID: Final = AttributeDefinition(
    name="id",
    type="String",
    anchor=True,
    case_exact=False,
    multivalued=False,
    required=False,
    mutability="ReadWrite",
)


def entra_name(path: AttributePath) -> str:
    """What Entra calls a target attribute: the manager is one attribute, and not its `value`."""
    return path.text.removesuffix(".value") if path == MANAGER else path.text


def _mapped(rule: MappingRule, resource_type: ResourceType) -> AttributeDefinition:
    known = resource_type.characteristics(rule.target)
    members = rule.target == MEMBERS
    refers = members or rule.target == MANAGER
    return AttributeDefinition(
        name=entra_name(rule.target),
        type="Reference" if refers else _TARGET_TYPES[known.type],
        anchor=False,
        case_exact=known.case_exact,
        multivalued=members or known.multi_valued,
        required=known.required,
        mutability=_MUTABILITY[known.mutability],
        referenced_objects=(Reference(referenced_object_name="User"),) if refers else (),
    )
