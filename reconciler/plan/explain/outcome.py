"""What a plan does with somebody, or why it does nothing, in words and in Entra's.

Entra's provisioning log names why an object was skipped; people search for those names, so that
whoever has nothing to do gets the one that Entra would have written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from reconciler.model.desired import DesiredGroup, DesiredUser, Excluded, Reason
from reconciler.model.entry_code import EntryCode
from reconciler.model.identity import Kind, Subject
from reconciler.model.plan import Note, Plan
from reconciler.model.policy import Verdict, Violation
from reconciler.model.target import Handling, Manage
from reconciler.plan.explain.live import Matched, Matching
from reconciler.plan.explain.members import Sight
from reconciler.plan.lifecycle import Effect, effect_of
from reconciler.plan.selection import Selection, narrow, narrow_notes
from reconciler.plan.skips import code_of_exclusion, obstacle_among, obstructed


@dataclass(frozen=True, slots=True)
class Nothing:
    """Why nothing is done with somebody, in our words and in Entra's."""

    skip: EntryCode
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
    return outcome_about(
        wanted.subject, sight, verdict, lambda notes: _nothing(wanted, matching, notes, sight)
    )


def outcome_about(
    subject: Subject,
    sight: Sight,
    verdict: Verdict,
    nothing: Callable[[tuple[Note, ...]], Nothing],
) -> Outcome:
    """The plan's part about anybody. `nothing` says why, from its notes, where it has no change."""
    selection = Selection(
        users=frozenset({subject.key} if subject.kind is Kind.USER else ()),
        groups=frozenset({subject.key} if subject.kind is Kind.GROUP else ()),
    )
    changes = tuple(narrow(sight.plan.changes, selection))
    notes = tuple(narrow_notes(sight.plan.notes, selection))
    hashes = {change.hash for change in changes}
    idle = all(change.subject != subject for change in changes)
    return Outcome(
        plan=replace(sight.plan, changes=changes, notes=notes),
        violations=tuple(v for v in verdict.violations if hashes & set(v.hashes)),
        nothing=nothing(notes) if idle else None,
    )


def _nothing(
    wanted: DesiredUser | DesiredGroup, matching: Matching, notes: Iterable[Note], sight: Sight
) -> Nothing:
    obstacle = obstacle_among(notes)
    if obstacle is not None:
        return Nothing(obstructed(obstacle), Reason(obstacle.message, obstacle.at))
    side = sight.scene.of(wanted.subject.kind).side
    standing = wanted.standing
    if isinstance(standing, Excluded):
        return left_out(
            side.kind, standing, there=isinstance(matching, Matched), handling=side.handling
        )
    if isinstance(matching, Matched):
        said = "live is as Git wants it" if side.managed else "it is there; others look after it"
        return Nothing(EntryCode.REDUNDANT_EXPORT, Reason(said, standing.reason.at))
    if side.managed:
        return Nothing(EntryCode.IMPORT_SKIPPED, matching.reason)
    said = f"{side.kind}s are only looked up here, so somebody else has to create it"
    return Nothing(EntryCode.SYNCHRONIZATION_SKIPPED, Reason(said, side.handling.at))


def left_out(kind: Kind, standing: Excluded, *, there: bool, handling: Handling) -> Nothing:
    """Why nothing is done with somebody who should not be there; `there` says whether they are."""
    skip = code_of_exclusion(standing)
    why, at = standing.reason.text, standing.reason.at
    if not there:
        return Nothing(skip, Reason(f"{why}; it should not be there, and is not", at))
    if handling.manage is Manage.LOOKUP:
        return Nothing(skip, Reason(f"{why}; others look after what is live", at))
    if effect_of(kind, standing.cause, handling.deprovision) in {Effect.STAYS, Effect.REPORTED}:
        return Nothing(skip, Reason(f"{why}; `deprovision` says that it is kept", at))
    return Nothing(skip, Reason(f"{why}; it is switched off already", at))
