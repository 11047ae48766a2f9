"""What an author can get wrong in an attribute mapping, and what will surprise them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, assert_never

from reconciler.desired.conversion import Mismatch, convert
from reconciler.desired.expressions import (
    CHANGING,
    SELECT_UNIQUE,
    ExpressionError,
    Program,
    compile_expression,
    program_of,
)
from reconciler.desired.rule import refers
from reconciler.model.attributes import ACTIVE, MANAGER, MEMBERS, AttributeType, Characteristics
from reconciler.model.declared import Declared
from reconciler.model.diagnostic import Diagnostic, error, warning
from reconciler.model.element import is_whole_list
from reconciler.model.identity import Kind
from reconciler.model.mapping import (
    Apply,
    AttributeMapping,
    Constant,
    Direct,
    Expression,
    MappingRule,
    Untouched,
)
from reconciler.model.path import AttributePath, Value
from reconciler.model.resource_type import ResourceType, fulfils
from reconciler.model.sameness import is_empty
from reconciler.model.show import plain, show
from reconciler.model.source import (
    APP_ROLE_ASSIGNMENTS,
    IS_SOFT_DELETED,
    SourceType,
    computed_attributes,
    source_type,
    written_attributes,
)
from reconciler.model.suggestion import suggest
from reconciler.model.target import Manage, Target

_ACTIVE_EXPRESSION: Final = """'Switch([IsSoftDeleted], , "False", "True", "True", "False")'"""
_NAMED: Final = 5


def check_mapping(mapping: AttributeMapping, types: Iterable[ResourceType]) -> Iterator[Diagnostic]:
    """The rules of one mapping, each by itself, for every kind of provider that it is for."""
    for resource_type in types:
        for rule in mapping.rules:
            # Its form, and whether the target can be written at all, `manifests` checks.
            known = resource_type.characteristics(rule.target)
            if rule.target != MEMBERS and holds_values(rule.target, known):
                subject = f"AttributeMapping {rule.within or mapping.name}"
                yield from _rule(subject, mapping.kind, rule, known)


def holds_values(path: AttributePath, known: Characteristics) -> bool:
    """Whether a mapping can write this attribute itself, and not only parts of it."""
    return known.type is not AttributeType.COMPLEX or is_whole_list(path, known)


def check_required(declared: Declared, target: Target) -> Iterator[Diagnostic]:
    """Attributes that the target's profile requires and its mappings do not write."""
    profile = declared.profiles.get(target.profile)
    if profile is None:
        return
    for kind in Kind:
        handling = target.handling(kind)
        mapping = declared.mappings.get(handling.mapping or "")
        if mapping is None or handling.manage is Manage.LOOKUP:
            continue
        written = {rule.target for rule in mapping.rules}
        for path in profile.of(kind).required:
            if not any(fulfils(target_path, path) for target_path in written):
                yield error(
                    "required-not-mapped",
                    f"Target {target.name}: profile {profile.name} requires `{path}` of every "
                    f"{kind}, and AttributeMapping {mapping.name} does not write it",
                    handling.at,
                    hint=f"add an entry with `target: {path}`",
                )


def _rule(
    subject: str, kind: Kind, rule: MappingRule, known: Characteristics
) -> Iterator[Diagnostic]:
    used: frozenset[str] = frozenset()
    match rule.source:
        case Direct(attribute=name):
            used = frozenset({name})
            if kind is Kind.USER and name == APP_ROLE_ASSIGNMENTS:
                yield _roles_directly(subject, rule)
                return
            if source_type(kind, name) is SourceType.TEXTS:
                yield from _fits(subject, rule, known, f"`{name}`", ("", ""))
        case Constant(value=value):
            yield from _fits(subject, rule, known, show(value), value)
        case Untouched():
            pass
        case Expression() as source:
            program = compile_expression(source.text, source.unsupported)
            if isinstance(program, ExpressionError):
                yield _bad_expression(subject, rule, program)
                return
            used = program.attributes
            yield from _unsupported(subject, rule, source, program)
            yield from _creation(subject, rule, program)
            yield from _otherwise_in_entra(subject, rule, program)
        case unknown:
            assert_never(unknown)
    yield from (
        _unknown(subject, kind, rule, name) for name in sorted(used) if _missing(kind, name)
    )
    yield from _fits(subject, rule, known, f"the default {show(rule.default)}", rule.default)
    yield from _surprises(subject, kind, rule, known, used)


def _creation(subject: str, rule: MappingRule, program: Program) -> Iterator[Diagnostic]:
    """Functions that only make sense when a resource is created."""
    changing = sorted(CHANGING & program.functions)
    if changing and rule.apply is not Apply.ON_CREATE:
        yield error(
            "only-on-create",
            f"{subject}: `{rule.target}` uses {' and '.join(changing)}, which would give another "
            "value with every plan",
            rule.at,
            hint="add `apply: onCreate`, so that the value is written once and stays",
        )
    if SELECT_UNIQUE in program.functions and rule.match is not None:
        yield error(
            "unique-value-match",
            f"{subject}: `{rule.target}` finds live resources, and {SELECT_UNIQUE} gives a value "
            "that depends on them",
            rule.at,
            hint="match by another attribute, for example by one that holds `objectId`",
        )


def _otherwise_in_entra(subject: str, rule: MappingRule, program: Program) -> Iterator[Diagnostic]:
    for surprise in program.surprises:
        yield warning(
            "entra-differs",
            f"{subject}: in the expression for `{rule.target}`, {surprise.what} (character "
            f"{surprise.offset + 1}), which does here what it says, and fails in Entra",
            rule.at,
            hint='where Entra evaluates it as well, write Switch([attribute], …, "", …)',
        )


def check_default_domain(declared: Declared, target: Target) -> Iterator[Diagnostic]:
    """Mappings of a target that ask for its default domain, where it states none."""
    if target.default_domain is not None:
        return
    for kind in Kind:
        mapping = declared.mappings.get(target.handling(kind).mapping or "")
        if mapping is None:
            continue
        for rule in mapping.rules:
            if "DefaultDomain" in _functions(rule):
                yield error(
                    "default-domain-missing",
                    f"Target {target.name}: `{rule.target}` of AttributeMapping {mapping.name} "
                    "asks for the default domain, and the target states none",
                    target.at,
                    hint="add `defaultDomain:`, for example zone.example",
                )


def _functions(rule: MappingRule) -> frozenset[str]:
    program = program_of(rule.source)
    return program.functions if isinstance(program, Program) else frozenset()


def _missing(kind: Kind, name: str) -> bool:
    return name not in computed_attributes(kind) and source_type(kind, name) is None


def _unknown(subject: str, kind: Kind, rule: MappingRule, name: str) -> Diagnostic:
    near = suggest(name, {*written_attributes(kind), *computed_attributes(kind)})
    return error(
        "unknown-attribute",
        f"{subject}: `{rule.target}` comes from `{plain(name)}`, no attribute of a {kind}",
        rule.at,
        hint=f"did you mean `{near}`?" if near else f"see the attributes of a {kind}",
    )


def _roles_directly(subject: str, rule: MappingRule) -> Diagnostic:
    return error(
        "roles-mapped-directly",
        f"{subject}: `{rule.target}` comes from `{APP_ROLE_ASSIGNMENTS}` as it is, a list of JSON",
        rule.at,
        hint="use a role function, as in AssertiveAppRoleAssignmentsComplex([appRoleAssignments])",
    )


def _unsupported(
    subject: str, rule: MappingRule, source: Expression, program: Program
) -> Iterator[Diagnostic]:
    for name in sorted(source.unsupported):
        if name in program.unsupported:
            yield warning(
                "unsupported-function",
                f"{subject}: `{rule.target}` needs {plain(name)}, which is not supported: whoever "
                "needs it is not decided, and keeps what is there",
                rule.at,
                hint="say the same with functions that are",
            )
        else:
            yield warning(
                "needless-unsupported",
                f"{subject}: the expression for `{rule.target}` has no function {plain(name)} that "
                "is not supported",
                rule.at,
                hint="remove it from `unsupported`",
            )


def _bad_expression(subject: str, rule: MappingRule, fault: ExpressionError) -> Diagnostic:
    message = plain(fault.message)
    place = f"character {fault.offset + 1} of it"
    said = f"{subject}: the expression for `{rule.target}` is refused: {message} ({place})"
    hint = "expected " + " or ".join(plain(word) for word in fault.expected[:_NAMED])
    return error("bad-expression", said, rule.at, hint=hint if fault.expected else None)


def _fits(
    subject: str, rule: MappingRule, known: Characteristics, what: str, value: Value
) -> Iterator[Diagnostic]:
    converted = None if is_empty(value) else convert(rule.target, known, value)
    if isinstance(converted, Mismatch):
        said = f"{subject}: {what} does not fit `{rule.target}`, which takes {converted.expected}"
        yield error("value-type", said, rule.at, hint="write another value, or another source")


def _reference_faults(subject: str, rule: MappingRule) -> Iterator[Diagnostic]:
    """A reference is resolved when everything else is known: nothing can be found by it."""
    if rule.match is not None:
        yield error(
            "reference-option",
            f"{subject}: `{rule.target}` names another user, so no live resource is found by it",
            rule.at,
            hint="remove `match`",
        )
    if rule.default is not None:
        yield error(
            "reference-option",
            f"{subject}: `{rule.target}` names another user, and a default is nobody's key",
            rule.at,
            hint="remove `default`",
        )
    program = program_of(rule.source)
    if isinstance(program, Program) and program.hides:
        yield error(
            "reference-option",
            f"{subject}: `{rule.target}` names another user, whom a plan has to show: `Redact` "
            "hides nobody",
            rule.at,
            hint="write `source: manager`",
        )


def _surprises(
    subject: str, kind: Kind, rule: MappingRule, known: Characteristics, used: frozenset[str]
) -> Iterator[Diagnostic]:
    if refers(known, used):
        yield from _reference_faults(subject, rule)
    elif rule.target == MANAGER:
        yield error(
            "reference-source",
            f"{subject}: `{rule.target}` holds the provider's id of another user, which only the "
            "key of a declared user leads to",
            rule.at,
            hint="write `source: manager`",
        )
    if kind is Kind.USER and rule.target == ACTIVE and IS_SOFT_DELETED not in used:
        yield warning(
            "active-ignores-scope",
            f"{subject}: `active` does not follow {IS_SOFT_DELETED}, so it stays true for somebody "
            "who is unassigned or out of scope",
            rule.at,
            hint=f"write {_ACTIVE_EXPRESSION}",
        )
