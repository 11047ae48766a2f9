"""Somebody whom no manifest declares, explained: as text for people, and as data for programs.

The data has the parts of `reconciler.report.explanation_data`; what only a manifest could say is
null or empty there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from reconciler.model.identity import Kind
from reconciler.model.show import plain
from reconciler.plan.explain.declared import Explanation
from reconciler.plan.explain.undeclared import Anybody, Undeclared
from reconciler.report.data import Data
from reconciler.report.explanation import (
    answer_line,
    candidate_text,
    explanation_lines,
    heading_text,
    result_lines,
    standing_text,
)
from reconciler.report.explanation_data import (
    candidate_data,
    explanation_data,
    membership_data,
    result_data,
    standing_data,
)
from reconciler.report.explanation_members import paragraph
from reconciler.report.style import Detail, Style


def undeclared_lines(explained: Undeclared, style: Style, detail: Detail) -> Iterator[str]:
    """The whole explanation, line by line."""
    kind = explained.subject.kind
    yield heading_text(explained, style)
    yield f"  {standing_text(explained.standing, style)}"
    yield ""
    yield "Live"
    yield from live_lines(explained, style)
    if explained.memberships:
        person = kind is Kind.USER
        title = "Groups" if person else f"Members: {len(explained.memberships):,} live"
        yield from paragraph(
            title, explained.memberships, person=person, style=style, detail=detail
        )
    yield ""
    yield from result_lines(explained.outcome, kind, style, detail)


def live_lines(explained: Undeclared, style: Style) -> Iterator[str]:
    """What is live, whose it is, and what the ledger still knows."""
    kind, live = explained.subject.kind, explained.live
    if live is None:
        yield f"  live {kind}: none"
    else:
        yield f"  found: {candidate_text(live, kind)}"
        yield answer_line("owned", live.owned, style)
    if explained.recorded is not None:
        yield f"  ledger: {plain(explained.subject.key)} was {plain(explained.recorded)}"
    if explained.deactivated is not None:
        yield f"  ledger: switched off by us since {explained.deactivated:%Y-%m-%d %H:%M} UTC"


def undeclared_data(explained: Undeclared) -> Data:
    """The whole explanation as JSON data."""
    live, since = explained.live, explained.deactivated
    nothing = explained.nothing
    return {
        "subject": str(explained.subject),
        "name": explained.name,
        "at": None,
        "target": explained.target,
        "profile": explained.profile,
        "asOf": explained.as_of.isoformat(),
        "standing": {**standing_data(explained.standing), "standing": "undeclared"},
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


def anybody_lines(explained: Anybody, style: Style, detail: Detail) -> Iterator[str]:
    """The whole explanation of whomever people asked about, line by line."""
    match explained:
        case Explanation():
            return explanation_lines(explained, style, detail)
        case Undeclared():
            return undeclared_lines(explained, style, detail)
        case _:
            assert_never(explained)


def anybody_data(explained: Anybody) -> Data:
    """The same as JSON data."""
    match explained:
        case Explanation():
            return explanation_data(explained)
        case Undeclared():
            return undeclared_data(explained)
        case _:
            assert_never(explained)
