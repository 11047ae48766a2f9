"""What a provider says is left of its limit, in the headers of any answer.

Two families of names are in use, with one meaning: so many requests are left until the reset. The
reset is so many seconds away, or a moment in seconds since 1970, which is measured against the
`Date` of the same reply; no time-out lasts years, so the two cannot be mistaken for each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from reconciler.model.dialect import QuotaHeaders

_NUMBER: Final = re.compile(r"\s*(\d{1,12})(?:\.\d{1,9})?\s*(?:[,;].*)?", re.DOTALL)
_A_MOMENT: Final = 1_000_000_000
#: Whatever is said, an hour later we ask again.
LONGEST: Final = 3600.0


def pause(headers: Mapping[str, str], family: QuotaHeaders | None) -> float:
    """Seconds until there is something left; 0 where there is, or where nothing clear is said."""
    if family is None or _number(headers.get(f"{family}-remaining")) != 0:
        return 0.0
    reset = _number(headers.get(f"{family}-reset"))
    if reset is None:
        return 0.0
    if reset >= _A_MOMENT:
        now = _seconds_of(headers.get("date", ""))
        reset = 0 if now is None else max(0, reset - now)
    return min(float(reset), LONGEST)


def _number(text: str | None) -> int | None:
    found = _NUMBER.fullmatch(text or "")
    return None if found is None else int(found[1])


def _seconds_of(date: str) -> int | None:
    try:
        return int(parsedate_to_datetime(date).timestamp())
    except (ValueError, OverflowError):  # a number in it may be beyond every date
        return None
