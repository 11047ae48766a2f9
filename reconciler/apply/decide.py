"""Each change against the second look: to be carried out, done already, or refused as stale."""

from __future__ import annotations

from collections.abc import Collection
from typing import assert_never

from reconciler.apply.compare import (
    compare_additions,
    compare_create,
    compare_deactivate,
    compare_delete,
    compare_removals,
    compare_update,
)
from reconciler.apply.finding import Done, Due, Finding, Moved, Unclear
from reconciler.apply.known import Known
from reconciler.apply.references import compare_references
from reconciler.apply.run import live_id
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
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.profile import MembersIn, Profile
from reconciler.model.resource import Members, Resource


def decide(
    change: Change, known: Known, freed_by: Collection[ResourceId], profile: Profile
) -> Finding:
    """What is to be done about `change`.

    `freed_by` are the live resources that give their name to it earlier in the same plan, so that
    their having it now is as planned. Creates must be decided before the changes that name them.
    """
    match change:
        case Create():
            holders = known.sight.holding(change)
            if isinstance(holders, Unclear):
                return holders
            there = [holder for holder in holders if holder.id not in freed_by]
            strangers = known.strangers(there)
            return compare_create(
                change, strangers, [h for h in there if h not in strangers], profile
            )
        case AddMembers(id=None):
            return Due()
        case SetReferences(id=None):
            # Whom an earlier, broken-off run has made may have been linked by it as well.
            made = known.resource_of(change)
            live = None if made is None else known.sight.resource(change.kind, made)
            if isinstance(live, Resource):
                return compare_references(change, live, known, profile)
            return Due()
        case AddMembers():
            return _additions(change, known, profile)
        case RemoveMembers():
            members = _members(live_id(change), known)
            if isinstance(members, Moved | Unclear):
                return members
            return compare_removals(live_id(change), members, known.leaving(change.members))
        case Update() | Reactivate() | Deactivate() | Delete() | SetReferences():
            live = known.sight.resource(change.kind, live_id(change))
            return live if isinstance(live, Unclear) else compare(change, live, known, profile)
        case _:
            assert_never(change)


def compare(
    change: Update | Reactivate | Deactivate | Delete | SetReferences,
    live: Resource | None,
    known: Known,
    profile: Profile,
) -> Finding:
    """What is to be done about a change of one resource, which is live like that."""
    match change:
        case Update() | Reactivate():
            return compare_update(change, live, profile)
        case Deactivate():
            return compare_deactivate(change, live, profile)
        case SetReferences():
            return compare_references(change, live, known, profile)
        case Delete():
            return compare_delete(change, live, known.plan.principals, profile)
        case _:
            assert_never(change)


def _additions(change: AddMembers, known: Known, profile: Profile) -> Finding:
    group = live_id(change)
    members = _members(group, known)
    if isinstance(members, Moved | Unclear):
        return members
    if profile.members_in is MembersIn.NEVER:
        return Due()  # nobody can look, and adding a member twice is harmless
    who = known.joining(change.members)
    finding = compare_additions(group, members, who.ids)
    # Whoever has no account yet may be about to get one, and whoever has no seat is to be told.
    open_yet = who.missing or who.crowded
    return Due() if open_yet and isinstance(finding, Done) else finding


def _members(group: ResourceId, known: Known) -> Members | Moved | Unclear | None:
    match known.sight.resource(Kind.GROUP, group):
        case None:
            return Moved("its group is no longer there")
        case Unclear() as unclear:
            return unclear
        case Resource(members=members):
            return members
