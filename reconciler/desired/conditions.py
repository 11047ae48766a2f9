"""Conditions in CEL: compiled once, evaluated per person, group or live resource.

The one owner of `cel_expr_python`. Its results are *values*, errors among them, so truth is never
taken from a result whose type is not BOOL: everything else is undetermined, and undetermined is
not false (safety statement 12).

A condition sees one object, attribute by attribute, `asOf` and, of a person, the `manager`, who is
null where there is none. Because an object can be used only as `user.name` or `user["name"]`, the
attributes it looks at are known before it runs: an unknown one is refused, a known one is bound, to
null where nobody wrote it. Dates are bound as timestamps. Nothing runs long: the source
text is bounded here, depth (32) and loop steps (10,000) by the library, nested loops by
`condition_tree`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Final, Protocol, assert_never

# Its stubs lie beside it without a py.typed marker and need protobuf; `_Environment`, `_Program`,
# `_Result` and `_Type` below are the part of them that is used.
from cel_expr_python import cel  # type: ignore[import-untyped]  # see the lines above

from reconciler.desired.condition_bindings import (
    LABELS,
    Bindings,
    ConditionScope,
    Lookup,
    bindable,
    bound,
    date_of,
    is_date,
    lookups,
    seen_of,
)
from reconciler.desired.condition_errors import (
    CLOCK,
    COMPARE,
    ConditionError,
    complaints,
    error_at,
    reason,
    translate,
)
from reconciler.desired.condition_facts import contradict, necessary_facts
from reconciler.desired.condition_tree import Use, read_tree
from reconciler.desired.condition_types import is_certain, known_types, with_dots
from reconciler.model.attributes import RESOURCE_NAMES
from reconciler.model.identity import Kind
from reconciler.model.resource_type import ResourceType
from reconciler.model.show import plain
from reconciler.model.source import (
    MANAGER,
    MEMBER_OF,
    SourceType,
    is_extension,
    written_attributes,
)
from reconciler.model.suggestion import suggest

__all__ = [
    "LABELS",
    "MAX_SOURCE",
    "Bindings",
    "Condition",
    "ConditionError",
    "ConditionScope",
    "UndeterminedResult",
    "compile_condition",
    "exclude_each_other",
    "known_attributes",
]

# A wrapper is what it wraps, or null; the library knows no lists that may be null.
_TYPES: Final = {
    SourceType.TEXT: cel.Type("string_wrapper"),
    SourceType.BOOLEAN: cel.Type("bool_wrapper"),
    SourceType.TEXTS: cel.Type.List(cel.Type.STRING),
    SourceType.DATE: cel.Type.TIMESTAMP,
}

#: Characters; longer conditions belong into several filters.
MAX_SOURCE: Final = 2_000


@dataclass(frozen=True, slots=True)
class UndeterminedResult:
    """The condition gave neither true nor false, and why."""

    reason: str


class _Type(Protocol):
    def name(self) -> str: ...


class _Result(Protocol):
    def type(self) -> _Type: ...
    def value(self) -> object: ...


class _Run(Protocol):
    def __call__(self, *, data: Mapping[str, object]) -> _Result: ...


class _Program(Protocol):
    @property
    def eval(self) -> _Run: ...
    def return_type(self) -> _Type: ...
    def serialize(self) -> bytes: ...


class _Environment(Protocol):
    def compile(self, expression: str, /) -> _Program: ...


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that compiled.

    `attributes` are the ones it looks at, `manager_attributes` those of the manager.
    `knows_no_manager`: it compares the manager with null.
    """

    source: str
    scope: ConditionScope
    attributes: frozenset[str]
    manager_attributes: frozenset[str]
    asks_manager: bool
    knows_no_manager: bool
    _run: _Run = field(repr=False, compare=False)
    _variable: str = field(repr=False)
    _lookups: tuple[Lookup, ...] = field(repr=False)
    _manager_lookups: tuple[Lookup, ...] = field(repr=False)
    _dates: tuple[Use, ...] = field(repr=False)
    _plain: bool = field(repr=False)  # it looks at plain attributes of the object alone

    def evaluate(self, bindings: Bindings) -> bool | UndeterminedResult:
        """True or false, or undetermined with the reason; never raises."""
        if bindings.doubts:
            for name in sorted(self.attributes & bindings.doubts.keys()):
                return UndeterminedResult(bindings.doubts[name].text)
        try:
            seen = seen_of(bindings.subject, self._lookups)
            data: dict[str, object] = {self._variable: seen, CLOCK: bindings.as_of}
            run = self._run if self._plain else self._complete(seen, data, bindings)
            result = run(data=data)
            value = result.value()
            # Only what CEL calls BOOL comes out as Python's bool: everything else decides nothing.
            if value.__class__ is bool:
                return value is True
            if result.type() == cel.Type.ERROR:
                return UndeterminedResult(reason(str(value)))
        except (RuntimeError, ValueError) as exc:  # the loop budget; text that cannot be bound
            return UndeterminedResult(reason(str(exc)))
        return UndeterminedResult(f"it gives {_type_name(result.type())}, not true or false")

    def _complete(
        self, seen: dict[str, object], data: dict[str, object], bindings: Bindings
    ) -> _Run:
        """Binds labels, manager and dates, and gives the program for the dates that are there."""
        if bindings.labels is not None and LABELS in self.attributes:
            seen[LABELS] = bound(bindings.labels)
        manager = bindings.manager() if self.asks_manager else None
        if self.asks_manager:
            data[MANAGER] = None if manager is None else seen_of(manager, self._manager_lookups)
        if not self._dates:
            return self._run
        held: dict[str, object] = {}
        for use in self._dates:
            holder = bindings.subject if use.variable == self._variable else manager
            found = None if holder is None else date_of(holder, use.attribute)
            if found is not None:
                held[f"{use.variable}.{use.attribute}"] = found
        data.update(held)
        return _program(self.source, self.scope, frozenset(held)).eval


@lru_cache(maxsize=4096)
def compile_condition(source: str, scope: ConditionScope) -> Condition | ConditionError:
    """`source` ready to be evaluated, or what is wrong with it (the first thing)."""
    if len(source) > MAX_SOURCE:
        message = f"it has {len(source)} characters; at most {MAX_SOURCE} are allowed"
        return ConditionError(message, hint="split it into several filters or rules")
    if not bindable(source):
        return ConditionError("it contains a character that no condition can hold (NUL, surrogate)")
    try:
        program = _program(source, scope, frozenset())
    except RuntimeError as exc:
        return translate(str(exc), source, scope.variable, known_attributes(scope))
    if program.return_type() not in (cel.Type.BOOL, cel.Type.DYN):
        return _no_truth(program)
    tree = read_tree(program.serialize(), _objects(scope), nullable=frozenset({MANAGER}))
    refusals = [error_at(o.message, source, o.offset) for o in tree.objections]
    refusals += [error for use in tree.uses if (error := _refuse(use, source, scope)) is not None]
    if refusals:
        return min(refusals, key=lambda error: error.offset or 0)
    dates = tuple(use for use in tree.uses if is_date(use.attribute, scope))
    own = frozenset(use.attribute for use in tree.uses if use.variable == scope.variable)
    of_manager = frozenset(use.attribute for use in tree.uses if use.variable != scope.variable)
    return Condition(
        source=source,
        scope=scope,
        attributes=own,
        manager_attributes=of_manager,
        asks_manager=MANAGER in tree.mentioned,
        knows_no_manager=MANAGER in tree.compared,
        _run=program.eval,
        _variable=scope.variable,
        _lookups=lookups(own, scope),
        _manager_lookups=lookups(of_manager, scope),
        _dates=dates,
        _plain=not dates and LABELS not in own and MANAGER not in tree.mentioned,
    )


def check_types(
    condition: Condition, resource_type: ResourceType | None = None
) -> ConditionError | None:
    """The first thing in a condition that is never true or false, for whomever it is asked.

    `resource_type` is what the provider makes of the live resources that it is about, if it is.
    """
    scope = condition.scope
    types = known_types(scope, resource_type)
    environment = _typed_environment(scope, frozenset(types.items()))
    try:
        program = environment.compile(with_dots(condition.source, types))
    except RuntimeError as exc:
        found = (each.text for each in complaints(str(exc)) if is_certain(each, scope))
        known = known_attributes(scope)
        mistakes = [translate(text, condition.source, scope.variable, known) for text in found]
        return min(mistakes, key=lambda mistake: mistake.offset or 0, default=None)
    return None if program.return_type() in (cel.Type.BOOL, cel.Type.DYN) else _no_truth(program)


def _no_truth(program: _Program) -> ConditionError:
    gives = _type_name(program.return_type())
    return ConditionError(f"it gives {gives}, not true or false", hint=COMPARE)


def exclude_each_other(first: str, second: str, scope: ConditionScope) -> bool:
    """Whether no object can satisfy both, as far as their plainest parts prove it.

    One attribute that would have to be two texts, or to begin in two ways, is a proof. Everything
    else proves nothing.
    """
    facts = []
    for source in (first, second):
        if isinstance(compile_condition(source, scope), ConditionError):
            return False
        program = _program(source, scope, frozenset())
        facts.append(necessary_facts(program.serialize(), scope.variable))
    return any(contradict(one, other) for one in facts[0] for other in facts[1])


def known_attributes(scope: ConditionScope) -> frozenset[str]:
    """The attributes that a condition of this scope can name (extensions besides)."""
    match scope:
        case ConditionScope.USER:
            return frozenset({*written_attributes(Kind.USER), LABELS})
        case ConditionScope.CANDIDATE:
            return frozenset({*written_attributes(Kind.USER), LABELS, MEMBER_OF})
        case ConditionScope.GROUP:
            return frozenset({*written_attributes(Kind.GROUP), LABELS})
        case ConditionScope.RESOURCE:
            return RESOURCE_NAMES
        case unknown:
            assert_never(unknown)


@lru_cache(maxsize=4096)
def _program(source: str, scope: ConditionScope, dates: frozenset[str]) -> _Program:
    """The program for objects that have exactly these dates.

    Raises:
        RuntimeError: it does not compile.
    """
    return _environment(scope, dates).compile(source)


@cache
def _environment(scope: ConditionScope, dates: frozenset[str]) -> _Environment:
    variables = dict.fromkeys(sorted(_objects(scope)), cel.Type.DYN)
    variables |= dict.fromkeys(sorted({CLOCK, *dates}), cel.Type.TIMESTAMP)
    environment: _Environment = cel.NewEnv(variables=variables)
    return environment


@lru_cache(maxsize=64)
def _typed_environment(
    scope: ConditionScope, types: frozenset[tuple[str, SourceType]]
) -> _Environment:
    """An environment that knows the types of attributes, each of them a variable of its own."""
    variables = dict.fromkeys(sorted(_objects(scope)), cel.Type.DYN)
    variables |= {name: _TYPES[held] for name, held in sorted(types)}
    if scope is not ConditionScope.RESOURCE:
        variables[f"{scope.variable}.{LABELS}"] = cel.Type.Map(cel.Type.STRING, cel.Type.STRING)
    environment: _Environment = cel.NewEnv(variables={**variables, CLOCK: cel.Type.TIMESTAMP})
    return environment


def _objects(scope: ConditionScope) -> frozenset[str]:
    """The variables that are used attribute by attribute."""
    return frozenset({scope.variable, MANAGER} if scope.has_manager else {scope.variable})


def _refuse(use: Use, source: str, scope: ConditionScope) -> ConditionError | None:
    of_manager = use.variable != scope.variable
    known = known_attributes(ConditionScope.USER if of_manager else scope)
    written = plain(f"{use.variable}.{use.attribute}")
    if scope is ConditionScope.RESOURCE:
        # A provider's own attributes are in no list; quotes say that the name is meant.
        accepted = use.attribute in known or use.indexed
    else:
        accepted = use.attribute in known or is_extension(use.attribute)
    if not accepted:
        near = suggest(use.attribute, known)
        if use.attribute == MEMBER_OF and scope.has_manager:
            said = "only filters and default exclusions know groups, and only of the person"
            return error_at(f"`{written}` is not known here", source, use.offset, hint=said)
        hint = f"did you mean `{use.variable}.{near}`?" if near else None
        return error_at(f"`{written}` is not an attribute", source, use.offset, hint=hint)
    if use.indexed and is_date(use.attribute, scope):
        message = f"`{use.variable}[…]` does not find a date"
        return error_at(message, source, use.offset, hint=f"write `{written}`")
    if use.presence:
        message = f"`has({written})` is always true: an attribute without a value is null"
        return error_at(message, source, use.offset, hint=f"write `{written} != null`")
    return None


def _type_name(type_: _Type) -> str:
    return f"a value of type {type_.name().lower()}"
