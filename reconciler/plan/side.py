"""One kind of resource at one target: how it is handled, what is live, whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconciler.model.attributes import ACTIVE, DISPLAY_NAME, USER_NAME, Characteristics
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import AttributePath
from reconciler.model.profile import Profile
from reconciler.model.resource import Listing, Resource
from reconciler.model.sealed import Seals
from reconciler.model.target import Ability, Handling, Manage, Marked, Target
from reconciler.plan.canonical import read
from reconciler.plan.ownership import Claims, claim, live_name, mark_path


@dataclass(frozen=True, slots=True)
class Side:
    """See the module."""

    kind: Kind
    target: Target
    profile: Profile
    listing: Listing
    claims: Claims
    seals: Seals

    @property
    def handling(self) -> Handling:
        return self.target.handling(self.kind)

    @property
    def managed(self) -> bool:
        """Whether resources of this kind are written at all, and not only looked up."""
        return self.handling.manage is Manage.FULL

    @property
    def marked(self) -> bool:
        """Whether ownership is told by marks."""
        return self.managed and isinstance(self.handling.ownership, Marked)

    @property
    def mark(self) -> AttributePath | None:
        """The attribute that carries marks, where ownership is told by them."""
        return mark_path(self.kind, self.profile) if self.marked else None

    @property
    def unique(self) -> AttributePath:
        """The attribute that two resources cannot share (by what clients expect, for groups)."""
        return USER_NAME if self.kind is Kind.USER else DISPLAY_NAME

    def known(self, path: AttributePath) -> Characteristics:
        """What an attribute is at this provider."""
        return self.profile.characteristics(self.kind, path)

    def may(self, ability: Ability) -> bool:
        """Whether the target's `actions` allow it."""
        return ability in self.handling.abilities

    def live(self, id: ResourceId) -> Resource:
        """The live resource with that id, which must be one of the listing's."""
        return self.listing.resources[id]

    def name_of(self, id: ResourceId) -> str:
        """What people call a live resource, as far as that may be shown."""
        return live_name(self.live(id), self.profile, self.seals)

    def active(self, id: ResourceId) -> bool:
        """Whether a live resource is switched on; one that does not say is."""
        return read(self.live(id), ACTIVE, self.profile) is not False


def take_side(
    kind: Kind,
    listing: Listing,
    target: Target,
    profile: Profile,
    as_of: datetime,
    *,
    seals: Seals,
) -> Side:
    """The side of one kind, with the ownership of every live resource decided."""
    claims = claim(kind, listing, target, profile, as_of, seals=seals)
    return Side(kind, target, profile, listing, claims, seals)
