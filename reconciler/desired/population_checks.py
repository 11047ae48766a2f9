"""Surprises that show only beside the people and groups that are declared.

A filter that lets in nobody, or everybody, is legal and rarely meant; so is an attribute that
something follows from and nobody has.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Final

from reconciler.desired.conditions import Condition
from reconciler.desired.rule import reads_of
from reconciler.desired.scoping import CompiledFilter, compile_filter
from reconciler.desired.subjects import SourceObject, source_group, source_user
from reconciler.desired.truth import Truth
from reconciler.model.declared import Declared, Group, User
from reconciler.model.diagnostic import Diagnostic, Position, ordered, warning
from reconciler.model.identity import Kind
from reconciler.model.show import plain
from reconciler.model.source import (
    ACCOUNT_ENABLED,
    MANAGER_PREFIX,
    MEMBER_OF,
    OBJECT_ID,
    source_type,
)

#: Every code that `surprises` can give; `manifests/README.md` explains each.
CODES: Final = ("attribute-never-declared", "filter-admits-everybody", "filter-admits-nobody")

# Everybody has these, whether they are written or not.
_ALWAYS: Final = frozenset({ACCOUNT_ENABLED, OBJECT_ID})


def surprises(declared: Declared, *, as_of: datetime) -> tuple[Diagnostic, ...]:
    """What is legal and rarely meant, given who is declared; of a tree without errors."""
    return ordered((*_undeclared(declared), *_admissions(declared, as_of)))


def _undeclared(declared: Declared) -> Iterator[Diagnostic]:
    """Attributes that filters and mappings read and nobody has."""
    had = {kind: _had(declared, kind) for kind in Kind}
    for scoping_filter in declared.filters.values():
        kind = scoping_filter.kind
        compiled = compile_filter(scoping_filter)
        for group in compiled.groups:
            subject = f'ScopingFilter {scoping_filter.name}, "{plain(group.group.name)}"'
            for clause in group.group.clauses:
                name = clause.attribute.removeprefix(MANAGER_PREFIX)
                yield from _nobody_has(subject, kind, name, had[kind], clause.at)
            if isinstance(group.when, Condition):
                for name in sorted(group.when.attributes | group.when.manager_attributes):
                    yield from _nobody_has(subject, kind, name, had[kind], group.group.at)
    for mapping in declared.mappings.values():
        subject = f"AttributeMapping {mapping.name}"
        for rule in mapping.rules:
            for name in sorted(reads_of(rule.source)):
                yield from _nobody_has(subject, mapping.kind, name, had[mapping.kind], rule.at)


def _admissions(declared: Declared, as_of: datetime) -> Iterator[Diagnostic]:
    """Filters that let in nobody, or everybody, of those who are declared.

    What cannot be decided for somebody says neither. A filter that looks at groups is not asked:
    they are known at a target only.
    """
    for scoping_filter in declared.filters.values():
        compiled = compile_filter(scoping_filter)
        if MEMBER_OF in compiled.reads or not compiled.groups:
            continue
        everybody = declared.users if scoping_filter.kind is Kind.USER else declared.groups
        truths = _truths(compiled, _sources(declared, scoping_filter.kind), as_of)
        if len(everybody) < 2 or len(truths) != 1:
            continue
        who = f"{len(everybody)} declared {scoping_filter.kind}s"
        if truths == {Truth.FALSE}:
            yield warning(
                "filter-admits-nobody",
                f"ScopingFilter {scoping_filter.name} lets in none of the {who}",
                scoping_filter.at,
                hint="ask `reconciler explain` why for somebody who should pass",
            )
        elif truths == {Truth.TRUE}:
            yield warning(
                "filter-admits-everybody",
                f"ScopingFilter {scoping_filter.name} lets in all of the {who}",
                scoping_filter.at,
                hint="leave the filter out where that is meant",
            )


def _truths(
    compiled: CompiledFilter, sources: Iterable[SourceObject], as_of: datetime
) -> Collection[Truth]:
    """What the filter comes to, asked only until two answers differ."""
    seen: set[Truth] = set()
    for source in sources:
        seen.add(compiled.truth(source, as_of))
        if len(seen) > 1:
            break
    return seen


def _sources(declared: Declared, kind: Kind) -> Iterator[SourceObject]:
    if kind is Kind.USER:
        return (source_user(user, among=declared.users) for user in declared.users.values())
    return (source_group(group) for group in declared.groups.values())


def _had(declared: Declared, kind: Kind) -> frozenset[str] | None:
    """The attributes that somebody has; None where nobody is declared who could have one."""
    everybody: list[User | Group] = []
    everybody += declared.users.values() if kind is Kind.USER else declared.groups.values()
    return _ALWAYS.union(*(one.attributes for one in everybody)) if everybody else None


def _nobody_has(
    subject: str, kind: Kind, name: str, had: frozenset[str] | None, at: Position
) -> Iterator[Diagnostic]:
    # A name that is no attribute at all was an error already; what is computed is never written.
    if had is None or name in had or source_type(kind, name) is None:
        return
    yield warning(
        "attribute-never-declared",
        f"{subject} reads {plain(name)}, and no {kind} has it",
        at,
        hint="declare it, or read another attribute",
    )
