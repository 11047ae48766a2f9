"""Whether a ledger can be trusted: every line of it, where the first bad one is, and what to do."""

from __future__ import annotations

from typing import Protocol

from reconciler.apply.chain import appends, first_link
from reconciler.errors import BrokenLedgerError
from reconciler.model.ledger_runs import Checked


class Kept(Protocol):
    """The bytes of a ledger, and where people find a line of it."""

    def content(self) -> bytes:
        """All lines; not verified."""
        ...

    def place_of(self, line: int) -> str:
        """Where a line (from 1) stands."""
        ...

    def way_back(self, sound: int) -> str:
        """How to go on with the first `sound` lines, in words and a command."""
        ...


def check(ledger: Kept, target: str) -> Checked:
    """Read all of it, and follow the chain as far as it goes."""
    content = ledger.content()
    lines, end, last = 0, 0, first_link(target)
    try:
        for append in appends(content, target):
            lines, end, last = lines + len(append), append[-1].end, append[-1].hash
    except BrokenLedgerError as error:
        return Checked(
            target,
            lines,
            last,
            broken=error.message,
            line=error.line,
            place=ledger.place_of(error.line),
            way_back=ledger.way_back(lines),
        )
    return Checked(target, lines, last, torn=len(content) - end)
