"""YAML scalars and comments as people write them, whatever text they are made of.

The product reads documents and never writes any, so this knows one direction only: quotes where a
reader, ours or an editor's, could take the text for something else, and escapes where YAML allows
no character. A comment can hold nothing that acts: no line break, no instruction to a tool.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Final

from reconciler.manifests.entra.drafts import Scalar, Written
from reconciler.model.show import inert

WIDTH: Final = 110

_PLAIN: Final = re.compile(r"[A-Za-z0-9$_./^(][A-Za-z0-9$_./()^+*|\\=@ -]*(?<! )")
_IN_BLOCK: Final = re.compile(
    r"[A-Za-z0-9$_./^(](?:[A-Za-z0-9$_./()^+*|\\=@,'\"\[\] -]|:(?! ))*(?<![ :])"
)
_WORDS: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
# `# reconciler: ignore[…]` silences a warning, and editors fetch the schema that a comment names.
_INSTRUCTION: Final = re.compile(r"(reconciler|yaml-language-server)(?=:)")


def in_flow(value: Scalar) -> str:
    """A scalar between braces or brackets."""
    return _written(value, _PLAIN)


def in_block(value: Scalar) -> str:
    """A scalar to the end of a line, where colons and commas need no quotes."""
    return _written(value, _IN_BLOCK)


def _written(value: Scalar, plain: re.Pattern[str]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if plain.fullmatch(value) and value.casefold() not in _WORDS:
        return value
    if value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, value)) + '"'


def _escaped(c: str) -> str:
    if c in '"\\':
        return f"\\{c}"
    if c.isprintable():
        return c
    if c == "\n":
        return "\\n"
    return f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"


def in_list(values: tuple[str, ...]) -> str:
    """Texts between brackets."""
    return "[" + ", ".join(map(in_flow, values)) + "]"


def flow(fields: tuple[tuple[str, Written], ...]) -> str:
    """`{target: userName, source: mail}`."""
    parts = (
        f"{name}: {in_list(value) if isinstance(value, tuple) else in_flow(value)}"
        for name, value in fields
    )
    return "{" + ", ".join(parts) + "}"


def remark(text: str) -> str:
    """A comment's text, in one line."""
    return _INSTRUCTION.sub(r"\1 ", inert(text))


def comment(text: str, indent: str = "") -> Iterator[str]:
    """The lines of a comment, broken between words."""
    for line in textwrap.wrap(
        remark(text),
        WIDTH - len(indent) - 2,
        break_long_words=False,
        break_on_hyphens=False,
    ):
        yield f"{indent}# {line}"
