"""Attribute mappings as manifests write them: one rule per target attribute."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.diagnostic import Position
from reconciler.model.identity import Kind
from reconciler.model.path import AttributePath, Value


@dataclass(frozen=True, slots=True)
class Direct:
    """The value of a source attribute."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Constant:
    """Always this value."""

    value: Value


@dataclass(frozen=True, slots=True)
class Expression:
    """The result of an expression in Entra's expression language.

    `unsupported` are functions that the author knows not to be there: whoever needs one is not
    decided, and nobody else is concerned.
    """

    text: str
    unsupported: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Untouched:
    """Entra's *None*: what is live is left alone; the default is written wherever it is empty."""


ValueSource = Direct | Constant | Expression | Untouched


class Apply(StrEnum):
    """When a mapping writes."""

    ALWAYS = "always"  # at every difference
    ON_CREATE = "onCreate"  # when the resource is created, never afterwards
    IF_EMPTY = "ifEmpty"  # where the live attribute has no value (Graph's AttributeAddOnly)
    #: Values are added, none is taken away (Graph's MultiValueAddOnly and ValueAddOnly). Of an
    #: attribute with one value: where it has none.
    ADD_ONLY = "addOnly"


class DefaultWhen(StrEnum):
    """When a default stands in: with every evaluation, or as in Entra only at creation."""

    ALWAYS = "always"
    ON_CREATE = "onCreate"


@dataclass(frozen=True, slots=True)
class MappingRule:
    """One target attribute and where its value comes from.

    `match` is the precedence (1 is tried first) of a matching attribute; attributes with the same
    one must all match. `default` replaces a null. `within` is the mapping that the rule was
    included from.
    """

    target: AttributePath
    source: ValueSource
    at: Position
    match: int | None = None
    apply: Apply = Apply.ALWAYS
    default: Value = None
    default_when: DefaultWhen = DefaultWhen.ALWAYS
    within: str = ""


@dataclass(frozen=True, slots=True)
class AttributeMapping:
    """How a declared user or group becomes a resource of the target.

    `rules` has those of the `includes` as well, once the tree is loaded. A `fragment` is there to
    be included; no target uses it.
    """

    name: str
    kind: Kind
    rules: tuple[MappingRule, ...]
    at: Position
    includes: tuple[str, ...] = ()
    fragment: bool = False
