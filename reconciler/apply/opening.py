"""What a plan has under seal, opened right before it is carried out.

The wanted values come from the manifests once more, and count only where they are the ones that
were planned. What the plan saw live is opened with the second look: a live value that fits the seal
is the one that was seen. A seal that nothing fits stays closed, equals no value, and so makes its
change stale.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from reconciler.apply.sight import Sight
from reconciler.model.change import (
    AddMembers,
    AttributeChange,
    Change,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    RemoveMembers,
    SetReferences,
    Update,
)
from reconciler.model.path import AttributePath, parse_path
from reconciler.model.plan import Plan
from reconciler.model.profile import Profile
from reconciler.model.resource import Resource
from reconciler.model.sealed import Held, Sealed
from reconciler.plan.canonical import read
from reconciler.plan.sealing import Vault


def open_wanted(plan: Plan, vault: Vault) -> Plan:
    """The plan with the values that it wants to write."""
    return replace(plan, changes=tuple(_wanted(change, vault) for change in plan.changes))


def open_seen(plan: Plan, vault: Vault, sight: Sight, profile: Profile) -> Plan:
    """The plan with the values that it saw live, where they are there still."""
    return replace(
        plan, changes=tuple(_seen(change, vault, sight, profile) for change in plan.changes)
    )


def _wanted(change: Change, vault: Vault) -> Change:
    def opened(path: AttributePath, held: Held) -> Held:
        return vault.open(change.subject, path, held)

    match change:
        case Create(values=values):
            values = tuple(replace(v, value=opened(parse_path(v.path), v.value)) for v in values)
            return replace(change, values=values)
        case Update(changes=parts) | Reactivate(changes=parts):
            parts = tuple(replace(p, after=opened(parse_path(p.path), p.after)) for p in parts)
            return replace(change, changes=parts)
        case Delete() | Deactivate() | SetReferences() | AddMembers() | RemoveMembers():
            return change
        case _:
            assert_never(change)


def _seen(change: Change, vault: Vault, sight: Sight, profile: Profile) -> Change:
    live = None if change.id is None else sight.resource(change.kind, change.id)
    if not isinstance(live, Resource):
        return change

    def opened(path: AttributePath, held: Held) -> Held:
        if not isinstance(held, Sealed):
            return held
        value = read(live, path, profile)
        return value if vault.fits(held, change.subject, path, value) else held

    def both(part: AttributeChange) -> AttributeChange:
        path = parse_path(part.path)
        known = profile.characteristics(change.kind, path)
        before = opened(path, part.before)
        after = vault.open_added(change.subject, path, part.after, before, known)
        return replace(part, before=before, after=after)

    match change:
        case Delete(seen=seen):
            seen = tuple(replace(v, value=opened(parse_path(v.path), v.value)) for v in seen)
            return replace(change, seen=seen)
        case Update(changes=parts) | Reactivate(changes=parts):
            return replace(change, changes=tuple(both(part) for part in parts))
        case Create() | Deactivate() | SetReferences() | AddMembers() | RemoveMembers():
            return change
        case _:
            assert_never(change)
