"""What a run leaves in the ledger for the plans after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.apply.run import FINE
from reconciler.model.identity import Subject
from reconciler.model.ledger import Remembered
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan, Settled


def remembered(plan: Plan, outcomes: Sequence[Outcome], run: str) -> Remembered:
    """What the next plan may build upon.

    A plan of some changes only says nothing about the whole of a source, nor about who waits.
    """
    settled = _settled(plan, outcomes)
    if plan.selection:
        return Remembered(run, settled, left=plan.left)
    rows = {feed.name: feed.rows for feed in plan.feeds if feed.gap is None}
    return Remembered(run, settled, rows, plan.waiting, plan.left)


def _settled(plan: Plan, outcomes: Sequence[Outcome]) -> tuple[Settled, ...]:
    """The plan's subjects that are as Git wants them now, with the ids of those just made."""
    open_ = {outcome.subject for outcome in outcomes if outcome.status not in FINE}
    ids = {o.subject: o.id for o in outcomes if o.action == "create" and o.status in FINE}
    return tuple(
        entry if entry.id is not None else replace(entry, id=ids.get(subject))
        for entry in plan.settled
        if (subject := Subject(entry.kind, entry.key)) not in open_
    )
