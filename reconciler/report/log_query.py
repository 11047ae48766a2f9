"""Questions to a provisioning log: which of its entries, and what they come to together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reconciler.report.log_entry import LogEntry

_SLOWEST: Final = 5


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What an entry must be; None and empty ask nothing. Several words of one kind mean any."""

    subjects: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    run: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def takes(self, entry: LogEntry) -> bool:
        """Whether the entry is asked for. `until` is the first instant that is not."""
        when, error = entry.activity_date_time, entry.provisioning_status_info.error_information
        code = None if error is None else error.error_code.value
        return (
            (not self.subjects or bool(self.subjects & _names(entry)))
            and (not self.targets or entry.reconciler.target in self.targets)
            and (not self.actions or entry.provisioning_action in self.actions)
            and (not self.statuses or entry.provisioning_status_info.status in self.statuses)
            and (not self.codes or code in self.codes)
            and (self.run is None or entry.cycle_id.startswith(self.run))
            and (self.since is None or when >= self.since)
            and (self.until is None or when < self.until)
        )


def _names(entry: LogEntry) -> set[str | None]:
    """Everything that somebody may call the object by."""
    _, _, key = entry.reconciler.subject.partition(":")
    source, target = entry.source_identity, entry.target_identity
    return {entry.reconciler.subject, key, source.display_name, source.id, target.id}


@dataclass(frozen=True, slots=True)
class ErrorCount:
    """How often a code occurred, and the reason that it had most often."""

    code: str
    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class LogSummary:
    """What entries come to. `counts` is by action and status, `errors` the most frequent first,
    `slowest` those that took longest."""

    entries: int
    runs: int
    first: datetime | None
    last: datetime | None
    counts: tuple[tuple[str, str, int], ...]
    errors: tuple[ErrorCount, ...]
    slowest: tuple[LogEntry, ...]


def summarise(entries: Sequence[LogEntry]) -> LogSummary:
    """The summary; equal counts are in the order of their words."""
    moments = [entry.activity_date_time for entry in entries]
    counts = Counter(
        (entry.provisioning_action, entry.provisioning_status_info.status) for entry in entries
    )
    timed = [entry for entry in entries if entry.duration_in_milliseconds > 0]
    return LogSummary(
        entries=len(entries),
        runs=len({entry.cycle_id for entry in entries}),
        first=min(moments, default=None),
        last=max(moments, default=None),
        counts=tuple((action, status, n) for (action, status), n in sorted(counts.items())),
        errors=_errors(entries),
        slowest=tuple(
            sorted(timed, key=lambda e: (-e.duration_in_milliseconds, e.reconciler.subject, e.id))
        )[:_SLOWEST],
    )


def _errors(entries: Iterable[LogEntry]) -> tuple[ErrorCount, ...]:
    reasons: dict[str, Counter[str]] = {}
    for entry in entries:
        error = entry.provisioning_status_info.error_information
        if error is not None:
            reasons.setdefault(error.error_code.value, Counter())[error.reason] += 1
    found = (
        ErrorCount(code, said.total(), min(said, key=lambda reason: (-said[reason], reason)))
        for code, said in reasons.items()
    )
    return tuple(sorted(found, key=lambda error: (-error.number, error.code)))
