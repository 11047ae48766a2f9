from __future__ import annotations

import pytest

from reconciler.model.desired import Cause, Excluded, Provisioned, Reason, Standing, Undetermined
from reconciler.model.note_code import NoteCode
from reconciler.model.plan import NoteKind
from reconciler.plan.skips import obstacle_among, obstructed, skip_by_git
from tests.builders import a_note

BECAUSE = Reason("because")


@pytest.mark.parametrize(
    ("standing", "code"),
    [
        (Provisioned(BECAUSE), None),
        (Excluded(Cause.UNASSIGNED, BECAUSE), "NotEffectivelyEntitled"),
        (Excluded(Cause.OUT_OF_SCOPE, BECAUSE), "EntrySynchronizationSkipped"),
        (Excluded(Cause.DISABLED, BECAUSE), "EntrySynchronizationSkipped"),
        (Undetermined(NoteCode.MAPPING_ERROR, BECAUSE), "AttributeValidationFailed"),
        (Undetermined(NoteCode.DOMAIN_NOT_ACCEPTED, BECAUSE), "AttributeValidationFailed"),
        (Undetermined(NoteCode.MATCH_VALUE_MISSING, BECAUSE), "ImportSkipped"),
        (Undetermined(NoteCode.FILTER_UNDETERMINED, BECAUSE), "EntrySynchronizationSkipped"),
    ],
)
def test_git_alone_says_why_somebody_is_not_provisioned(
    standing: Standing, code: str | None
) -> None:
    found = skip_by_git(standing)
    assert (None if found is None else found.value) == code


def test_the_gravest_note_is_the_obstacle_and_advice_is_none() -> None:
    skipped, conflict = a_note(NoteKind.SKIPPED), a_note(NoteKind.CONFLICT)
    advice = a_note(NoteKind.ADVICE)
    assert obstacle_among([advice, skipped, conflict]) == conflict
    assert obstacle_among([advice]) is None
    assert obstructed(conflict).value == "EntrySynchronizationSkipped"
