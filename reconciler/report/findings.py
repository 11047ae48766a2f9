"""Diagnostics of manifests and policies: as text, and as data for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.show import inert
from reconciler.model.words import counted
from reconciler.report.style import Style, Tone


def diagnostic_lines(found: Sequence[Diagnostic], style: Style) -> Iterator[str]:
    """`file:line:col: error[code]: message`, and the hint under it."""
    for d in found:
        tone = Tone.BAD if d.severity is Severity.ERROR else Tone.CHANGE
        where = f"{inert(str(d.at))}: " if d.at is not None else ""
        yield f"{where}{style.mark(tone, d.severity)}[{d.code}]: {inert(d.message)}"
        if d.hint is not None:
            yield f"    {inert(d.hint)}"


def tally(found: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning`."""
    errors = sum(1 for d in found if d.severity is Severity.ERROR)
    return f"{counted(errors, 'error')}, {counted(len(found) - errors, 'warning')}"


def as_data(found: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    """One JSON object per diagnostic."""
    return [
        {
            "severity": d.severity.value,
            "code": d.code,
            "message": d.message,
            "hint": d.hint,
            "file": d.at.file if d.at else None,
            "line": d.at.line if d.at else None,
            "column": d.at.column if d.at else None,
        }
        for d in found
    ]
