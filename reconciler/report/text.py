"""A plan and its verdict as text: for a terminal, or for a log when nobody looks.

Lines do not depend on the width of the terminal, so the same plan reads the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from reconciler.model.feed import FeedState
from reconciler.model.plan import LOOK_LASTS, Estimate, Plan
from reconciler.model.policy import Verdict
from reconciler.model.show import inert, plain
from reconciler.model.words import counted, duration
from reconciler.report.planfile import SavedPlan
from reconciler.report.style import Detail, Style, Tone
from reconciler.report.view import Entry, PlanView, prepare


def plan_lines(saved: SavedPlan, style: Style, detail: Detail) -> Iterator[str]:
    """The whole plan, line by line."""
    plan = saved.plan
    yield style.mark(Tone.STRONG, heading(plan))
    for feed in plan.feeds:
        yield style.mark(Tone.QUIET, feed_line(feed, plan.as_of))
    view = prepare(plan, detail)
    yield from body_lines(view, style)
    for gap in plan.gaps:
        yield ""
        yield style.mark(Tone.BAD, "Incomplete: ") + inert(gap)
        yield "  Nothing is removed because of what was not read."
    if plan.rests_on:
        yield ""
        yield from basis_lines(plan, style)
    yield ""
    yield style.mark(Tone.STRONG, "Plan: ") + view.summary
    if plan.changes:
        yield f"Requests: {requests(plan.estimate)}"
        yield f"Digest: {saved.digest}, valid until {plan.expires:%Y-%m-%d %H:%M} UTC"
    yield from undone_lines(plan, style)
    yield from verdict_lines(saved.verdict, style)


def undone_lines(plan: Plan, style: Style) -> Iterator[str]:
    """What else has to be done so that what is undone stays so; nothing where nothing is."""
    if plan.undoes is None or not plan.changes:
        return
    if plan.undoes.back is not None:  # then Git may have been reverted, or not
        yield (
            f"{style.mark(Tone.STRONG, 'Look at Git too')}: run {plain(plan.undoes.run)} had taken "
            f"run {plain(plan.undoes.back)} back; unless Git says again what that one applied, the "
            "next plan takes it back once more."
        )
        return
    commit = plan.undoes.commit
    what = f"commit {plain(commit[:10])}" if commit else "what that run applied"
    yield (
        f"{style.mark(Tone.STRONG, 'Revert Git too')}: {what} still stands there, and the next "
        "plan does again what this one undoes."
    )


def basis_lines(plan: Plan, style: Style) -> Iterator[str]:
    """The guesses on which changes rest, so that they are decided by somebody who knows."""
    target = plain(plan.target.name)
    doctor = f"`reconciler doctor {target} --scratch` finds out"
    yield style.mark(Tone.STRONG, "Rests on guesses about this provider") + f" ({doctor}):"
    for basis in plan.rests_on:
        value = f"{basis.field}: {plain(basis.value)}"
        yield f"  {', '.join(basis.acts)}: {value} ({plain(basis.source)})"


def heading(plan: Plan) -> str:
    """Which target, which commit, which moment."""
    commit = f", commit {plan.commit[:10]}" if plan.commit else ""
    only = f", only {' '.join(plain(s) for s in plan.selection)}" if plan.selection else ""
    target = plan.target
    undoes = f", undoes run {plain(plan.undoes.run)}" if plan.undoes else ""
    return (
        f"{plain(target.name)} ({plain(target.profile)}){commit}, "
        f"as of {plan.as_of:%Y-%m-%d %H:%M} UTC{only}{undoes}"
    )


def feed_line(feed: FeedState, as_of: datetime) -> str:
    """A source: how many rows of which table, how old, and its digest."""
    if feed.digest is None:
        return f"Source {plain(feed.name)}: nothing was read"
    left = f", {feed.leavers:,} of them leavers" if feed.leavers else ""
    age = "" if feed.dated is None else f", {_age(as_of - feed.dated)} old"
    rows = f"{counted(feed.rows, 'row')}{left} in {plain(feed.file)}"
    return f"Source {plain(feed.name)}: {rows}{age}, {feed.digest[:19]}"


def _age(age: timedelta) -> str:
    hours = max(0, int(age.total_seconds() // 3600))
    return f"{hours // 24} d" if hours >= 72 else f"{hours} h"


def requests(estimate: Estimate) -> str:
    """What carrying the plan out costs."""
    methods = {
        "GET": estimate.gets,
        "POST": estimate.posts,
        "PATCH": estimate.patches,
        "PUT": estimate.puts,
        "DELETE": estimate.deletes,
    }
    parts = ", ".join(f"{number:,} {method}" for method, number in methods.items() if number)
    paced = f"; about {duration(estimate.seconds)} at the target's rate" if estimate.seconds else ""
    late = ""
    if estimate.late and (estimate.seconds or 0) > LOOK_LASTS:
        late = f"; up to {estimate.late:,} GET more after {LOOK_LASTS} s, right before each write"
    return f"{estimate.requests:,} ({parts}){paced}{late}"


def body_lines(view: PlanView, style: Style) -> Iterator[str]:
    """Sections and notes, without heading and totals."""
    for section in view.sections:
        yield ""
        yield section.title
        for entry in section.entries:
            yield from _entry(entry, style)
        if section.folded:
            yield style.mark(Tone.QUIET, f"  … {section.folded:,} more (--full shows them)")
    for group in view.notes:
        yield ""
        yield group.title
        for line in group.lines:
            yield placed(f"  {line.text}", line.at, style)
        if group.folded:
            yield style.mark(Tone.QUIET, f"  … {group.folded:,} more (--full shows them)")


def _entry(entry: Entry, style: Style) -> Iterator[str]:
    yield f"  {style.mark(entry.tone, entry.symbol)} {entry.title}"
    yield placed(f"      {entry.reason}", entry.at, style)
    for line in entry.lines:
        # The reason's place is not said twice.
        at = None if line.at == entry.at else line.at
        yield placed("      " + style.mark(line.tone, line.text), at, style)


def placed(text: str, at: str | None, style: Style) -> str:
    """`text  [file:line]`; the text alone where there is no place."""
    return text if at is None else f"{text}  {style.mark(Tone.QUIET, f'[{at}]')}"


def verdict_lines(verdict: Verdict, style: Style) -> Iterator[str]:
    """Why a plan may not be carried out, and how it may after all; nothing when it may."""
    if verdict.accepted:
        return
    yield ""
    number = counted(len(verdict.violations), "check")
    yield style.mark(Tone.BAD, f"BLOCKED by {number}")
    for violation in verdict.violations:
        yield f"  {style.mark(Tone.BAD, violation.check)}: {inert(violation.message)}"
        yield f"      {inert(violation.way_out)}"
        if violation.releasable:
            yield (
                f"      or, for this run only: "
                f'reconciler apply PLAN --acknowledge {violation.token} --because "…"'
            )
