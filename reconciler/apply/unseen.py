"""What the ledger must keep of memberships that nothing at the provider shows.

Whoever was added by us may be removed by us; of anybody else nobody knows whose doing it was. So
who joins stands in the ledger before it is sent, and who has left when that is certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.apply.run import FINE, Run
from reconciler.model.change import AddMembers, Change, RemoveMembers
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.outcome import Outcome
from reconciler.model.profile import MembersIn
from reconciler.model.resource import Resource, known_members


def joining_unseen(
    changes: Iterable[Change], run: Run
) -> Mapping[ResourceId, tuple[ResourceId, ...]]:
    """Who is about to join which group, by live ids; those who are in it already are not ours."""
    if run.profile.members_in is not MembersIn.PROBED:
        return {}
    found: dict[ResourceId, tuple[ResourceId, ...]] = {}
    for change in changes:
        group = run.known.group(change) if isinstance(change, AddMembers) else None
        if isinstance(change, AddMembers) and group is not None:
            seen = run.known.sight.resource(Kind.GROUP, group)
            there = known_members(seen.members) if isinstance(seen, Resource) else frozenset()
            ids = run.known.joining(change.members).ids
            found[group] = tuple(sorted(frozenset(ids) - there))
    return found


def left_unseen(change: Change, outcome: Outcome, run: Run) -> tuple[ResourceId, ...]:
    """Who is no member any more, by live ids."""
    unseen = run.profile.members_in is MembersIn.PROBED
    if unseen and isinstance(change, RemoveMembers) and outcome.status in FINE:
        return run.known.leaving(change.members)
    return ()
