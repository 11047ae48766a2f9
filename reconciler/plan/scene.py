"""Everything that planning looks at, once: the target, who is who, and what was remembered."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from reconciler.model.declared import Declared
from reconciler.model.desired import Desired, DesiredGroup, DesiredUser
from reconciler.model.identity import Kind, ResourceId, Subject, member_key
from reconciler.model.ledger import Memory
from reconciler.model.mapping import AttributeMapping
from reconciler.model.path import AttributePath
from reconciler.model.profile import Profile
from reconciler.model.resource import Actual
from reconciler.model.target import Target
from reconciler.plan.history import History, read_history
from reconciler.plan.matching import pair
from reconciler.plan.pairing import Pairing
from reconciler.plan.side import take_side
from reconciler.plan.unique import choose_unique


@dataclass(frozen=True, slots=True)
class Scene:
    """See the module. `declared_from` is what the desired state follows from."""

    target: Target
    profile: Profile
    as_of: datetime
    desired: Desired
    history: History
    users: Pairing
    groups: Pairing
    declared_from: Declared

    def of(self, kind: Kind) -> Pairing:
        """The pairing of one kind."""
        return self.users if kind is Kind.USER else self.groups

    def declared(self, kind: Kind) -> Iterable[DesiredUser | DesiredGroup]:
        """The desired subjects of one kind."""
        return self.desired.users.values() if kind is Kind.USER else self.desired.groups.values()

    def principal_of(self, id: ResourceId) -> str:
        """What a live member is called in the plan: a user's key, `group:KEY`, or `id:…`.

        A user before a group that has the same id.
        """
        if id in self.groups.keys and id not in self.users.side.listing.resources:
            return member_key(Subject(Kind.GROUP, self.groups.keys[id]))
        return self.users.key_of(id)


def set_scene(
    *,
    declared: Declared,
    desired: Desired,
    actual: Actual,
    target: Target,
    profile: Profile,
    memory: Memory,
    as_of: datetime,
) -> Scene:
    """Decide ownership, pair what is declared with what is live, choose unique values, and read the
    history. `as_of` has an offset.
    """

    def paired(kind: Kind, wanted: Collection[DesiredUser | DesiredGroup]) -> Pairing:
        listing = actual.listing(kind)
        side = take_side(kind, listing, target, profile, as_of, seals=desired.seals)
        mapping = declared.mappings.get(target.handling(kind).mapping or "")
        return pair(wanted, side, memory, _matching(mapping))

    users = paired(Kind.USER, desired.users.values())
    groups = paired(Kind.GROUP, desired.groups.values())
    return Scene(
        target=target,
        profile=profile,
        as_of=as_of,
        desired=choose_unique(desired, users, groups),
        history=read_history(desired, target, memory),
        users=users,
        groups=groups,
        declared_from=declared,
    )


def _matching(mapping: AttributeMapping | None) -> frozenset[AttributePath]:
    rules = () if mapping is None else mapping.rules
    return frozenset(rule.target for rule in rules if rule.match is not None)
