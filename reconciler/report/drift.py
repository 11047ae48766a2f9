"""Drift: what was changed at the provider, apart from what Git wants and nobody has applied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reconciler.model.change import Change
from reconciler.model.desired import Cause
from reconciler.model.plan import Note, Plan
from reconciler.model.show import inert, plain
from reconciler.model.words import counted
from reconciler.report.style import Detail, Style, Tone
from reconciler.report.text import body_lines
from reconciler.report.view import prepare


def split(plan: Plan) -> tuple[Plan, Plan]:
    """The plan's drift, and the rest of it."""
    drifted = tuple(c for c in plan.changes if c.cause is Cause.DRIFT)
    pending = tuple(c for c in plan.changes if c.cause is not Cause.DRIFT)
    return replace(plan, changes=drifted, notes=()), replace(plan, changes=pending, notes=())


def drift_lines(plan: Plan, target: str, style: Style, detail: Detail) -> Iterator[str]:
    """Drift, then what is pending, and what to do about either.

    Both are written out: where no ledger remembers what was applied, nothing can be told for drift,
    and every difference is among what is not applied yet.
    """
    drifted, pending = split(plan)
    name = style.mark(Tone.STRONG, plain(target))
    for gap in plan.gaps:
        yield f"{name}: {style.mark(Tone.BAD, 'incomplete')}: {inert(gap)}"
    if not plan.changes and not plan.undecided:
        if plan.complete:
            yield f"{name}: {style.mark(Tone.GOOD, 'no drift')}, everything is as Git says."
        return
    if drifted.changes:
        found = counted(len(drifted.changes), "change")
        yield f"{name}: {style.mark(Tone.BAD, 'drift')}, {found} behind Git's back."
        yield from body_lines(prepare(drifted, detail), style)
        yield ""
        yield f"To put it back: reconciler plan {plain(target)} --only drift -o heal.plan.json"
    elif not plan.remembered:
        yield (
            f"{name}: no ledger remembers what was applied here, so drift cannot be told from "
            "what is not applied yet."
        )
    elif plan.complete:
        yield f"{name}: no drift."
    if pending.changes:
        view = prepare(pending, detail)
        yield f"{name}: not applied yet: {view.summary}"
        yield from body_lines(view, style)
    if plan.undecided:
        view = prepare(replace(plan, changes=(), notes=plan.undecided), detail)
        yield f"{name}: not everything is as Git says, and applying a plan does not change that."
        yield from body_lines(view, style)


def drift_data(plan: Plan) -> dict[str, Any]:
    """The same for programs."""
    drifted, pending = split(plan)
    return {
        "target": plan.target.name,
        "complete": plan.complete,
        "remembered": plan.remembered,
        "gaps": list(plan.gaps),
        "drift": [_change(c) for c in drifted.changes],
        "pending": [_change(c) for c in pending.changes],
        "undecided": [_note(n) for n in plan.undecided],
    }


def _note(note: Note) -> dict[str, Any]:
    return {
        "code": note.code,
        "subject": str(note.subject),
        "name": note.name,
        "reason": note.message,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "action": change.action,
        "subject": str(change.subject),
        "name": change.name,
        "reason": change.reason.text,
        "hash": change.hash,
    }
