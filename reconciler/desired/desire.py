"""From declared to desired: what one target should hold at one instant.

The order: the rolls of the groups that matter, who is assigned, standings of people and their
values, then groups with those of their members who are to be there. People who cannot be decided
are in no group's `members`; they are in its `undetermined`, so that nothing happens to them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.desired.draft import Draft, draft_of, settled
from reconciler.desired.feeds import unfounded
from reconciler.desired.grounds import NEVER_COUNTED, Grounds, find_grounds
from reconciler.desired.mapping import CompiledMapping
from reconciler.desired.membership import Roll, expand
from reconciler.desired.subjects import source_group
from reconciler.desired.uniqueness import claiming, sharers
from reconciler.model.declared import Declared
from reconciler.model.desired import (
    Desired,
    DesiredGroup,
    DesiredUser,
    Excluded,
    MatchKey,
    Provisioned,
    Undetermined,
)
from reconciler.model.identity import GroupKey, Kind, UserKey
from reconciler.model.key import Key
from reconciler.model.profile import Nesting, Profile
from reconciler.model.target import Manage, Target


def desire(
    declared: Declared,
    target: Target,
    profile: Profile,
    *,
    as_of: datetime,
    key: Key,
    counted: Mapping[str, int] = NEVER_COUNTED,
) -> Desired:
    """What `target` should hold at `as_of` (with an offset), by our keys, sorted.

    `key` draws what mappings want random, and seals what nobody is to see. `counted` are the rows
    of each source at the last apply.

    Never raises for what people declare: what cannot be decided is `Undetermined`. The target's
    time zone was checked when it was read.
    """
    return desire_from(
        find_grounds(declared, target, profile, as_of=as_of, key=key, counted=counted)
    )


def desire_from(grounds: Grounds) -> Desired:
    """The desired state that follows from its grounds."""
    target, mapping = grounds.target, grounds.mappings[Kind.USER]
    people = (grounds.source_of_user(user) for _, user in sorted(grounds.declared.users.items()))
    drafts = [draft_of(source, grounds.standing_of_user(source), mapping) for source in people]
    sure = settled(grounds.profile.users, drafts)
    users = {UserKey(draft.source.key): _user(draft, grounds) for draft in sure}
    groups = _groups(grounds, users)
    return Desired(target.name, users, groups, grounds.seals, grounds.feeds.states)


def desire_for(grounds: Grounds, users: Collection[UserKey]) -> Desired:
    """What `desire_from` says, as far as it concerns these people: a fraction of the work.

    Who else is in it is left open, so a group has at least those of its members who are among these
    people. Those who have a unique value in common with one of them are always looked at.
    """
    if 2 * len(users) > len(grounds.declared.users):
        return desire_from(grounds)  # looking for those who share a value would cost more
    mapping = claiming(grounds.mappings[Kind.USER])
    claims = {
        # Their standing is not known yet, and what they claim may depend on it.
        key: [mapping.apply(source, soft_deleted=gone) for gone in (False, True)]
        for key, source in (
            (key, grounds.source_of_user(user)) for key, user in grounds.declared.users.items()
        )
    }
    concerned = sharers(grounds.profile.users, claims, users)
    some = {key: user for key, user in grounds.declared.users.items() if key in concerned}
    return desire_from(replace(grounds, declared=replace(grounds.declared, users=some)))


def _user(draft: Draft, grounds: Grounds) -> DesiredUser:
    key, handling = UserKey(draft.source.key), grounds.target.users
    user, values = grounds.declared.users[key], draft.values(handling)
    if grounds.feeds.missing(user):
        left = unfounded(grounds.mappings[Kind.USER], draft.source)
        values = {path: wanted for path, wanted in values.items() if path not in left}
    return DesiredUser(
        key=key,
        name=draft.name,
        standing=draft.standing,
        at=draft.source.at,
        values=values,
        references=draft.references(handling),
        match=_with_former(draft, grounds.mappings[Kind.USER], user.formerly),
        identity=draft.mapped.identity,
    )


def _groups(
    grounds: Grounds, users: Mapping[UserKey, DesiredUser]
) -> Mapping[GroupKey, DesiredGroup]:
    declared, target, mapping = grounds.declared, grounds.target, grounds.mappings[Kind.GROUP]
    drafts = [
        draft_of(source_group(group), grounds.standing_of_group(group), mapping)
        for _, group in sorted(declared.groups.items())
    ]
    sure = settled(grounds.profile.groups, drafts)
    by_key = {GroupKey(draft.source.key): draft for draft in sure}
    spared = (key for key in users if grounds.feeds.missing(declared.users[key]) is not None)
    crowd = _Crowd.of(users, by_key, frozenset(spared))
    written = target.groups.manage is Manage.FULL and mapping.members_managed
    found = {}
    for key, draft in by_key.items():
        group = declared.groups[key]
        desired = DesiredGroup(
            key=key,
            name=draft.name,
            standing=draft.standing,
            at=draft.source.at,
            values=draft.values(target.groups),
            match=_with_former(draft, mapping, group.formerly),
            identity=draft.mapped.identity,
            members_managed=written,
            membership=group.membership,
            privileged=group.privileged,
            adopt=group.adopt,
        )
        if written and isinstance(draft.standing, Provisioned):
            desired = _with_members(desired, grounds.rolls, crowd, grounds.profile.nesting)
        found[key] = desired
    return found


def _with_former(
    draft: Draft, mapping: CompiledMapping, formerly: Iterable[str]
) -> tuple[MatchKey, ...]:
    """The match keys and, after the current one of each precedence, those of earlier names."""
    former = mapping.former_keys(draft.source, formerly)
    keys = dict.fromkeys((*draft.mapped.match, *former))
    return tuple(sorted(keys, key=lambda key: key.precedence))


@dataclass(frozen=True, slots=True)
class _Crowd:
    """Who is there at the target, and for whom that is not known.

    `spared` are people of whom an incomplete source may know more: no group lets them go.
    """

    users: frozenset[UserKey]
    undetermined: frozenset[UserKey]
    groups: frozenset[GroupKey]
    undetermined_groups: frozenset[GroupKey]
    spared: frozenset[UserKey]

    @classmethod
    def of(
        cls,
        users: Mapping[UserKey, DesiredUser],
        groups: Mapping[GroupKey, Draft],
        missing: frozenset[UserKey],
    ) -> _Crowd:
        there = {k for k, u in users.items() if not isinstance(u.standing, Excluded)}
        return cls(
            frozenset(k for k, u in users.items() if isinstance(u.standing, Provisioned)),
            frozenset(k for k, u in users.items() if isinstance(u.standing, Undetermined)),
            frozenset(k for k, g in groups.items() if isinstance(g.standing, Provisioned)),
            frozenset(k for k, g in groups.items() if isinstance(g.standing, Undetermined)),
            missing & there,
        )


def _with_members(
    group: DesiredGroup, rolls: Mapping[GroupKey, Roll], crowd: _Crowd, nesting: Nesting
) -> DesiredGroup:
    roll = rolls[group.key] if nesting is Nesting.NATIVE else expand(rolls, group.key)
    doubtful = roll.undetermined & (crowd.users | crowd.undetermined)
    members = roll.users & crowd.users
    return replace(
        group,
        members=members,
        undetermined=doubtful | (roll.users & crowd.undetermined) | (crowd.spared - members),
        nested=roll.groups & crowd.groups,
        undetermined_nested=roll.groups & crowd.undetermined_groups,
    )
