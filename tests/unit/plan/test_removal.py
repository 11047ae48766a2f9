from __future__ import annotations

import pytest

from reconciler.model.declared import Deprovision, Removal
from reconciler.model.desired import Cause
from reconciler.plan.removal import removal_for

DELETING = Deprovision(Removal.DELETE, Removal.DELETE, Removal.DELETE, Removal.DELETE)


@pytest.mark.parametrize(
    "cause", [Cause.ADDED, Cause.CHANGED, Cause.ENABLED, Cause.DUE, Cause.DRIFT]
)
def test_a_cause_that_is_no_leaving_removes_nobody(cause: Cause) -> None:
    assert removal_for(cause, DELETING) is Removal.KEEP


def test_each_cause_of_leaving_is_looked_up_where_the_target_says_so() -> None:
    deprovision = Deprovision(
        disabled=Removal.DELETE,
        out_of_scope=Removal.KEEP,
        unassigned=Removal.DEACTIVATE,
        removed=Removal.KEEP,
    )
    found = {cause: removal_for(cause, deprovision) for cause in Cause}
    assert {cause for cause, removal in found.items() if removal is Removal.DELETE} == {
        Cause.DISABLED,
        Cause.ENDED,
        Cause.NOT_YET,
        Cause.HELD,
    }
    assert found[Cause.UNASSIGNED] is Removal.DEACTIVATE
    assert found[Cause.OUT_OF_SCOPE] is found[Cause.REMOVED] is Removal.KEEP
