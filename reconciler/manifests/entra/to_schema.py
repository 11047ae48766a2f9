"""A target's manifests as a synchronizationSchema: what Entra would have to be told to do the same.

What Entra cannot be told is an error at its line. Tenant URL, credential, ownership, assignments
and what happens to leavers are no part of a schema, on either side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, assert_never

from pydantic import TypeAdapter

from reconciler.desired.clauses import describe
from reconciler.desired.expressions import ExpressionError
from reconciler.desired.expressions.grammar import parse
from reconciler.desired.expressions.syntax import Literal, Node, Span
from reconciler.manifests.entra.definitions import entra_name, source_object, target_object
from reconciler.manifests.entra.expression_text import source_of, text_of
from reconciler.manifests.entra.flows import ABILITIES
from reconciler.manifests.entra.names import THEIRS, respelled
from reconciler.manifests.entra.shapes import (
    AttributeMapping,
    Clause,
    Directory,
    Filter,
    FilterGroup,
    FlowBehavior,
    FlowType,
    ObjectMapping,
    Operand,
    Rule,
    Schema,
    Source,
)
from reconciler.model.attributes import characteristics
from reconciler.model.declared import Declared
from reconciler.model.diagnostic import Diagnostic, error, warning
from reconciler.model.identity import Kind
from reconciler.model.mapping import (
    Apply,
    Constant,
    DefaultWhen,
    Direct,
    Expression,
    MappingRule,
    Untouched,
)
from reconciler.model.mapping import AttributeMapping as DeclaredMapping
from reconciler.model.path import CORE_GROUP, ENTERPRISE_USER, Json
from reconciler.model.scoping import ENTRA_OPERATORS, ScopingFilter
from reconciler.model.scoping import FilterGroup as DeclaredFilterGroup
from reconciler.model.show import plain
from reconciler.model.source import MANAGER, SourceType, source_type
from reconciler.model.target import Handling, Manage, Target

_ENTRA: Final = "Azure Active Directory"
_RULE: Final = "USER_OUTBOUND_USER"
_OBJECTS: Final = {Kind.USER: ("User", ENTERPRISE_USER), Kind.GROUP: ("Group", CORE_GROUP)}
_NOT_FILTERED: Final = frozenset({"userType", MANAGER})
_FLOWS: Final = {"add": "Add", "update": "Update", "delete": "Delete"}
_ADAPTER: Final = TypeAdapter(Schema)


@dataclass(frozen=True, slots=True)
class Exported:
    """The schema as JSON, and what to say about it. With an error among that there is none."""

    schema: Json
    found: tuple[Diagnostic, ...]


def to_schema(tree: Declared, target: Target) -> Exported:
    """The schema of one of the tree's targets; its references must be there."""
    found: list[Diagnostic] = []
    profile = tree.profiles[target.profile]
    mappings = []
    used: list[DeclaredMapping] = []
    for kind in Kind:
        handling = target.handling(kind)
        mapping = tree.mappings.get(handling.mapping or "")
        if mapping is not None:
            scope = tree.filters.get(handling.filter or "")
            mappings.append(_object_mapping(handling, mapping, scope, found))
            used.append(mapping)
    rule = Rule(
        id=target.name,
        name=_RULE,
        editable=True,
        priority=1,
        source_directory_name=_ENTRA,
        target_directory_name=target.name,
        object_mappings=tuple(mappings),
    )
    schema = Schema(
        id=target.name,
        version="v1.0",
        directories=(
            Directory(
                id=f"{target.name}-source",
                name=_ENTRA,
                read_only=True,
                objects=tuple(source_object(_OBJECTS[m.kind][0], m.kind) for m in used),
            ),
            Directory(
                id=f"{target.name}-target",
                name=target.name,
                read_only=False,
                objects=tuple(
                    target_object(_OBJECTS[m.kind][1], m, profile.of(m.kind)) for m in used
                ),
            ),
        ),
        synchronization_rules=(rule,),
    )
    return Exported(_ADAPTER.dump_python(schema, mode="json", by_alias=True), tuple(found))


def _object_mapping(
    handling: Handling,
    mapping: DeclaredMapping,
    scope: ScopingFilter | None,
    found: list[Diagnostic],
) -> ObjectMapping:
    source, target = _OBJECTS[mapping.kind]
    found += _action_faults(handling, mapping.kind)
    found += _compound_keys(mapping)
    rules = []
    for rule in mapping.rules:
        exported = _rule(rule)
        if isinstance(exported, Diagnostic):
            found.append(exported)
        else:
            found += _differences(rule)
            rules.append(exported)
    groups = []
    for group in () if scope is None else scope.any_of:
        found += _filter_faults(mapping.kind, group)
        groups.append(_group(group))
    return ObjectMapping(
        name=mapping.name,
        enabled=handling.manage is Manage.FULL,
        flow_types=", ".join(_flows(handling, mapping.kind)),
        source_object_name=source,
        target_object_name=target,
        scope=None if scope is None else Filter(groups=tuple(groups)),
        attribute_mappings=tuple(rules),
    )


def _compound_keys(mapping: DeclaredMapping) -> Iterator[Diagnostic]:
    seen: dict[int, MappingRule] = {}
    for rule in mapping.rules:
        if rule.match is not None and seen.setdefault(rule.match, rule) is not rule:
            said = (
                f"`{seen[rule.match].target}` and `{rule.target}` must match together, and Entra "
                "knows no key of several attributes"
            )
            yield error("not-in-entra", said, rule.at, hint="number them 1, 2, …")


def _flows(handling: Handling, kind: Kind) -> Iterator[str]:
    for word, abilities in ABILITIES[kind].items():
        if handling.abilities.issuperset(abilities):
            yield _FLOWS[word]


def _action_faults(handling: Handling, kind: Kind) -> Iterator[Diagnostic]:
    """Entra has one switch for updating and switching off."""
    for abilities in ABILITIES[kind].values():
        allowed = handling.abilities.intersection(abilities)
        if allowed and allowed != frozenset(abilities):
            both = " and ".join(f"`{ability}`" for ability in abilities)
            said = f"{both} are one switch in Entra, its action Update"
            hint = "allow both of them, or none"
            yield error("not-in-entra", said, handling.at, hint=hint)


def _rule(rule: MappingRule) -> AttributeMapping | Diagnostic:
    source = _source(rule)
    if isinstance(source, Diagnostic):
        return source
    return AttributeMapping(
        target_attribute_name=entra_name(rule.target),
        source=source,
        matching_priority=rule.match or 0,
        flow_type=_flow(rule),
        flow_behavior=FlowBehavior.WHEN_CHANGED,
        default_value=None if rule.default is None else str(rule.default),
        export_missing_references=False,
    )


def _flow(rule: MappingRule) -> FlowType:
    match rule.apply:
        case Apply.ALWAYS:
            return FlowType.ALWAYS
        case Apply.ON_CREATE:
            return FlowType.OBJECT_ADD_ONLY
        case Apply.IF_EMPTY:
            return FlowType.ATTRIBUTE_ADD_ONLY
        case Apply.ADD_ONLY if characteristics(rule.target).multi_valued:
            return FlowType.MULTI_VALUE_ADD_ONLY
        case Apply.ADD_ONLY:
            return FlowType.VALUE_ADD_ONLY
        case unknown:
            assert_never(unknown)


def _source(rule: MappingRule) -> Source | Diagnostic | None:
    match respelled(rule.source, THEIRS):
        case Untouched():
            return None
        case Direct(attribute=name):
            return _written(f"[{name}]", rule)
        case Constant(value=None):
            said = f"`{rule.target}` is cleared, and Entra never writes that there is no value"
            hint = "leave the entry out; the attribute is not managed then"
            return error("not-in-entra", said, rule.at, hint=hint)
        case Constant(value=value):
            node = Literal(str(value), Span(0, 0))
            return source_of(node, text_of(node))
        case Expression(text=text):
            return _written(text, rule)
        case unknown:
            assert_never(unknown)


def _written(text: str, rule: MappingRule) -> Source | Diagnostic:
    node: Node | ExpressionError = parse(text)
    if isinstance(node, ExpressionError):
        said = f"the expression for `{rule.target}` is none of Entra's: {node.message}"
        place = f"character {node.offset + 1} of it"
        return error("not-in-entra", said, rule.at, hint=place)
    return source_of(node, text)


def _differences(rule: MappingRule) -> Iterator[Diagnostic]:
    always = rule.apply is Apply.ALWAYS and rule.default_when is DefaultWhen.ALWAYS
    if rule.default is not None and always and not isinstance(rule.source, Untouched):
        said = f"`{rule.target}`: Entra gives the default only when it creates"
        hint = "write `applyDefault: onCreate`, or say the same with an expression"
        yield warning("carried-over-differently", said, rule.at, hint=hint)


def _filter_faults(kind: Kind, group: DeclaredFilterGroup) -> Iterator[Diagnostic]:
    if group.when is not None:
        said = f'filter "{group.name}": a condition (`when`) cannot be told to Entra'
        yield error("not-in-entra", said, group.at, hint="write clauses (`allOf`) instead")
    if group.negated:
        said = f'filter "{group.name}": Entra cannot turn a filter round (`not`)'
        yield error("not-in-entra", said, group.at, hint="write the opposite in clauses")
    for clause in group.clauses:
        type_ = source_type(kind, clause.attribute)
        unfiltered = type_ in {None, SourceType.TEXTS, SourceType.DATE}
        if unfiltered or clause.attribute in _NOT_FILTERED:
            said = f"Entra cannot filter on `{clause.attribute}`"
            yield error("not-in-entra", said, clause.at, hint="filter on another attribute")
        elif clause.negated or clause.null_is_match or clause.operator not in ENTRA_OPERATORS:
            said = f"Entra has no `not`, `nullIsMatch` and HAS BITS: `{plain(describe(clause))}`"
            yield error("not-in-entra", said, clause.at, hint="write it with Entra's operators")


def _group(group: DeclaredFilterGroup) -> FilterGroup:
    return FilterGroup(
        name=group.name,
        clauses=tuple(
            Clause(
                source_operand_name=THEIRS.get(clause.attribute, clause.attribute),
                operator_name=clause.unsupported or clause.operator.value,
                target_operand=Operand(() if clause.value is None else (clause.value,)),
            )
            for clause in group.clauses
        ),
    )
