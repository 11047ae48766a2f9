"""Somebody whom no manifest declares, explained: as text for people, and as data for programs.

The data has the parts of `reconciler.report.explanation_data`; what only a manifest could say is
null or empty there.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.identity import Kind
from reconciler.model.show import plain
from reconciler.plan.explain_undeclared import UNDECLARED, Undeclared
from reconciler.report.explanation import (
    answer_line,
    candidate_text,
    result_lines,
    standing_text,
)
from reconciler.report.explanation_data import (
    Data,
    candidate_data,
    membership_data,
    result_data,
    standing_data,
)
from reconciler.report.explanation_members import paragraph
from reconciler.report.style import Detail, Style, Tone
from reconciler.report.view import who


def undeclared_lines(explained: Undeclared, style: Style, detail: Detail) -> Iterator[str]:
    """The whole explanation, line by line."""
    kind = explained.subject.kind
    name = who(kind, explained.subject.key, explained.name)
    yield style.mark(
        Tone.STRONG,
        f"{name} at {plain(explained.target)} ({plain(explained.profile)}), "
        f"as of {explained.as_of:%Y-%m-%d %H:%M} UTC",
    )
    yield f"  {standing_text(UNDECLARED, style)}"
    yield ""
    yield "Live"
    if explained.live is None:
        yield f"  live {kind}: none"
    else:
        yield f"  found: {candidate_text(explained.live, kind)}"
        yield answer_line("owned", explained.live.owned, style)
    yield from memory_lines(explained)
    if explained.memberships:
        person = kind is Kind.USER
        title = "Groups" if person else f"Members: {len(explained.memberships):,} live"
        yield from paragraph(
            title, explained.memberships, person=person, style=style, detail=detail
        )
    yield ""
    yield from result_lines(explained.outcome, kind, style, detail)


def memory_lines(explained: Undeclared) -> Iterator[str]:
    """What the ledger still knows."""
    if explained.recorded is not None:
        yield f"  ledger: {plain(explained.subject.key)} was {plain(explained.recorded)}"
    if explained.deactivated is not None:
        yield f"  ledger: switched off by us since {explained.deactivated:%Y-%m-%d %H:%M} UTC"


def undeclared_data(explained: Undeclared) -> Data:
    """The whole explanation as JSON data."""
    live, since = explained.live, explained.deactivated
    nothing = explained.outcome.nothing
    return {
        "subject": str(explained.subject),
        "name": explained.name,
        "at": None,
        "target": explained.target,
        "profile": explained.profile,
        "asOf": explained.as_of.isoformat(),
        "standing": {**standing_data(UNDECLARED), "standing": "undeclared"},
        "access": None,
        "attributes": [],
        "membership": None,
        "memberships": [membership_data(membership) for membership in explained.memberships],
        "live": {
            "found": None if live is None else candidate_data(live),
            "recorded": explained.recorded,
            "deactivatedSince": None if since is None else since.isoformat(),
        },
        "result": result_data(explained.outcome),
        "entra": {
            "skipReason": None if nothing is None else nothing.skip.value,
            "IsActive": None,
            "Assigned": None,
            "IsEffectivelyEntitledForProvisioning": None,
        },
    }
