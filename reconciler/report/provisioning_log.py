"""The provisioning log: a projection of a plan and its outcomes, one entry for every object.

Everybody whom the plan considered has an entry, those with nothing to do included, with the reason
that Entra's log would give. The ledger holds no personal value and so cannot be this log; this one
has names and values, and is written where an operator asks for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, assert_never
from uuid import UUID, uuid5

from reconciler.model.attributes import ACTIVE, MEMBERS
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
from reconciler.model.entry_code import EntryCode, meaning_of
from reconciler.model.identity import Kind
from reconciler.model.outcome import Event
from reconciler.model.outcome import Status as Fate
from reconciler.model.plan import NoteKind, Plan
from reconciler.model.policy import Verdict
from reconciler.model.sealed import Held, Sealed
from reconciler.model.show import inert
from reconciler.plan.accounts import Account
from reconciler.report.log_entry import (
    Action,
    ErrorInformation,
    Identity,
    Initiator,
    LogEntry,
    LoggedChange,
    ModifiedProperty,
    Ours,
    ServicePrincipal,
    Status,
    StatusInfo,
    System,
)
from reconciler.report.log_steps import code_of_fate, not_kept, steps_of

# The namespace of the ids of entries; changing it would break joins with older logs.
_IDS: Final = UUID("0b0de6de-7f5a-5a55-9c0e-6d9d0f3a54a1")
_FINE: Final = frozenset({Fate.APPLIED, Fate.ALREADY_APPLIED})


@dataclass(frozen=True, slots=True)
class Occasion:
    """The run that is logged: one that carried a plan out, or one that only made it.

    `events` are by change hash, empty where nothing was carried out. `at` dates whatever has no
    moment of its own. `by` is who ran it, None where nobody knows.
    """

    plan: Plan
    verdict: Verdict
    digest: str
    run: str
    at: datetime
    by: str | None
    repository: str | None
    events: Mapping[str, Event]


def log_entries(accounts: Iterable[Account], occasion: Occasion) -> Iterator[LogEntry]:
    """One entry per account, in their order."""
    for account in accounts:
        yield _entry(account, occasion)


def _entry(account: Account, occasion: Occasion) -> LogEntry:
    plan, whom = occasion.plan, str(account.subject)
    events = [occasion.events.get(change.hash) for change in account.changes]
    seen = [event for event in events if event is not None]
    info = _status(account, events, blocked=not occasion.verdict.accepted)
    identity_type: Literal["User", "Group"] = (
        "User" if account.subject.kind is Kind.USER else "Group"
    )
    live = account.id or next((e.outcome.id for e in seen if e.outcome.id is not None), None)
    return LogEntry(
        id=str(uuid5(_IDS, f"{occasion.run} {whom}")),
        activity_date_time=max((e.span.ended for e in seen), default=occasion.at),
        tenant_id=occasion.repository,
        job_id=plan.target.name,
        cycle_id=occasion.run,
        change_id=str(uuid5(_IDS, f"{occasion.digest} {whom}")),
        provisioning_action=_action(account, occasion),
        duration_in_milliseconds=sum(e.span.milliseconds for e in seen),
        initiated_by=_initiator(occasion.by),
        source_system=System(
            id=occasion.repository or "git", display_name="Git", details={"commit": plan.commit}
        ),
        target_system=System(
            id=plan.target.fingerprint,
            display_name=plan.target.name,
            details={
                "ApplicationId": plan.target.profile,
                "ServicePrincipalId": plan.target.fingerprint,
                "ServicePrincipalDisplayName": plan.target.name,
            },
        ),
        service_principal=ServicePrincipal(
            id=plan.target.fingerprint, display_name=plan.target.name
        ),
        source_identity=Identity(
            id=account.object_id,
            display_name=account.name,
            identity_type=identity_type,
            details={"key": account.subject.key},
        ),
        target_identity=Identity(
            id=live, display_name=account.name, identity_type=identity_type, details={}
        ),
        provisioning_status_info=info,
        provisioning_steps=tuple(steps_of(account, events)),
        modified_properties=tuple(_modified(account.changes)),
        reconciler=Ours(
            subject=whom,
            target=plan.target.name,
            file=None if account.at is None else account.at.file,
            line=None if account.at is None else account.at.line,
            commit=plan.commit,
            plan_digest=occasion.digest,
            changes=tuple(map(_logged, account.changes, events)),
        ),
    )


def _initiator(by: str | None) -> Initiator:
    if by is None:
        return Initiator(id="reconciler", display_name="reconciler", initiator_type="system")
    return Initiator(id=by, display_name=by, initiator_type="user")


#: What a run did with an object, the one that says most first.
_ACTIONS: Final[tuple[tuple[type[Change], Action], ...]] = (
    (Delete, "delete"),
    (Deactivate, "disable"),
    (Create, "create"),
    (Update, "update"),
    (Reactivate, "update"),
    (SetReferences, "update"),
    (AddMembers, "update"),
    (RemoveMembers, "update"),
)


def _action(account: Account, occasion: Occasion) -> Action:
    found = next(
        (word for sort, word in _ACTIONS if any(isinstance(c, sort) for c in account.changes)),
        None,
    )
    if found is None:
        return "other"
    # What a check holds back is staged, as Entra says of removals over its threshold.
    staged = not occasion.events and not occasion.verdict.accepted
    return "stagedDelete" if staged and found in {"delete", "disable"} else found


def _status(account: Account, events: Sequence[Event | None], *, blocked: bool) -> StatusInfo:
    if account.nothing is not None:
        code, reason = account.nothing.skip, account.nothing.reason.text
        conflict = any(note.note is NoteKind.CONFLICT for note in account.notes)
        return StatusInfo(
            status="failure" if conflict else "skipped", error_information=_error(code, reason)
        )
    fates = [None if event is None else event.outcome.status for event in events]
    worst = next((e for e in events if e is not None and e.outcome.status not in _FINE), None)
    if None in fates:
        code = EntryCode.BLOCKED if blocked else EntryCode.NOT_APPLIED
        said = "a check holds the plan back" if blocked else "the plan was not carried out"
        return StatusInfo(status="skipped", error_information=_error(code, said))
    if worst is None:
        lost = next((e.outcome for e in events if e is not None and e.outcome.not_kept), None)
        if lost is None:
            return StatusInfo(status="success", error_information=None)
        return StatusInfo(
            status="warning", error_information=_error(code_of_fate(lost), not_kept(lost))
        )
    outcome = worst.outcome
    code = code_of_fate(outcome)
    status: Status
    if {Fate.FAILED, Fate.UNKNOWN} & set(fates):
        status = "failure"
    else:
        status = "warning" if _FINE & set(fates) else "skipped"
    detail = outcome.detail or f"{outcome.action} {outcome.status}"
    return StatusInfo(status=status, error_information=_error(code, detail))


def _error(code: EntryCode, reason: str) -> ErrorInformation:
    meaning = meaning_of(code)
    return ErrorInformation(
        error_code=code,
        reason=inert(reason),
        additional_details=None,
        error_category=meaning.category,
        recommended_action=meaning.advice,
    )


def _logged(change: Change, event: Event | None) -> LoggedChange:
    at, outcome = change.reason.at, None if event is None else event.outcome
    return LoggedChange(
        hash=change.hash,
        action=change.action,
        cause=change.cause.value,
        reason=inert(change.reason.text),
        file=None if at is None else at.file,
        line=None if at is None else at.line,
        status=None if outcome is None else outcome.status.value,
        detail=None if outcome is None else outcome.detail,
        request_ids=() if outcome is None else outcome.request_ids,
    )


def _modified(changes: Iterable[Change]) -> Iterator[ModifiedProperty]:
    for change in changes:
        match change:
            case Create(values=values):
                yield from (_property(v.path, None, v.value) for v in values)
            case Update(changes=differences) | Reactivate(changes=differences):
                yield from (_property(d.path, d.before, d.after) for d in differences)
            case Deactivate():
                yield _property(ACTIVE.text, True, False)
            case Delete(seen=seen):
                yield from (_property(v.path, v.value, None) for v in seen)
            case SetReferences(references=references):
                yield from (_property(r.path, r.before, r.after) for r in references)
            case AddMembers(members=members):
                yield from (_property(MEMBERS.text, None, key) for key in members)
            case RemoveMembers(members=members):
                yield from (_property(MEMBERS.text, key, None) for key in members)
            case _:
                assert_never(change)


def _property(path: str, before: Held, after: Held) -> ModifiedProperty:
    return ModifiedProperty(display_name=path, old_value=_text(before), new_value=_text(after))


def _text(value: Held) -> str | None:
    """A value as the text that Entra's log has."""
    match value:
        case None:
            return None
        case Sealed(shown=shown):
            return shown
        case str():
            return value
        case bool():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)
