"""How fast requests may be sent to one endpoint, and how long so many of them take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from reconciler.model.identity import Kind

HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class KindRates:
    """What limits the writes of one kind, beside what limits them all: in a second with a burst,
    and in an hour. None means no limit is known."""

    per_second: float | None = None
    burst: int = 0
    per_hour: int | None = None

    def shared(self, share: float) -> KindRates:
        """What is left to us."""
        hourly = None if self.per_hour is None else max(1, int(self.per_hour * share))
        return KindRates(_part(self.per_second, share), int(self.burst * share), hourly)

    def times(self, writes: int) -> tuple[float, ...]:
        """How long so many writes take at least, by each limit."""
        found: tuple[float, ...] = ()
        if self.per_second is not None:
            found += (max(0, writes - self.burst) / self.per_second,)
        if self.per_hour is not None:
            found += (HOUR * max(0, ceil(writes / self.per_hour) - 1),)
        return found


_UNLIMITED: Final = KindRates()


@dataclass(frozen=True, slots=True)
class Rates:
    """Requests per second: of all kinds together, of reads, of writes; None means no limit is
    known. The bursts are how many reads or writes may go at once after a rest; 0 means that they
    are spread out. Writes of users, and of groups, may have limits of their own as well."""

    requests: float | None = None
    reads: float | None = None
    writes: float | None = None
    read_burst: int = 0
    write_burst: int = 0
    users: KindRates = _UNLIMITED
    groups: KindRates = _UNLIMITED

    def of(self, kind: Kind) -> KindRates:
        """What limits writes of one kind."""
        return self.users if kind is Kind.USER else self.groups

    @property
    def declared(self) -> bool:
        """A limit over everything is known; where none is, it is found."""
        return self.slowest is not None

    @property
    def slowest(self) -> float | None:
        """What exceeds none of these limits, whatever is sent; None where none is known."""
        known = (rate for rate in (self.requests, self.reads, self.writes) if rate is not None)
        return min(known, default=None)

    def shared(self, share: float) -> Rates:
        """What is left to us of each limit while somebody else lives under it as well."""
        return Rates(
            _part(self.requests, share),
            _part(self.reads, share),
            _part(self.writes, share),
            int(self.read_burst * share),
            int(self.write_burst * share),
            self.users.shared(share),
            self.groups.shared(share),
        )

    def seconds(self, reads: int, by_kind: Mapping[Kind, int]) -> float | None:
        """How long so many reads, and writes of each kind, take at least; None where no limit is
        known."""
        writes = sum(by_kind.values())
        times = [
            number / rate
            for number, rate in (
                (reads + writes, self.requests),
                (max(0, reads - self.read_burst), self.reads),
                (max(0, writes - self.write_burst), self.writes),
            )
            if rate is not None
        ]
        for kind, number in by_kind.items():
            times.extend(self.of(kind).times(number))
        return max(times) if times else None


def _part(rate: float | None, share: float) -> float | None:
    return None if rate is None else rate * share


NO_LIMIT: Final = Rates()
