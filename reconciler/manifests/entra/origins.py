"""Where a value comes from and where it goes: Graph's sources and target names as a mapping's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reconciler.desired.expressions import ExpressionError, Program, compile_expression
from reconciler.desired.expressions.grammar import parse
from reconciler.desired.expressions.syntax import Attribute, Call, Literal, Name, Node, Number, walk
from reconciler.manifests.entra.drafts import Written
from reconciler.manifests.entra.expression_text import differs, rebuilt, text_of
from reconciler.manifests.entra.shapes import Source, SourceKind
from reconciler.model.attributes import AttributeType, characteristics
from reconciler.model.diagnostic import Diagnostic, warning
from reconciler.model.mapping import Constant, Direct, Expression
from reconciler.model.path import (
    CORE_GROUP,
    CORE_USER,
    ENTERPRISE_USER,
    AttributePath,
    parse_path,
)

Origin = Direct | Constant | Expression

#: Entra's names of the manager, folded.
MANAGERS: Final = frozenset({"manager", f"{ENTERPRISE_USER}:manager".lower()})


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to say about one attribute or clause, beside it and on the screen."""

    code: str
    text: str

    def as_warning(self, label: str) -> Diagnostic:
        """The same as a finding about what `label` names."""
        return warning(self.code, f"{label}: {self.text}")


@dataclass(frozen=True, slots=True)
class Read:
    """A source as it was read. Without an origin the mapping leaves the target alone.

    `rebuilt` says that there was a tree only.
    """

    origin: Origin | None
    rebuilt: bool = False
    told: tuple[Told, ...] = ()


def origin_of(source: Source | None) -> Read:
    """The text of a source; its tree when there is no text."""
    if source is None:
        return Read(None)
    text = (source.expression or "").strip()
    if not text:
        return _from_tree(source)
    node = parse(text)
    if isinstance(node, ExpressionError | Name):
        return Read(_bare(source, text))
    if differs(node, source):
        said = "text and parameter tree mean different things in the schema; this is the text"
        return Read(_simplest(node, text), told=(Told("carried-over-differently", said),))
    return Read(_simplest(node, text))


def _from_tree(source: Source) -> Read:
    tree = rebuilt(source)
    if tree is None:
        return Read(None)
    origin = _simplest(tree, text_of(tree))
    return Read(origin, rebuilt=isinstance(origin, Expression))


def _bare(source: Source, text: str) -> Origin:
    """An attribute or a constant without brackets or quotes around it; or what nobody can read."""
    match source.type:
        case SourceKind.ATTRIBUTE if text == source.name:
            return Direct(text)
        case SourceKind.CONSTANT if text == source.name:
            return Constant(text)
        case _:
            return Expression(text)


def _simplest(node: Node, text: str) -> Origin:
    """An expression is written only for what needs one."""
    match node:
        case Attribute(name=name) if name:
            return Direct(name)
        case Literal(text=value):
            return Constant(value or None)
        case Number(text=value) if not value.startswith("&"):
            return Constant(value)
        case _:
            return Expression(text)


def as_boolean(path: AttributePath, origin: Origin | None) -> Origin | None:
    """A constant for a boolean attribute as a boolean, as a person would write it."""
    if isinstance(origin, Constant) and characteristics(path).type is AttributeType.BOOLEAN:
        word = str(origin.value).lower()
        if word in {"true", "false"}:
            return Constant(word == "true")
    return origin


def target_path(written: str) -> AttributePath:
    """Entra's name of a target attribute as ours.

    Raises:
        PathError: it is no path.
    """
    if written.lower() in MANAGERS:
        return parse_path(f"{ENTERPRISE_USER}:manager.value")
    for urn in (CORE_USER, CORE_GROUP):
        if written.lower().startswith(f"{urn}:".lower()):
            return parse_path(written[len(urn) + 1 :])
    return parse_path(written)


def with_unsupported(origin: Origin | None) -> Origin | None:
    """An expression whose functions do not all exist, with those named: it is kept word for word,
    and fails only for whom it is needed."""
    if not isinstance(origin, Expression):
        return origin
    node = parse(origin.text)
    if isinstance(node, ExpressionError):
        return origin
    called = frozenset(part.name for part in walk(node) if isinstance(part, Call))
    program = compile_expression(origin.text, called)
    return Expression(origin.text, program.unsupported) if isinstance(program, Program) else origin


def fields_of(target: str, origin: Origin | None) -> tuple[tuple[str, Written], ...]:
    """The first fields of an entry."""
    match origin:
        case None:
            return (("target", target),)
        case Direct(attribute=name):
            return (("target", target), ("source", name))
        case Constant(value=bool() | str() as value):
            return (("target", target), ("constant", value))
        case Constant():
            return (("target", target), ("constant", ""))
        case Expression(text=text, unsupported=unsupported):
            fields = (("target", target), ("expression", text))
            return (*fields, ("unsupported", tuple(sorted(unsupported)))) if unsupported else fields
