"""PATCH: what the operations do to a document, one after the other (RFC 7644 §3.5.2).

They work on a copy, inside the request's transaction, so a request is carried out as a whole or
not at all. Where the RFC is silent:

* `add` to a selection that matches nothing makes the element that the selection describes
  (`emails[type eq "work"].value` makes a work address), if it is made of `eq` and `and` alone;
* `remove` of a selection that matches nothing is `noTarget`, as table 9 has it;
* a sub-attribute of a multi-valued attribute without a selection means every element.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol, assert_never

from reconciler.simulator.definitions import MEMBERS
from reconciler.simulator.dialect import is_nothing
from reconciler.simulator.elements import append, edit_every, edit_selected
from reconciler.simulator.errors import invalid_value, not_mutable
from reconciler.simulator.filters.grammar import Filter
from reconciler.simulator.operations import Op, Operation
from reconciler.simulator.quirks import Quirks, Removals
from reconciler.simulator.resources import convert
from reconciler.simulator.schemas import Attribute, Mutability, Type
from reconciler.simulator.values import Document, Json


class Members(Protocol):
    """What a PATCH can do to a group's members; they are no part of its document."""

    def add(self, raw: Json) -> None: ...
    def replace(self, raw: Json) -> None: ...
    def remove_all(self) -> None: ...
    def remove_listed(self, raw: Json) -> None: ...
    def remove(self, selection: Filter) -> None: ...


def apply_patch(
    document: Document, operations: Iterable[Operation], members: Members, quirks: Quirks
) -> Document:
    """The document after the operations; `members` is told what concerns it.

    Raises:
        ScimError: an operation cannot be carried out; nothing of the request may then be kept.
    """
    result = copy.deepcopy(document)
    for operation in operations:
        path = operation.path
        read_only = Mutability.READ_ONLY in (
            path.attribute.mutability,
            path.sub.mutability if path.sub is not None else None,
        )
        if read_only:
            if not quirks.read_only_ignored:
                raise not_mutable(f"{path} is read-only")
        elif path.attribute is MEMBERS:
            _apply_to_members(members, operation, quirks)
        elif operation.op is Op.REPLACE and is_nothing(operation.value, quirks):
            _apply_to_document(result, replace(operation, op=Op.REMOVE, value=None), quirks)
        else:
            _apply_to_document(result, operation, quirks)
    return result


def _apply_to_members(members: Members, operation: Operation, quirks: Quirks) -> None:
    path = operation.path
    if path.sub is not None or (path.selection is not None and operation.op is not Op.REMOVE):
        raise not_mutable("a member cannot be changed: remove it and add another")
    match operation.op:
        case Op.ADD:
            members.add(operation.value)
        case Op.REPLACE:
            members.replace(operation.value)
        case Op.REMOVE:
            if path.selection is None and quirks.removals is Removals.LIST:
                members.remove_listed(operation.value)
            elif path.selection is None:
                members.remove_all()
            else:
                members.remove(path.selection)
        case _:
            assert_never(operation.op)


def _apply_to_document(document: Document, operation: Operation, quirks: Quirks) -> None:
    path = operation.path
    name = path.attribute.name
    holder = document
    if path.extension is not None:
        held = document.get(path.extension)
        holder = held if isinstance(held, dict) else {}
    value = _edited(holder.get(name), operation, quirks)
    if value in (None, [], {}):
        if path.attribute.required:
            raise not_mutable(f"{path} is required")
        holder.pop(name, None)
    else:
        holder[name] = value
    if path.extension is not None:
        document.pop(path.extension, None)
        if holder:
            document[path.extension] = holder


def _edited(current: Json, operation: Operation, quirks: Quirks) -> Json:
    path, op, raw = operation.path, operation.op, operation.value
    attribute, sub = path.attribute, path.sub
    if attribute.multi_valued:
        elements = current if isinstance(current, list) else []
        if path.selection is not None:
            return edit_selected(elements, operation, path.selection, quirks)
        if sub is not None:
            return edit_every(elements, operation, quirks)
        return _edited_list(elements, op, attribute, raw, quirks)
    if sub is not None:
        value = None if op is Op.REMOVE else raw
        return _merged(current, {sub.name: value}, attribute, quirks)
    if op is Op.REMOVE:
        return None
    if raw is None:
        return None if op is Op.REPLACE else current
    if attribute.type is Type.COMPLEX:
        # Sub-attributes that are not mentioned stay, also with `replace` (§3.5.2.3).
        return _merged(current, _one_object(raw, attribute, quirks), attribute, quirks)
    return convert(attribute, raw, quirks)


def _edited_list(
    current: list[Json], op: Op, attribute: Attribute, raw: Json, quirks: Quirks
) -> Json:
    if op is Op.REMOVE:
        return None
    # One element may come bare or in a list of one: both are in use.
    given = convert(attribute, [raw] if isinstance(raw, dict) else raw, quirks)
    if op is Op.REPLACE:
        return given
    return append(current, given if isinstance(given, list) else [], quirks)


def _merged(current: Json, raw: Document, attribute: Attribute, quirks: Quirks) -> Json:
    """A complex value with the sub-attributes of `raw` set, or unassigned where they are null."""
    changes = convert(attribute, raw, quirks)
    unassigned = {name.lower() for name, value in raw.items() if value is None}
    held = current if isinstance(current, dict) else {}
    return {
        **{name: value for name, value in held.items() if name.lower() not in unassigned},
        **(changes if isinstance(changes, dict) else {}),
    }


def _one_object(raw: Json, attribute: Attribute, quirks: Quirks) -> Document:
    """A complex value; where operations are lenient, also as a list of one (Entra's `manager`)."""
    if quirks.lenient_operations and isinstance(raw, list) and len(raw) == 1:
        raw = raw[0]
    if not isinstance(raw, dict):
        raise invalid_value(f"{attribute.name} is complex: expected an object")
    return raw
