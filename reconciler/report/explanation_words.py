"""How the text of an explanation says yes, no and why, with the line that makes it so."""

from __future__ import annotations

from typing import Final

from reconciler.desired.truth import Truth
from reconciler.model.desired import Reason
from reconciler.model.diagnostic import Position
from reconciler.model.show import inert
from reconciler.report.style import Style, Tone
from reconciler.report.text import placed
from reconciler.report.view import place

TRUTHS: Final = {
    Truth.TRUE: (Tone.GOOD, "yes"),
    Truth.FALSE: (Tone.BAD, "no"),
    Truth.UNDETERMINED: (Tone.CHANGE, "undetermined"),
}


def because(text: str, reason: Reason, style: Style) -> str:
    """`text: why  [file:line]`."""
    return located(f"{text}: {inert(reason.text)}", reason.at, style)


def located(text: str, at: Position | None, style: Style) -> str:
    """`text  [file:line]`; the text alone where there is no place."""
    return placed(text, place(at), style)
