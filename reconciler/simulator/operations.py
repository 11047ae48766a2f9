"""The operations of a PATCH request, read and checked before any of them is carried out.

RFC 7644 §3.5.2: a PatchOp message with `Operations`, each `add`, `remove` or `replace`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never

from reconciler.simulator.dialect import check_operation
from reconciler.simulator.errors import (
    invalid_path,
    invalid_syntax,
    invalid_value,
    no_target,
)
from reconciler.simulator.paths import AttributePath, ExtensionPath, resolve_path
from reconciler.simulator.quirks import Quirks, Unknown
from reconciler.simulator.resources import locate
from reconciler.simulator.schemas import ResourceType, Schema
from reconciler.simulator.values import Json

PATCH_URN: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Op(StrEnum):
    """What an operation does."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation on one place; `value` is what came, not yet converted."""

    op: Op
    path: AttributePath
    value: Json


def read_operations(
    body: Json, resource_type: ResourceType, quirks: Quirks
) -> tuple[Operation, ...]:
    """The operations of a request, each on one attribute.

    One without a path, or on a whole extension, becomes one for each attribute that it speaks of.

    Raises:
        ScimError: the message or one of the operations is malformed, or names what no schema has.
    """
    if not isinstance(body, dict):
        raise invalid_syntax("the body is not a JSON object")
    message = {name.lower(): value for name, value in body.items()}
    schemas = message.get("schemas")
    if not isinstance(schemas, list) or PATCH_URN not in schemas:
        raise invalid_syntax(f"schemas does not name {PATCH_URN}")
    raw = message.get("operations")
    if not isinstance(raw, list) or not raw:
        raise invalid_syntax("Operations is not a list with at least one operation")
    most = quirks.most_operations
    if most is not None and len(raw) > most:
        raise invalid_value(f"{len(raw)} operations in one request: at most {most}")
    return tuple(operation for item in raw for operation in _read_one(item, resource_type, quirks))


def _read_one(raw: Json, resource_type: ResourceType, quirks: Quirks) -> list[Operation]:
    if not isinstance(raw, dict):
        raise invalid_syntax("an operation is not a JSON object")
    members = {name.lower(): value for name, value in raw.items()}
    check_operation(members, resource_type, quirks)
    op = _read_op(members.get("op"), quirks)
    path = members.get("path")
    if op is not Op.REMOVE and "value" not in members:
        raise invalid_value(f"{op} without a value")
    value = members.get("value")
    if path is None or path == "":
        if op is Op.REMOVE:
            raise no_target("remove without a path (RFC 7644 §3.5.2.2)")
        return _without_path(op, value, resource_type, quirks)
    if not isinstance(path, str):
        raise invalid_path("path is not text")
    resolved = resolve_path(path, resource_type)
    match resolved:
        case AttributePath():
            return [Operation(op, resolved, value)]
        case ExtensionPath(schema):
            return _of_extension(op, schema, value, quirks)
        case None:
            return _of_name(op, path, value, resource_type, quirks)
        case _:
            assert_never(resolved)


def _read_op(raw: Json, quirks: Quirks) -> Op:
    lenient = quirks.lenient_operations or quirks.capitalised_operations
    text = raw.lower() if isinstance(raw, str) and lenient else raw
    for op in Op:
        if text == op.value:
            return op
    raise invalid_syntax("op is not add, remove or replace (in lower case)")


def _without_path(
    op: Op, value: Json, resource_type: ResourceType, quirks: Quirks
) -> list[Operation]:
    if not isinstance(value, dict):
        raise invalid_value(f"{op} without a path takes an object with attributes")
    found: list[Operation] = []
    for name, part in value.items():
        extension = resource_type.extension(name)
        if extension is not None:
            found += _of_extension(op, extension, part, quirks)
        elif name.lower() != "schemas":
            found += _of_name(op, name, part, resource_type, quirks)
    return found


def _of_name(
    op: Op, name: str, value: Json, resource_type: ResourceType, quirks: Quirks
) -> list[Operation]:
    """The operation on an attribute by its bare name."""
    located = locate(resource_type, name, quirks)
    if located is None:
        _refuse_unknown(name, quirks)
        return []
    return [Operation(op, AttributePath(located.extension, located.attribute), value)]


def _of_extension(op: Op, schema: Schema, value: Json, quirks: Quirks) -> list[Operation]:
    if op is Op.REMOVE or (op is Op.REPLACE and value is None):
        return [
            Operation(Op.REMOVE, AttributePath(schema.id, attribute), None)
            for attribute in schema.attributes
        ]
    if not isinstance(value, dict):
        raise invalid_value(f"{op} on {schema.id} takes an object with attributes")
    found: list[Operation] = []
    for name, part in value.items():
        attribute = schema.attribute(name)
        if name.lower() == "schemas":
            continue
        if attribute is None:
            _refuse_unknown(f"{schema.id}:{name}", quirks)
        else:
            found.append(Operation(op, AttributePath(schema.id, attribute), part))
    return found


def _refuse_unknown(name: str, quirks: Quirks) -> None:
    if quirks.unknown_attributes is Unknown.REFUSED:
        raise invalid_path(f"there is no attribute {name[:200]!r}")
