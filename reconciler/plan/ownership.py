"""Whose a live resource is. What is not ours is never touched (safety statement 2).

Ownership is a rule on the *live* resource: everything behind the endpoint (exclusive), what carries
our mark (marked), or what a condition holds for (rule). A mark reads
`reconciler:<repository>/<target>:<key>`; one with another repository or target is somebody else's
and refused by name, and so is every mark where the target belongs to no repository.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, assert_never

from reconciler.desired.condition_errors import ConditionError
from reconciler.desired.conditions import (
    Condition,
    ConditionScope,
    UndeterminedResult,
    compile_condition,
)
from reconciler.desired.subjects import resource_bindings
from reconciler.model.attributes import DISPLAY_NAME, USER_NAME
from reconciler.model.identity import Kind, ResourceId, Subject, live_key
from reconciler.model.note_code import NoteCode
from reconciler.model.path import AttributePath, parse_path
from reconciler.model.plan import Note, NoteKind
from reconciler.model.profile import Profile
from reconciler.model.resource import Listing, Resource
from reconciler.model.sealed import Seals
from reconciler.model.target import Exclusive, Manage, Marked, OwnedWhen, Target
from reconciler.plan.canonical import read

_MARK: Final = "reconciler:"


@dataclass(frozen=True, slots=True)
class Claims:
    """Whose the live resources of one kind are.

    `keys`: those with our mark, and the manifest that it names. `foreign`: those with somebody
    else's mark, which are never owned, whatever else holds.
    """

    owned: frozenset[ResourceId] = frozenset()
    keys: Mapping[ResourceId, str] = field(default_factory=dict)
    foreign: Mapping[ResourceId, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


def mark_path(kind: Kind, profile: Profile) -> AttributePath | None:
    """The attribute that carries marks on resources of a kind; None where the provider has none."""
    text = profile.of(kind).mark
    return None if text is None else parse_path(text)


def mark_for(target: Target, key: str) -> str:
    """Our mark for the manifest `key`."""
    return f"{_MARK}{target.repository}/{target.name}:{key}"


def owner_of(mark: str) -> str:
    """The repository and the target that a mark names: `org/people/box`."""
    return mark.removeprefix(_MARK).rpartition(":")[0]


def live_name(resource: Resource, profile: Profile, seals: Seals) -> str:
    """What people call a live resource: `displayName`, else `userName`, else its id.

    Not by an attribute whose values must not be shown.
    """
    for path in (DISPLAY_NAME, USER_NAME):
        name = read(resource, path, profile)
        if isinstance(name, str) and not seals.cover(resource.kind, path):
            return name
    return resource.id


def claim(
    kind: Kind,
    listing: Listing,
    target: Target,
    profile: Profile,
    as_of: datetime,
    *,
    seals: Seals,
) -> Claims:
    """Whose each resource of `listing` is; nobody's where the target only looks them up."""
    handling = target.handling(kind)
    if handling.manage is Manage.LOOKUP:
        return Claims()
    keys, foreign = _marks(kind, listing, target, profile)
    match handling.ownership:
        case Exclusive():
            return Claims(frozenset(listing.resources) - foreign.keys(), keys, foreign)
        case Marked():
            return Claims(frozenset(keys), keys, foreign)
        case OwnedWhen() as rule:
            owned, notes = _by_rule(rule, listing, profile, as_of, seals)
            return Claims(owned - foreign.keys(), keys, foreign, notes)
        case _:
            assert_never(handling.ownership)


def _marks(
    kind: Kind, listing: Listing, target: Target, profile: Profile
) -> tuple[dict[ResourceId, str], dict[ResourceId, str]]:
    ours: dict[ResourceId, str] = {}
    foreign: dict[ResourceId, str] = {}
    path = mark_path(kind, profile)
    if path is None:
        return ours, foreign
    # Who belongs to no repository has no marks of its own, so that every mark is somebody else's.
    prefix = None if target.repository is None else mark_for(target, "")
    for live_id, resource in listing.resources.items():
        mark = read(resource, path, profile)
        if isinstance(mark, str) and mark.startswith(_MARK):
            if prefix is not None and mark.startswith(prefix) and len(mark) > len(prefix):
                ours[live_id] = mark[len(prefix) :]
            else:
                foreign[live_id] = mark
    return ours, foreign


def _by_rule(
    rule: OwnedWhen, listing: Listing, profile: Profile, as_of: datetime, seals: Seals
) -> tuple[frozenset[ResourceId], tuple[Note, ...]]:
    condition = compile_condition(rule.condition, ConditionScope.RESOURCE)
    owned: list[ResourceId] = []
    notes: list[Note] = []
    for live_id in sorted(listing.resources):
        resource = listing.resources[live_id]
        result = _holds(condition, resource, as_of)
        if isinstance(result, UndeterminedResult):
            message = f"its ownership could not be decided, so it is not ours: {result.reason}"
            subject = Subject(resource.kind, live_key(live_id))
            name = live_name(resource, profile, seals)
            notes.append(_undecided(subject, name, message, rule))
        elif result:
            owned.append(live_id)
    return frozenset(owned), tuple(notes)


def _undecided(subject: Subject, name: str, message: str, rule: OwnedWhen) -> Note:
    return Note(
        NoteKind.SKIPPED,
        NoteCode.OWNERSHIP_UNDECIDED,
        subject.kind,
        subject.key,
        name,
        message,
        rule.at,
    )


def _holds(
    condition: Condition | ConditionError, resource: Resource, as_of: datetime
) -> bool | UndeterminedResult:
    match condition:
        case ConditionError():
            return UndeterminedResult(str(condition))
        case Condition():
            return condition.evaluate(resource_bindings(resource, as_of))
        case _:
            assert_never(condition)
