"""What an author wrote wrongly, and where.

Functions that read manifests return *(result, diagnostics)* and go on, so one run reports
everything. A diagnostic is never raised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.light import light_value


@light_value(order=True)
class Position:
    """A place in a file: path relative to the tree's root with `/`, line and column from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Severity(StrEnum):
    """How bad it is: an error stops everything, a warning is shown and goes on."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about the manifests or policies.

    `code` is stable and documented in `manifests/README.md` (`unknown-field`, `missing-user`, …);
    `hint` says what to do about it.
    """

    severity: Severity
    code: str
    message: str
    at: Position | None = None
    hint: str | None = None


def error(
    code: str, message: str, at: Position | None = None, *, hint: str | None = None
) -> Diagnostic:
    """An error: nothing is planned while it stands."""
    return Diagnostic(Severity.ERROR, code, message, at, hint)


def warning(
    code: str, message: str, at: Position | None = None, *, hint: str | None = None
) -> Diagnostic:
    """A warning: shown, and the run goes on."""
    return Diagnostic(Severity.WARNING, code, message, at, hint)


def ordered(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By file, line and column, then code: the order in which people fix them."""
    return tuple(
        sorted(
            set(found),
            key=lambda d: (d.at is None, d.at or Position("", 0), d.severity, d.code, d.message),
        )
    )


def has_errors(found: Iterable[Diagnostic]) -> bool:
    """Whether anything in there stops the run."""
    return any(d.severity is Severity.ERROR for d in found)
