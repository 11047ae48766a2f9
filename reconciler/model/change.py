"""The changes that a plan can hold: a closed union, one class per thing that can be done.

A change says what it does, to whom, why, and what it saw before. It is data: it can be sorted,
counted, refused, saved, hashed, shown, and then carried out; nothing is decided while writing.
`match` over `Change` with `assert_never` shows every place that a new kind of change has to visit.

Members are named by *principal keys* (`identity.member_key`): a user's key, `group:KEY`, or
`id:<resource id>` for a live resource without a manifest. `Plan.principals` says which live
resource a key stands for. So are the people whom a reference (`manager`) names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from typing import ClassVar, Literal

from reconciler.model.desired import Cause, Reason
from reconciler.model.diagnostic import Position
from reconciler.model.identity import Kind, ResourceId, Subject
from reconciler.model.sealed import Held


class Step(IntEnum):
    """The order of carrying out (safety statement 10).

    What frees a name or a seat first and urgent leavers before all; then grants, then revokes.
    """

    LEAVERS = 0  # disabled, held, ended: access must end now
    FREE = 1  # what another change of this plan needs: names, by deletes and renames, and seats
    CREATE_USERS = 2
    UPDATE_USERS = 3
    SET_REFERENCES = 4  # once everybody who can be named is there
    CREATE_GROUPS = 5
    UPDATE_GROUPS = 6
    ADD_MEMBERS = 7
    REMOVE_MEMBERS = 8
    DEACTIVATE = 9
    DELETE_USERS = 10
    DELETE_GROUPS = 11


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """A value that a create sends, and the line that decided it."""

    path: str
    value: Held
    at: Position | None = None

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """One attribute's live value and its wanted one, both in canonical form."""

    path: str
    before: Held
    after: Held
    at: Position | None = None

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class ReferenceChange:
    """Whom a reference names live, and whom it should: principal keys. None: nobody."""

    path: str
    before: str | None
    after: str | None
    at: Position | None = None

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    @property
    def named(self) -> tuple[str, ...]:
        """Everybody in it."""
        return tuple(key for key in (self.before, self.after) if key is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What every change has.

    `id` is the live resource (None before it is created), `name` what people call it, `hash` the
    digest of *what* is done (not when, not why). `irreversible` says why it cannot be undone.
    `sources` are those whose rows brought it, no line of a manifest.
    """

    kind: Kind
    key: str
    name: str
    cause: Cause
    reason: Reason
    step: Step
    id: ResourceId | None = None
    irreversible: str | None = None
    hash: str = ""
    sources: tuple[str, ...] = ()

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    @property
    def subject(self) -> Subject:
        return Subject(self.kind, self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(_Change):
    """A resource that is verifiably not there yet. Groups are created without members."""

    values: tuple[AttributeValue, ...]
    action: Literal["create"] = "create"


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(_Change):
    """Attributes that differ. `adopts`: ownership of a live resource is taken with it."""

    changes: tuple[AttributeChange, ...]
    adopts: bool = False
    action: Literal["update"] = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactivate(_Change):
    """`active` goes back to true, with whatever else differs."""

    changes: tuple[AttributeChange, ...]
    action: Literal["reactivate"] = "reactivate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deactivate(_Change):
    """`active` becomes false; the account stays where the provider keeps it."""

    action: Literal["deactivate"] = "deactivate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(_Change):
    """The resource is removed. `seen` must still hold when it is; `members` are lost with it."""

    seen: tuple[AttributeValue, ...]
    members: tuple[str, ...] = ()
    action: Literal["delete"] = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetReferences(_Change):
    """Attributes that name other people (`manager`), sorted by path; after the plain ones.

    `id` is None for somebody whom the same plan creates, and so may be whoever is named.
    """

    references: tuple[ReferenceChange, ...]
    action: Literal["setReferences"] = "setReferences"

    @property
    def named(self) -> tuple[str, ...]:
        """The principals in it, sorted."""
        return tuple(sorted({key for part in self.references for key in part.named}))


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMembers(_Change):
    """Principals that become members of one group; sorted. Sources brought those in `brought`."""

    members: tuple[str, ...]
    brought: tuple[str, ...] = ()
    privileged: bool = False
    action: Literal["addMembers"] = "addMembers"


class Removing(StrEnum):
    """How members are taken out of a group. All but the first would take more than the named ones,
    were somebody to join at the wrong moment, so the plan says it and apply looks right before."""

    EACH = "each"  # every one is named in a request
    EMPTY = "empty"  # the group is emptied; nobody is to stay
    REPLACE = "replace"  # the list of members is replaced by those who stay


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMembers(_Change):
    """Principals that stop being members of one group; sorted. `held` is how many it has before.

    Sources brought those in `brought`.
    """

    members: tuple[str, ...]
    brought: tuple[str, ...] = ()
    held: int
    by: Removing = Removing.EACH
    action: Literal["removeMembers"] = "removeMembers"


Change = (
    Create | Update | Reactivate | Deactivate | Delete | SetReferences | AddMembers | RemoveMembers
)


def of_members(
    change: AddMembers | RemoveMembers, members: Iterable[str]
) -> AddMembers | RemoveMembers:
    """The part of a change of members that is about these, who must be among them."""
    left = tuple(members)
    brought = tuple(key for key in change.brought if key in left)
    sources = change.sources if brought else ()
    return replace(change, members=left, brought=brought, sources=sources)
