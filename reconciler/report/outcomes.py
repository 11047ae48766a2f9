"""What became of each change: as text, and as data for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from reconciler.model.entry_code import meaning_of
from reconciler.model.outcome import Outcome, Status
from reconciler.model.show import inert, plain
from reconciler.model.words import counted
from reconciler.report.style import Style, Tone

STATUS_WORDS: Final = {
    Status.APPLIED: "applied",
    Status.ALREADY_APPLIED: "already applied",
    Status.FAILED: "failed",
    Status.UNKNOWN: "unknown",
    Status.SKIPPED: "skipped",
}
_METHODS: Final = "GET POST PATCH PUT DELETE"
_SHOWN: Final = 8  # skipped changes of one reason, before the rest is folded
_FAILURES: Final = frozenset({Status.FAILED, Status.UNKNOWN})
_FINE: Final = frozenset({Status.APPLIED, Status.ALREADY_APPLIED})


class Ran(Protocol):
    """What a report has to know of an apply that has ended; `reconciler.apply` has it."""

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """One per change, in the plan's order."""
        ...

    @property
    def halt(self) -> str | None:
        """The word for why sending ended before its time, if it did."""
        ...

    @property
    def why(self) -> str | None:
        """The same in a sentence."""
        ...

    @property
    def budget(self) -> int:
        """How many failures it would have borne."""
        ...

    @property
    def canary(self) -> Sequence[str]:
        """The hashes of the changes that went first, and were read back."""
        ...

    @property
    def bulk_refused(self) -> str | None:
        """Why what was to be sent together was sent one by one, if it was."""
        ...


def run_lines(ran: Ran, style: Style) -> Iterator[str]:
    """What the operator has to know: which went first, what did not work, why it ended early."""
    if ran.canary:
        yield f"Canary: {counted(len(ran.canary), 'change')} went first, to be read back:"
        yield from (f"  {_named(o)}" for o in ran.outcomes if o.hash in ran.canary)
    yield from outcome_lines(ran.outcomes, style)
    yield from not_kept_lines(ran.outcomes, style)
    if ran.bulk_refused is not None:
        yield (
            f"{style.mark(Tone.CHANGE, 'No Bulk')}: {inert(ran.bulk_refused)}. Each change went "
            "by itself; set `bulkOperations: none` in the profile, or a smaller number."
        )
    failures = _failures(ran)
    if failures:
        yield f"Failures: {failures:,}; a run of this plan stops at {ran.budget:,}."
        yield from _advice(ran.outcomes)
    if ran.why is not None:
        yield f"{style.mark(Tone.BAD, 'Stopped early')}: {inert(ran.why)}."
        yield "Applying the same plan again goes on: what is done is found done."


def _advice(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """What to do about them, once for each kind of failure."""
    codes = {o.code for o in outcomes if o.status in _FAILURES and o.code is not None}
    for code in sorted(codes):
        yield f"  {code}: {meaning_of(code).advice}."


def _failures(ran: Ran) -> int:
    return sum(1 for outcome in ran.outcomes if outcome.status in _FAILURES)


def run_data(ran: Ran) -> dict[str, Any]:
    """The same for a program."""
    return {
        "halt": None if ran.why is None else {"because": ran.halt, "message": ran.why},
        "failures": {"count": _failures(ran), "budget": ran.budget},
        "canary": list(ran.canary),
        "bulkRefused": ran.bulk_refused,
        "outcomes": as_data(ran.outcomes),
    }


def outcome_lines(outcomes: Sequence[Outcome], style: Style) -> Iterator[str]:
    """What did not work, one by one; then everything, counted.

    Of many that were skipped for one reason (a halt skips all that is left) the first few stand for
    the rest.
    """
    alike = Counter(o.detail for o in outcomes if o.status is Status.SKIPPED)
    shown: Counter[str | None] = Counter()
    for outcome in outcomes:
        if outcome.status in _FINE:
            continue
        if outcome.status is Status.SKIPPED:
            shown[outcome.detail] += 1
            if shown[outcome.detail] > _SHOWN:
                continue
        word = style.mark(Tone.BAD, STATUS_WORDS[outcome.status])
        yield f"  {word} {_named(outcome)}"
        if outcome.detail is not None:
            yield f"      {inert(outcome.detail)}"
    for detail, number in alike.items():
        if number > _SHOWN:
            why = "" if detail is None else f": {inert(detail)}"
            yield f"  … {number - _SHOWN:,} more skipped{why}"
    yield f"Apply: {tally(outcomes)}."


def not_kept_lines(outcomes: Sequence[Outcome], style: Style) -> Iterator[str]:
    """What the provider dropped or altered, in the form in which a manifest accepts it."""
    found: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        if outcome.not_kept:
            found.setdefault(f"{outcome.kind}s", Counter()).update(outcome.not_kept)
    if not found:
        return
    concerned = sum(1 for outcome in outcomes if outcome.not_kept)
    yield (
        f"{style.mark(Tone.CHANGE, 'Not kept')}: the provider dropped or altered what "
        f"{counted(concerned, 'change')} sent. Take it out of the mapping, or accept it in the "
        "target's manifest:"
    )
    for block in sorted(found, reverse=True):
        yield f"  {block}:"
        yield "    notKept:"
        for path, number in sorted(found[block].items()):
            yield f"      - {_scalar(path)}  # {counted(number, 'change')}"


def _scalar(path: str) -> str:
    """A path as YAML: quoted where it has quotes, brackets or colons of its own."""
    shown = plain(path)
    return shown if shown.replace(".", "").isalnum() else "'" + shown.replace("'", "''") + "'"


def _named(outcome: Outcome) -> str:
    return f"{outcome.action} {outcome.kind} {plain(outcome.key)}"


def requests_line(sent: Mapping[str, int]) -> str:
    """`Requests: 3 (2 GET, 1 POST)`, methods in the order of a plan's estimate."""
    ordered = sorted(sent, key=lambda method: (_METHODS.find(method), method))
    parts = ", ".join(f"{sent[method]:,} {method}" for method in ordered if sent[method])
    return f"Requests: {sum(sent.values()):,}" + (f" ({parts})" if parts else "")


def tally(outcomes: Sequence[Outcome]) -> str:
    """`154 applied, 1 failed`; every status that occurs, none hidden."""
    counts = {status: sum(1 for o in outcomes if o.status is status) for status in Status}
    parts = [f"{number:,} {STATUS_WORDS[status]}" for status, number in counts.items() if number]
    return ", ".join(parts) if parts else "nothing to do"


def as_data(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """One JSON object per outcome, in the plan's order."""
    return [
        {
            "hash": o.hash,
            "action": o.action,
            "subject": str(o.subject),
            "status": o.status.value,
            "detail": o.detail,
            "id": o.id,
            "requestIds": list(o.request_ids),
            "stale": o.stale,
            "notKept": list(o.not_kept),
        }
        for o in outcomes
    ]
