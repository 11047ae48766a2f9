"""What an author can get wrong with roles and with classes that are left out by default."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.desired.condition_checks import check_condition
from reconciler.desired.conditions import ConditionScope
from reconciler.desired.expressions import Program, program_of
from reconciler.model.declared import Declared
from reconciler.model.diagnostic import Diagnostic, error
from reconciler.model.mapping import MappingRule
from reconciler.model.show import plain
from reconciler.model.source import APP_ROLE_ASSIGNMENTS
from reconciler.model.target import Scope, Target

_HINT = "write `scope: assigned` and assign people, as Entra asks for as well"


def check_admission(declared: Declared, target: Target) -> Iterator[Diagnostic]:
    """Exclusions that are no conditions, and roles at a target where nobody is assigned."""
    for exclusion in target.users.admission.exclusions:
        label = f"Target {target.name}: the default exclusion {plain(exclusion.name)}"
        yield from check_condition(
            label, exclusion.condition, ConditionScope.CANDIDATE, exclusion.at
        )
    if target.scope is not Scope.ALL:
        return
    said = f"Target {target.name} takes everybody (`scope: all`), so roles decide nothing there"
    if target.users.admission.by_role:
        yield error("roles-need-assignment", said, target.users.at, hint=_HINT)
    mapping = declared.mappings.get(target.users.mapping or "")
    for rule in () if mapping is None else mapping.rules:
        if reads_roles(rule):
            subject = f"`{rule.target}` follows from {APP_ROLE_ASSIGNMENTS}"
            yield error("roles-need-assignment", f"{said}; {subject}", rule.at, hint=_HINT)


def reads_roles(rule: MappingRule) -> bool:
    """Whether a rule's value follows from the roles that somebody has."""
    program = program_of(rule.source)
    return isinstance(program, Program) and APP_ROLE_ASSIGNMENTS in program.attributes
