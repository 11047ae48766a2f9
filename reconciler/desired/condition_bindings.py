"""What one evaluation of a condition sees: which object, and its values as the library takes them.

A map of the library holds text, numbers, booleans and lists, and no timestamps: dates are variables
of their own, named like the attribute (`user.employeeHireDate`), which CEL looks up before the
attribute. Such a variable cannot be null either, so it is there only where there is a date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from reconciler.model.attributes import canonical_name
from reconciler.model.desired import Reason
from reconciler.model.identity import Kind
from reconciler.model.show import show
from reconciler.model.source import MEMBER_OF, SourceType, source_type

LABELS: Final = "labels"


class ConditionScope(StrEnum):
    """What a condition is about."""

    USER = "user"  # a declared user: source attributes and `labels`, and the manager's
    CANDIDATE = "candidate"  # a declared user at a target: `memberOf` as well
    GROUP = "group"  # a declared group: source attributes and `labels`
    RESOURCE = "resource"  # a live resource: RFC 7643's names

    @property
    def variable(self) -> str:
        """The name of the object in conditions."""
        return "user" if self is ConditionScope.CANDIDATE else self.value

    @property
    def has_manager(self) -> bool:
        """Whether there may be a `manager` beside the object."""
        return self in {ConditionScope.USER, ConditionScope.CANDIDATE}


@dataclass(frozen=True, slots=True)
class Bindings:
    """What one evaluation sees. Attributes missing from `subject` are null.

    `manager` is asked only by conditions that look at one. `doubts` are attributes whose value an
    error hides: a condition that looks at one is undetermined.
    """

    subject: Mapping[str, object]
    as_of: datetime
    labels: Mapping[str, str] | None = None
    manager: Callable[[], Mapping[str, object] | None] = lambda: None
    doubts: Mapping[str, Reason] = field(default_factory=dict)


_Bind = Callable[[object], object]
#: The attribute's name in the condition, the one in the bindings, and how its value is bound.
Lookup = tuple[str, str, _Bind]


def lookups(names: Iterable[str], scope: ConditionScope) -> tuple[Lookup, ...]:
    """How each attribute that a condition looks at is found and bound."""
    return tuple((name, _key(name, scope), _binder(name, scope)) for name in sorted(names))


def is_date(name: str, scope: ConditionScope) -> bool:
    """Whether the attribute is a timestamp in conditions of this scope."""
    return scope.has_manager and source_type(Kind.USER, name) is SourceType.DATE


def _binder(name: str, scope: ConditionScope) -> _Bind:
    in_groups = name == MEMBER_OF and scope is ConditionScope.CANDIDATE
    return _bound_list if in_groups else bound


def _key(name: str, scope: ConditionScope) -> str:
    """Under which name the bindings hold an attribute: resources fold theirs (RFC 7643 §2.1)."""
    return canonical_name(name.lower()) if scope is ConditionScope.RESOURCE else name


def seen_of(held: Mapping[str, object], lookups: tuple[Lookup, ...]) -> dict[str, object]:
    """The attributes that a condition looks at, as the library takes them."""
    seen: dict[str, object] = {}
    for name, key, bind in lookups:
        value = held.get(key)
        # Nearly every value is plain text, and this is asked for everybody: that path is short.
        # Neither a NUL nor half a character is printable.
        if isinstance(value, str) and value.isprintable():
            seen[name] = value
        else:
            seen[name] = bind(value)
    return seen


def _bound_list(value: object) -> object:
    """A list that is never null: whoever belongs to nothing has an empty one."""
    return bound(value) or []


def date_of(held: Mapping[str, object], name: str) -> datetime | None:
    """A date among the attributes; its form was checked when the manifest was read."""
    written = held.get(name)
    return datetime.fromisoformat(written) if isinstance(written, str) else None


def bound(value: object) -> object:
    """A value as the library takes it: no tuples, an empty list as null, no NUL.

    Raises:
        ValueError: the library would silently cut the text at a NUL, or fail on a surrogate.
    """
    if isinstance(value, str):
        if not bindable(value):
            raise ValueError(f"{show(value)} contains a character that no condition can compare")
        return value
    if isinstance(value, Mapping):
        return {bound(name): bound(held) for name, held in value.items()}
    if isinstance(value, Sequence):
        return [bound(item) for item in value] or None
    return value


def bindable(text: str) -> bool:
    return "\0" not in text and (text.isascii() or not any(0xD800 <= ord(c) < 0xE000 for c in text))
