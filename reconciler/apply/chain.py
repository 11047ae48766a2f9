"""The lines of a ledger: each bound to the one before it, so that none can be lost or edited.

A line is a JSON object with `previous`, `left`, `record` and `hash`. `hash` is the SHA-256 of the
other three in canonical form; `previous` is the hash of the line before (of the target's name for
the first); `left` counts the lines of the same append that follow, so that an append of several
records is there as a whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Discriminator, TypeAdapter

from reconciler.errors import BrokenLedgerError
from reconciler.model.canonical import canonical_json, digest
from reconciler.model.ledger import Record

_RECORD: Final[TypeAdapter[Record]] = TypeAdapter(Annotated[Record, Discriminator("record")])


def first_link(target: str) -> str:
    """What the first line of a target's ledger is bound to."""
    return digest(["reconciler ledger", target])


@dataclass(frozen=True, slots=True)
class Link:
    """A verified line: its record, its hash, and the byte after it."""

    record: Record
    hash: str
    left: int
    end: int


def forge(previous: str, records: Sequence[Record]) -> tuple[bytes, str]:
    """The lines of one append after the line with hash `previous`, and the last one's hash."""
    lines: list[bytes] = []
    for left, record in zip(range(len(records) - 1, -1, -1), records, strict=True):
        body = _body(previous, left, _RECORD.dump_python(record, mode="json"))
        previous = digest(body)
        lines.append(canonical_json({**body, "hash": previous}) + b"\n")
    return b"".join(lines), previous


def _body(previous: str, left: int, record: object) -> dict[str, object]:
    return {"previous": previous, "left": left, "record": record}


def verify(previous: str, lines: Sequence[bytes], name: str) -> Iterator[Link]:
    """Every complete line in order, as a verified link; `name` is for messages.

    Raises:
        BrokenLedgerError: a line does not follow from the one before it; it says which, and why.
    """
    end = 0
    for number, line in enumerate(lines, start=1):
        end += len(line)
        link = _link(previous, line, end)
        if isinstance(link, str):
            raise BrokenLedgerError(
                f"the ledger of {name} is broken at line {number} of {len(lines)}: {link}",
                line=number,
                hint="restore it from a copy, or move it away: without a ledger runs work, and "
                f"are only more cautious. `reconciler ledger verify {name}` says where it is",
            )
        previous = link.hash
        yield link


def appends(content: bytes, target: str) -> Iterator[list[Link]]:
    """The whole appends of a target's ledger, verified; a torn tail is left out.

    Raises:
        BrokenLedgerError: see `verify`.
    """
    lines = content.splitlines(keepends=True)
    if lines and not lines[-1].endswith(b"\n"):
        lines.pop()
    append: list[Link] = []
    for link in verify(first_link(target), lines, target):
        append.append(link)
        if link.left == 0:
            yield append
            append = []


_NO_RECORD: Final = "it is no record of a ledger of this version, so it was edited or damaged"
_EDITED: Final = "its content does not match its own hash, so it was edited"
_CUT_OFF: Final = (
    "it does not follow from the line before it, so lines are missing, are in another order, or "
    "are another target's"
)


def _link(previous: str, line: bytes, end: int) -> Link | str:
    """The verified link, or in words what is wrong with the line."""
    try:
        data: object = json.loads(line)
        match data:
            case {"previous": bound, "left": int(left), "record": record, "hash": str(claimed)}:
                if digest({"previous": bound, "left": left, "record": record}) != claimed:
                    return _EDITED
                if bound != previous:
                    return _CUT_OFF
                return Link(_RECORD.validate_python(record), claimed, left, end)
            case _:
                return _NO_RECORD
    except (ValueError, RecursionError):  # no JSON, no record, or made to exhaust us
        return _NO_RECORD
