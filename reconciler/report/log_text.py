"""Entries of a provisioning log and what they come to: as text for people, and as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.model.identity import Kind
from reconciler.model.show import inert, plain
from reconciler.model.words import counted
from reconciler.report.log_entry import LogEntry, Status, entry_data
from reconciler.report.log_query import LogSummary
from reconciler.report.style import Detail, Style, Tone
from reconciler.report.view import who

_SHOWN: Final = 20  # entries, the latest, before the rest is folded
_ERRORS: Final = 10

_TONES: Final[dict[Status, Tone]] = {
    "success": Tone.GOOD,
    "failure": Tone.BAD,
    "skipped": Tone.QUIET,
    "warning": Tone.CHANGE,
}


def log_lines(
    entries: Sequence[LogEntry], summary: LogSummary, style: Style, detail: Detail
) -> Iterator[str]:
    """The latest entries, oldest first, and the summary of all."""
    shown = entries if detail is Detail.FULL else entries[-_SHOWN:]
    if len(shown) < len(entries):
        more = f"… {len(entries) - len(shown):,} earlier entries (--full shows them)"
        yield style.mark(Tone.QUIET, more)
    for entry in shown:
        yield from _entry(entry, style)
    yield from ([""] if shown else [])
    yield from summary_lines(summary, style)


def _entry(entry: LogEntry, style: Style) -> Iterator[str]:
    info = entry.provisioning_status_info
    kind, _, key = entry.reconciler.subject.partition(":")
    name = who(Kind(kind), key, entry.source_identity.display_name)
    status = style.mark(_TONES[info.status], info.status)
    when = f"{entry.activity_date_time:%Y-%m-%d %H:%M:%S}"
    where = plain(entry.reconciler.target)
    yield f"{when}  {status} {entry.provisioning_action} {name} at {where}"
    if info.error_information is not None:
        error = info.error_information
        yield f"    {error.error_code}: {inert(error.reason)}"
        if info.status != "skipped":
            yield f"    {inert(error.recommended_action)}"


def summary_lines(summary: LogSummary, style: Style) -> Iterator[str]:
    """How many of what, the most frequent reasons, and the slowest."""
    between = ""
    if summary.first is not None and summary.last is not None:
        between = f", {summary.first:%Y-%m-%d %H:%M} to {summary.last:%Y-%m-%d %H:%M} UTC"
    total = "1 entry" if summary.entries == 1 else f"{summary.entries:,} entries"
    yield style.mark(Tone.STRONG, f"{total} of {counted(summary.runs, 'run')}{between}")
    for action, status, number in summary.counts:
        yield f"  {number:>7,}  {action} {status}"
    if summary.errors:
        yield "Why"
    for error in summary.errors[:_ERRORS]:
        yield f"  {error.number:>7,}  {error.code}: {inert(error.reason)}"
    if len(summary.errors) > _ERRORS:
        yield f"  … {len(summary.errors) - _ERRORS} more codes"
    if summary.slowest:
        yield "Slowest"
    for entry in summary.slowest:
        took = f"{entry.duration_in_milliseconds:,} ms"
        yield f"  {took:>10}  {entry.provisioning_action} {plain(entry.reconciler.subject)}"


def summary_data(summary: LogSummary) -> dict[str, object]:
    """The summary as JSON data."""
    return {
        "entries": summary.entries,
        "runs": summary.runs,
        "first": None if summary.first is None else summary.first.isoformat(),
        "last": None if summary.last is None else summary.last.isoformat(),
        "counts": [
            {"action": action, "status": status, "number": number}
            for action, status, number in summary.counts
        ],
        "errors": [
            {"errorCode": error.code, "number": error.number, "reason": error.reason}
            for error in summary.errors
        ],
        "slowest": [
            {
                "id": entry.id,
                "subject": entry.reconciler.subject,
                "action": entry.provisioning_action,
                "durationInMilliseconds": entry.duration_in_milliseconds,
            }
            for entry in summary.slowest
        ],
    }


def log_data(entries: Sequence[LogEntry], summary: LogSummary) -> dict[str, object]:
    """Every entry, and the summary."""
    return {
        "entries": [entry_data(entry) for entry in entries],
        "summary": summary_data(summary),
    }
