"""Whether a condition of a manifest compiles, said to its author."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.desired.conditions import ConditionError, ConditionScope, compile_condition
from reconciler.model.diagnostic import Diagnostic, Position, error


def check_condition(
    label: str, source: str, scope: ConditionScope, at: Position
) -> Iterator[Diagnostic]:
    """What is wrong with a condition, if anything; `label` says whose it is."""
    compiled = compile_condition(source, scope)
    if isinstance(compiled, ConditionError):
        message = f"{label} is not a condition: {compiled}"
        yield error("bad-condition", message, at, hint=compiled.hint)
