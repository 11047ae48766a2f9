"""A ledger for people and for programs: its runs, and whether its chain is sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from reconciler.model.ledger_runs import Checked, LedgerRun
from reconciler.model.show import inert, plain
from reconciler.model.words import counted
from reconciler.report.outcomes import STATUS_WORDS
from reconciler.report.style import Detail, Style, Tone

_RUNS: Final = 10  # before earlier ones are folded
_UNKNOWNS: Final = 8  # of one run, likewise


def ledger_lines(
    target: str, runs: Sequence[LedgerRun], holder: str | None, style: Style, detail: Detail
) -> Iterator[str]:
    """The runs of one target, the newest last."""
    yield style.mark(Tone.STRONG, f"{plain(target)}: {counted(len(runs), 'run')}")
    if holder is not None:
        yield f"  held by {plain(holder)}"
    folded = 0 if detail is Detail.FULL else max(0, len(runs) - _RUNS)
    if folded:
        yield style.mark(Tone.QUIET, f"  … {folded:,} earlier (--full shows them)")
    for run in runs[folded:]:
        yield from _run_lines(run, style, detail, last=run is runs[-1])


def _run_lines(run: LedgerRun, style: Style, detail: Detail, *, last: bool) -> Iterator[str]:
    opened = run.opened
    commit = f", commit {plain(opened.commit[:10])}" if opened.commit else ""
    undoes = f", undoes {plain(opened.undoes)}" if opened.undoes else ""
    end = _end(run, style, last=last)
    yield f"  {opened.at:%Y-%m-%d %H:%M} UTC  run {plain(opened.run)}: {end}"
    yield f"      plan {plain(opened.plan)}{commit}{undoes}"
    tally = ", ".join(f"{number:,} {STATUS_WORDS[status]}" for status, number in run.counts.items())
    yield f"      {tally or 'nothing to do'}"
    for words in opened.acknowledged:
        yield f"      acknowledged: {inert(words)}"
    unknown = list(run.unknown.values())
    shown = unknown if detail is Detail.FULL else unknown[:_UNKNOWNS]
    for words in shown:
        yield "      " + style.mark(Tone.BAD, "unknown") + f": {inert(words)}"
    if len(unknown) > len(shown):
        yield style.mark(Tone.QUIET, f"      … {len(unknown) - len(shown):,} more unknown")

    if last and run.closed is None:
        yield "      if it was killed: applying the same plan again goes on, and looks first"


def _end(run: LedgerRun, style: Style, *, last: bool) -> str:
    if run.closed is None:  # whoever came after it could not have begun while it was at work
        words = "did not end: killed, or still at work" if last else "did not end: it was killed"
        return style.mark(Tone.BAD, words)
    return f"exit code {run.closed.exit_code}"


def ledger_data(target: str, runs: Sequence[LedgerRun], holder: str | None) -> dict[str, Any]:
    """The same for a program."""
    return {"target": target, "heldBy": holder, "runs": [_run_data(run) for run in runs]}


def _run_data(run: LedgerRun) -> dict[str, Any]:
    opened, closed = run.opened, run.closed
    return {
        "run": opened.run,
        "opened": opened.at.isoformat(),
        "plan": opened.plan,
        "commit": opened.commit,
        "undoes": opened.undoes,
        "acknowledged": list(opened.acknowledged),
        "closed": None if closed is None else closed.at.isoformat(),
        "exitCode": None if closed is None else closed.exit_code,
        "counts": {status.value: number for status, number in run.counts.items()},
        "unknown": [{"hash": hash_, "about": words} for hash_, words in run.unknown.items()],
        "outcomes": [
            {"hash": r.hash, "action": r.action, "subject": r.subject, "status": r.status.value}
            for r in run.results.values()
        ],
    }


def checked_lines(found: Checked, style: Style) -> Iterator[str]:
    """Whether one target's ledger is sound, and if not, where and what to do."""
    if found.broken is not None:
        yield f"{style.mark(Tone.BAD, 'broken')}: {inert(found.broken)}"
        yield f"    at {found.place}"
        yield f"    {found.way_back}"
        return
    lines = counted(found.lines, "line")
    yield f"{plain(found.target)}: {style.mark(Tone.GOOD, 'sound')}, {lines}, hash {found.hash}"
    if found.torn:
        yield (
            f"    {found.torn:,} bytes at the end are half an append: a run was killed while it "
            "wrote,"
        )
        yield "    or is writing now. They do not count, and the next append cuts them off."


def checked_data(found: Checked) -> dict[str, Any]:
    """The same for a program."""
    return {
        "target": found.target,
        "sound": found.sound,
        "lines": found.lines,
        "hash": found.hash,
        "tornBytes": found.torn,
        "broken": found.broken,
        "line": found.line,
        "place": found.place,
        "wayBack": found.way_back,
    }
