"""What the store gives out and is asked with: resources, members, keys and orders."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.simulator.values import Document, Kind


class Key(StrEnum):
    """What can be looked up without walking through everything; the value is the column."""

    ID = "id"
    USER_NAME = "user_name"
    DISPLAY_NAME = "display_name"
    EXTERNAL_ID = "external_id"


class Order(StrEnum):
    """The orders in which pages can be read without walking through everything."""

    CREATION = "number"
    USER_NAME = "user_name IS NULL, user_name, number"
    DISPLAY_NAME = "display_name IS NULL, display_name, number"


@dataclass(frozen=True, slots=True)
class Stored:
    """A resource as it is kept; `document` is without `id`, `meta` and `members`."""

    number: int
    id: str
    kind: Kind
    document: Document
    created: str
    modified: str
    version: int


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of a group."""

    id: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Membership:
    """A group that somebody is in; `direct` unless only through another group."""

    group_id: str
    display: str | None
    direct: bool
