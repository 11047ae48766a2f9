"""What a PATCH operation does to the elements of a multi-valued attribute (RFC 7644 §3.5.2).

Every function takes the elements as they are and gives them as they become. Where an operation
makes an element the primary one, the others lose that mark (§3.5.2).
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.simulator.errors import invalid_value, no_target
from reconciler.simulator.filters.evaluation import compile_element_filter
from reconciler.simulator.filters.grammar import And, Compare, Filter, Name, Operator
from reconciler.simulator.operations import Op, Operation
from reconciler.simulator.quirks import Quirks
from reconciler.simulator.resources import convert_one, is_primary
from reconciler.simulator.schemas import Attribute
from reconciler.simulator.values import Document, Json


def append(current: list[Json], added: list[Json], quirks: Quirks) -> list[Json]:
    """Add the elements that are not there yet (§3.5.2.1)."""
    new = [element for element in added if element not in current]
    if any(is_primary(element) for element in new):
        current = [_without_primary(element) for element in current]
    return [*new, *current] if quirks.new_elements_first else [*current, *new]


def edit_selected(
    current: list[Json], operation: Operation, selection: Filter, quirks: Quirks
) -> list[Json]:
    """Carry out an operation on the elements that `selection` matches.

    Raises:
        ScimError: nothing matches (`noTarget`), or the value does not fit.
    """
    attribute = operation.path.attribute
    test = compile_element_filter(selection, attribute)
    chosen = [isinstance(element, dict) and test(element) for element in current]
    if any(chosen):
        return _edit(current, chosen, operation, quirks)
    if operation.op is Op.ADD or (
        operation.op is Op.REPLACE and not quirks.unmatched_selection_fails
    ):
        template = _described(selection, attribute)
        if template is None:
            raise no_target("nothing matches the path, and it does not say what to make")
        made = _changed(template, replace(operation, op=Op.ADD), quirks)
        return current if made is None else append(current, [made], quirks)
    if quirks.unmatched_selection_fails:
        raise no_target(f"no element of {attribute.name} matches the path")
    return current


def edit_every(current: list[Json], operation: Operation, quirks: Quirks) -> list[Json]:
    """Carry out an operation on one sub-attribute of every element.

    Raises:
        ScimError: there is no element (`noTarget`), or the value does not fit.
    """
    if not current and operation.op is not Op.REMOVE:
        raise no_target(f"{operation.path.attribute.name} has no elements")
    return _edit(current, [True] * len(current), operation, quirks)


def _edit(
    current: list[Json], chosen: list[bool], operation: Operation, quirks: Quirks
) -> list[Json]:
    edited = [
        _changed(element, operation, quirks) if hit else element
        for element, hit in zip(current, chosen, strict=True)
    ]
    made_primary = sum(hit and is_primary(e) for e, hit in zip(edited, chosen, strict=True))
    if made_primary > 1:
        raise invalid_value(f"{operation.path}: primary is true of more than one (RFC 7643 §2.4)")
    if made_primary:
        edited = [
            element if hit else _without_primary(element)
            for element, hit in zip(edited, chosen, strict=True)
        ]
    return [element for element in edited if element is not None]


def _changed(element: Json, operation: Operation, quirks: Quirks) -> Json:
    """One element after the operation; None if nothing is left of it."""
    held: Document = element if isinstance(element, dict) else {}
    op, sub, raw = operation.op, operation.path.sub, operation.value
    if sub is not None:
        value = None if op is Op.REMOVE else convert_one(sub, raw, quirks)
        others = {name: v for name, v in held.items() if name != sub.name}
        if value is None:
            return others or None
        return {**held, sub.name: value}
    if op is Op.REMOVE:
        return None
    # One element may come bare or in a list of one: both are in use.
    one = raw[0] if isinstance(raw, list) and len(raw) == 1 else raw
    value = convert_one(operation.path.attribute, one, quirks)
    if op is Op.REPLACE or not isinstance(value, dict):
        return value
    return {**held, **value}


def _described(selection: Filter, attribute: Attribute) -> Document | None:
    """The element that a selection of `eq` and `and` describes; None if it has anything else."""
    match selection:
        case Compare(Name(name, None, None), Operator.EQ, str() | bool() as value):
            sub = attribute.sub(name)
            return None if sub is None else {sub.name: value}
        case And(terms):
            described: Document = {}
            for term in terms:
                part = _described(term, attribute)
                if part is None:
                    return None
                described |= part
            return described
        case _:
            return None


def _without_primary(element: Json) -> Json:
    if isinstance(element, dict) and is_primary(element):
        return {**element, "primary": False}
    return element
