"""On-demand provisioning: which part of a plan one subject is, and what is live once it is done.

It is a plan like any other, with a selection: a person with their memberships, or a group with its
members and what those need. What came of it is shown by looking again at what was touched, and by
planning once more with the same selection: whatever is left then, the provider did not keep.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reconciler.model.identity import GroupKey, Kind, ResourceId, Subject, member_key
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.resource import Actual, Listing, Resource, known_members
from reconciler.plan.explain.undeclared import live_id_of
from reconciler.plan.scene import Scene
from reconciler.plan.selection import Crew, Selection

Live = tuple[Kind, ResourceId]


def selection_of_subject(subject: Subject, members: Sequence[str]) -> Selection:
    """What on demand means of a plan. `members` narrows a group to them, as a plan writes them."""
    if subject.kind is Kind.USER:
        return Selection(users=frozenset({subject.key}), texts=(str(subject),))
    crews = [Crew(subject.key, member) for member in sorted(set(members))] or [Crew(subject.key)]
    return Selection(crews=frozenset(crews), texts=tuple(map(str, crews)))


def people_of(group: str, scene: Scene) -> frozenset[str]:
    """Everybody who is in a group, or is to be, as a plan writes members."""
    wanted = scene.desired.groups.get(GroupKey(group))
    pairing = scene.groups
    live_id = live_id_of(Subject(Kind.GROUP, group), pairing)
    held = None if live_id is None else pairing.side.live(live_id).members
    live = map(scene.principal_of, known_members(held))
    if wanted is None:
        return frozenset(live)
    users = wanted.members | wanted.undetermined
    groups = wanted.nested | wanted.undetermined_nested
    return frozenset({*live, *users, *(member_key(Subject(Kind.GROUP, key)) for key in groups)})


def touched(plan: Plan, outcomes: Iterable[Outcome]) -> tuple[Live, ...]:
    """The live resources that a plan was about, those that it made included; sorted."""
    made = {outcome.subject: outcome.id for outcome in outcomes if outcome.id is not None}
    found = {(c.kind, c.id or made.get(c.subject)) for c in plan.changes}
    return tuple(sorted((kind, live_id) for kind, live_id in found if live_id is not None))


def seen_again(scene: Scene, again: Iterable[tuple[Live, Resource | None]]) -> Actual:
    """What is live, with what was looked at again in its place; None is gone."""
    listings = {kind: scene.of(kind).side.listing for kind in Kind}
    resources = {kind: dict(listing.resources) for kind, listing in listings.items()}
    for (kind, live_id), resource in again:
        if resource is None:
            resources[kind].pop(live_id, None)
        else:
            resources[kind][live_id] = resource

    def listing(kind: Kind) -> Listing:
        return replace(listings[kind], resources=resources[kind])

    return Actual(listing(Kind.USER), listing(Kind.GROUP))
