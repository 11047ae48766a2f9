"""Whether a condition of a manifest compiles, said to its author."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.desired.conditions import (
    ConditionError,
    ConditionScope,
    check_types,
    compile_condition,
)
from reconciler.model.diagnostic import Diagnostic, Position, error, warning
from reconciler.model.resource_type import ResourceType


def check_condition(
    label: str,
    source: str,
    scope: ConditionScope,
    at: Position,
    resource_type: ResourceType | None = None,
) -> Iterator[Diagnostic]:
    """What is wrong with a condition, if anything; `label` says whose it is.

    `resource_type` is what the provider makes of the live resources that it is about, if it is.
    """
    compiled = compile_condition(source, scope)
    if isinstance(compiled, ConditionError):
        yield _refused(label, compiled, at)
    elif (mistake := check_types(compiled, resource_type)) is not None:
        yield _refused(label, mistake, at)
    elif compiled.manager_attributes and not compiled.knows_no_manager:
        yield warning(
            "manager-may-be-null",
            f"{label} looks at the manager, and fails for whoever has none: nothing is decided for "
            "them",
            at,
            hint="write `manager != null && …`",
        )


def _refused(label: str, mistake: ConditionError, at: Position) -> Diagnostic:
    message = f"{label} is not a condition: {mistake}"
    return error("bad-condition", message, at, hint=mistake.hint)
