"""One declared object on its way to the desired state: its standing and its mapped values.

Standings are settled here in two steps: a mapping that fails takes the standing with it, and so
does a unique value that somebody else claims as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from reconciler.desired.expressions import NOWHERE, Context
from reconciler.desired.mapping import CompiledMapping, Mapped, compile_mapping, compile_matching
from reconciler.desired.subjects import SourceObject
from reconciler.desired.uniqueness import Claimant, duplicates
from reconciler.model.declared import Declared
from reconciler.model.desired import (
    DesiredReference,
    DesiredValue,
    Excluded,
    Provisioned,
    Standing,
    Undetermined,
)
from reconciler.model.identity import Kind
from reconciler.model.light import light_value
from reconciler.model.mapping import Apply, AttributeMapping
from reconciler.model.path import AttributePath
from reconciler.model.resource_type import ResourceType
from reconciler.model.target import Handling, Manage


@light_value()
class Draft:
    """An object with its standing and what the mapping made of it."""

    source: SourceObject
    standing: Standing
    mapped: Mapped
    unspoken: frozenset[str] = frozenset()  # source attributes that must not be shown

    def values(self, handling: Handling) -> Mapping[AttributePath, DesiredValue]:
        """The wanted attributes; nothing where none are written or kept up to date."""
        return _as_kept(self.mapped.values, handling) if self._kept(handling) else {}

    def _kept(self, handling: Handling) -> bool:
        match self.standing:
            case Provisioned() | Excluded(managed=True):
                return handling.manage is Manage.FULL
            case _:
                return False

    def references(self, handling: Handling) -> Mapping[AttributePath, DesiredReference]:
        """Whom attributes should name, where values are written or kept up to date."""
        return _as_kept(self.mapped.references, handling) if self._kept(handling) else {}

    @property
    def name(self) -> str:
        """What people call it, as far as that may be shown."""
        return self.source.name(self.unspoken)


_W = TypeVar("_W", DesiredValue, DesiredReference)


def _as_kept(wanted: Mapping[AttributePath, _W], handling: Handling) -> Mapping[AttributePath, _W]:
    """What the provider drops or alters is wanted when a resource is created, and never later."""
    return {
        path: replace(one, apply=Apply.ON_CREATE) if path in handling.not_kept else one
        for path, one in wanted.items()
    }


def mapping_of(
    declared: Declared,
    handling: Handling,
    kind: Kind,
    resource_type: ResourceType,
    context: Context = NOWHERE,
) -> CompiledMapping:
    """The mapping of one kind; an empty one, which finds nobody, where none is declared."""
    empty = AttributeMapping(handling.mapping or "", kind, (), handling.at)
    mapping = declared.mappings.get(handling.mapping or "", empty)
    if handling.manage is Manage.LOOKUP:
        return compile_matching(mapping, resource_type, context)
    return compile_mapping(mapping, resource_type, context)


def draft_of(source: SourceObject, standing: Standing, mapping: CompiledMapping) -> Draft:
    """Applies the mapping, and lets its failure change the standing.

    Somebody excluded stays so, whatever cannot be mapped: access ends all the same. Only when an
    error hides which live resource is theirs nothing can be said any more.
    """
    mapped = mapping.apply(source, soft_deleted=isinstance(standing, Excluded))
    unspoken = mapping.redacted_inputs
    if mapped.failure is None:
        return Draft(source, standing, mapped, unspoken)
    match standing:
        case Excluded() if not mapped.lost:
            return Draft(source, replace(standing, managed=False), mapped, unspoken)
        case Undetermined():
            return Draft(source, standing, mapped, unspoken)
        case _:
            return Draft(source, mapped.failure, mapped, unspoken)


def settled(resource_type: ResourceType, drafts: Iterable[Draft]) -> Iterable[Draft]:
    """The drafts, those undetermined who share a unique value with somebody else.

    Who has lost access claims nothing, except the values that are still kept up to date: those stop
    being written, and access ends all the same.
    """
    drafts = tuple(drafts)
    shared = duplicates(
        resource_type,
        (
            Claimant(draft.source.key, draft.mapped, draft.source.at)
            for draft in drafts
            if not isinstance(draft.standing, Excluded) or draft.standing.managed
        ),
    )
    for draft in drafts:
        failure = shared.get(draft.source.key)
        match draft.standing:
            case Provisioned() if failure is not None:
                yield replace(draft, standing=failure)
            case Excluded() if failure is not None:
                yield replace(draft, standing=replace(draft.standing, managed=False))
            case _:
                yield draft
