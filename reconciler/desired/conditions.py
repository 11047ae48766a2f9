"""Conditions in CEL: compiled once, evaluated per person, group or live resource.

The one owner of `cel_expr_python`. Its results are *values*, errors among them, so truth is never
taken from a result whose type is not BOOL: everything else is undetermined, and undetermined is
not false (safety statement 12).

A condition sees one object, attribute by attribute, and `asOf`. Because an object can be used only
as `user.name` or `user["name"]`, the attributes it looks at are known before it runs: an unknown
one is refused, a known one is bound, to null where nobody wrote it. Nothing runs long: the source
text is bounded here, depth (32) and loop steps (10,000) by the library, nested loops by
`condition_tree`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final, Protocol, assert_never

# Its stubs lie beside it without a py.typed marker and need protobuf; `_Environment`, `_Program`,
# `_Result` and `_Type` below are the part of them that is used.
from cel_expr_python import cel  # type: ignore[import-untyped]  # see the lines above

from reconciler.desired.condition_errors import CLOCK, ConditionError, error_at, reason, translate
from reconciler.desired.condition_tree import Use, read_tree
from reconciler.model.attributes import RESOURCE_NAMES, canonical_name
from reconciler.model.identity import Kind
from reconciler.model.show import plain, show
from reconciler.model.source import is_extension, written_attributes
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
    "known_attributes",
]

#: Characters; longer conditions belong into several filters.
MAX_SOURCE: Final = 2_000

LABELS: Final = "labels"


class ConditionScope(StrEnum):
    """What a condition is about; the value is the name of its variable."""

    USER = "user"  # a declared user: source attributes and `labels`
    GROUP = "group"  # a declared group: source attributes and `labels`
    RESOURCE = "resource"  # a live resource: RFC 7643's names


@dataclass(frozen=True, slots=True)
class Bindings:
    """What one evaluation sees. Attributes missing from `subject` are null."""

    subject: Mapping[str, object]
    as_of: datetime


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
    """A condition that compiled. `attributes` are the ones it looks at."""

    source: str
    scope: ConditionScope
    attributes: frozenset[str]
    _run: _Run = field(repr=False, compare=False)
    _lookups: tuple[tuple[str, str], ...] = field(repr=False)

    def evaluate(self, bindings: Bindings) -> bool | UndeterminedResult:
        """True or false, or undetermined with the reason; never raises."""
        held = bindings.subject
        try:
            seen = {name: _bound(held.get(key)) for name, key in self._lookups}
            result = self._run(data={self.scope.value: seen, CLOCK: bindings.as_of})
            if result.type() == cel.Type.BOOL:
                return result.value() is True
            if result.type() == cel.Type.ERROR:
                return UndeterminedResult(reason(str(result.value())))
        except (RuntimeError, ValueError) as exc:  # the loop budget; text that cannot be bound
            return UndeterminedResult(reason(str(exc)))
        return UndeterminedResult(f"it gives {_type_name(result.type())}, not true or false")


@lru_cache(maxsize=4096)
def compile_condition(source: str, scope: ConditionScope) -> Condition | ConditionError:
    """`source` ready to be evaluated, or what is wrong with it (the first thing)."""
    if len(source) > MAX_SOURCE:
        message = f"it has {len(source)} characters; at most {MAX_SOURCE} are allowed"
        return ConditionError(message, hint="split it into several filters or rules")
    if not _bindable(source):
        return ConditionError("it contains a character that no condition can hold (NUL, surrogate)")
    try:
        program = _environment(scope).compile(source)
    except RuntimeError as exc:
        return translate(str(exc), source, scope.value, known_attributes(scope))
    if program.return_type() not in (cel.Type.BOOL, cel.Type.DYN):
        return ConditionError(
            f"it gives {_type_name(program.return_type())}, not true or false",
            hint="compare it with something, as in `… == …`",
        )
    uses, objections = read_tree(program.serialize(), frozenset({scope.value}))
    refusals = [error_at(o.message, source, o.offset) for o in objections]
    refusals += [error for use in uses if (error := _refuse(use, source, scope)) is not None]
    if refusals:
        return min(refusals, key=lambda error: error.offset or 0)
    names = sorted({use.attribute for use in uses})
    lookups = tuple((name, _key(name, scope)) for name in names)
    return Condition(source, scope, frozenset(names), program.eval, lookups)


def known_attributes(scope: ConditionScope) -> frozenset[str]:
    """The attributes that a condition of this scope can name (extensions besides)."""
    match scope:
        case ConditionScope.USER:
            return frozenset({*written_attributes(Kind.USER), LABELS})
        case ConditionScope.GROUP:
            return frozenset({*written_attributes(Kind.GROUP), LABELS})
        case ConditionScope.RESOURCE:
            return RESOURCE_NAMES
        case unknown:
            assert_never(unknown)


@cache
def _environment(scope: ConditionScope) -> _Environment:
    variables = {scope.value: cel.Type.DYN, CLOCK: cel.Type.TIMESTAMP}
    environment: _Environment = cel.NewEnv(variables=variables)
    return environment


def _key(name: str, scope: ConditionScope) -> str:
    """Under which name the bindings hold an attribute: resources fold theirs (RFC 7643 §2.1)."""
    return canonical_name(name.lower()) if scope is ConditionScope.RESOURCE else name


def _refuse(use: Use, source: str, scope: ConditionScope) -> ConditionError | None:
    known = known_attributes(scope)
    written = plain(f"{use.variable}.{use.attribute}")
    if scope is ConditionScope.RESOURCE:
        # A provider's own attributes are in no list; quotes say that the name is meant.
        accepted = use.attribute in known or use.indexed
    else:
        accepted = use.attribute in known or is_extension(use.attribute)
    if not accepted:
        near = suggest(use.attribute, known)
        hint = f"did you mean `{use.variable}.{near}`?" if near else None
        return error_at(f"`{written}` is not an attribute", source, use.offset, hint=hint)
    if use.presence:
        message = f"`has({written})` is always true: an attribute without a value is null"
        return error_at(message, source, use.offset, hint=f"write `{written} != null`")
    return None


def _bound(value: object) -> object:
    """A value as the library takes it: no tuples, an empty list as null, no NUL.

    Raises:
        ValueError: the library would silently cut the text at a NUL, or fail on a surrogate.
    """
    if isinstance(value, str):
        if not _bindable(value):
            raise ValueError(f"{show(value)} contains a character that no condition can compare")
        return value
    if isinstance(value, Mapping):
        return {_bound(name): _bound(held) for name, held in value.items()}
    if isinstance(value, Sequence):
        return [_bound(item) for item in value] or None
    return value


def _bindable(text: str) -> bool:
    return "\0" not in text and (text.isascii() or not any(0xD800 <= ord(c) < 0xE000 for c in text))


def _type_name(type_: _Type) -> str:
    return f"a value of type {type_.name().lower()}"
