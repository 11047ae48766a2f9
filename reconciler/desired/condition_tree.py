"""Reads a compiled CEL condition as a tree: which attributes it looks at, and where.

The library shows no tree, but it serialises one: a `cel.expr.CheckedExpr`, a public and stable
message of the CEL specification (`proto/cel/expr/checked.proto`, `syntax.proto`). Only the fields
that are read here have names; everything is walked with a stack of our own, so no condition can
exhaust Python's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

#: A chain or nest of two loops; each more would multiply time and the size of built lists.
MAX_LOOP_DEPTH: Final = 2

_ANY_VALUE: Final = 2  # google.protobuf.Any: type_url = 1, value = 2
_CHECKED_EXPR: Final = 4  # CheckedExpr
_CHECKED_SOURCE_INFO: Final = 5
_SOURCE_POSITIONS: Final = 4  # SourceInfo: map<int64, int32>, key = 1, value = 2
_ID: Final = 2  # Expr, and its kinds
_CONSTANT: Final = 3
_IDENT: Final = 4
_SELECT: Final = 5
_CALL: Final = 6
_LIST: Final = 7
_STRUCT: Final = 8
_LOOP: Final = 9
_CONSTANT_NULL: Final = 1  # Constant.null_value
_CONSTANT_TEXT: Final = 6  # Constant.string_value
_LOOP_PARTS: Final = (2, 4, 5, 6, 7)  # range, initial value, condition, step, result
_LOOP_NAME: Final = 1


@dataclass(frozen=True, slots=True)
class Use:
    """One look at an attribute: `user.department`, `user["department"]`, `has(user.department)`.

    `offset` counts characters from 0 in the source text; None where the tree gives no place.
    """

    variable: str
    attribute: str
    offset: int | None
    indexed: bool = False
    presence: bool = False


@dataclass(frozen=True, slots=True)
class Objection:
    """A form that is valid CEL and not accepted here, with the place."""

    message: str
    offset: int | None


@dataclass(frozen=True, slots=True)
class Tree:
    """What a condition looks at and what cannot be accepted.

    `mentioned` are its objects, `compared` those of them that are compared with null.
    """

    uses: tuple[Use, ...]
    objections: tuple[Objection, ...]
    mentioned: frozenset[str]
    compared: frozenset[str]


@dataclass(slots=True)
class _Walk:
    objects: frozenset[str]
    nullable: frozenset[str]
    places: Mapping[int, int]
    uses: list[Use] = field(default_factory=list)
    objections: list[Objection] = field(default_factory=list)
    mentioned: set[str] = field(default_factory=set)
    compared: set[str] = field(default_factory=set)


def read_tree(
    serialised: bytes, objects: frozenset[str], *, nullable: frozenset[str] = frozenset()
) -> Tree:
    """Every use of an attribute of one of the `objects`, and what cannot be accepted.

    An object may be used only attribute by attribute with names that stand in the text: then the
    list of uses is complete, and exactly these attributes need to be bound. A `nullable` object may
    also be compared with null.
    """
    checked = _message(_message(serialised)[_ANY_VALUE][0])
    info = _message(_first(checked, _CHECKED_SOURCE_INFO))
    pairs = (_message(entry) for entry in info.get(_SOURCE_POSITIONS, ()))
    walk = _Walk(objects, nullable, {_number(pair, 1): _number(pair, 2) for pair in pairs})
    stack = [(_message(checked[_CHECKED_EXPR][0]), 0)]
    while stack:
        node, depth = stack.pop()
        stack.extend(_visit(walk, node, depth))
    return Tree(
        tuple(sorted(walk.uses, key=lambda use: (use.offset or 0, use.attribute))),
        tuple(sorted(walk.objections, key=lambda o: (o.offset or 0, o.message))),
        frozenset(walk.mentioned),
        frozenset(walk.compared),
    )


@dataclass(frozen=True, slots=True)
class Fact:
    """What must be so wherever a condition is true: an attribute is a text, or begins with it."""

    attribute: str
    text: str
    begins: bool


def necessary_facts(serialised: bytes, variable: str) -> tuple[Fact, ...]:
    """The plainest of what a condition asks of `variable`: its parts that are joined by `&&`.

    What cannot be read so is left out, so nothing here is a guess.
    """
    checked = _message(_message(serialised)[_ANY_VALUE][0])
    found: list[Fact] = []
    stack = [_message(checked[_CHECKED_EXPR][0])]
    while stack:
        call = _message(_first(stack.pop(), _CALL))
        function = _text(call, 2)
        arguments = [_message(raw) for raw in (*call.get(1, ()), *call.get(3, ()))]
        if function == "_&&_":
            stack.extend(arguments)
        elif function in {"_==_", "startsWith"} and len(arguments) == 2:
            found += _facts(variable, arguments, begins=function == "startsWith")
    return tuple(found)


def _facts(variable: str, arguments: list[_Message], *, begins: bool) -> Iterator[Fact]:
    orders = (arguments,) if begins else (arguments, arguments[::-1])
    for attribute, constant in orders:
        select = _message(_first(attribute, _SELECT))
        held = _message(_first(constant, _CONSTANT))
        holder = _message(_message(_first(select, 1)).get(_IDENT, [b""])[0])
        if _text(holder, 1) == variable and _CONSTANT_TEXT in held:
            yield Fact(_text(select, 2), _text(held, _CONSTANT_TEXT), begins)


_Message = Mapping[int, list[bytes]]


def _visit(walk: _Walk, node: _Message, depth: int) -> Iterator[tuple[_Message, int]]:
    """Notes what this node does and gives the nodes below it."""
    place = walk.places.get(_number(node, _ID))
    if _IDENT in node:
        name = _text(_message(node[_IDENT][0]), 1)
        if name in walk.objects:
            message = f"`{name}` is used as a whole; write `{name}.attribute`"
            walk.objections.append(Objection(message, place))
    elif _SELECT in node:
        select = _message(node[_SELECT][0])
        operand = _message(select[1][0])
        variable = _object(walk, operand)
        if variable is None:
            yield operand, depth
        else:
            presence = _number(select, 3) == 1
            walk.uses.append(Use(variable, _text(select, 2), place, presence=presence))
    elif _CALL in node:
        yield from _visit_call(walk, _message(node[_CALL][0]), place, depth)
    elif _LIST in node:
        for element in _message(node[_LIST][0]).get(1, ()):
            yield _message(element), depth
    elif _STRUCT in node:
        for entry in _message(node[_STRUCT][0]).get(2, ()):
            parts = _message(entry)
            for part in (3, 4):  # key and value of a map entry
                yield from ((_message(raw), depth) for raw in parts.get(part, ()))
    elif _LOOP in node:
        yield from _visit_loop(walk, _message(node[_LOOP][0]), place, depth + 1)


def _visit_call(
    walk: _Walk, call: _Message, place: int | None, depth: int
) -> Iterator[tuple[_Message, int]]:
    arguments = [_message(raw) for raw in (*call.get(1, ()), *call.get(3, ()))]
    function = _text(call, 2)
    if function in {"_==_", "_!=_"} and _compares_with_null(walk, arguments):
        return
    variable = _object(walk, arguments[0]) if function == "_[_]" else None
    if variable is None:
        yield from ((argument, depth) for argument in arguments)
        return
    constant = _message(_first(arguments[1], _CONSTANT))
    if _CONSTANT_TEXT in constant:
        walk.uses.append(Use(variable, _text(constant, _CONSTANT_TEXT), place, indexed=True))
        return
    message = f'`{variable}[…]` needs a name in quotes, as in `{variable}["department"]`'
    walk.objections.append(Objection(message, place))
    yield arguments[1], depth


def _visit_loop(
    walk: _Walk, loop: _Message, place: int | None, depth: int
) -> Iterator[tuple[_Message, int]]:
    name = _text(loop, _LOOP_NAME)
    if name in walk.objects:
        message = f"a loop's own variable cannot be called `{name}`"
        walk.objections.append(Objection(message, place))
    if depth > MAX_LOOP_DEPTH:
        message = f"more than {MAX_LOOP_DEPTH} loops inside or after one another"
        walk.objections.append(Objection(message, place))
        return
    for number in _LOOP_PARTS:
        yield from ((_message(raw), depth) for raw in loop.get(number, ()))


def _compares_with_null(walk: _Walk, arguments: list[_Message]) -> bool:
    """Whether this is a nullable object beside the constant null, in either order."""
    for one, other in (arguments, reversed(arguments)):
        is_null = _CONSTANT_NULL in _message(_first(other, _CONSTANT))
        name = _object(walk, one) if is_null else None
        if name is not None and name in walk.nullable:
            walk.compared.add(name)
            return True
    return False


def _object(walk: _Walk, node: _Message) -> str | None:
    """The object variable that this node names, if it is one."""
    if _IDENT not in node:
        return None
    name = _text(_message(node[_IDENT][0]), 1)
    if name not in walk.objects:
        return None
    walk.mentioned.add(name)
    return name


def _first(message: _Message, number: int) -> bytes:
    return message.get(number, [b""])[0]


def _text(message: _Message, number: int) -> str:
    return _first(message, number).decode()


def _number(message: _Message, number: int) -> int:
    return int.from_bytes(_first(message, number), "little")


def _message(data: bytes) -> _Message:
    """The fields of a serialised message; integers as little-endian bytes.

    Three wire types occur in a condition (protobuf encoding guide): varint (0), length-delimited
    (2) and, for floating-point constants, eight bytes (1).
    """
    fields: dict[int, list[bytes]] = {}
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        match tag & 7:
            case 0:
                value, at = _varint(data, at)
                raw = value.to_bytes(10, "little")
            case 2:
                length, at = _varint(data, at)
                raw, at = data[at : at + length], at + length
            case _:
                raw, at = data[at : at + 8], at + 8
        fields.setdefault(tag >> 3, []).append(raw)
    return fields


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
