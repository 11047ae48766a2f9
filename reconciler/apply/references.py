"""Carrying out references: people who name other people, by ids that may be minutes old.

Whoever is named may have been created by the same run, so ids are looked up when the request is
sent, not when the plan is read.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.apply.compare import GONE
from reconciler.apply.finding import Done, Due, Finding, Moved
from reconciler.apply.known import Known
from reconciler.apply.objects import patch
from reconciler.apply.run import Run, skipped
from reconciler.model.change import SetReferences
from reconciler.model.entry_code import EntryCode
from reconciler.model.outcome import Outcome
from reconciler.model.path import AttributePath, Value, parse_path
from reconciler.model.profile import Profile
from reconciler.model.resource import Resource
from reconciler.plan.canonical import read_reference


def compare_references(
    change: SetReferences, live: Resource | None, known: Known, profile: Profile
) -> Finding:
    """Each reference for itself: it names whom it should, or whom the plan saw, or has moved.

    Whoever is yet to be created is named by nobody, so such a reference is due.
    """
    if live is None:
        return GONE
    due: dict[AttributePath, Value] = {}
    moved: list[str] = []
    for part in change.references:
        path = parse_path(part.path)
        held, wanted = read_reference(live, path, profile), known.named(part.after)
        if held == wanted and (part.after is None or wanted is not None):
            continue
        if held == known.named_before(part.before):
            due[path] = wanted
        else:
            moved.append(part.path)
    if moved:
        return Moved(f"{', '.join(sorted(moved))}: no longer as the plan saw it")
    return Due(due, version=live.version, seen=live) if due else Done(live.id)


async def set_references(change: SetReferences, due: Due, run: Run) -> Outcome:
    """One PATCH of those that still name somebody else."""
    live = run.known.resource_of(change)
    if live is None:
        said = "its own id is not known yet; plan again"
        return skipped(change, said, EntryCode.DEPENDENCY_FAILED)
    parts = [part for part in change.references if not due.values or _due(part.path, due)]
    absent = [part.after for part in parts if part.after and run.known.named(part.after) is None]
    if absent:
        said = f"no account here for {', '.join(absent)}"
        return skipped(change, said, EntryCode.UNRESOLVED_REFERENCE)
    values: dict[AttributePath, Value] = {
        parse_path(part.path): run.known.named(part.after) for part in parts
    }

    async def look() -> Finding:
        seen = await run.provider.get(change.kind, live)
        return compare_references(change, seen, run.known, run.profile)

    return await patch(change, live, replace(due, values=values), look, run)


def _due(path: str, due: Due) -> bool:
    return parse_path(path) in due.values
