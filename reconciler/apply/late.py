"""Comparing right before a write, where no version guards it and the second look is old.

A run can last for hours, and somebody else may write in the meantime. Where a provider refuses a
write to another version (`If-Match`), it keeps watch itself; elsewhere whatever changes or removes
a resource is read once more, so that the plan's word holds at the moment in which it is sent.
"""

from __future__ import annotations

from reconciler.apply.decide import compare
from reconciler.apply.finding import Done, Due, Finding, Moved, Unclear
from reconciler.apply.run import Run, already, live_id, stale
from reconciler.model.change import (
    Change,
)
from reconciler.model.outcome import Outcome
from reconciler.model.plan import LOOK_LASTS
from reconciler.plan.estimate import looked_at_when_late


async def still_due(change: Change, due: Due, run: Run, *, age: float) -> Due | Outcome:
    """What is due now; or the outcome, when nothing must be sent any more.

    `age`: seconds since the second look. While it lasts, nothing is read.
    """
    if age <= LOOK_LASTS or not looked_at_when_late(change, run.profile):
        return due

    async def look() -> Finding:
        live = await run.provider.get(change.kind, live_id(change))
        return compare(change, live, run.known, run.profile)

    match await run.courier.look_once(look):
        case Due() as now:
            return now
        case Done(id=live):
            return already(change, change.id or live)
        case Moved(reason=reason):
            return stale(change, f"{reason}; plan again")
        case Unclear(reason=reason):
            return stale(change, f"it cannot be confirmed right before it is sent: {reason}")
