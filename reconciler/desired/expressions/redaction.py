"""What of an expression is hidden because of `Redact`: everywhere but on the way to the provider.

Hidden is what stands in a `Redact`, what is made of it, and every other use of the attributes that
it hides: an address that is redacted must not show in the `Left` beside it.
"""

from __future__ import annotations

from reconciler.desired.expressions.program import REDACT
from reconciler.desired.expressions.syntax import (
    Attribute,
    Call,
    Literal,
    Node,
    Number,
    Span,
    inside,
    walk,
)
from reconciler.model.sealed import REDACTED


def redacted_inputs(tree: Node) -> frozenset[str]:
    """The attributes that are read inside a `Redact`."""
    return frozenset(
        inner.name for call in _calls(tree) for inner in walk(call) if isinstance(inner, Attribute)
    )


def hidden_places(tree: Node, unspoken: frozenset[str]) -> frozenset[Span]:
    """Where everything stands whose value must not be shown, `unspoken` attributes included."""
    within = {inner.at for call in _calls(tree) for inner in walk(call)}
    inputs = redacted_inputs(tree) | unspoken
    tainted = {
        node.at for node in walk(tree) if any(_gives_away(inner, inputs) for inner in walk(node))
    }
    return frozenset(within | tainted)


def _gives_away(node: Node, inputs: frozenset[str]) -> bool:
    if isinstance(node, Attribute):
        return node.name in inputs
    return isinstance(node, Call) and node.name == REDACT


def shown_text(text: str, tree: Node) -> str:
    """The text without the constants that stand in a `Redact`."""
    constants = {
        inner.at
        for call in _calls(tree)
        for inner in walk(call)
        if isinstance(inner, Literal | Number)
    }
    for at in sorted(constants, key=lambda span: -span.begins):
        text = text[: at.begins] + REDACTED + text[at.ends :]
    return text


def _calls(tree: Node) -> list[Call]:
    return [n for n in walk(tree) if isinstance(n, Call) and n.name == REDACT and inside(n)]
