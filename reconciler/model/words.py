"""Numbers, times and lists as people say them."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """`1 user`, `12 users`, `3 people`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def duration(seconds: float) -> str:
    """A time for people: `8 s`, `12 min`, `2 h 5 min`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def listed(names: Sequence[str], most: int = 5) -> str:
    """The first few names, and how many more there are."""
    return and_more(names[:most], len(names))


def and_more(named: Sequence[str], number: int) -> str:
    """The same where only those few were put into words, of so many."""
    more = number - len(named)
    return ", ".join(named) + (f" and {more:,} more" if more > 0 else "")
