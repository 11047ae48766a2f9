"""An object mapping's scope as a ScopingFilter, with what gets lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.desired.filter_checks import check_filter
from reconciler.manifests.entra import shapes
from reconciler.manifests.entra.drafts import FilterDraft, GroupDraft, Line
from reconciler.manifests.entra.names import OURS
from reconciler.manifests.entra.origins import Told
from reconciler.model.diagnostic import Diagnostic, Position, Severity, error
from reconciler.model.identity import Kind
from reconciler.model.scoping import (
    ENTRA_OPERATORS,
    UNARY,
    Clause,
    FilterGroup,
    Operator,
    ScopingFilter,
)
from reconciler.model.show import plain, show

_NOWHERE: Final = Position("", 1)
_LISTS: Final = {
    "inputFilterGroups": "Entra ignores whoever fails one of these, without deprovisioning them",
    "categoryFilterGroups": "an experimental list, whose effect is not documented",
}


def filter_draft(
    name: str, kind: Kind, scope: shapes.Filter
) -> tuple[FilterDraft | None, tuple[Diagnostic, ...]]:
    """The filter; None when everybody passes. An error when its meaning cannot be carried over."""
    found: list[Diagnostic] = []
    groups: list[GroupDraft] = []
    for number, group in enumerate(scope.groups, start=1):
        title = group.name if group.name and group.name.strip() else f"filter {number}"
        label = f'{kind}s, scoping filter "{plain(title)}"'
        if not group.clauses:
            hint = "remove it in Entra, or give it a clause: what it does there is not documented"
            found.append(error("empty-filter", f"{label} has no clause", hint=hint))
        lines = []
        for clause in group.clauses:
            line, told = _clause(kind, clause)
            lines.append(line)
            found += [each.as_warning(label) for each in told]
            found += _several(label, clause)
        groups.append(GroupDraft(title, tuple(lines)))
    if not groups:
        return None, tuple(found)
    return FilterDraft(name, kind, tuple(groups)), tuple(found)


def lost_scope(kind: Kind, scope: shapes.Filter) -> Iterator[Told]:
    """Groups that only Graph shows: without them the filter may let more people pass."""
    for name, groups in (
        ("inputFilterGroups", scope.input_filter_groups),
        ("categoryFilterGroups", scope.category_filter_groups),
    ):
        if groups:
            listed = "; ".join(_summary(group) for group in groups)
            yield Told(
                "not-carried-over",
                f"the list {name} is not carried over ({_LISTS[name]}), "
                f"so more {kind}s may pass the filter here: {listed}",
            )


def _clause(kind: Kind, clause: shapes.Clause) -> tuple[Line, tuple[Told, ...]]:
    written = clause.source_operand_name or ""
    attribute = OURS.get(written, written)
    operator = _operator(clause.operator_name or "")
    values = _values(clause)
    fields: tuple[tuple[str, str], ...] = (("attribute", attribute), ("operator", operator))
    if values and (operator not in UNARY or values[0]):
        fields += (("value", values[0]),)
    told: tuple[Told, ...]
    if not isinstance(operator, Operator):
        # Kept word for word; only whoever it would decide is left undecided.
        fields = tuple(("unsupported" if n == "operator" else n, v) for n, v in fields)
        said = f"the operator {show(operator)} is not supported: whom it would decide, is not"
        told = (Told("unsupported-operator", said),)
    else:
        judged = Clause(attribute, operator, dict(fields).get("value"), _NOWHERE)
        told = tuple(_refusals(kind, judged))
    return Line(fields, tuple(each.text for each in told)), told


def _operator(written: str) -> str:
    """The operator in Entra's spelling, whatever the case; the word itself when it is unknown."""
    folded = _folded(written)
    return next((known for known in ENTRA_OPERATORS if _folded(known.value) == folded), written)


def _folded(operator: str) -> str:
    return " ".join(operator.replace("_", " ").split()).casefold()


def _values(clause: shapes.Clause) -> tuple[str, ...]:
    return clause.target_operand.values if clause.target_operand is not None else ()


def _several(label: str, clause: shapes.Clause) -> Iterator[Diagnostic]:
    if len(_values(clause)) > 1:
        yield error(
            "clause-value",
            f"{label}: the clause on {plain(clause.source_operand_name or '')} has "
            f"{len(_values(clause))} values, and what Entra makes of several is not documented",
            hint="write one scoping filter for each value in Entra, and export again",
        )


def _refusals(kind: Kind, clause: Clause) -> Iterator[Told]:
    """What `validate` will say about the clause, in its words."""
    group = FilterGroup("", (clause,), None, _NOWHERE)
    for finding in check_filter(ScopingFilter("", kind, (group,), _NOWHERE)):
        if finding.severity is Severity.ERROR:
            said = finding.message.partition(": ")[2]
            hint = "" if finding.hint is None else f"; {finding.hint}"
            yield Told(finding.code, f"{said}{hint}")


def _summary(group: shapes.FilterGroup) -> str:
    clauses = " AND ".join(
        " ".join((c.source_operand_name or "", c.operator_name or "", *_values(c)))
        for c in group.clauses
    )
    return f"{group.name or 'without a name'}: {clauses}"
