"""What an author can get wrong in a scoping filter, and what will surprise them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.desired.clauses import BOOLEAN, PATTERN, PRESENCE, compile_clause, describe
from reconciler.desired.condition_checks import check_condition
from reconciler.desired.scoping import scope
from reconciler.model.declared import Clause, Operator, ScopingFilter
from reconciler.model.diagnostic import Diagnostic, error, warning
from reconciler.model.identity import Kind
from reconciler.model.show import plain
from reconciler.model.source import (
    IS_SOFT_DELETED,
    SourceType,
    source_type,
    written_attributes,
)
from reconciler.model.suggestion import suggest

# True for everybody else in the author's mind, false for people without a value in fact.
_NEGATIONS = frozenset({Operator.NOT_EQUALS, Operator.NOT_REGEX_MATCH, Operator.NOT_IN})


def check_filter(filter: ScopingFilter) -> Iterator[Diagnostic]:
    """Conditions and clauses of one filter: errors, then surprises."""
    asked = {c.attribute for g in filter.any_of for c in g.clauses if c.operator in PRESENCE}
    for group in filter.any_of:
        subject = f'ScopingFilter {filter.name}, "{plain(group.name)}"'
        if group.when is not None:
            label = f"{subject}: `when`"
            yield from check_condition(label, group.when, scope(filter.kind), group.at)
        for clause in group.clauses:
            errors = tuple(_errors(subject, filter.kind, clause))
            yield from errors
            if not errors:
                yield from _surprises(subject, filter.kind, clause, asked)


def _errors(subject: str, kind: Kind, clause: Clause) -> Iterator[Diagnostic]:
    type_ = source_type(kind, clause.attribute)
    if type_ is None:
        yield _unknown(subject, kind, clause)
        return
    mismatch = _mismatch(type_, clause)
    if mismatch is not None:
        said, hint = mismatch
        yield error("operator-type", f"{subject}: {said}", clause.at, hint=hint)
    fault = compile_clause(clause).fault
    # A value that is left out, or too many, was reported when the manifest was read.
    if fault is not None and (fault.code != "clause-value" or clause.value == ""):
        yield error(fault.code, f"{subject}: {fault.message}", clause.at, hint=fault.hint)


def _unknown(subject: str, kind: Kind, clause: Clause) -> Diagnostic:
    name = plain(clause.attribute)
    if clause.attribute == IS_SOFT_DELETED:
        hint = "the filter itself decides it; test `accountEnabled`"
    else:
        near = suggest(clause.attribute, written_attributes(kind))
        hint = f"did you mean `{near}`?" if near else f"see the attributes of a {kind}"
    said = f"{subject}: `{name}` is not an attribute of a {kind}"
    return error("unknown-attribute", said, clause.at, hint=hint)


def _mismatch(type_: SourceType, clause: Clause) -> tuple[str, str] | None:
    name, operator = clause.attribute, clause.operator
    if operator in PRESENCE or type_ is SourceType.ANY:
        return None
    match type_:
        case SourceType.TEXTS:
            said = f"{operator} takes one value, and {name} is a list"
            return said, f'write `when: user.{name} != null && user.{name}.exists(x, x == "…")`'
        case SourceType.BOOLEAN if operator not in BOOLEAN:
            return (
                f"{operator} compares text, and {name} is true or false",
                "use IS TRUE or IS FALSE",
            )
        case SourceType.TEXT if operator in BOOLEAN:
            return f"{operator} wants true or false, and {name} is text", "use EQUALS"
        case _:
            return None


def _surprises(
    subject: str, kind: Kind, clause: Clause, asked: Iterable[str]
) -> Iterator[Diagnostic]:
    always = clause.attribute in {"userPrincipalName", "objectId"} or (
        kind is Kind.GROUP and clause.attribute == "displayName"
    )
    if clause.operator in _NEGATIONS and clause.attribute not in asked and not always:
        yield warning(
            "null-never-matches",
            f"{subject}: {plain(describe(clause))} is false for a {kind} without a value",
            clause.at,
            hint=f"add {clause.attribute} IS NULL as another entry, or IS NOT NULL to this one",
        )
    if clause.operator in PATTERN and not _anchored(clause.value or ""):
        yield warning(
            "unanchored-pattern",
            f"{subject}: the pattern for {clause.attribute} may match anywhere in the value",
            clause.at,
            hint="begin it with ^ or end it with $; `.*` says that anything may stand there",
        )


def _anchored(pattern: str) -> bool:
    """Whether the author thought of an end: an anchor, or an explicit `.*`, at either."""
    begins = pattern.startswith(("^", "(?i)^", r"\A", ".*"))
    return begins or pattern.endswith(("$", r"\z", r"\Z", ".*"))
