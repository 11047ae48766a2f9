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
from reconciler.model.identity import Kind
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


@dataclass(frozen=True, slots=True)
class Measure:
    """One count: `about` names what, where a guardrail counts several things.

    `noun` and `what` complete "12 … would …", `of` completes "0.5 % of 154 …".
    """

    guard: Guard
    about: str | None
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
            guard,
            None,
            len(changes),
            active,
            PEOPLE,
            what,
            "active people",
            way_out,
            tuple(changes),
        )
    groups = tuple(c for c in removed if c.kind is Kind.GROUP)
    yield Measure(
        Guard.GROUP_DELETIONS,
        None,
        len(groups),
        plan.population.groups_owned,
        _GROUPS,
        "be deleted",
        "groups",
        f"{_CHECK}; a group that was renamed needs `formerly`, not another name",
        groups,
    )


def _members(plan: Plan) -> Iterator[Measure]:
    removals: defaultdict[str, list[RemoveMembers]] = defaultdict(list)
    for change in plan.changes:
        if isinstance(change, RemoveMembers):
            removals[change.key].append(change)
    for key, changes in removals.items():
        yield Measure(
            Guard.MEMBER_REMOVALS,
            key,
            sum(len(change.members) for change in changes),
            max(change.held for change in changes),
            _MEMBERS,
            f"be removed from {key}",
            "members",
            f"{_CHECK}; `membership: additive` would leave them in",
            tuple(changes),
        )
    grants = [c for c in plan.changes if isinstance(c, AddMembers) and c.privileged]
    yield Measure(
        Guard.PRIVILEGED_ADDITIONS,
        None,
        sum(len(change.members) for change in grants),
        plan.population.users_owned_active,
        _MEMBERS,
        "be added to privileged groups",
        "active people",
        f"{_CHECK}; each of them gets what the group may do",
        tuple(grants),
    )


def _attributes(plan: Plan) -> Iterator[Measure]:
    touched: defaultdict[tuple[Kind, str], list[Change]] = defaultdict(list)
    for change in plan.changes:
        for path in _rewritten(change):
            touched[change.kind, path].append(change)
    for (kind, path), changes in sorted(touched.items()):
        noun = _noun(kind)
        yield Measure(
            Guard.ATTRIBUTE_CHANGES,
            path,
            len(changes),
            _owned(kind, plan),
            noun,
            f"get another {path}",
            noun[1],
            f"{_CHECK}; look at the attribute's mapping and at its source",
            tuple(changes),
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
            Guard.CREATES,
            kind,
            len(changes),
            _owned(kind, plan),
            _noun(kind),
            "be created or made active again",
            _noun(kind)[1],
            f"{_CHECK}; a wider filter or another base URL looks like this",
            changes,
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
        Guard.WIDENED_OWNERSHIP,
        None,
        len(widened),
        plan.population.users_live + plan.population.groups_live,
        ("live resource", "live resources"),
        "lose something, declared by no manifest and known to no apply",
        "live resources",
        "declare them, or narrow `ownership`, or let `deprovision.removed` keep them",
        changes,
    )


def _is_widened(member: str, widened: set[str]) -> bool:
    return not widened.isdisjoint((member, f"{Kind.USER}:{member}", f"{Kind.GROUP}:{member}"))


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
            Guard.NOTHING_DESIRED,
            kind,
            len(changes),
            0,
            ("change", "changes"),
            f"take something from {many}, of whom not one is desired",
            many,
            way_out,
            changes,
        )


def _owned(kind: Kind, plan: Plan) -> int:
    population = plan.population
    return population.users_owned_active if kind is Kind.USER else population.groups_owned


def _noun(kind: Kind) -> Noun:
    return PEOPLE if kind is Kind.USER else _GROUPS
