"""What a plan says of itself for its guards and for the ledger: counts, and who is settled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from reconciler.model.change import (
    AddMembers,
    Change,
    Create,
    Deactivate,
    Delete,
    RemoveMembers,
    SetReferences,
)
from reconciler.model.desired import DesiredGroup, DesiredUser, Provisioned
from reconciler.model.identity import Kind, ResourceId, Subject, UserKey, id_from_key
from reconciler.model.plan import Note, NoteKind, Population, Settled
from reconciler.model.resource import gap_of
from reconciler.model.target import Exclusive, OwnedWhen
from reconciler.plan.pairing import way_in_words
from reconciler.plan.provenance import origin
from reconciler.plan.scene import Scene

_OPEN: Final = frozenset({NoteKind.SKIPPED, NoteKind.CONFLICT, NoteKind.WAITING})


def population(scene: Scene) -> Population:
    """What the guardrails measure against, as it was before anything changes.

    A resource that was adopted is counted as soon as it is ours, not before.
    """
    users, groups = scene.users.side, scene.groups.side
    return Population(
        users_live=len(users.listing.resources),
        users_owned_active=sum(1 for live_id in users.claims.owned if users.active(live_id)),
        groups_live=len(groups.listing.resources),
        groups_owned=len(groups.claims.owned),
        users_desired=_provisioned(scene.declared(Kind.USER)),
        groups_desired=_provisioned(scene.declared(Kind.GROUP)),
    )


def _provisioned(subjects: Iterable[DesiredUser | DesiredGroup]) -> int:
    return sum(1 for subject in subjects if isinstance(subject.standing, Provisioned))


def gaps(scene: Scene) -> tuple[str, ...]:
    """What could not be read, of sources, users, groups, and members of groups that concern us."""
    found = [
        f"source {feed.name}: {feed.gap}" for feed in scene.desired.feeds if feed.gap is not None
    ]
    found += [
        f"{pairing.side.kind}s: {pairing.side.listing.gap}"
        for pairing in (scene.users, scene.groups)
        if pairing.side.listing.gap is not None
    ]
    groups = scene.groups
    for live_id in sorted({*groups.links.values(), *groups.undeclared}):
        why = gap_of(groups.side.live(live_id).members)
        if why is not None:
            found.append(f"members of group {groups.key_of(live_id)}: {why}")
    return tuple(found)


def widened(changes: Iterable[Change], scene: Scene) -> tuple[str, ...]:
    """Whom this plan takes something from only because everything behind the endpoint is ours.

    Live, declared by nobody, known to no ledger: claimed by an exclusive ownership or a rule.
    """
    strangers = {
        Subject(kind, scene.of(kind).key_of(live_id)): scene.principal_of(live_id)
        for kind in Kind
        if isinstance(scene.of(kind).side.handling.ownership, Exclusive | OwnedWhen)
        for live_id in scene.of(kind).undeclared
        if live_id not in scene.history.known
    }
    touched: set[str] = set()
    for change in changes:
        match change:
            case Deactivate() | Delete():
                touched.update(strangers[s] for s in (change.subject,) if s in strangers)
            case RemoveMembers(members=members):
                touched.update(members)
            case _:
                pass
    return tuple(sorted(str(subject) for subject, key in strangers.items() if key in touched))


def waiting_groups(notes: Iterable[Note], scene: Scene) -> Mapping[ResourceId, datetime] | None:
    """The live groups that are to be deleted later, and since when; None where that is known."""
    known = scene.history.memory.waiting
    ids = scene.groups.ids
    found = [
        live
        for note in notes
        if note.note is NoteKind.UPCOMING and note.kind is Kind.GROUP
        if (live := id_from_key(note.key) or ids.get(note.key)) is not None
    ]
    since = scene.as_of.astimezone(UTC)
    waiting = {live: known.get(live, since) for live in sorted(found)}
    return None if waiting == known else waiting


def settled(
    proposed: Iterable[Change], carried: Sequence[Change], notes: Iterable[Note], scene: Scene
) -> tuple[Settled, ...]:
    """Who is as Git wants them once `carried` is done, as far as the ledger does not know yet.

    Not: who is in a note that leaves something open (the undetermined are), whose proposed changes
    are not all carried out, who is deleted, or a group with a member who is not there yet.
    """
    done = {_what(change) for change in carried}
    still_open = {
        *(note.subject for note in notes if note.note in _OPEN),
        *(change.subject for change in proposed if _what(change) not in done),
        *(change.subject for change in carried if isinstance(change, Delete)),
    }
    created = {change.subject for change in carried if isinstance(change, Create)}
    found = [
        entry
        for kind in Kind
        for wanted in scene.declared(kind)
        if wanted.subject not in still_open and _all_there(wanted, created, scene)
        if (entry := _entry(wanted.subject, created, scene)) is not None
    ]
    return tuple(sorted(found, key=lambda entry: (entry.kind, entry.key)))


def found_by(
    changes: Iterable[Change], settled: Iterable[Settled], scene: Scene
) -> Mapping[str, str]:
    """By what the live resource of each of them was found, by subject; of nobody by a value."""
    subjects = {
        *(change.subject for change in changes),
        *(Subject(entry.kind, entry.key) for entry in settled),
    }
    found: dict[str, str] = {}
    for subject in sorted(subjects):
        pairing = scene.of(subject.kind)
        way = pairing.ways.get(subject.key) if subject.key in pairing.links else None
        if way is not None:
            found[str(subject)] = way_in_words(way)
    return found


def _what(change: Change) -> tuple[Subject, str, tuple[str, ...]]:
    match change:
        case AddMembers(members=parts) | RemoveMembers(members=parts):
            pass
        case SetReferences(references=references):
            parts = tuple(part.path for part in references)
        case _:
            parts = ()
    return change.subject, change.action, parts


def _all_there(wanted: DesiredUser | DesiredGroup, created: set[Subject], scene: Scene) -> bool:
    if isinstance(wanted, DesiredUser) or not wanted.members_managed:
        return True
    return (
        not wanted.undetermined
        and not wanted.undetermined_nested
        and all(k in scene.users.links or Subject(Kind.USER, k) in created for k in wanted.members)
        and all(k in scene.groups.links or Subject(Kind.GROUP, k) in created for k in wanted.nested)
    )


def _entry(subject: Subject, created: set[Subject], scene: Scene) -> Settled | None:
    live_id: ResourceId | None = scene.of(subject.kind).links.get(subject.key)
    if live_id is None and subject not in created:
        return None
    memory, fingerprint = scene.history.memory, scene.history.fingerprints[subject]
    row = None
    if subject.kind is Kind.USER:
        row = origin(scene.declared_from.users.get(UserKey(subject.key)))
    known = str(subject)
    remembered = (
        memory.links.get(known), memory.fingerprints.get(known), memory.rows_of.get(known)
    )  # fmt: skip
    if remembered == (live_id, fingerprint, row):
        return None
    return Settled(subject.kind, subject.key, live_id, fingerprint, row)
