"""Quirks that a fault script changes: their names in YAML, and the values that they take."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import NoneType
from typing import Final, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from reconciler.documents.nodes import Map, find
from reconciler.model.diagnostic import Diagnostic, Position, error
from reconciler.model.show import plain
from reconciler.model.suggestion import suggest
from reconciler.simulator.quirks import Quirks

#: A value as it is written; a list is one of texts.
Written = str | tuple[str, ...] | None
#: The quirks by their names in YAML, with their fields and types.
_QUIRKS: Final = {
    to_camel(n): (n, t) for n, t in get_type_hints(Quirks).items() if n not in {"name", "published"}
}


def read_quirks(
    written: Mapping[str, Written], node: Map, file: str
) -> tuple[Mapping[str, object], tuple[Diagnostic, ...]]:
    """The values by field of `Quirks`, and everything that is wrong with them."""
    values: dict[str, object] = {}
    found = []
    for name, raw in written.items():
        at = Position(file, *find(node, ("quirks", name))[0])
        if name not in _QUIRKS:
            near = suggest(name, _QUIRKS)
            hint = f"did you mean `{near}`?" if near else f"quirks are {', '.join(sorted(_QUIRKS))}"
            found.append(
                error("unknown-field", f"there is no quirk `{plain(name)}`", at, hint=hint)
            )
            continue
        field, type_ = _QUIRKS[name]
        try:
            values[field] = _folded(TypeAdapter[object](type_).validate_python(raw))
        except ValidationError:
            message = f"`quirks.{name}` is not what was expected"
            found.append(error("fault-script", message, at, hint=f"expected {_expected(type_)}"))
    return values, tuple(found)


def _folded(value: object) -> object:
    """Sets are of names, which are compared in lower case."""
    return frozenset(str(one).lower() for one in value) if isinstance(value, frozenset) else value


def _expected(type_: object) -> str:
    """What a quirk takes, in words."""
    kinds = [kind for kind in get_args(type_) if kind is not NoneType]
    (kind,) = kinds if NoneType in get_args(type_) else (type_,)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ", ".join(kind)
    words: Mapping[object, str] = {bool: "true or false", int: "a whole number", str: "text"}
    return words.get(kind, "a list of text")
