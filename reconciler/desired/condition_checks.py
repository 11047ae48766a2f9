"""Whether a condition of a manifest compiles, said to its author."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.desired.conditions import ConditionError, ConditionScope, compile_condition
from reconciler.model.diagnostic import Diagnostic, Position, error, warning


def check_condition(
    label: str, source: str, scope: ConditionScope, at: Position
) -> Iterator[Diagnostic]:
    """What is wrong with a condition, if anything; `label` says whose it is."""
    compiled = compile_condition(source, scope)
    if isinstance(compiled, ConditionError):
        message = f"{label} is not a condition: {compiled}"
        yield error("bad-condition", message, at, hint=compiled.hint)
    elif compiled.manager_attributes and not compiled.knows_no_manager:
        yield warning(
            "manager-may-be-null",
            f"{label} looks at the manager, and fails for whoever has none: nothing is decided for "
            "them",
            at,
            hint="write `manager != null && …`",
        )
