"""`kind: AttributeMapping`: how a declared user or group becomes a resource of a target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from reconciler.manifests.kinds.manifest import Built, Fields, Manifest, ManifestKind
from reconciler.manifests.kinds.scoping_filter import FOR, UsersOrGroups
from reconciler.manifests.origin import Origin, Step
from reconciler.manifests.scalars import FilledText, Given, Name, Ordinal, fault, truth
from reconciler.model.attributes import MEMBERS
from reconciler.model.diagnostic import Diagnostic, Position, error
from reconciler.model.identity import Kind
from reconciler.model.mapping import (
    Apply,
    AttributeMapping,
    Constant,
    DefaultWhen,
    Direct,
    Expression,
    MappingRule,
    Untouched,
    ValueSource,
)
from reconciler.model.path import AttributePath, PathError, Scalar, parse_path
from reconciler.model.source import MEMBERS_SOURCE


def _path(written: object) -> AttributePath:
    if not isinstance(written, str):
        raise fault("wrong-type", "must be text")
    try:
        return parse_path(str(written))
    except PathError:
        forms = '`userName`, `name.givenName`, `emails[type eq "work"].value`'
        hint = f"write {forms}, or one of them behind `urn:…:`"
        raise fault("invalid-path", "is not an attribute path", hint=hint) from None


Path = Annotated[AttributePath, PlainValidator(_path), WithJsonSchema({"type": "string"})]


def _constant(written: object) -> Scalar:
    if written is None or written == "":
        return None
    if not isinstance(written, str):
        raise fault("wrong-type", "must be text, true or false, or null")
    meant = truth(written)
    return str(written) if meant is None else meant


def _default(written: object) -> Scalar:
    value = _constant(written)
    if value is None:
        raise fault("empty-text", "is empty", hint="write a value, or leave the default out")
    return value


_SCALAR: Final = ["string", "number", "boolean"]
ConstantValue = Annotated[
    Scalar, PlainValidator(_constant), WithJsonSchema({"type": [*_SCALAR, "null"]})
]
DefaultValue = Annotated[Scalar, PlainValidator(_default), WithJsonSchema({"type": _SCALAR})]


class RuleFields(Fields):
    """One target attribute and where its value comes from: one of three, or a default alone."""

    target: Path = Field(description="An attribute path of SCIM (RFC 7644 §3.5.2).")
    source: Given[FilledText] = Field(default=None, description="A source attribute.")
    constant: ConstantValue = Field(default=None, description="Always this value.")
    expression: Given[FilledText] = Field(
        default=None, description="In Entra's expression language."
    )
    unsupported: Given[tuple[FilledText, ...]] = Field(
        default=None,
        description="Functions of the expression that do not exist here: whoever needs one is not "
        "decided.",
    )
    match: Given[Ordinal] = Field(
        default=None,
        description="Finds the live resource; 1 is tried first. Attributes with the same number "
        "must all match.",
    )
    apply: Apply = Field(
        default=Apply.ALWAYS,
        description="`onCreate`: only when the resource is created; `ifEmpty`: only where there is "
        "no value; `addOnly`: adds values, takes none away.",
    )
    default: DefaultValue = Field(
        default=None,
        description="Instead of no value. Alone: what is live is left alone, and this is written "
        "wherever it is empty.",
    )
    apply_default: DefaultWhen = Field(
        alias="applyDefault",
        default=DefaultWhen.ALWAYS,
        description="`onCreate`: the default is given only when the resource is created.",
    )


class AttributeMappingSpec(Fields):
    """Every target attribute that is written."""

    for_: UsersOrGroups = Field(alias="for", description="What is mapped.")
    include: tuple[Name, ...] = Field(
        default=(), description="Mappings whose entries come first; the own ones replace theirs."
    )
    attributes: tuple[RuleFields, ...] = Field(
        default=(), description="One entry for each target attribute."
    )


class AttributeMappingManifest(Manifest):
    """How a declared user or group becomes a resource of a target."""

    kind: Literal["AttributeMapping"]
    spec: AttributeMappingSpec


def _build(manifest: AttributeMappingManifest, origin: Origin) -> Built[AttributeMapping]:
    spec = manifest.spec
    mapping = AttributeMapping(
        name=manifest.metadata.name,
        kind=FOR[spec.for_],
        rules=tuple(
            MappingRule(
                target=rule.target,
                source=_source(rule),
                at=origin.at("spec", "attributes", index),
                match=rule.match,
                apply=rule.apply,
                default=rule.default,
                default_when=rule.apply_default,
            )
            for index, rule in enumerate(spec.attributes)
        ),
        at=origin.at("metadata", "name"),
        includes=tuple(dict.fromkeys(spec.include)),
    )
    return Built(mapping, tuple(_faults(mapping, spec, origin)))


def _source(rule: RuleFields) -> ValueSource:
    if rule.source is not None:
        return Direct(rule.source)
    if rule.expression is not None:
        return Expression(rule.expression, frozenset(rule.unsupported or ()))
    if "constant" not in rule.model_fields_set and rule.default is not None:
        return Untouched()
    return Constant(rule.constant)


def _faults(
    mapping: AttributeMapping, spec: AttributeMappingSpec, origin: Origin
) -> Iterator[Diagnostic]:
    for index, rule in enumerate(spec.attributes):
        steps: tuple[Step, ...] = ("spec", "attributes", index)
        sources = sorted(rule.model_fields_set & {"source", "constant", "expression"})
        alone = not sources and rule.default is not None
        if len(sources) != 1 and not alone:
            has = " and ".join(f"`{source}`" for source in sources) or "none of them"
            yield error(
                "mapping-source",
                f"{origin.subject}: `{rule.target}` needs exactly one of `source`, `constant` and "
                f"`expression`, and has {has}",
                origin.at(*steps),
                hint="`constant: null` clears the attribute",
            )
        yield from _default_faults(rule, origin, steps, alone=alone)
        if rule.target == MEMBERS or rule.source == MEMBERS_SOURCE:
            yield from _membership_faults(rule, mapping.kind, origin, steps)
    yield from _repetitions(mapping, origin)


def _default_faults(
    rule: RuleFields, origin: Origin, steps: tuple[Step, ...], *, alone: bool
) -> Iterator[Diagnostic]:
    if alone and rule.match is not None:
        yield error(
            "match-by-default",
            f"{origin.subject}: `{rule.target}` has a default alone, which finds nobody",
            origin.at(*steps, "match"),
            hint="remove `match`, or say where the value comes from",
        )
    if rule.unsupported is not None and rule.expression is None:
        yield error(
            "unsupported-without-expression",
            f"{origin.subject}: `{rule.target}` names unsupported functions, and has no expression",
            origin.at(*steps, "unsupported"),
            hint="remove `unsupported`",
        )
    if rule.default is None and "apply_default" in rule.model_fields_set:
        yield error(
            "default-missing",
            f"{origin.subject}: `{rule.target}` says when its default is given, and has none",
            origin.at(*steps, "applyDefault"),
            hint="add `default:`, or remove `applyDefault`",
        )


def _membership_faults(
    rule: RuleFields, kind: Kind, origin: Origin, steps: tuple[Step, ...]
) -> Iterator[Diagnostic]:
    """`members` is all or nothing: `{target: members, source: members}` on groups."""
    alone = rule.model_fields_set == {"target", "source"}
    if (
        kind is not Kind.GROUP
        or rule.target != MEMBERS
        or rule.source != MEMBERS_SOURCE
        or not alone
    ):
        yield error(
            "members-mapping",
            f"{origin.subject}: membership is mapped as a whole, for groups only",
            origin.at(*steps),
            hint="write `{target: members, source: members}`, or leave it out",
        )


def _repetitions(mapping: AttributeMapping, origin: Origin) -> Iterator[Diagnostic]:
    seen: dict[AttributePath, Position] = {}
    for rule in mapping.rules:
        first = seen.setdefault(rule.target, rule.at)
        if first != rule.at:
            message = (
                f"{origin.subject}: `{rule.target}` is mapped twice, first in line {first.line}"
            )
            yield error("duplicate-target", message, rule.at, hint="remove one of them")


ATTRIBUTE_MAPPING: Final = ManifestKind(AttributeMappingManifest, _build)
