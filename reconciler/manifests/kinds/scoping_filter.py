"""`kind: ScopingFilter`: who of the candidates may be at a target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from pydantic import Field

from reconciler.manifests.kinds.manifest import Built, Fields, Manifest, ManifestKind
from reconciler.manifests.origin import Origin, Step
from reconciler.manifests.scalars import FilledText, Flag, Given, Text
from reconciler.model.diagnostic import Diagnostic, error
from reconciler.model.identity import Kind
from reconciler.model.scoping import UNARY, Clause, FilterGroup, Match, Operator, ScopingFilter

#: `for:` of filters and mappings.
FOR: Final = {"users": Kind.USER, "groups": Kind.GROUP}
UsersOrGroups = Literal["users", "groups"]


class ClauseFields(Fields):
    """One condition on one source attribute."""

    attribute: FilledText = Field(
        description="A source attribute, `memberOf`, or one of the manager: `manager.department`."
    )
    operator: Given[Operator] = Field(
        default=None,
        description='Spelled as Entra spells it; quote `"&"` and `"!&"`. `HAS BITS` is ours.',
    )
    unsupported: Given[FilledText] = Field(
        default=None,
        description="Instead of an operator: one that does not exist here. Whoever only this "
        "clause could decide is not decided.",
    )
    value: Text | None = Field(default=None, description="What is compared with.")
    match: Given[Match] = Field(
        default=None, description="For a list: `all` (the default) or `any` of its values."
    )
    not_: Flag = Field(default=False, alias="not", description="true: turns the answer round.")
    null_is_match: Flag = Field(
        default=False, description="true: a negation holds for whoever has no value, too."
    )


class FilterGroupFields(Fields):
    """Clauses joined by AND, and a condition joined to them."""

    name: FilledText = Field(description="What stands in reasons and reports.")
    all_of: Given[tuple[ClauseFields, ...]] = Field(
        default=None, description="Clauses joined by AND."
    )
    when: Given[FilledText] = Field(
        default=None, description="CEL over `user` and `manager`, or over `group`."
    )
    not_: Flag = Field(
        default=False, alias="not", description="true: turns round what all of it comes to."
    )


class ScopingFilterSpec(Fields):
    """Filter groups joined by OR."""

    for_: UsersOrGroups = Field(alias="for", description="What is filtered.")
    any_of: tuple[FilterGroupFields, ...] = Field(description="Joined by OR.")


class ScopingFilterManifest(Manifest):
    """Who of the candidates may be at a target."""

    kind: Literal["ScopingFilter"]
    spec: ScopingFilterSpec


def _build(manifest: ScopingFilterManifest, origin: Origin) -> Built[ScopingFilter]:
    spec = manifest.spec
    scoping_filter = ScopingFilter(
        name=manifest.metadata.name,
        kind=FOR[spec.for_],
        any_of=tuple(
            FilterGroup(
                name=group.name,
                clauses=tuple(
                    Clause(
                        attribute=clause.attribute,
                        operator=clause.operator or Operator.EQUALS,
                        value=clause.value,
                        at=origin.at("spec", "anyOf", index, "allOf", number),
                        match=clause.match,
                        negated=clause.not_,
                        null_is_match=clause.null_is_match,
                        unsupported=clause.unsupported if clause.operator is None else None,
                    )
                    for number, clause in enumerate(group.all_of or ())
                ),
                when=group.when,
                at=origin.at("spec", "anyOf", index),
                negated=group.not_,
                when_at=None if group.when is None else origin.at("spec", "anyOf", index, "when"),
            )
            for index, group in enumerate(spec.any_of)
        ),
        at=origin.at("metadata", "name"),
    )
    return Built(scoping_filter, tuple(_faults(spec, origin)))


def _faults(spec: ScopingFilterSpec, origin: Origin) -> Iterator[Diagnostic]:
    if not spec.any_of:
        message = f"{origin.subject}: `anyOf` is empty, so nobody would pass"
        hint = "add an entry, or remove the filter and the reference to it"
        yield error("empty-filter", message, origin.at("spec", "anyOf"), hint=hint)
    for index, group in enumerate(spec.any_of):
        steps: tuple[Step, ...] = ("spec", "anyOf", index)
        if not group.all_of and (group.when is None or group.all_of is not None):
            message = f"{origin.subject}: an entry without conditions would let everybody pass"
            hint = "add `allOf` with clauses, or `when` with a condition"
            yield error("empty-filter", message, origin.at(*steps, "allOf"), hint=hint)
        for number, clause in enumerate(group.all_of or ()):
            yield from _clause_faults(clause, origin, (*steps, "allOf", number))


def _clause_faults(
    clause: ClauseFields, origin: Origin, steps: tuple[Step, ...]
) -> Iterator[Diagnostic]:
    if clause.operator is None or clause.unsupported is not None:
        if (clause.operator is None) == (clause.unsupported is None):
            has = "none of them" if clause.operator is None else "both"
            message = f"{origin.subject}: a clause needs `operator` or `unsupported`, and has {has}"
            hint = "write `operator: EQUALS`, or another of Entra's"
            yield error("clause-operator", message, origin.at(*steps), hint=hint)
        return
    operator = clause.operator.value
    if clause.operator in UNARY and clause.value is not None:
        message = f"{origin.subject}: `{operator}` takes no value"
        at = origin.at(*steps, "value")
        yield error("clause-value", message, at, hint="remove `value`")
    if clause.operator not in UNARY and clause.value is None:
        message = f"{origin.subject}: `{operator}` needs a value"
        hint = "add `value:`; to ask whether there is a value use IS NULL or IS NOT NULL"
        yield error("clause-value", message, origin.at(*steps), hint=hint)


SCOPING_FILTER: Final = ManifestKind(ScopingFilterManifest, _build)
