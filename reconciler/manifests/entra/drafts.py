"""Manifests before they are written: what stands in them, and the remarks beside it."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.identity import Kind
from reconciler.model.target import Ability, Removal, Scope

#: A scalar of a manifest: text stays text, a boolean is written plain.
Scalar = str | bool | int
#: What stands behind a field of an entry; a list is written between brackets.
Written = Scalar | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of a list, in flow style where it fits. One that is not `live` is a comment."""

    fields: tuple[tuple[str, Written], ...]
    remarks: tuple[str, ...] = ()
    live: bool = True


@dataclass(frozen=True, slots=True)
class MappingDraft:
    """An AttributeMapping."""

    name: str
    kind: Kind
    lines: tuple[Line, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupDraft:
    """One entry of `anyOf`."""

    name: str
    clauses: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class FilterDraft:
    """A ScopingFilter."""

    name: str
    kind: Kind
    groups: tuple[GroupDraft, ...]


@dataclass(frozen=True, slots=True)
class HandlingDraft:
    """`users` or `groups` of a Target. Without `actions` they are only looked up."""

    mapping: str
    actions: tuple[Ability, ...] | None
    filter: str | None = None
    out_of_scope: Removal | None = None  # None: what the manifest does by default
    remarks: tuple[str, ...] = ()


#: Attributes by path, each with the characteristics that its profile does not have.
Attributes = tuple[tuple[str, tuple[tuple[str, Scalar], ...]], ...]


@dataclass(frozen=True, slots=True)
class ProfileDraft:
    """A Profile: what differs from the one that it extends."""

    name: str
    extends: str
    attributes: tuple[tuple[Kind, Attributes], ...]


@dataclass(frozen=True, slots=True)
class TargetDraft:
    """A Target; `None` for `base_url` and `scope` means that nobody has said."""

    name: str
    profile: str
    base_url: str | None
    scope: Scope | None
    users: HandlingDraft
    groups: HandlingDraft | None
    remarks: tuple[str, ...] = ()
