"""Each line of the log says what became of one object, in the fields that Entra's log has."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it brings no types

from reconciler.desired.scoping import FilterResult
from reconciler.desired.truth import Truth
from reconciler.model.change import Change, Create, ReferenceChange, SetReferences, Step
from reconciler.model.desired import Cause, Excluded, Provisioned, Reason, Undetermined
from reconciler.model.entry_code import EntryCode
from reconciler.model.identity import Kind, ResourceId, Subject
from reconciler.model.note_code import NoteCode
from reconciler.model.outcome import Event, Outcome, Span, Status
from reconciler.model.plan import Note, NoteKind
from reconciler.model.policy import Verdict, Violation
from reconciler.model.scoping import Operator
from reconciler.model.sealed import Sealed
from reconciler.plan.accounts import Account
from reconciler.plan.explain.access import Access, Answer
from reconciler.plan.explain.outcome import Nothing
from reconciler.plan.explain.undeclared import UNDECLARED
from reconciler.report.log_entry import LogEntry, entry_data, entry_line, log_schema
from reconciler.report.provisioning_log import Occasion, log_entries
from tests.builders import (
    BECAUSE,
    HERE,
    NOON,
    a_create,
    a_deactivation,
    a_deletion,
    a_plan,
    a_reactivation,
    a_removal,
    an_addition,
    an_update,
)
from tests.unit.desired.builders_desired import a_clause, a_filter, a_tree, a_user, an_entry
from tests.unit.plan.explain.builders_explain import ADA, explained

VALIDATOR = Draft202012Validator(log_schema())
YES = Answer(Truth.TRUE, BECAUSE)
ACCESS = Access(
    active=YES,
    assigned=YES,
    grants=(),
    entitled=None,
    included=None,
    filter=None,
    before_mapping=Provisioned(BECAUSE),
)


def an_account(
    *changes: Change,
    kind: Kind = Kind.USER,
    notes: Iterable[Note] = (),
    nothing: Nothing | None = None,
    declared: bool = True,
) -> Account:
    return Account(
        subject=Subject(kind, "e1"),
        name="ada@zone.example",
        at=HERE if declared else None,
        object_id="o-1" if declared else None,
        access=ACCESS if declared else None,
        standing=Provisioned(BECAUSE) if declared else UNDECLARED,
        id=next((c.id for c in changes if c.id is not None), None),
        changes=changes,
        notes=tuple(notes),
        nothing=nothing,
    )


def an_outcome(
    change: Change, status: Status, code: EntryCode | None = None, detail: str | None = None
) -> Outcome:
    return Outcome(
        hash=change.hash,
        action=change.action,
        kind=change.kind,
        key=change.key,
        status=status,
        detail=detail,
        id=change.id or ResourceId("new-1"),
        request_ids=("r-1",),
        code=code,
    )


def logged(
    account: Account, *outcomes: Outcome, blocked: bool = False, by: str | None = "mara"
) -> LogEntry:
    violation = Violation("guardrail:deletions", "too many", "wait", ("x",))
    span = Span(NOON, NOON + timedelta(milliseconds=120))
    occasion = Occasion(
        plan=a_plan(*account.changes),
        verdict=Verdict((violation,) if blocked else ()),
        digest="sha256:plan",
        run="run-1",
        at=NOON,
        by=by,
        repository="org/people",
        events={outcome.hash: Event(outcome, span) for outcome in outcomes},
    )
    (entry,) = log_entries([account], occasion)
    VALIDATOR.validate(entry_data(entry))
    assert LogEntry.model_validate_json(entry_line(entry)) == entry
    return entry


def applied(change: Change) -> LogEntry:
    return logged(an_account(change), an_outcome(change, Status.APPLIED))


def test_a_created_person_is_told_from_import_to_export() -> None:
    entry = applied(a_create("e1", title="Lead", active=True, emails=("b@x", "a@x")))
    assert (entry.provisioning_action, entry.provisioning_status_info.status) == (
        "create",
        "success",
    )
    assert [(s.name, s.provisioning_step_type, s.status) for s in entry.provisioning_steps] == [
        ("EntryImportAdd", "import", "success"),
        ("EntrySynchronizationScoping", "scoping", "success"),
        ("EntryImport", "matching", "success"),
        ("EntrySynchronizationAdd", "processing", "success"),
        ("EntryExportAdd", "export", "success"),
    ]
    assert [(p.display_name, p.old_value, p.new_value) for p in entry.modified_properties] == [
        ("title", None, "Lead"),
        ("active", None, "True"),
        ("emails", None, '["b@x", "a@x"]'),
    ]
    assert entry.duration_in_milliseconds == 120
    assert entry.activity_date_time == NOON + timedelta(milliseconds=120)
    assert (entry.tenant_id, entry.job_id, entry.cycle_id) == ("org/people", "box", "run-1")
    assert entry.initiated_by.initiator_type == "user"
    assert (entry.source_identity.id, entry.target_identity.id) == ("o-1", "new-1")
    (change,) = entry.reconciler.changes
    assert (change.hash, change.status, change.request_ids) == ("create-e1", "applied", ("r-1",))
    ours = entry.reconciler
    assert (ours.file, ours.line, ours.commit, ours.plan_digest) == (
        "people.yaml",
        7,
        "c0ffee",
        "sha256:plan",
    )


@pytest.mark.parametrize(
    ("change", "action", "export", "modified"),
    [
        (an_update("e1"), "update", "EntryExportUpdate", [("title", "Lead", "Head")]),
        (a_reactivation("e1"), "update", "EntryExportUpdate", [("active", "False", "True")]),
        (
            a_deactivation("e1"),
            "disable",
            "EntryExportUpdateSoftDelete",
            [("active", "True", "False")],
        ),
        (a_deletion("e1"), "delete", "EntryExportDelete", [("displayName", "Ops", None)]),
        (an_addition("e1", ["a", "b"]), "update", "EntryExportUpdate",
         [("members", None, "a"), ("members", None, "b")]),
        (a_removal("e1", ["a"]), "update", "EntryExportUpdate", [("members", "a", None)]),
        (
            SetReferences(
                kind=Kind.USER,
                key="e1",
                name="ada",
                cause=Cause.CHANGED,
                reason=BECAUSE,
                step=Step.UPDATE_USERS,
                hash="refs",
                references=(ReferenceChange("manager", None, "e7"),),
            ),
            "update",
            "EntryExportUpdate",
            [("manager", None, "e7")],
        ),
    ],
)  # fmt: skip
def test_each_kind_of_change_has_entras_words(
    change: Change, action: str, export: str, modified: list[tuple[str, str | None, str | None]]
) -> None:
    entry = applied(change)
    assert entry.provisioning_action == action
    assert entry.provisioning_steps[0].name == "EntryImportUpdate"
    assert (entry.provisioning_steps[-1].name, entry.provisioning_steps[-1].status) == (
        export,
        "success",
    )
    found = [(p.display_name, p.old_value, p.new_value) for p in entry.modified_properties]
    assert found == modified


def test_what_is_sealed_is_redacted_in_the_log() -> None:
    change = an_update("e1", "nickName")
    sealed = replace(
        change,
        changes=(replace(change.changes[0], before=Sealed("hmac-1"), after=Sealed("hmac-2")),),
    )
    (found,) = applied(sealed).modified_properties
    assert (found.old_value, found.new_value) == ("[Redact]", "[Redact]")


def test_what_failed_says_why_and_what_to_do() -> None:
    change = an_update("e1")
    outcome = an_outcome(change, Status.FAILED, EntryCode.CONFLICT, "answered 409")
    entry = logged(an_account(change), outcome)
    assert entry.provisioning_status_info.status == "failure"
    error = entry.provisioning_status_info.error_information
    assert error is not None
    assert (error.error_code, error.reason, error.error_category) == (
        "Conflict",
        "answered 409",
        "nonServiceFailure",
    )
    assert error.recommended_action
    step = entry.provisioning_steps[-1]
    assert step.status == "failure"
    assert step.description == "Git says so; answered 409"
    assert step.details == {
        "changeHash": "update-e1-Head",
        "outcome": "failed",
        "requestIds": ["r-1"],
        "errorCode": "Conflict",
    }


@pytest.mark.parametrize(
    ("first", "second", "status", "code"),
    [
        (Status.APPLIED, Status.ALREADY_APPLIED, "success", None),
        (Status.APPLIED, Status.FAILED, "failure", "DependencyFailed"),
        (Status.APPLIED, Status.UNKNOWN, "failure", "DependencyFailed"),
        (Status.APPLIED, Status.SKIPPED, "warning", "DependencyFailed"),
        (Status.SKIPPED, Status.SKIPPED, "skipped", "DependencyFailed"),
    ],
)
def test_several_changes_of_one_object_are_one_entry_with_the_gravest_status(
    first: Status, second: Status, status: str, code: str | None
) -> None:
    changes: tuple[Change, Change] = an_update("e1"), an_addition("e1")
    outcomes = [
        an_outcome(change, fate, None if fate is Status.APPLIED else EntryCode.DEPENDENCY_FAILED)
        for change, fate in zip(changes, (first, second), strict=True)
    ]
    info = logged(an_account(*changes), *outcomes).provisioning_status_info
    assert info.status == status
    assert (None if info.error_information is None else info.error_information.error_code) == code


def test_an_outcome_without_a_code_has_the_most_general_one() -> None:
    change = an_update("e1")
    info = logged(an_account(change), an_outcome(change, Status.FAILED)).provisioning_status_info
    assert info.error_information is not None
    assert info.error_information.error_code is EntryCode.UNPROCESSABLE
    assert info.error_information.reason == "update failed"


def test_a_plan_that_was_not_carried_out_says_so_and_a_blocked_one_stages_removals() -> None:
    change = a_deactivation("e1")
    made = logged(an_account(change))
    assert made.provisioning_action == "disable"
    assert made.provisioning_steps[-1].status == "skipped"
    error = made.provisioning_status_info.error_information
    assert (error is not None) and error.error_code is EntryCode.NOT_APPLIED
    held = logged(an_account(change), blocked=True)
    assert held.provisioning_action == "stagedDelete"
    error = held.provisioning_status_info.error_information
    assert (error is not None) and error.error_code is EntryCode.BLOCKED
    assert logged(an_account(an_update("e1")), blocked=True).provisioning_action == "update"


def test_whoever_has_nothing_to_do_is_skipped_with_the_reason() -> None:
    nothing = Nothing(EntryCode.NOT_ENTITLED, Reason("no assignment", HERE))
    entry = logged(an_account(nothing=nothing), by=None)
    assert (entry.provisioning_action, entry.provisioning_status_info.status) == (
        "other",
        "skipped",
    )
    assert entry.duration_in_milliseconds == 0
    assert entry.initiated_by.initiator_type == "system"
    assert [s.name for s in entry.provisioning_steps] == [
        "EntryImport",
        "EntrySynchronizationScoping",
        "EntryImport",
        "EntrySynchronizationSkip",
    ]
    assert entry.provisioning_steps[-1].details == {"errorCode": "NotEffectivelyEntitled"}


def test_a_conflict_is_a_failure_and_a_waiting_member_an_unresolved_reference() -> None:
    conflict = Note(
        NoteKind.CONFLICT, NoteCode.AMBIGUOUS_MATCH, Kind.USER, "e1", "ada", "two match"
    )
    waiting = Note(NoteKind.WAITING, NoteCode.NOT_LIVE, Kind.USER, "e1", "ada", "not there yet")
    nothing = Nothing(EntryCode.DUPLICATE_TARGET, Reason("two match"))
    entry = logged(an_account(notes=[conflict, waiting], nothing=nothing))
    assert entry.provisioning_status_info.status == "failure"
    types = {s.provisioning_step_type: (s.status, s.description) for s in entry.provisioning_steps}
    assert types["matching"] == ("failure", "two match")
    assert types["referenceResolution"] == ("skipped", "not there yet")


def test_whom_no_manifest_declares_has_no_answers_in_scoping() -> None:
    change = a_deactivation("e1")
    entry = logged(an_account(change, declared=False), an_outcome(change, Status.APPLIED))
    imported, scoping, matching, *_ = entry.provisioning_steps
    assert (imported.name, imported.status) == ("EntryImport", "skipped")
    assert (scoping.status, scoping.description, scoping.details) == (
        "skipped",
        "no manifest declares it",
        {},
    )
    assert matching.details == {"id": "id-e1", "foundBy": None}
    assert entry.source_identity.id is None


def scoping(access: Access) -> dict[str, object]:
    account = replace(an_account(an_update("e1")), access=access)
    entry = logged(account, an_outcome(an_update("e1"), Status.APPLIED))
    return dict(entry.provisioning_steps[1].details)


def test_the_scoping_step_has_both_spellings_of_entras_answers() -> None:
    details = scoping(replace(ACCESS, entitled=Answer(Truth.FALSE, BECAUSE)))
    assert details == {
        "IsActive": True,
        "Active in the source system": True,
        "Assigned": True,
        "Assigned to the application": True,
        "IsEffectivelyEntitledForProvisioning": False,
        "User has the required role": False,
        "IsInProvisioningScopeDisplayName": True,
        "Scoping filter evaluation passed": True,
        "ScopeEvaluationResult": {},
    }


@pytest.mark.parametrize(
    ("found_by", "said"),
    [
        ("mark", "Found by our mark"),
        ("objectId", "Found by the object id"),
        ("userName and title", "Found by userName and title"),
        (None, "A live resource is known to be its"),
    ],
)
def test_the_matching_step_says_by_what_it_was_found(found_by: str | None, said: str) -> None:
    step = logged(replace(an_account(an_update("e1")), found_by=found_by)).provisioning_steps[2]
    assert (step.provisioning_step_type, step.description) == ("matching", said)
    assert step.details["foundBy"] == found_by


def test_what_the_provider_did_not_keep_is_a_warning() -> None:
    change = an_update("e1")
    lost = replace(an_outcome(change, Status.APPLIED), not_kept=("title", "locale"))
    entry = logged(an_account(change), lost)
    assert entry.provisioning_status_info.status == "warning"
    error = entry.provisioning_status_info.error_information
    assert error is not None
    said = "the provider did not keep title, locale"
    assert (error.error_code, error.reason) == (EntryCode.NOT_KEPT, said)
    step = entry.provisioning_steps[-1]
    assert (step.status, step.details["errorCode"]) == ("warning", "NotKept")
    assert step.description.endswith(f"; {said}")


def test_the_scoping_step_shows_each_filter_clause_by_clause() -> None:
    tree = a_tree(
        users=[a_user("ada", country="PT")],
        filters=[
            a_filter(
                an_entry(a_clause("country", Operator.EQUALS, "DE"), name="Berlin"),
                an_entry(a_clause("country", Operator.IS_NOT_NULL), name="All", when="true"),
            )
        ],
    )
    tree = replace(
        tree,
        targets={
            "app": replace(
                tree.targets["app"], users=replace(tree.targets["app"].users, filter="people")
            )
        },
    )
    access = explained(tree, None, ADA).access
    assert isinstance(access.filter, FilterResult)
    details = scoping(access)
    assert details["ScopingFilter"] == "people"
    assert details["ScopeEvaluationResult"] == {
        "Berlin": {"passed": False, "clauses": {'country EQUALS "DE"': False}},
        "All": {"passed": True, "clauses": {"country IS NOT NULL": True, "when true": True}},
    }


def test_a_filter_that_is_not_there_is_undetermined_and_no_answer() -> None:
    missing = Undetermined(NoteCode.MISSING_FILTER, Reason("no filter is called x"))
    account = replace(
        an_account(nothing=Nothing(EntryCode.SYNCHRONIZATION_SKIPPED, BECAUSE)),
        access=replace(ACCESS, filter=missing),
        standing=missing,
    )
    step = logged(account).provisioning_steps[1]
    assert step.status == "failure"
    assert step.details["IsInProvisioningScopeDisplayName"] is None
    assert step.details["ScopeEvaluationResult"] == {"error": "no filter is called x"}
    assert "Scoping filter evaluation passed: undetermined" in step.description


def test_who_is_excluded_did_not_pass_scoping() -> None:
    standing = Excluded(Cause.DISABLED, Reason("accountEnabled is false"))
    account = replace(
        an_account(nothing=Nothing(EntryCode.SYNCHRONIZATION_SKIPPED, standing.reason)),
        standing=standing,
        id=ResourceId("u-1"),
    )
    entry = logged(account)
    assert [s.status for s in entry.provisioning_steps] == [
        "success",
        "skipped",
        "success",
        "skipped",
    ]


def test_a_line_is_one_line_that_can_act_on_nothing() -> None:
    nasty = "a\n::error::b\x1b[31m##[group]\u202e\u2028é"
    change = replace(a_create("e1", displayName=nasty), name=nasty)
    assert isinstance(change, Create)
    account = replace(an_account(change), name=nasty)
    entry = logged(account, an_outcome(change, Status.FAILED, EntryCode.CONFLICT, nasty))
    line = entry_line(entry)
    assert line.isascii()
    assert line.isprintable()
    assert not line.startswith("::")
    assert "##[" not in line
    assert json.loads(line)["modifiedProperties"][0]["newValue"] == nasty


def test_the_same_run_gives_the_same_ids_and_another_run_others() -> None:
    account = an_account(nothing=Nothing(EntryCode.REDUNDANT_EXPORT, BECAUSE))
    one, same = logged(account), logged(account)
    assert one == same
    assert one.id != one.change_id
