"""How text is marked for people: colours on a terminal, nothing anywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Tone(StrEnum):
    """What a piece of text means; the terminal's code for it follows from that."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    QUIET = "quiet"
    STRONG = "strong"
    GOOD = "good"
    BAD = "bad"


_CODES: Final = {
    Tone.ADD: "32",
    Tone.CHANGE: "33",
    Tone.REMOVE: "31",
    Tone.QUIET: "2",
    Tone.STRONG: "1",
    Tone.GOOD: "32;1",
    Tone.BAD: "31;1",
}


@dataclass(frozen=True, slots=True)
class Style:
    """Marks text for a terminal, or leaves it as it is. Colour is never the only sign."""

    coloured: bool = False

    def mark(self, tone: Tone, text: str) -> str:
        """`text`, in the colour of `tone` where there are colours."""
        return f"\x1b[{_CODES[tone]}m{text}\x1b[0m" if self.coloured else text


PLAIN: Final = Style()


class Detail(StrEnum):
    """How much of a plan is written out. Removals always are."""

    FOLDED = "folded"
    FULL = "full"
