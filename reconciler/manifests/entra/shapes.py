"""The resources of Graph's synchronization API, as far as they decide something here.

Field names are Graph's in snake case. Everything else in the JSON (`@odata.*`, dates, states) is
ignored when read and not written. Words of enumerations may come in any case.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Self, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass

_CONFIG: Final = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")

T = TypeVar("T")


class _Word(StrEnum):
    """A word of an enumeration, found whatever its case."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        wanted = value.strip().casefold()
        return next((word for word in cls if word.casefold() == wanted), None)


class SourceKind(_Word):
    """What an attributeMappingSource is."""

    ATTRIBUTE = "Attribute"
    CONSTANT = "Constant"
    FUNCTION = "Function"


class FlowType(_Word):
    """When Entra writes an attribute."""

    ALWAYS = "Always"
    OBJECT_ADD_ONLY = "ObjectAddOnly"
    MULTI_VALUE_ADD_ONLY = "MultiValueAddOnly"
    VALUE_ADD_ONLY = "ValueAddOnly"
    ATTRIBUTE_ADD_ONLY = "AttributeAddOnly"


class FlowBehavior(_Word):
    """Whether an unchanged value is written again."""

    WHEN_CHANGED = "FlowWhenChanged"
    ALWAYS = "FlowAlways"


def _text(written: object) -> object:
    """Graph's texts are sometimes numbers or booleans in exports that a tool has touched."""
    if isinstance(written, bool | int | float):
        return str(written)
    return written


def _filled(written: object) -> object:
    return () if written is None else written


Text = Annotated[str | None, BeforeValidator(_text)]
Many = Annotated[tuple[T, ...], BeforeValidator(_filled)]


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Entry:
    """metadataEntry, and a key and value of the secrets."""

    key: Text = None
    value: Text = None


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Parameter:
    """One argument of a function; no value is an argument that was left out."""

    key: Text = None
    value: Source | None = None


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Source:
    """attributeMappingSource: text and tree of where a value comes from."""

    expression: Text = None
    name: Text = None
    type: SourceKind | None = None
    parameters: Many[Parameter] = ()


@dataclass(frozen=True, slots=True, config=_CONFIG)
class AttributeMapping:
    """One target attribute; no source is Entra's mapping type None."""

    target_attribute_name: Text = None
    source: Source | None = None
    matching_priority: Annotated[int, BeforeValidator(lambda v: 0 if v is None else v)] = 0
    flow_type: FlowType | None = None
    flow_behavior: FlowBehavior | None = None
    default_value: Text = None
    export_missing_references: bool | None = None


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Operand:
    """What a clause compares with."""

    values: Many[Annotated[str, BeforeValidator(_text)]] = ()


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Clause:
    """filterClause."""

    source_operand_name: Text = None
    operator_name: Text = None
    target_operand: Operand | None = None


@dataclass(frozen=True, slots=True, config=_CONFIG)
class FilterGroup:
    """Clauses joined by AND."""

    name: Text = None
    clauses: Many[Clause] = ()


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Filter:
    """Groups joined by OR, and two lists that only Graph shows."""

    groups: Many[FilterGroup] = ()
    input_filter_groups: Many[FilterGroup] = ()
    category_filter_groups: Many[FilterGroup] = ()


@dataclass(frozen=True, slots=True, config=_CONFIG)
class ObjectMapping:
    """How one kind of object flows; `flow_types` is comma-separated text."""

    name: Text = None
    enabled: Annotated[bool, BeforeValidator(lambda v: True if v is None else v)] = True
    flow_types: Text = None
    source_object_name: Text = None
    target_object_name: Text = None
    scope: Filter | None = None
    attribute_mappings: Many[AttributeMapping] = ()
    metadata: Many[Entry] = ()


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Rule:
    """synchronizationRule: from one directory to another."""

    id: Text = None
    name: Text = None
    editable: bool | None = None
    priority: int | None = None
    source_directory_name: Text = None
    target_directory_name: Text = None
    object_mappings: Many[ObjectMapping] = ()


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Reference:
    """The kind of object that an attribute points at."""

    referenced_object_name: Text = None
    referenced_property: Text = None


@dataclass(frozen=True, slots=True, config=_CONFIG)
class AttributeDefinition:
    """One attribute of a kind of object."""

    name: Text = None
    type: Text = None
    anchor: bool | None = None
    case_exact: bool | None = None
    multivalued: bool | None = None
    required: bool | None = None
    mutability: Text = None
    referenced_objects: Many[Reference] = ()


@dataclass(frozen=True, slots=True, config=_CONFIG)
class ObjectDefinition:
    """A kind of object in a directory."""

    name: Text = None
    attributes: Many[AttributeDefinition] = ()
    metadata: Many[Entry] = ()


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Directory:
    """directoryDefinition."""

    id: Text = None
    name: Text = None
    read_only: bool | None = None
    objects: Many[ObjectDefinition] = ()


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Schema:
    """synchronizationSchema. Without rules it is none."""

    synchronization_rules: tuple[Rule, ...] = Field()
    id: Text = None
    version: Text = None
    directories: Many[Directory] = ()

    def target_object(self, rule: Rule, mapping: ObjectMapping) -> ObjectDefinition:
        """The definition of what a mapping writes; an empty one where the schema has none."""
        for directory in self.directories:
            if directory.name == rule.target_directory_name:
                for definition in directory.objects:
                    if definition.name == mapping.target_object_name:
                        return definition
        return ObjectDefinition()


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Secrets:
    """The secrets of a job, as GET and PUT have them; Graph masks what is secret in there."""

    value: tuple[Entry, ...] = Field()

    def get(self, key: str) -> str | None:
        """The value of a key, whatever its case; None when it is not there or empty."""
        wanted = key.casefold()
        return next(
            (e.value for e in self.value if (e.key or "").casefold() == wanted and e.value), None
        )


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Schedule:
    """How often a job runs."""

    interval: Text = None
    state: Text = None


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Status:
    """How a job is."""

    code: Text = None


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Setting:
    """One of a job's settings."""

    name: Text = None
    value: Text = None


@dataclass(frozen=True, slots=True, config=_CONFIG)
class Job:
    """synchronizationJob."""

    template_id: Text = Field()
    schedule: Schedule | None = None
    status: Status | None = None
    synchronization_job_settings: Many[Setting] = ()


#: Where nothing but the schema was exported.
NO_SECRETS: Final = Secrets(())
NO_JOB: Final = Job(None)
