"""From when until when something holds. `asOf` is the only clock.

A date without a time means the whole day in the target's time zone: `from` begins with it,
`until` ends with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

#: A day in the target's time zone, or an exact instant with an offset.
Moment = date | datetime


class Phase(StrEnum):
    """Where an instant lies relative to a period."""

    BEFORE = "before"
    WITHIN = "within"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Period:
    """Half-open on neither side as people write it: both named days belong to it."""

    begins: Moment | None = None
    ends: Moment | None = None

    def at(self, as_of: datetime, zone: tzinfo) -> Phase:
        """Where `as_of` (with an offset) lies, days counted in `zone`."""
        if self.begins is not None and as_of < start_of(self.begins, zone):
            return Phase.BEFORE
        if self.ends is not None and as_of >= end_of(self.ends, zone):
            return Phase.AFTER
        return Phase.WITHIN


ALWAYS = Period()


def instant_text(moment: Moment) -> str:
    """A date among the attributes: an instant in UTC as text, a day being its first one there."""
    instant = start_of(moment, UTC).astimezone(UTC)
    return instant.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def start_of(moment: Moment, zone: tzinfo) -> datetime:
    """The first instant of a day in `zone`; an exact instant is itself."""
    if isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time.min, zone)


def end_of(moment: Moment, zone: tzinfo) -> datetime:
    """The first instant after a day in `zone`; an exact instant is itself."""
    if isinstance(moment, datetime):
        return moment
    if moment == date.max:  # "never", as some systems write it; no day follows it
        return datetime.max.replace(tzinfo=zone)
    return datetime.combine(moment + timedelta(days=1), time.min, zone)
