"""On-demand provisioning, told in its steps: import, scoping, matching, action; then what is live.

The steps are Entra's, each with what was decided and why, in the words of an explanation. The data
for programs has the reply of Graph's `provisionOnDemand` (`key`, `value`) and what we know more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from reconciler.model.plan import Plan
from reconciler.plan.explain.declared import Explanation
from reconciler.plan.explain.live import Matched
from reconciler.plan.explain.undeclared import Anybody, Undeclared
from reconciler.report.explanation import (
    access_lines,
    attribute_lines,
    candidate_text,
    matching_lines,
    standing_text,
)
from reconciler.report.explanation_members import membership_lines
from reconciler.report.explanation_undeclared import anybody_data, live_lines
from reconciler.report.explanation_words import because, located
from reconciler.report.log_entry import LogEntry, entry_data
from reconciler.report.outcomes import Ran, run_data
from reconciler.report.planfile import SavedPlan
from reconciler.report.planfile import as_data as plan_data
from reconciler.report.style import Detail, Style, Tone
from reconciler.report.text import body_lines, heading
from reconciler.report.view import prepare, who

_INDENT = "   "


def step_lines(explained: Anybody, plan: Plan, style: Style, detail: Detail) -> Iterator[str]:
    """What was decided about somebody and why, step by step, and what follows."""
    subject = explained.subject
    name = who(subject.kind, subject.key, explained.name)
    yield style.mark(Tone.STRONG, f"{name} on demand")
    yield heading(plan)
    yield ""
    yield from _import(explained, style)
    yield f"2. Scoping: {standing_text(explained.standing, style)}"
    if isinstance(explained, Explanation):
        yield from (f"{_INDENT}{line}" for line in access_lines(explained.access, style))
    yield "3. Matching"
    yield from (f"{_INDENT}{line}" for line in _matching(explained, style))
    nothing = explained.nothing
    notes = plan.notes
    if not plan.changes and nothing is not None:
        yield because(f"4. Action: nothing to do ({nothing.skip})", nothing.reason, style)
        # What stands in the way is not said twice.
        notes = tuple(note for note in notes if note.message != nothing.reason.text)
    else:
        yield "4. Action"
    for line in body_lines(prepare(replace(plan, notes=notes), detail), style):
        yield f"{_INDENT}{line}".rstrip()


def _import(explained: Anybody, style: Style) -> Iterator[str]:
    match explained:
        case Explanation(at=at):
            yield located("1. Import: declared in Git", at, style)
        case Undeclared():
            yield "1. Import: no manifest declares it"
        case _:
            assert_never(explained)


def _matching(explained: Anybody, style: Style) -> Iterator[str]:
    kind = explained.subject.kind
    match explained:
        case Explanation(live=live):
            if live is not None:
                yield from matching_lines(live.matching, kind, style)
        case Undeclared():
            yield from live_lines(explained, style)
        case _:
            assert_never(explained)


def read_back_lines(explained: Anybody, left: Plan, style: Style, detail: Detail) -> Iterator[str]:
    """What is live now, attribute by attribute, and what the provider did not keep."""
    kind, target = explained.subject.kind, explained.target
    yield ""
    yield style.mark(Tone.STRONG, f"Now at {target}")
    match explained:
        case Explanation(live=live, attributes=attributes):
            yield from _matching(explained, style)
            if live is not None and isinstance(live.matching, Matched):
                for attribute in attributes:
                    # The first line is what there is; where it comes from was said before.
                    yield next(attribute_lines(attribute, live, style))
            yield from membership_lines(explained, style, detail)
        case Undeclared(live=live):
            there = "none" if live is None else candidate_text(live, kind)
            yield f"  live {kind}: {there}"
        case _:
            assert_never(explained)
    if left.changes:
        yield ""
        said = "Not as Git wants it, although it was carried out"
        yield style.mark(Tone.BAD, f"{said}: the provider did not keep this, or not yet")
        for line in body_lines(prepare(left, detail), style):
            yield f"  {line}".rstrip()


@dataclass(frozen=True, slots=True)
class Demanded:
    """Everything that came of one demand. `ran` and `after` are None where nothing was sent."""

    before: Anybody
    saved: SavedPlan
    entry: LogEntry
    ran: Ran | None
    requests: Mapping[str, int]
    after: Anybody | None
    left: Plan | None
    exit_code: int


def demanded_data(demanded: Demanded) -> dict[str, object]:
    """The whole as JSON data: Entra's reply, then what we know more."""
    info = demanded.entry.provisioning_status_info
    error = info.error_information
    code = None if error is None else error.error_code.value
    return {
        "key": {"result": info.status.capitalize(), "details": {"errorCode": code}},
        "value": entry_data(demanded.entry),
        "exitCode": demanded.exit_code,
        "explanation": anybody_data(demanded.before),
        "plan": plan_data(demanded.saved),
        "requests": dict(demanded.requests),
        "run": None if demanded.ran is None else run_data(demanded.ran),
        "readBack": None if demanded.after is None else anybody_data(demanded.after),
        "notKept": [
            {"subject": str(change.subject), "action": change.action}
            for change in (() if demanded.left is None else demanded.left.changes)
        ],
    }
