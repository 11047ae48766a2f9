"""Whether anything about a target depends on the deployment's key: drawn with it, or sealed."""

from __future__ import annotations

from reconciler.desired.expressions import Program, program_of
from reconciler.model.declared import Declared
from reconciler.model.identity import Kind
from reconciler.model.mapping import MappingRule
from reconciler.model.sealed import SECRET_BY_NATURE
from reconciler.model.target import Target


def needs_key(declared: Declared, target: Target) -> bool:
    """Whether a mapping of the target draws random values, or holds some that must not show."""
    mappings = (declared.mappings.get(target.handling(kind).mapping or "") for kind in Kind)
    return any(_needs(rule) for mapping in mappings if mapping for rule in mapping.rules)


def redacted_by_mappings(declared: Declared, kind: Kind) -> frozenset[str]:
    """The attributes of people or groups that some mapping redacts, at whichever target."""
    return frozenset(
        name
        for mapping in declared.mappings.values()
        if mapping.kind is kind
        for rule in mapping.rules
        if isinstance(program := program_of(rule.source), Program)
        for name in program.redacted
    )


def _needs(rule: MappingRule) -> bool:
    if rule.target in SECRET_BY_NATURE:
        return True
    program = program_of(rule.source)
    return isinstance(program, Program) and (program.hides or program.draws)
