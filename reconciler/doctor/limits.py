"""What the answers of an examination have said of limits, without a request of its own.

Two families of headers are in use (`X-RateLimit-…`, `RateLimit-…`); a limit is worth a value of the
profile only where its window stands beside it: `5000;w=60`, `"default";q=100;w=60`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from reconciler.doctor.finding import Notes
from reconciler.doctor.line import Reading
from reconciler.model.dialect import QuotaHeaders
from reconciler.model.show import plain

_ABOUT: Final = "limits"
_POLICY: Final = re.compile(r"(?:\bq=)?(?<![\w=])(\d{1,7})[^,]*?;\s*w=(\d{1,6})")
_QUOTA: Final = re.compile(r"q=(\d{1,7})[^,]*?;\s*w=(\d{1,6})")
_FORMS: Final = (
    (re.compile(r"\d+(\.\d+)?"), "seconds"),
    (re.compile(r"\d+(\.\d+)?\s*s", re.IGNORECASE), "seconds with their unit"),
    (re.compile(r"[A-Z][a-z]{2}, .+ GMT"), "a date"),
)


def examine_limits(answers: Iterable[Reading], notes: Notes) -> None:
    """Headers that tell of limits, and what came with a 429."""
    answers = tuple(answers)
    for family in QuotaHeaders:
        told = [a for a in answers if f"{family}-remaining" in a.headers]
        if told:
            how = f"answers have `{family}-remaining`"
            notes.saw("quota_headers", family, how)
            break
    rate = min((rate for a in answers if (rate := _rate(a)) is not None), default=None)
    if rate is not None:
        requests, seconds = rate[1], rate[2]
        how = f"a header says {requests} in {seconds} s"
        notes.saw("requests_per_second", round(rate[0], 3), how)
    throttled = [a for a in answers if a.status == 429]
    if throttled:
        _throttled(throttled, len(answers), notes)


def _rate(answer: Reading) -> tuple[float, int, int] | None:
    """The scarcest limit that stands in the headers with its window."""
    found: list[tuple[float, int, int]] = []
    for name, text in sorted(answer.headers.items()):
        if name.endswith(("ratelimit-limit", "ratelimit-policy")):
            for match in (*_QUOTA.finditer(text), *_POLICY.finditer(text)):
                requests, seconds = int(match[1]), int(match[2])
                if requests and seconds:
                    found.append((requests / seconds, requests, seconds))
    return min(found, default=None)


def _throttled(throttled: list[Reading], asked: int, notes: Notes) -> None:
    said = f"{len(throttled)} of {asked} requests were too many (429)"
    text = next((a.headers["retry-after"] for a in throttled if "retry-after" in a.headers), None)
    if text is None:
        hint = "write `errors: {wait: …}` in a Profile, with the seconds that it takes"
        notes.warn(_ABOUT, f"{said}, and nothing says how long to wait", hint=hint)
        return
    form = next((form for pattern, form in _FORMS if pattern.fullmatch(text.strip())), None)
    hint = "write a rate in a Profile, so that a plan keeps to it from the beginning"
    if form is None:
        notes.warn(_ABOUT, f"{said}; `Retry-After` cannot be read: {plain(text[:40])}", hint=hint)
    else:
        notes.warn(_ABOUT, f"{said}; `Retry-After` is {form}, which is kept to", hint=hint)
