"""A service provider and what may be done there, as a Target manifest says it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.access import OPEN, Admission, AppRole
from reconciler.model.diagnostic import Position
from reconciler.model.identity import Kind
from reconciler.model.path import AttributePath
from reconciler.model.profile import Profile
from reconciler.model.rates import Rates


class Scope(StrEnum):
    """Who is a candidate for a target: only the assigned, or everybody declared."""

    ASSIGNED = "assigned"
    ALL = "all"


class Manage(StrEnum):
    """Whether we write resources of a kind, or only look them up to refer to them."""

    FULL = "full"
    LOOKUP = "lookup"


class Ability(StrEnum):
    """What a target may do to one kind of resource (Entra's target object actions)."""

    CREATE = "create"
    UPDATE = "update"
    DEACTIVATE = "deactivate"
    DELETE = "delete"


class Removal(StrEnum):
    """What happens to somebody who should no longer be there."""

    KEEP = "keep"
    REPORT = "report"  # kept, and every plan says so
    DEACTIVATE = "deactivate"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Exclusive:
    """Everything behind the endpoint is ours."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Ours is what carries our mark in the attribute that the profile names."""


@dataclass(frozen=True, slots=True)
class OwnedWhen:
    """Ours is a live resource for which a CEL condition over `resource` holds."""

    condition: str
    at: Position


Ownership = Exclusive | Marked | OwnedWhen


@dataclass(frozen=True, slots=True)
class Deprovision:
    """What happens to a live, owned resource, by why it should no longer be there.

    `disabled`: `accountEnabled: false`, a hold, or outside from/until. `out_of_scope`: fails the
    scoping filter. `unassigned`: no assignment. `removed`: no manifest any more.
    `delete_after_days`: after so many days deactivated, delete; None means never. For groups, which
    cannot be deactivated: so many days after a run first saw that they should go; None means at
    once.
    """

    disabled: Removal = Removal.DEACTIVATE
    out_of_scope: Removal = Removal.DEACTIVATE
    unassigned: Removal = Removal.DEACTIVATE
    removed: Removal = Removal.DEACTIVATE
    delete_after_days: int | None = None


@dataclass(frozen=True, slots=True)
class Handling:
    """How a target treats one kind of resource. `filter` and `mapping` are names of manifests.

    `admission` is about people; groups are not asked for roles. `not_kept` are attributes that the
    provider drops or alters: they are sent when a resource is created, and never compared.
    """

    manage: Manage
    abilities: frozenset[Ability]
    ownership: Ownership
    mapping: str | None
    filter: str | None
    deprovision: Deprovision
    at: Position
    admission: Admission = OPEN
    not_kept: tuple[AttributePath, ...] = ()

    @property
    def untouched(self) -> bool:
        """Whether the target has nothing to do with the kind: it is not even looked up."""
        return self.manage is Manage.LOOKUP and self.mapping is None


@dataclass(frozen=True, slots=True)
class Target:
    """A service provider and what we may do there.

    `credential` is an alias; token and allowed hosts are bound to it outside the manifests.
    `repository` names this tree in ownership marks. `notice_days` is how long before somebody
    ends they are named. `handling` has both kinds, always. `roles`
    are the ones that assignments can give there, by their values; none means any text.
    `default_domain` is what `DefaultDomain()` gives in mappings.
    """

    name: str
    profile: str
    base_url: str
    credential: str | None
    enabled: bool
    time_zone: str
    scope: Scope
    repository: str | None
    users: Handling
    groups: Handling
    at: Position
    requests_per_second: float | None = None
    sole_writer: bool = False
    notice_days: int = 14
    roles: tuple[AppRole, ...] = ()
    default_domain: str | None = None

    def handling(self, kind: Kind) -> Handling:
        """The handling of one kind."""
        return self.users if kind is Kind.USER else self.groups

    @property
    def embedded(self) -> str | None:
        """The name of the embedded service provider behind `embedded:NAME`; None for a URL."""
        scheme, _, name = self.base_url.partition(":")
        return name if scheme == "embedded" else None

    def rates(self, profile: Profile) -> Rates:
        """How fast requests may be sent.

        The target's own word wins. A profile's limits are the provider's, of which a share is ours
        unless the target says that nobody else writes there; nobody else uses an embedded one.
        """
        if self.requests_per_second is not None or self.embedded is not None:
            return Rates(self.requests_per_second)
        return profile.rates if self.sole_writer else profile.our_rates
