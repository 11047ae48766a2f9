"""How fast requests may be sent to one endpoint, and how long so many of them take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rates:
    """Requests per second: of all kinds together, of reads, of writes; None means no limit is
    known. The bursts are how many reads or writes may go at once after a rest; 0 means that they
    are spread out."""

    requests: float | None = None
    reads: float | None = None
    writes: float | None = None
    read_burst: int = 0
    write_burst: int = 0

    @property
    def declared(self) -> bool:
        """A limit is known; where none is, it is found."""
        return self.slowest is not None

    @property
    def slowest(self) -> float | None:
        """What exceeds none of the limits, whatever is sent; None where none is known."""
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
        )

    def seconds(self, reads: int, writes: int) -> float | None:
        """How long so many requests take at least; None where no limit is known."""
        times = [
            number / rate
            for number, rate in (
                (reads + writes, self.requests),
                (max(0, reads - self.read_burst), self.reads),
                (max(0, writes - self.write_burst), self.writes),
            )
            if rate is not None
        ]
        return max(times) if times else None


def _part(rate: float | None, share: float) -> float | None:
    return None if rate is None else rate * share


NO_LIMIT: Final = Rates()
