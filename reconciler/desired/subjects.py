"""A declared user or group as filters, conditions and mappings see it.

Everybody has an `objectId`, and people are enabled unless it is written that they are not; beyond
that only what is written is there. An empty list or text is no value, as null is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.desired.conditions import LABELS, Bindings
from reconciler.model.attributes import SUB_ATTRIBUTES, canonical_name
from reconciler.model.declared import Group, User
from reconciler.model.desired import Reason
from reconciler.model.diagnostic import Position
from reconciler.model.feed import Row
from reconciler.model.identity import GroupKey, Kind, UserKey, object_id
from reconciler.model.path import Json, Value
from reconciler.model.resource import Resource
from reconciler.model.source import (
    ACCOUNT_ENABLED,
    OBJECT_ID,
    ORIGINAL_USER_PRINCIPAL_NAME,
    USER_PRINCIPAL_NAME,
)


@dataclass(frozen=True, slots=True)
class SourceObject:
    """One side of a mapping. `attributes` holds no empty values but None: written, and empty.

    `doubts` are attributes whose value an error hides, and why: who reads one decides nothing.
    `row` is the row of a source that gives some of them.
    """

    kind: Kind
    key: UserKey | GroupKey
    attributes: Mapping[str, Value]
    labels: Mapping[str, str]
    at: Position
    places: Mapping[str, tuple[int, int]]
    doubts: Mapping[str, Reason] = field(default_factory=dict)
    row: Row | None = None

    def place(self, attribute: str) -> Position | None:
        """Where an attribute is written, or its row; None when nobody noted where."""
        found = self.places.get(attribute)
        if found is not None:
            return Position(self.at.file, *found)
        return self.row.at if self.row is not None and attribute in self.row.attributes else None

    def value(self, attribute: str) -> Value:
        """An attribute's value; None when it has none, written or not."""
        return self.attributes.get(attribute)

    def name(self, unspoken: Collection[str] = ()) -> str:
        """What people call it; not by attributes that must not be shown."""
        for attribute in ("displayName", "userPrincipalName"):
            if attribute not in unspoken and isinstance(name := self.value(attribute), str):
                return name
        return self.key

    def bindings(self, as_of: datetime) -> Bindings:
        """What a condition sees of it."""
        return Bindings({**self.attributes, LABELS: self.labels}, as_of)


def source_user(
    user: User,
    computed: Mapping[str, Value] | None = None,
    doubts: Mapping[str, Reason] | None = None,
) -> SourceObject:
    """A declared person as source, with what a target adds to what is written."""
    attributes = _attributes(Kind.USER, user.key, user.attributes)
    attributes.setdefault(ACCOUNT_ENABLED, True)
    attributes[ORIGINAL_USER_PRINCIPAL_NAME] = attributes.get(USER_PRINCIPAL_NAME)
    attributes.update(computed or {})
    return SourceObject(
        kind=Kind.USER,
        key=user.key,
        attributes=attributes,
        labels=user.labels,
        at=user.at,
        places=user.places,
        doubts=doubts or {},
        row=user.row,
    )


def source_group(group: Group) -> SourceObject:
    """A declared group as source. Its members are not an attribute."""
    attributes = _attributes(Kind.GROUP, group.key, group.attributes)
    return SourceObject(Kind.GROUP, group.key, attributes, group.labels, group.at, {})


def resource_bindings(resource: Resource, as_of: datetime) -> Bindings:
    """What an ownership condition sees of a live resource: RFC 7643's spelling, null where absent.

    Names that the RFC does not know keep their folded spelling (`resource["customflag"]` finds a
    `customFlag` all the same).
    """
    seen = {canonical_name(name): _spelled(name, held) for name, held in resource.data.items()}
    return Bindings({**seen, "id": resource.id}, as_of)


def is_empty(value: Value) -> bool:
    """Null, an empty list and empty text are one thing: no value (RFC 7643 §2.5)."""
    return value is None or value in ((), "")


def _attributes(kind: Kind, key: str, written: Mapping[str, Value]) -> dict[str, Value]:
    attributes = {name: None if is_empty(held) else held for name, held in written.items()}
    if attributes.get(OBJECT_ID) is None:
        attributes[OBJECT_ID] = object_id(kind, key)
    return attributes


def _spelled(name: str, held: Json) -> object:
    match held:
        case Mapping():
            inner = {canonical_name(n): _spelled(n, value) for n, value in held.items()}
            return dict.fromkeys(SUB_ATTRIBUTES.get(canonical_name(name), ())) | inner
        case list() | tuple():
            return [_spelled(name, item) for item in held]
        case _:
            return held
