"""A declared user or group as filters, conditions and mappings see it.

Everybody has an `objectId`, and people are enabled unless it is written that they are not; beyond
that only what is written is there. An empty list or text is no value, as null is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from reconciler.desired.conditions import LABELS, Bindings
from reconciler.model.attributes import SUB_ATTRIBUTES, canonical_name
from reconciler.model.declared import Group, User
from reconciler.model.desired import Reason
from reconciler.model.diagnostic import Position
from reconciler.model.feed import Row
from reconciler.model.identity import GroupKey, Kind, UserKey, object_id
from reconciler.model.light import light_value
from reconciler.model.path import Json, Value
from reconciler.model.resource import Resource
from reconciler.model.sameness import is_empty
from reconciler.model.source import (
    ACCOUNT_ENABLED,
    MANAGER,
    OBJECT_ID,
    ORIGINAL_USER_PRINCIPAL_NAME,
    USER_PRINCIPAL_NAME,
)

_NOTHING: Final[Mapping[str, Reason]] = MappingProxyType({})
_NOBODY: Final[Mapping[UserKey, User]] = MappingProxyType({})


@light_value()
class SourceObject:
    """One side of a mapping. `attributes` holds no empty values but None: written, and empty.

    `doubts` are attributes whose value an error hides, and why: who reads one decides nothing.
    `among` are the people among whom a manager is looked for, when somebody asks.

    One is made for every person and target, so it has few fields and shares what it can with the
    manifest: nothing of either is ever changed in place.
    """

    declared: User | Group
    attributes: Mapping[str, Value]
    doubts: Mapping[str, Reason] = field(default_factory=dict)
    among: Mapping[UserKey, User] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        return Kind.USER if isinstance(self.declared, User) else Kind.GROUP

    @property
    def key(self) -> UserKey | GroupKey:
        return self.declared.key

    @property
    def at(self) -> Position:
        return self.declared.at

    @property
    def row(self) -> Row | None:
        """The row of a source that gives some of the attributes."""
        return self.declared.row if isinstance(self.declared, User) else None

    @property
    def manager(self) -> SourceObject | None:
        """The person's manager; None for whoever has none, and for groups."""
        key = self.attributes.get(MANAGER)
        found = self.among.get(UserKey(key)) if isinstance(key, str) else None
        return None if found is None else source_user(found)

    def place(self, attribute: str) -> Position | None:
        """Where an attribute is written, or its row; None when nobody noted where."""
        declared = self.declared
        if not isinstance(declared, User):
            return None
        found = declared.places.get(attribute)
        if found is not None:
            line, column = found
            return Position(declared.at.file, line, column)
        row = declared.row
        return row.at if row is not None and attribute in row.attributes else None

    def value(self, attribute: str) -> Value:
        """An attribute's value; None when it has none, written or not."""
        return self.attributes.get(attribute)

    def name(self, unspoken: Collection[str] = ()) -> str:
        """What people call it; not by attributes that must not be shown."""
        for attribute in ("displayName", USER_PRINCIPAL_NAME):
            if attribute not in unspoken and isinstance(name := self.value(attribute), str):
                return name
        return self.key

    def bindings(self, as_of: datetime) -> Bindings:
        """What a condition sees of it."""
        return Bindings(
            self.attributes,
            as_of,
            labels=self.declared.labels,
            manager=self._attributes_of_manager,
            doubts=self.doubts,
        )

    def _attributes_of_manager(self) -> Mapping[str, object] | None:
        manager = self.manager
        return None if manager is None else {**manager.attributes, LABELS: manager.declared.labels}


def source_user(
    user: User,
    *,
    computed: Mapping[str, Value] | None = None,
    doubts: Mapping[str, Reason] = _NOTHING,
    among: Mapping[UserKey, User] = _NOBODY,
) -> SourceObject:
    """A declared person as source, with what a target adds to what is written."""
    attributes = _attributes(Kind.USER, user.key, user.attributes)
    attributes = {
        ACCOUNT_ENABLED: True,
        **attributes,
        ORIGINAL_USER_PRINCIPAL_NAME: attributes.get(USER_PRINCIPAL_NAME),
        **(computed or {}),
    }
    return SourceObject(user, attributes, doubts, among)


def source_group(group: Group) -> SourceObject:
    """A declared group as source. Its members are not an attribute."""
    return SourceObject(group, _attributes(Kind.GROUP, group.key, group.attributes))


def resource_bindings(resource: Resource, as_of: datetime) -> Bindings:
    """What an ownership condition sees of a live resource: RFC 7643's spelling, null where absent.

    Names that the RFC does not know keep their folded spelling (`resource["customflag"]` finds a
    `customFlag` all the same).
    """
    seen = {canonical_name(name): _spelled(name, held) for name, held in resource.data.items()}
    return Bindings({**seen, "id": resource.id}, as_of)


def _attributes(kind: Kind, key: str, written: Mapping[str, Value]) -> Mapping[str, Value]:
    held = written.values()
    if "" in held or () in held:
        written = {name: None if is_empty(value) else value for name, value in written.items()}
    if written.get(OBJECT_ID) is None:
        return {**written, OBJECT_ID: object_id(kind, key)}
    return written


def _spelled(name: str, held: Json) -> object:
    match held:
        case Mapping():
            inner = {canonical_name(n): _spelled(n, value) for n, value in held.items()}
            return dict.fromkeys(SUB_ATTRIBUTES.get(canonical_name(name), ())) | inner
        case list() | tuple():
            return [_spelled(name, item) for item in held]
        case _:
            return held
