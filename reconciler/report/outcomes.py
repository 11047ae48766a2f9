"""What became of each change: as text, and as data for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from reconciler.model.outcome import Outcome, Status
from reconciler.model.show import inert, plain
from reconciler.report.style import Style, Tone

_WORDS: Final = {
    Status.APPLIED: "applied",
    Status.ALREADY_APPLIED: "already applied",
    Status.FAILED: "failed",
    Status.UNKNOWN: "unknown",
    Status.SKIPPED: "skipped",
}
_FINE: Final = frozenset({Status.APPLIED, Status.ALREADY_APPLIED})


def outcome_lines(outcomes: Sequence[Outcome], style: Style) -> Iterator[str]:
    """What did not work, one by one; then everything, counted."""
    for outcome in outcomes:
        if outcome.status not in _FINE:
            word = style.mark(Tone.BAD, _WORDS[outcome.status])
            yield f"  {word} {outcome.action} {outcome.kind} {plain(outcome.key)}"
            if outcome.detail is not None:
                yield f"      {inert(outcome.detail)}"
    yield f"Apply: {tally(outcomes)}."


def tally(outcomes: Sequence[Outcome]) -> str:
    """`154 applied, 1 failed`; every status that occurs, none hidden."""
    counts = {status: sum(1 for o in outcomes if o.status is status) for status in Status}
    parts = [f"{number:,} {_WORDS[status]}" for status, number in counts.items() if number]
    return ", ".join(parts) if parts else "nothing to do"


def as_data(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """One JSON object per outcome, in the plan's order."""
    return [
        {
            "hash": o.hash,
            "action": o.action,
            "subject": str(o.subject),
            "status": o.status.value,
            "detail": o.detail,
            "id": o.id,
            "requestIds": list(o.request_ids),
            "stale": o.stale,
        }
        for o in outcomes
    ]
