"""From a validation error to diagnostics: our codes and words, at the line that is wrong.

The library's own text is never shown; neither is a value, which could be a token or an address.
"""

from __future__ import annotations

import re
from typing import Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reconciler.documents.nodes import List, Map, Node
from reconciler.manifests.hints import did_you_mean
from reconciler.manifests.origin import Origin, Step
from reconciler.model.diagnostic import Diagnostic, Position, error
from reconciler.model.show import plain
from reconciler.model.suggestion import suggest

_EXPECTED: Final = {
    "string_type": "text",
    "tuple_type": "a list",
    "dict_type": "a mapping (`key: value` lines)",
    "model_type": "a mapping (`key: value` lines)",
}


def findings(
    invalid: ValidationError, model: type[BaseModel], origin: Origin
) -> tuple[Diagnostic, ...]:
    """One diagnostic for each error that `model` has with the manifest."""
    return tuple(
        _finding(details, model, origin)
        for details in invalid.errors(include_url=False, include_input=False)
    )


def _finding(details: ErrorDetails, model: type[BaseModel], origin: Origin) -> Diagnostic:
    steps = details["loc"]
    at, names, node = origin.find(steps)
    entry = "an entry of " if _is_entry(origin, steps) else ""
    label = f"{origin.subject}: {entry}`{'.'.join(map(plain, names))}`"
    match details["type"]:
        case "missing":
            missing = ".".join([*map(plain, names), str(steps[-1])])
            hint = f"add `{steps[-1]}:`"
            return error(
                "missing-field", f"{origin.subject}: `{missing}` is missing", at, hint=hint
            )
        case "extra_forbidden":
            return unknown_field(origin, steps, fields_at(model, steps[:-1]))
        case "enum" | "literal_error":
            return _not_a_choice(label, node, _choices(details), at)
        case kind if kind in _EXPECTED:
            message = f"{label} must be {_EXPECTED[kind]}, not {described(node)}"
            return error("wrong-type", message, at)
        case code:
            # One of ours: see `reconciler.manifests.scalars.fault`.
            context = details["ctx"]
            return error(code, f"{label} {context['message']}", at, hint=context["hint"])


def _is_entry(origin: Origin, steps: tuple[Step, ...]) -> bool:
    """Whether the steps lead to an entry of a list, and not to a key inside one."""
    indexes = [number for number, step in enumerate(steps) if isinstance(step, int)]
    return bool(indexes) and origin.find(steps)[1] == origin.find(steps[: indexes[-1]])[1]


def unknown_field(origin: Origin, steps: tuple[Step, ...], known: frozenset[str]) -> Diagnostic:
    """A field that the schema does not have, with the one that was probably meant."""
    at, names, _ = origin.find(steps)
    field = names[-1]
    label = f"{origin.subject}: `{'.'.join(map(plain, names))}`"
    if field in known:  # of another form than the one that was written
        message, hint = f"{label} cannot stand beside the other fields here", "remove one of them"
        return error("unknown-field", message, at, hint=hint)
    return error(
        "unknown-field", f"{label} is not a known field", at, hint=did_you_mean(field, known)
    )


def described(node: Node) -> str:
    """What kind of thing was written, without its value."""
    match node:
        case None:
            return "null"
        case Map():
            return "a mapping"
        case List():
            return "a list"
        case _:
            return "text"


def _choices(details: ErrorDetails) -> tuple[str, ...]:
    return tuple(re.findall(r"'([^']*)'", details["ctx"]["expected"]))


def _not_a_choice(label: str, node: Node, choices: tuple[str, ...], at: Position) -> Diagnostic:
    allowed = ", ".join(f"`{choice}`" for choice in choices)
    guess = suggest(node, choices) if isinstance(node, str) else None
    hint = None if guess is None else f"did you mean `{guess}`?"
    return error("invalid-choice", f"{label} must be one of {allowed}", at, hint=hint)


def fields_at(model: type[BaseModel], steps: tuple[Step, ...]) -> frozenset[str]:
    """The names of the fields that may stand where the steps lead; several cases are joined."""
    models: tuple[type[BaseModel], ...] = (model,)
    for step in steps:
        inner = tuple(
            found
            for each in models
            for field in each.model_fields.values()
            if field.alias == step
            for found in _models_in(field.annotation)
        )
        # Indexes, and names of cases in a union, stay where they are.
        models = inner or models
    return frozenset(
        str(field.alias) for each in models for field in each.model_fields.values() if field.alias
    )


def _models_in(annotation: object) -> tuple[type[BaseModel], ...]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    return tuple(found for part in get_args(annotation) for found in _models_in(part))
