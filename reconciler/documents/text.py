"""The text of a YAML file: bounded, UTF-8, and without characters that parsers disagree about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from reconciler.model.diagnostic import Diagnostic, Position, error


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may hold; `faults` is how many are reported before reading it stops."""

    bytes: int = 64 * 1024 * 1024
    depth: int = 40
    nodes: int = 5_000_000
    faults: int = 100


LIMITS: Final = Limits()

# What YAML does not allow unescaped (YAML 1.2 §5.1), and the three line breaks of YAML 1.1 that 1.2
# no longer knows: parsers disagree about them, so what people see might not be what is read.
_REFUSED: Final = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def decode(text: bytes, file: str, limits: Limits = LIMITS) -> str | Diagnostic:
    """The text of a file, without a byte order mark; or why it is not text that YAML may hold."""
    if len(text) > limits.bytes:
        message = f"the file has {len(text):,} bytes; at most {limits.bytes:,} are read"
        return error("file-too-large", message, Position(file, 1), hint="split the file")
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        line = text.count(b"\n", 0, broken.start) + 1
        column = broken.start - text.rfind(b"\n", 0, broken.start)
        return error(
            "not-utf-8",
            f"the byte 0x{text[broken.start]:02x} here is not UTF-8",
            Position(file, line, column),
            hint="save the file with the encoding UTF-8",
        )
    refused = _REFUSED.search(decoded)
    if refused is None:
        return decoded
    line = decoded.count("\n", 0, refused.start()) + 1
    column = refused.start() - decoded.rfind("\n", 0, refused.start())
    return error(
        "refused-character",
        f"the character U+{ord(refused[0]):04X} may not stand in YAML as it is",
        Position(file, line, column),
        hint=f'remove it, or write it as "\\u{ord(refused[0]):04x}" between double quotes',
    )
