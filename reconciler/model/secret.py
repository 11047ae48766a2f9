"""A value that must never be shown: its type keeps it out of logs, errors and tracebacks."""

from __future__ import annotations


class Secret:
    """Text that prints as `***`. `reveal` gives it, and is called only where it is sent.

    Two secrets are equal when their texts are.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Never put the result into a message."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __format__(self, format_spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)
