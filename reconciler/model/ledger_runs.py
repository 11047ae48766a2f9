"""What a ledger tells: its runs, what of them nobody knows, and whether it can be trusted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, assert_never

from reconciler.model.change import Change
from reconciler.model.entry_code import EntryCode
from reconciler.model.ledger import Closed, Intent, Opened, Record, Remembered, Result
from reconciler.model.outcome import Event, Outcome, Span, Status
from reconciler.model.plan import Plan

_LOST: Final = "it was about to be sent when the run was cut off, and nothing tells what came of it"
_NOT_SENT: Final = "the run was cut off before it was sent"


@dataclass(frozen=True, slots=True)
class LedgerRun:
    """One apply. Without `closed` it was cut off: killed, or not ended yet.

    `unknown`: what was about to be sent and has no result, or has one that does not know, by hash,
    with the words for it. `results` are by hash, too; of two the later counts.
    """

    opened: Opened
    results: Mapping[str, Result] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)
    closed: Closed | None = None

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many changes came to what; only what occurs."""
        counts = Counter(result.status for result in self.results.values())
        lost = sum(1 for hash_ in self.unknown if hash_ not in self.results)
        counts[Status.UNKNOWN] += lost
        return {status: counts[status] for status in Status if counts[status]}


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a ledger is sound. `lines` and `hash` are of the part that is; `torn` bytes at its
    end are half an append, which a killed process leaves and which does not count."""

    target: str
    lines: int
    hash: str
    torn: int = 0
    broken: str | None = None  # what is wrong with the first line that is not
    line: int | None = None
    place: str | None = None
    way_back: str | None = None

    @property
    def sound(self) -> bool:
        return self.broken is None


@dataclass(slots=True)
class _Open:
    opened: Opened
    intended: dict[str, str] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    closed: Closed | None = None

    def done(self) -> LedgerRun:
        unknown = {
            hash_: words
            for hash_, words in self.intended.items()
            if hash_ not in self.results or self.results[hash_].status is Status.UNKNOWN
        }
        return LedgerRun(self.opened, self.results, unknown, self.closed)


def runs_of(records: Iterable[Record]) -> tuple[LedgerRun, ...]:
    """Every run in the order in which they began; a record of a run that never began is none's."""
    runs: dict[str, _Open] = {}
    for record in records:
        if isinstance(record, Opened):
            runs[record.run] = _Open(record)
        elif (run := runs.get(record.run)) is not None:
            _note(run, record)
    return tuple(run.done() for run in runs.values())


def events_of(run: LedgerRun, plan: Plan) -> dict[str, Event]:
    """What became of each change of the plan that the run carried out, by hash.

    The ledger has no words for why, and dates outcomes only. What has no result was in flight when
    the run was cut off, and is unknown; what was not even intended was not sent.
    """
    return {change.hash: _event(change, run) for change in plan.changes}


def _event(change: Change, run: LedgerRun) -> Event:
    result, at = run.results.get(change.hash), run.opened.at
    outcome = Outcome(change.hash, change.action, change.kind, change.key, Status.SKIPPED)
    if result is not None:
        at = result.at or at
        outcome = replace(
            outcome,
            status=result.status,
            id=result.id,
            request_ids=result.request_ids,
            code=result.code,
            not_kept=result.not_kept,
        )
    elif change.hash in run.unknown:
        outcome = replace(outcome, status=Status.UNKNOWN, detail=_LOST, code=EntryCode.TIMEOUT)
    else:
        outcome = replace(outcome, detail=_NOT_SENT, code=EntryCode.RUN_HALTED)
    return Event(outcome, Span(at, at))


def _note(run: _Open, record: Intent | Result | Remembered | Closed) -> None:
    match record:
        case Intent(hashes=hashes, about=about):
            run.intended.update(zip(hashes, about or hashes, strict=True))
        case Result():
            run.results[record.hash] = record
        case Closed():
            run.closed = record
        case Remembered():
            pass
        case _:
            assert_never(record)
