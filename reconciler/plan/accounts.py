"""What one plan has to say about every object that it considered, whether it changes it or not.

The provisioning log is made of these. They follow from the plan, the manifests that it was made
from, and the ids that the ledger remembers; nothing is read from the target again, so that whoever
has the plan can write the log of its apply.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.desired.grounds import Grounds
from reconciler.desired.subjects import source_group
from reconciler.model.change import Change
from reconciler.model.desired import Desired, DesiredGroup, DesiredUser, Excluded, Reason, Standing
from reconciler.model.diagnostic import Position
from reconciler.model.entry_code import EntryCode
from reconciler.model.identity import GroupKey, Kind, ResourceId, Subject, UserKey, id_from_key
from reconciler.model.plan import Note, Plan
from reconciler.model.source import OBJECT_ID
from reconciler.model.target import Handling, Manage
from reconciler.plan.explain.access import Access, access_of_group, access_of_user
from reconciler.plan.explain.outcome import Nothing
from reconciler.plan.explain.undeclared import UNDECLARED
from reconciler.plan.selection import Selection, parse_selection, staffed
from reconciler.plan.skips import code_of_exclusion, obstacle_among, obstructed


@dataclass(frozen=True, slots=True)
class Account:
    """One object of one plan.

    `access` is None for whoever has no manifest. `id` is the live resource, as far as plan and
    ledger know it, `found_by` how the plan found it (`Plan.found_by`). `nothing` says why there is
    no change of the object or its members.
    """

    subject: Subject
    name: str
    at: Position | None
    object_id: str | None
    access: Access | None
    standing: Standing
    id: ResourceId | None
    changes: tuple[Change, ...]
    notes: tuple[Note, ...]
    nothing: Nothing | None
    found_by: str | None = None


def accounts(
    plan: Plan, grounds: Grounds, desired: Desired, links: Mapping[str, ResourceId]
) -> Iterator[Account]:
    """Every object that the plan considered, sorted by kind and key.

    A plan for everybody considered whoever is declared; one with a selection, whom it names; the
    way back from an apply, nobody else. All considered whoever stands in a change or a note.
    `links` is what the ledger remembers.
    """
    changes: dict[Subject, list[Change]] = defaultdict(list)
    notes: dict[Subject, list[Note]] = defaultdict(list)
    for change in plan.changes:
        changes[change.subject].append(change)
    for note in plan.notes:
        notes[note.subject].append(note)
    ids = {Subject(entry.kind, entry.key): entry.id for entry in plan.settled}
    for subject in sorted({*_considered(plan, desired), *changes, *notes}):
        live = (
            next((c.id for c in changes[subject] if c.id is not None), None)
            or ids.get(subject)
            or links.get(str(subject))
            or id_from_key(subject.key)
        )
        by = plan.found_by.get(str(subject))
        part = _Part(subject, live, by, tuple(changes[subject]), tuple(notes[subject]))
        yield _account(part, grounds, desired)


def _considered(plan: Plan, desired: Desired) -> Iterator[Subject]:
    if plan.undoes is not None:
        return  # it does not ask what Git wants of anybody
    parsed = parse_selection(plan.selection)
    selection = staffed(parsed, desired) if isinstance(parsed, Selection) else Selection()
    for one in desired.subjects:
        if selection.everything or selection.names(one.subject):
            yield one.subject
    # Whom no manifest declares is considered when asked for by name.
    yield from (Subject(Kind.USER, key) for key in selection.users)
    yield from (Subject(Kind.GROUP, key) for key in selection.groups)


@dataclass(frozen=True, slots=True)
class _Part:
    """What the plan itself says of one object, and where it is live."""

    subject: Subject
    live: ResourceId | None
    found_by: str | None
    changes: tuple[Change, ...]
    notes: tuple[Note, ...]


def _account(part: _Part, grounds: Grounds, desired: Desired) -> Account:
    subject, live, changes, notes = part.subject, part.live, part.changes, part.notes
    wanted = desired.get(subject)
    access: Access | None = None
    source_id = None
    if subject.kind is Kind.USER:
        user = grounds.declared.users.get(UserKey(subject.key))
        if user is not None:
            access = access_of_user(user, grounds)
            source_id = grounds.source_of_user(user).value(OBJECT_ID)
    else:
        group = grounds.declared.groups.get(GroupKey(subject.key))
        if group is not None:
            access = access_of_group(group, grounds)
            source_id = source_group(group).value(OBJECT_ID)
    name = next((one.name for one in (*changes, *notes)), subject.key)
    return Account(
        subject=subject,
        name=name if wanted is None else wanted.name,
        at=None if wanted is None else wanted.at,
        object_id=source_id if isinstance(source_id, str) else None,
        access=access,
        standing=UNDECLARED if wanted is None else wanted.standing,
        id=live,
        changes=changes,
        notes=notes,
        nothing=None if changes else _nothing(wanted, notes, grounds.target.handling(subject.kind)),
        found_by=part.found_by,
    )


def _nothing(
    wanted: DesiredUser | DesiredGroup | None, notes: tuple[Note, ...], handling: Handling
) -> Nothing:
    obstacle = obstacle_among(notes)
    if obstacle is not None:
        return Nothing(obstructed(obstacle), Reason(obstacle.message, obstacle.at))
    standing = UNDECLARED if wanted is None else wanted.standing
    if isinstance(standing, Excluded):
        return Nothing(code_of_exclusion(standing), standing.reason)
    if handling.manage is Manage.LOOKUP:
        said = "it is only looked up here; somebody else creates and updates it"
        return Nothing(EntryCode.SYNCHRONIZATION_SKIPPED, Reason(said, handling.at))
    return Nothing(
        EntryCode.REDUNDANT_EXPORT, Reason("live is as Git wants it", standing.reason.at)
    )
