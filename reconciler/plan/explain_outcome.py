"""What a plan does with somebody, or why it does nothing, in words and in Entra's.

Entra's provisioning log names why an object was skipped; people search for those names, so that
whoever has nothing to do gets the one that Entra would have written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from reconciler.model.declared import Handling, Manage, Removal
from reconciler.model.desired import Cause, DesiredGroup, DesiredUser, Excluded, Reason
from reconciler.model.identity import Kind
from reconciler.model.plan import Note, NoteKind, Plan
from reconciler.model.policy import Verdict, Violation
from reconciler.plan.explain_live import Matched, Matching
from reconciler.plan.explain_members import Sight
from reconciler.plan.removal import removal_for
from reconciler.plan.scene import subject_of
from reconciler.plan.selection import Selection, narrow, narrow_notes


class SkipReason(StrEnum):
    """Why Entra's log says that an object was skipped; conflicts have the names of its errors."""

    REDUNDANT_EXPORT = "RedundantExport"
    NOT_ENTITLED = "NotEffectivelyEntitled"
    VALIDATION_FAILED = "AttributeValidationFailed"
    UNRESOLVED_REFERENCE = "UnableToResolveReferenceAttributeValue"
    IMPORT_SKIPPED = "ImportSkipped"
    SYNCHRONIZATION_SKIPPED = "EntrySynchronizationSkipped"
    DUPLICATE_TARGET = "DuplicateTargetEntries"
    DUPLICATE_SOURCE = "DuplicateSourceEntries"
    CONFLICT = "EntryConflict"


_BY_CODE: Final = {
    "mapping-error": SkipReason.VALIDATION_FAILED,
    "mapping-type": SkipReason.VALIDATION_FAILED,
    "required-value-missing": SkipReason.VALIDATION_FAILED,
    "match-value-missing": SkipReason.IMPORT_SKIPPED,
    "unlocatable": SkipReason.IMPORT_SKIPPED,
    "incomplete-read": SkipReason.IMPORT_SKIPPED,
    "not-live": SkipReason.UNRESOLVED_REFERENCE,
    "waits-for-create": SkipReason.UNRESOLVED_REFERENCE,
    "duplicate-value": SkipReason.DUPLICATE_SOURCE,
    "contested-match": SkipReason.DUPLICATE_SOURCE,
    "ambiguous-match": SkipReason.DUPLICATE_TARGET,
    "identity-differs": SkipReason.CONFLICT,
    "not-ours": SkipReason.CONFLICT,
    "foreign-mark": SkipReason.CONFLICT,
    "name-taken": SkipReason.CONFLICT,
}
#: Notes that say why nothing is done, the gravest first.
_OBSTACLES: Final = (NoteKind.CONFLICT, NoteKind.SKIPPED, NoteKind.WAITING)


@dataclass(frozen=True, slots=True)
class Nothing:
    """Why nothing is done with somebody, in our words and in Entra's."""

    skip: SkipReason
    reason: Reason


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a plan does with somebody.

    `plan` is the part of the plan that is about them: changes of the object itself, their own place
    in changes of members, and notes. `nothing` stands where there is no change of the object.
    `violations` are the checks that block any of it.
    """

    plan: Plan
    violations: tuple[Violation, ...]
    nothing: Nothing | None


def outcome_of(
    wanted: DesiredUser | DesiredGroup, matching: Matching, sight: Sight, verdict: Verdict
) -> Outcome:
    """The plan's part about one declared user or group."""
    subject = subject_of(wanted)
    selection = Selection(
        users=frozenset({wanted.key} if subject.kind is Kind.USER else ()),
        groups=frozenset({wanted.key} if subject.kind is Kind.GROUP else ()),
    )
    changes = tuple(narrow(sight.plan.changes, selection))
    notes = tuple(narrow_notes(sight.plan.notes, selection))
    hashes = {change.hash for change in changes}
    idle = all(change.subject != subject for change in changes)
    return Outcome(
        plan=replace(sight.plan, changes=changes, notes=notes),
        violations=tuple(v for v in verdict.violations if hashes & set(v.hashes)),
        nothing=_nothing(wanted, matching, notes, sight) if idle else None,
    )


def _nothing(
    wanted: DesiredUser | DesiredGroup, matching: Matching, notes: Iterable[Note], sight: Sight
) -> Nothing:
    obstacles = [note for kind in _OBSTACLES for note in notes if note.note is kind]
    if obstacles:
        first = obstacles[0]
        skip = _BY_CODE.get(first.code, SkipReason.SYNCHRONIZATION_SKIPPED)
        return Nothing(skip, Reason(first.message, first.at))
    side = sight.scene.of(subject_of(wanted).kind).side
    standing = wanted.standing
    if isinstance(standing, Excluded):
        return _left_out(standing, matching, side.handling)
    if isinstance(matching, Matched):
        said = "live is as Git wants it" if side.managed else "it is there; others look after it"
        return Nothing(SkipReason.REDUNDANT_EXPORT, Reason(said, standing.reason.at))
    if side.managed:
        return Nothing(SkipReason.IMPORT_SKIPPED, matching.reason)
    said = f"{side.kind}s are only looked up here, so somebody else has to create it"
    return Nothing(SkipReason.SYNCHRONIZATION_SKIPPED, Reason(said, side.handling.at))


def _left_out(standing: Excluded, matching: Matching, handling: Handling) -> Nothing:
    entitled = standing.cause is not Cause.UNASSIGNED
    skip = SkipReason.SYNCHRONIZATION_SKIPPED if entitled else SkipReason.NOT_ENTITLED
    why, at = standing.reason.text, standing.reason.at
    if not isinstance(matching, Matched):
        return Nothing(skip, Reason(f"{why}; it should not be there, and is not", at))
    if handling.manage is Manage.LOOKUP:
        return Nothing(skip, Reason(f"{why}; others look after what is live", at))
    if removal_for(standing.cause, handling.deprovision) is Removal.KEEP:
        return Nothing(skip, Reason(f"{why}; `deprovision` says that it is kept", at))
    return Nothing(skip, Reason(f"{why}; it is switched off already", at))
