"""What an author can get wrong in a scoping filter, and what will surprise them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.desired.clauses import (
    compile_clause,
    describe,
)
from reconciler.desired.condition_checks import check_condition
from reconciler.desired.scoping import scope
from reconciler.model.diagnostic import Diagnostic, error, warning
from reconciler.model.identity import Kind
from reconciler.model.scoping import (
    BOOLEAN,
    NEGATIONS,
    PATTERN,
    PRESENCE,
    Clause,
    Operator,
    ScopingFilter,
)
from reconciler.model.show import plain
from reconciler.model.source import (
    APP_ROLE_ASSIGNMENTS,
    IS_SOFT_DELETED,
    MANAGER_PREFIX,
    MEMBER_OF,
    OBJECT_ID,
    USER_PRINCIPAL_NAME,
    SourceType,
    filter_type,
    written_attributes,
)
from reconciler.model.suggestion import suggest


def check_filter(filter: ScopingFilter) -> Iterator[Diagnostic]:
    """Conditions and clauses of one filter: errors, then surprises."""
    asked = {c.attribute for g in filter.any_of for c in g.clauses if c.operator in PRESENCE}
    for group in filter.any_of:
        subject = f'ScopingFilter {filter.name}, "{plain(group.name)}"'
        if group.when is not None:
            label = f"{subject}: `when`"
            at = group.when_at or group.at
            yield from check_condition(label, group.when, scope(filter.kind), at)
        for clause in group.clauses:
            errors = tuple(_errors(subject, filter.kind, clause))
            yield from errors
            if not errors:
                yield from _surprises(subject, filter.kind, clause, asked)


def _errors(subject: str, kind: Kind, clause: Clause) -> Iterator[Diagnostic]:
    type_ = filter_type(kind, clause.attribute)
    if type_ is None:
        yield _unknown(subject, kind, clause)
        return
    if clause.unsupported is not None:
        yield warning(
            "unsupported-operator",
            f"{subject}: {plain(clause.unsupported)} on {plain(clause.attribute)} is not "
            "supported: whoever only this clause could decide is not decided, and keeps what they "
            "have",
            clause.at,
            hint="say the same with another operator, or with `when`",
        )
        return
    mismatch = _mismatch(type_, clause)
    if mismatch is not None:
        said, hint = mismatch
        yield error("operator-type", f"{subject}: {said}", clause.at, hint=hint)
    if clause.match is not None and type_ not in {SourceType.TEXTS, SourceType.ANY}:
        said = f"{subject}: `match` is for lists, and {clause.attribute} has one value"
        yield error("clause-option", said, clause.at, hint="remove `match`")
    if clause.match is not None and clause.operator in PRESENCE:
        said = f"{subject}: {clause.operator} asks whether there is a value, not which"
        yield error("clause-option", said, clause.at, hint="remove `match`")
    if clause.null_is_match and clause.operator not in NEGATIONS:
        negations = ", ".join(sorted(NEGATIONS))
        said = f"{subject}: `nullIsMatch` belongs to a negation, and {clause.operator} is none"
        hint = f"use it with {negations}; or add an entry with IS NULL"
        yield error("clause-option", said, clause.at, hint=hint)
    fault = compile_clause(clause).fault
    # A value that is left out, or too many, was reported when the manifest was read.
    if fault is not None and (fault.code != "clause-value" or clause.value == ""):
        yield error(fault.code, f"{subject}: {fault.message}", clause.at, hint=fault.hint)


def _unknown(subject: str, kind: Kind, clause: Clause) -> Diagnostic:
    name = plain(clause.attribute)
    prefix = MANAGER_PREFIX if clause.attribute.startswith(MANAGER_PREFIX) else ""
    if clause.attribute == IS_SOFT_DELETED:
        hint = "the filter itself decides it; test `accountEnabled`"
    elif clause.attribute == APP_ROLE_ASSIGNMENTS:
        hint = "use `entitledRoles` or `excludedRoles` of the Target"
    elif prefix and kind is Kind.USER:
        near = suggest(clause.attribute.removeprefix(prefix), written_attributes(kind))
        hint = f"did you mean `{prefix}{near}`?" if near else "see the attributes of a user"
    else:
        near = suggest(clause.attribute, _known(kind))
        hint = f"did you mean `{near}`?" if near else f"see the attributes of a {kind}"
    said = f"{subject}: `{name}` is not an attribute of a {kind}"
    return error("unknown-attribute", said, clause.at, hint=hint)


def _known(kind: Kind) -> frozenset[str]:
    written = frozenset(written_attributes(kind))
    return written | {MEMBER_OF} if kind is Kind.USER else written


def _mismatch(type_: SourceType, clause: Clause) -> tuple[str, str] | None:
    name, operator = clause.attribute, clause.operator
    if operator in PRESENCE or type_ is SourceType.ANY:
        return None
    match type_:
        case SourceType.TEXTS if operator in BOOLEAN:
            return f"{operator} wants true or false, and {name} is a list of texts", "use EQUALS"
        case SourceType.DATE:
            said = f"{operator} compares text, and {name} is a date"
            return said, f"write `when: user.{name} != null && user.{name} <= asOf`"
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
    if clause.operator in {Operator.IN, Operator.NOT_IN}:
        holds = "stands" if clause.operator is Operator.IN else "does not stand"
        yield warning(
            "ambiguous-operator",
            f"{subject}: {clause.operator} asks whether the text of {clause.attribute} {holds} "
            "anywhere in the value; it is neither a list nor a bit mask, and Entra's own words "
            "leave open which of them it means",
            clause.at,
            hint="write REGEX MATCH ^(a|b)$ or HAS BITS; a comment that gives the reason keeps it",
        )
    listed = filter_type(kind, clause.attribute) is SourceType.TEXTS
    if listed and clause.match is None and clause.operator not in PRESENCE:
        yield warning(
            "match-not-said",
            f"{subject}: {clause.attribute} is a list, and {clause.operator} must hold for every "
            "value of it",
            clause.at,
            hint="write `match: any`, or `match: all` to say that it is meant",
        )
    always = clause.attribute in {USER_PRINCIPAL_NAME, OBJECT_ID} or (
        kind is Kind.GROUP and clause.attribute == "displayName"
    )
    settled = always or clause.null_is_match or clause.negated or clause.attribute in asked
    if clause.operator in NEGATIONS and not settled:
        yield warning(
            "null-never-matches",
            f"{subject}: {plain(describe(clause))} is false for a {kind} without a value",
            clause.at,
            hint=f"write `nullIsMatch: true`, or add {clause.attribute} IS NOT NULL to this entry",
        )
    if clause.operator in PATTERN and not _anchored(clause.value or ""):
        yield warning(
            "unanchored-pattern",
            f"{subject}: the pattern for {clause.attribute} may match anywhere in the value",
            clause.at,
            hint="begin it with ^ or end it with $; `.*` says that anything may stand there",
        )
    elif clause.operator in PATTERN and _half_anchored(clause.value or ""):
        yield warning(
            "unanchored-pattern",
            f"{subject}: the anchors of the pattern for {clause.attribute} belong to one side of "
            "its `|` each",
            clause.at,
            hint="put the alternatives between parentheses, as in ^(PT|DE)$",
        )


def _anchored(pattern: str) -> bool:
    """Whether the author thought of an end: an anchor, or an explicit `.*`, at either."""
    begins = pattern.startswith(("^", "(?i)^", r"\A", ".*"))
    return begins or pattern.endswith(("$", r"\z", r"\Z", ".*"))


def _half_anchored(pattern: str) -> bool:
    """Whether `^` and `$` stand around alternatives that nothing groups, as in `^a|b$`."""
    depth, escaped, in_class = 0, False, False
    for letter in pattern:
        if escaped or letter == "\\":
            escaped = not escaped
        elif in_class:
            in_class = letter != "]"
        elif letter == "[":
            in_class = True
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == "|" and depth == 0:
            parts = pattern.split("|")
            begins = [part.startswith(("^", r"\A")) for part in parts]
            ends = [part.endswith(("$", r"\z", r"\Z")) for part in parts]
            return not (all(begins) and all(ends))
    return False
