"""What the guardrails count, and of how many.

===================  ===========================================  ==============================
guardrail            counts                                       share of
===================  ===========================================  ==============================
deactivations        users deactivated                            live owned active users
deletions            users deleted                                live owned active users
groupDeletions       groups deleted                               live owned groups
memberRemovals       members removed, in each group               members that it has
attributeChanges     resources that get another value, for each   live owned active users; live
                     attribute but `active`                       owned groups
leavingScope         users deactivated or deleted because they    live owned active users
                     are out of scope or unassigned
creates              users created or made active again, and      live owned active users; live
                     groups created, each for itself              owned groups
privilegedAdditions  members added to privileged groups           live owned active users
widenedOwnership     live resources that nobody declares, that    live users and groups
                     no ledger knows, and that lose something
nothingDesired       changes that take something from users (or   (trips always)
                     groups) while not one is desired
===================  ===========================================  ==============================

`creates` does not measure a kind of which nothing is live: loading an empty provider is what
everybody does on the first day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reconciler.model.attributes import ACTIVE
from reconciler.model.change import (
    AddMembers,
    Change,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    RemoveMembers,
    SetReferences,
    Update,
)
from reconciler.model.desired import Cause
from reconciler.model.identity import Kind, id_from_key, subject_of_member
from reconciler.model.plan import Plan
from reconciler.model.policy import Guard
from reconciler.plan.diff import folded

#: One of something, and several.
Noun = tuple[str, str]

PEOPLE: Final[Noun] = ("person", "people")
RENAMES: Final[Noun] = ("rename", "renames")
_GROUPS: Final[Noun] = ("group", "groups")
_MEMBERS: Final[Noun] = ("member", "members")
_LEAVING_SCOPE: Final = frozenset({Cause.OUT_OF_SCOPE, Cause.UNASSIGNED, Cause.NOT_ENTITLED})
_CHECK: Final = "see in the list who and why"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One count: `about` names what, where a guardrail counts several things.

    `noun` and `what` complete "12 … would …", `of` completes "0.5 % of 154 …".
    """

    guard: Guard
    about: str | None = None
    count: int
    population: int
    noun: Noun
    what: str
    of: str
    way_out: str
    changes: tuple[Change, ...]


def measures(plan: Plan) -> Iterator[Measure]:
    """Everything that is counted in a plan; a count of nothing may be missing."""
    yield from _removals(plan)
    yield from _members(plan)
    yield from _attributes(plan)
    yield from _creates(plan)
    yield _widened(plan)
    yield from _nothing_desired(plan)


def _removals(plan: Plan) -> Iterator[Measure]:
    active = plan.population.users_owned_active
    removed = [c for c in plan.changes if isinstance(c, Deactivate | Delete)]
    people = [c for c in removed if c.kind is Kind.USER]
    for guard, changes, what, way_out in (
        (
            Guard.DEACTIVATIONS,
            [c for c in people if isinstance(c, Deactivate)],
            "be deactivated",
            f"{_CHECK}; a wrong filter or a lost file looks like this",
        ),
        (
            Guard.DELETIONS,
            [c for c in people if isinstance(c, Delete)],
            "be deleted",
            f"{_CHECK}; `deprovision: deactivate` keeps the way back open",
        ),
        (
            Guard.LEAVING_SCOPE,
            [c for c in people if c.cause in _LEAVING_SCOPE],
            "leave the target's scope",
            f"{_CHECK}; look at what changed in scoping filters and assignments",
        ),
    ):
        yield Measure(
            guard=guard,
            count=len(changes),
            population=active,
            noun=PEOPLE,
            what=what,
            of="active people",
            way_out=way_out,
            changes=tuple(changes),
        )
    groups = tuple(c for c in removed if c.kind is Kind.GROUP)
    yield Measure(
        guard=Guard.GROUP_DELETIONS,
        count=len(groups),
        population=plan.population.groups_owned,
        noun=_GROUPS,
        what="be deleted",
        of="groups",
        way_out=f"{_CHECK}; a group that was renamed needs `formerly`, not another name",
        changes=groups,
    )


def _members(plan: Plan) -> Iterator[Measure]:
    removals: defaultdict[str, list[RemoveMembers]] = defaultdict(list)
    for change in plan.changes:
        if isinstance(change, RemoveMembers):
            removals[change.key].append(change)
    for key, changes in removals.items():
        yield Measure(
            guard=Guard.MEMBER_REMOVALS,
            about=key,
            count=sum(len(change.members) for change in changes),
            population=max(change.held for change in changes),
            noun=_MEMBERS,
            what=f"be removed from {key}",
            of="members",
            way_out=f"{_CHECK}; `membership: additive` would leave them in",
            changes=tuple(changes),
        )
    grants = [c for c in plan.changes if isinstance(c, AddMembers) and c.privileged]
    yield Measure(
        guard=Guard.PRIVILEGED_ADDITIONS,
        count=sum(len(change.members) for change in grants),
        population=plan.population.users_owned_active,
        noun=_MEMBERS,
        what="be added to privileged groups",
        of="active people",
        way_out=f"{_CHECK}; each of them gets what the group may do",
        changes=tuple(grants),
    )


def _attributes(plan: Plan) -> Iterator[Measure]:
    touched: defaultdict[tuple[Kind, str], list[Change]] = defaultdict(list)
    for change in plan.changes:
        for path in _rewritten(change):
            touched[change.kind, path].append(change)
    for (kind, path), changes in sorted(touched.items()):
        noun = _noun(kind)
        yield Measure(
            guard=Guard.ATTRIBUTE_CHANGES,
            about=path,
            count=len(changes),
            population=_owned(kind, plan),
            noun=noun,
            what=f"get another {path}",
            of=noun[1],
            way_out=f"{_CHECK}; look at the attribute's mapping and at its source",
            changes=tuple(changes),
        )


def _rewritten(change: Change) -> Iterator[str]:
    """The attributes of a live resource that get another value, activation apart."""
    match change:
        case Update(changes=parts) | Reactivate(changes=parts):
            yield from (part.path for part in parts if folded(part.path) != ACTIVE.folded)
        case SetReferences(id=live_id, references=parts) if live_id is not None:
            yield from (part.path for part in parts)
        case _:
            pass


def _creates(plan: Plan) -> Iterator[Measure]:
    for kind in Kind:
        live = plan.population.users_live if kind is Kind.USER else plan.population.groups_live
        if not live:
            continue
        changes = tuple(
            c for c in plan.changes if isinstance(c, Create | Reactivate) and c.kind is kind
        )
        yield Measure(
            guard=Guard.CREATES,
            about=kind,
            count=len(changes),
            population=_owned(kind, plan),
            noun=_noun(kind),
            what="be created or made active again",
            of=_noun(kind)[1],
            way_out=f"{_CHECK}; a wider filter or another base URL looks like this",
            changes=changes,
        )


def _widened(plan: Plan) -> Measure:
    widened = set(plan.widened)
    changes = tuple(
        c
        for c in plan.changes
        if (isinstance(c, Deactivate | Delete) and str(c.subject) in widened)
        or (isinstance(c, RemoveMembers) and any(_is_widened(key, widened) for key in c.members))
    )
    return Measure(
        guard=Guard.WIDENED_OWNERSHIP,
        count=len(widened),
        population=plan.population.users_live + plan.population.groups_live,
        noun=("live resource", "live resources"),
        what="lose something, declared by no manifest and known to no apply",
        of="live resources",
        way_out="declare them, or narrow `ownership`, or let `deprovision.removed` keep them",
        changes=changes,
    )


def _is_widened(member: str, widened: set[str]) -> bool:
    # Of somebody without a key, members do not say whether it is a user or a group.
    unkeyed_group = id_from_key(member) is not None and f"{Kind.GROUP}:{member}" in widened
    return unkeyed_group or str(subject_of_member(member)) in widened


def _nothing_desired(plan: Plan) -> Iterator[Measure]:
    way_out = "see whether the manifests were read from the right place and are all there"
    for kind, desired, taking in (
        (Kind.USER, plan.population.users_desired, Deactivate | Delete | RemoveMembers),
        (Kind.GROUP, plan.population.groups_desired, Delete),
    ):
        if desired:
            continue
        changes = tuple(
            c
            for c in plan.changes
            if isinstance(c, taking) and (c.kind is kind or isinstance(c, RemoveMembers))
        )
        many = _noun(kind)[1]
        yield Measure(
            guard=Guard.NOTHING_DESIRED,
            about=kind,
            count=len(changes),
            population=0,
            noun=("change", "changes"),
            what=f"take something from {many}, of whom not one is desired",
            of=many,
            way_out=way_out,
            changes=changes,
        )


def _owned(kind: Kind, plan: Plan) -> int:
    population = plan.population
    return population.users_owned_active if kind is Kind.USER else population.groups_owned


def _noun(kind: Kind) -> Noun:
    return PEOPLE if kind is Kind.USER else _GROUPS
