"""The steps of one object through a run, as Entra's log names them.

import: what Git says of it; scoping: whether it should be there; matching: which live resource is
its; processing: that it is new, or that nothing is done; referenceResolution: members who have to
wait; export: what was sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, assert_never

from pydantic import JsonValue

from reconciler.desired.clauses import describe
from reconciler.desired.scoping import FilterResult
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
from reconciler.model.desired import Excluded, Provisioned, Standing, Undetermined
from reconciler.model.entry_code import EntryCode
from reconciler.model.outcome import Event, Outcome
from reconciler.model.outcome import Status as Fate
from reconciler.model.plan import NoteKind
from reconciler.model.show import inert
from reconciler.plan.accounts import Account
from reconciler.plan.explain.access import Access
from reconciler.report.data import TRUTHS
from reconciler.report.log_entry import Status, Step, StepName
from reconciler.report.view import place

_FATES: Final[dict[Fate, Status]] = {
    Fate.APPLIED: "success",
    Fate.ALREADY_APPLIED: "success",
    Fate.FAILED: "failure",
    Fate.UNKNOWN: "failure",
    Fate.SKIPPED: "skipped",
}


def code_of_fate(outcome: Outcome) -> EntryCode:
    """What stood in the way of a change that did not come to pass, or not whole."""
    return outcome.code or (EntryCode.NOT_KEPT if outcome.not_kept else EntryCode.UNPROCESSABLE)


def not_kept(outcome: Outcome) -> str:
    """What the provider made of values that it was sent."""
    return f"the provider did not keep {', '.join(map(inert, outcome.not_kept))}"


def steps_of(account: Account, events: Sequence[Event | None]) -> Iterator[Step]:
    """The steps, in the order in which they are taken. `events` are by the account's changes."""
    creates = any(isinstance(change, Create) for change in account.changes)
    yield _import(account, creates=creates)
    yield _scoping(account)
    yield _matching(account, creates=creates)
    if creates or account.nothing is not None:
        yield _processing(account)
    for note in account.notes:
        if note.note is NoteKind.WAITING:
            yield Step(
                name="EntrySynchronizationSkip",
                provisioning_step_type="referenceResolution",
                status="skipped",
                description=inert(note.message),
                details={"errorCode": EntryCode.UNRESOLVED_REFERENCE.value},
            )
    for change, event in zip(account.changes, events, strict=True):
        yield _export(change, event)


def _import(account: Account, *, creates: bool) -> Step:
    declared = account.access is not None
    name: StepName = "EntryImport"
    if declared and account.changes:
        name = "EntryImportAdd" if creates else "EntryImportUpdate"
    where = place(account.at)
    return Step(
        name=name,
        provisioning_step_type="import",
        status="success" if declared else "skipped",
        description=f"Read from Git: {where}" if declared else "No manifest declares it",
        details={"objectId": account.object_id},
    )


def _scoping(account: Account) -> Step:
    status, reason = _standing(account.standing)
    answers = {} if account.access is None else _answers(account.access)
    newer = {name: answers[old] for name, old in _NEWER.items() if old in answers}
    said = "; ".join([*(f"{name}: {_said(value)}" for name, value in newer.items()), reason])
    return Step(
        name="EntrySynchronizationScoping",
        provisioning_step_type="scoping",
        status=status,
        description=said,
        details={**answers, **newer},
    )


_IN_SCOPE: Final = "IsInProvisioningScopeDisplayName"

#: What Entra's log calls the answers now, and what it called them; readers search for both.
_NEWER: Final = {
    "Active in the source system": "IsActive",
    "Assigned to the application": "Assigned",
    "User has the required role": "IsEffectivelyEntitledForProvisioning",
    "Scoping filter evaluation passed": _IN_SCOPE,
}


def _answers(access: Access) -> dict[str, JsonValue]:
    assigned = TRUTHS[access.assigned.truth]
    entitled = assigned if access.entitled is None else TRUTHS[access.entitled.truth]
    found: dict[str, JsonValue] = {
        "IsActive": TRUTHS[access.active.truth],
        "Assigned": assigned,
        "IsEffectivelyEntitledForProvisioning": entitled,
    }
    match access.filter:
        case None:
            return {**found, _IN_SCOPE: True, "ScopeEvaluationResult": {}}
        case Undetermined(reason=reason):
            result: JsonValue = {"error": inert(reason.text)}
            return {**found, _IN_SCOPE: None, "ScopeEvaluationResult": result}
        case FilterResult() as filtered:
            return {
                **found,
                _IN_SCOPE: TRUTHS[filtered.truth],
                "ScopingFilter": filtered.filter.name,
                "ScopeEvaluationResult": _evaluation(filtered),
            }
        case _:
            assert_never(access.filter)


def _evaluation(filtered: FilterResult) -> dict[str, JsonValue]:
    """Each filter's title, and each of its clauses as `attribute operator value`."""
    found: dict[str, JsonValue] = {}
    for group in filtered.groups:
        clauses: dict[str, JsonValue] = {
            inert(describe(clause.clause)): TRUTHS[clause.truth] for clause in group.clauses
        }
        if group.when is not None:
            clauses[inert(f"when {group.group.when}")] = TRUTHS[group.when.truth]
        found[inert(group.group.name)] = {"passed": TRUTHS[group.truth], "clauses": clauses}
    return found


def _said(value: JsonValue) -> str:
    return "undetermined" if value is None else str(value)


def _standing(standing: Standing) -> tuple[Status, str]:
    match standing:
        case Provisioned(reason=reason):
            return "success", inert(reason.text)
        case Excluded(reason=reason):
            return "skipped", inert(reason.text)
        case Undetermined(reason=reason):
            return "failure", inert(reason.text)
        case _:
            assert_never(standing)


#: What finds a live resource without being one of its attributes.
_FOUND_BY: Final = {
    "mark": "our mark",
    "ledger": "the id that the ledger recorded",
    "objectId": "the object id",
}


def _matching(account: Account, *, creates: bool) -> Step:
    conflict = next((note for note in account.notes if note.note is NoteKind.CONFLICT), None)
    status: Status = "success"
    if conflict is not None:
        status, said = "failure", inert(conflict.message)
    elif creates:
        said = "No live resource matches, so it is created"
    elif account.found_by is not None:
        said = f"Found by {_FOUND_BY.get(account.found_by, account.found_by)}"
    elif account.id is not None:
        said = "A live resource is known to be its"
    else:
        status, said = "skipped", "No live resource is known"
    return Step(
        name="EntryImport",
        provisioning_step_type="matching",
        status=status,
        description=said,
        details={"id": None if creates else account.id, "foundBy": account.found_by},
    )


def _processing(account: Account) -> Step:
    if account.nothing is None:
        return Step(
            name="EntrySynchronizationAdd",
            provisioning_step_type="processing",
            status="success",
            description="It should be there, and is not yet",
            details={},
        )
    return Step(
        name="EntrySynchronizationSkip",
        provisioning_step_type="processing",
        status="skipped",
        description=inert(account.nothing.reason.text),
        details={"errorCode": account.nothing.skip.value},
    )


def _export(change: Change, event: Event | None) -> Step:
    outcome = None if event is None else event.outcome
    details: dict[str, JsonValue] = {"changeHash": change.hash}
    said = inert(change.reason.text)
    if outcome is not None:
        details |= {"outcome": outcome.status.value, "requestIds": list(outcome.request_ids)}
        if outcome.status not in {Fate.APPLIED, Fate.ALREADY_APPLIED} or outcome.not_kept:
            details["errorCode"] = code_of_fate(outcome).value
        if outcome.not_kept:
            details["notKept"] = list(outcome.not_kept)
        if (more := _more(outcome)) is not None:
            said = f"{said}; {more}"
    return Step(
        name=_export_name(change),
        provisioning_step_type="export",
        status="skipped" if outcome is None else _export_status(outcome),
        description=said,
        details=details,
    )


def _export_status(outcome: Outcome) -> Status:
    status = _FATES[outcome.status]
    return "warning" if status == "success" and outcome.not_kept else status


def _more(outcome: Outcome) -> str | None:
    """What there is to say beyond the reason of the change."""
    if outcome.detail is not None:
        return inert(outcome.detail)
    return not_kept(outcome) if outcome.not_kept else None


def _export_name(change: Change) -> StepName:
    match change:
        case Create():
            return "EntryExportAdd"
        case Update() | Reactivate() | SetReferences() | AddMembers() | RemoveMembers():
            return "EntryExportUpdate"
        case Deactivate():
            return "EntryExportUpdateSoftDelete"
        case Delete():
            return "EntryExportDelete"
        case _:
            assert_never(change)
