"""Attributes of the directory that Entra's schemas and manifests call by different names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from reconciler.desired.expressions import ExpressionError
from reconciler.desired.expressions.grammar import parse
from reconciler.desired.expressions.syntax import Literal, walk
from reconciler.model.mapping import Constant, Direct, Expression, ValueSource

#: Entra's names, with ours.
OURS: Final[Mapping[str, str]] = {
    "mobile": "mobilePhone",
    "physicalDeliveryOfficeName": "officeLocation",
    "samAccountName": "onPremisesSamAccountName",
    "sn": "surname",
}
#: Ours, with what Entra's directory has as a source.
THEIRS: Final[Mapping[str, str]] = {
    "mobilePhone": "mobile",
    "officeLocation": "physicalDeliveryOfficeName",
}

_T = TypeVar("_T", ValueSource, Direct | Constant | Expression | None)


def respelled(source: _T, names: Mapping[str, str]) -> _T:
    """A mapping's source with its attributes called by the other names."""
    if isinstance(source, Direct):
        return Direct(names.get(source.attribute, source.attribute))
    if isinstance(source, Expression):
        return Expression(_respelled(source.text, names), source.unsupported)
    return source


def _respelled(text: str, names: Mapping[str, str]) -> str:
    changed = text
    for name, other in names.items():
        changed = changed.replace(f"[{name}]", f"[{other}]")
    # What stands between quotation marks is no attribute, however much it looks like one.
    return changed if _literals(changed) == _literals(text) else text


def _literals(text: str) -> tuple[str, ...] | None:
    tree = parse(text)
    if isinstance(tree, ExpressionError):
        return None
    return tuple(node.text for node in walk(tree) if isinstance(node, Literal))
