"""On what decisions about a target rest, found out once, before anybody is decided about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from reconciler.desired.assignment import assigned_groups, find_reach
from reconciler.desired.belonging import Belonging, find_belonging
from reconciler.desired.draft import mapping_of
from reconciler.desired.expressions import Context
from reconciler.desired.feeds import Feeds, read_feeds
from reconciler.desired.mapping import CompiledMapping
from reconciler.desired.membership import Roll, call_rolls
from reconciler.desired.roles import RoleBook, open_role_book
from reconciler.desired.standing import Gate, Suspensions, build_gate, find_suspensions, standing_of
from reconciler.desired.subjects import SourceObject, source_group, source_user
from reconciler.model.declared import Declared, Group, User
from reconciler.model.desired import Reason, Standing
from reconciler.model.identity import GroupKey, Kind, UserKey
from reconciler.model.key import Key
from reconciler.model.path import Value
from reconciler.model.profile import Profile
from reconciler.model.sealed import Seals
from reconciler.model.source import MEMBER_OF
from reconciler.model.target import Scope, Target

NEVER_COUNTED: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Grounds:
    """What every standing at one target follows from: memberships, assignments, gates, mappings.

    `books` add to people what a target alone knows of them: their roles there and, where a filter
    looks at it, their groups. `everybody` are the people among whom managers are found, also when
    `declared` is narrowed to some.
    """

    declared: Declared
    target: Target
    profile: Profile
    as_of: datetime
    zone: ZoneInfo
    rolls: Mapping[GroupKey, Roll]
    gates: Mapping[Kind, Gate]
    suspensions: Suspensions
    mappings: Mapping[Kind, CompiledMapping]
    books: tuple[RoleBook | Belonging, ...]
    everybody: Mapping[UserKey, User]
    key: Key
    feeds: Feeds

    def source_of_user(self, user: User) -> SourceObject:
        """A person as the filters and mappings of this target see them."""
        computed: dict[str, Value] = {}
        doubts: dict[str, Reason] = {}
        for book in self.books:
            computed.update(book.attributes(user.key))
            doubts.update(book.doubts(user.key))
        return source_user(user, computed=computed, doubts=doubts, among=self.everybody)

    def standing_of_user(self, source: SourceObject) -> Standing:
        """A person's standing before mapping; `source` is from `source_of_user`."""
        user = self.declared.users[UserKey(source.key)]
        standing = standing_of(user, source, self.suspensions, self.gates[Kind.USER])
        return self.feeds.spare(user, standing)

    def standing_of_group(self, group: Group) -> Standing:
        """A group's standing before mapping."""
        return self.gates[Kind.GROUP].admit(source_group(group), self.as_of)

    @property
    def seals(self) -> Seals:
        """What of the target's resources must not be shown."""
        return Seals(
            key=self.key,
            target=self.target.name,
            paths={kind: mapping.redacted_paths for kind, mapping in self.mappings.items()},
            inputs={kind: mapping.redacted_inputs for kind, mapping in self.mappings.items()},
        )


def find_grounds(
    declared: Declared,
    target: Target,
    profile: Profile,
    *,
    as_of: datetime,
    key: Key,
    counted: Mapping[str, int] = NEVER_COUNTED,
) -> Grounds:
    """The grounds at `as_of` (with an offset).

    `key` draws what mappings want random, and seals what nobody is to see. `counted` are the rows
    of each source at the last apply. The target's time zone was checked when it was read.
    """
    zone = ZoneInfo(target.time_zone)
    everything = target.scope is Scope.ALL
    roots = tuple(declared.groups) if everything else assigned_groups(declared, target)
    rolls = call_rolls(declared, roots, as_of=as_of, zone=zone)
    context = Context(as_of, key, target.default_domain, (target.name,))
    reach = find_reach(declared, target, rolls)
    gates = {kind: build_gate(declared, target, kind, reach) for kind in Kind}
    books: tuple[RoleBook | Belonging, ...] = (open_role_book(declared, target, reach),)
    if MEMBER_OF in gates[Kind.USER].reads:
        books += (find_belonging(declared, as_of=as_of, zone=zone),)
    return Grounds(
        declared=declared,
        target=target,
        profile=profile,
        as_of=as_of,
        zone=zone,
        rolls=rolls,
        gates=gates,
        suspensions=find_suspensions(declared, target, as_of, zone),
        mappings={
            Kind.USER: mapping_of(declared, target.users, Kind.USER, profile.users, context),
            Kind.GROUP: mapping_of(declared, target.groups, Kind.GROUP, profile.groups, context),
        },
        books=books,
        everybody=declared.users,
        key=key,
        feeds=read_feeds(declared, as_of, counted),
    )
