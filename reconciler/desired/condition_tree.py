"""Reads a compiled CEL condition as a tree: which attributes it looks at, and where.

Everything is walked with a stack of our own, so no condition can exhaust Python's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler.desired.condition_message import (
    CALL,
    CONSTANT,
    CONSTANT_TEXT,
    IDENT,
    SELECT,
    Message,
    expression_of,
    positions_of,
)

#: A chain or nest of two loops; each more would multiply time and the size of built lists.
MAX_LOOP_DEPTH: Final = 2

_ID: Final = 2  # Expr
_LIST: Final = 7
_STRUCT: Final = 8
_LOOP: Final = 9
_LOOP_PARTS: Final = (2, 4, 5, 6, 7)  # range, initial value, condition, step, result
_CONSTANT_NULL: Final = 1  # Constant.null_value


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
    walk = _Walk(objects, nullable, positions_of(serialised))
    stack = [(expression_of(serialised), 0)]
    while stack:
        node, depth = stack.pop()
        stack.extend(_visit(walk, node, depth))
    return Tree(
        tuple(sorted(walk.uses, key=lambda use: (use.offset or 0, use.attribute))),
        tuple(sorted(walk.objections, key=lambda o: (o.offset or 0, o.message))),
        frozenset(walk.mentioned),
        frozenset(walk.compared),
    )


def _visit(walk: _Walk, node: Message, depth: int) -> Iterator[tuple[Message, int]]:
    """Notes what this node does and gives the nodes below it."""
    place = walk.places.get(node.number(_ID))
    if IDENT in node:
        name = node.part(IDENT).text(1)
        if name in walk.objects:
            message = f"`{name}` is used as a whole; write `{name}.attribute`"
            walk.objections.append(Objection(message, place))
    elif SELECT in node:
        select = node.part(SELECT)
        operand = select.part(1)
        variable = _object(walk, operand)
        if variable is None:
            yield operand, depth
        else:
            presence = select.number(3) == 1
            walk.uses.append(Use(variable, select.text(2), place, presence=presence))
    elif CALL in node:
        yield from _visit_call(walk, node.part(CALL), place, depth)
    elif _LIST in node:
        yield from ((element, depth) for element in node.part(_LIST).parts(1))
    elif _STRUCT in node:
        for entry in node.part(_STRUCT).parts(2):
            yield from ((part, depth) for part in entry.parts(3, 4))  # key and value
    elif _LOOP in node:
        yield from _visit_loop(walk, node.part(_LOOP), place, depth + 1)


def _visit_call(
    walk: _Walk, call: Message, place: int | None, depth: int
) -> Iterator[tuple[Message, int]]:
    function, arguments = call.text(2), call.parts(1, 3)
    if function in {"_==_", "_!=_"} and _compares_with_null(walk, arguments):
        return
    variable = _object(walk, arguments[0]) if function == "_[_]" else None
    if variable is None:
        yield from ((argument, depth) for argument in arguments)
        return
    constant = arguments[1].part(CONSTANT)
    if CONSTANT_TEXT in constant:
        walk.uses.append(Use(variable, constant.text(CONSTANT_TEXT), place, indexed=True))
        return
    message = f'`{variable}[…]` needs a name in quotes, as in `{variable}["department"]`'
    walk.objections.append(Objection(message, place))
    yield arguments[1], depth


def _visit_loop(
    walk: _Walk, loop: Message, place: int | None, depth: int
) -> Iterator[tuple[Message, int]]:
    name = loop.text(1)
    if name in walk.objects:
        message = f"a loop's own variable cannot be called `{name}`"
        walk.objections.append(Objection(message, place))
    if depth > MAX_LOOP_DEPTH:
        message = f"more than {MAX_LOOP_DEPTH} loops inside or after one another"
        walk.objections.append(Objection(message, place))
        return
    yield from ((part, depth) for part in loop.parts(*_LOOP_PARTS))


def _compares_with_null(walk: _Walk, arguments: list[Message]) -> bool:
    """Whether this is a nullable object beside the constant null, in either order."""
    for one, other in (arguments, reversed(arguments)):
        is_null = _CONSTANT_NULL in other.part(CONSTANT)
        name = _object(walk, one) if is_null else None
        if name is not None and name in walk.nullable:
            walk.compared.add(name)
            return True
    return False


def _object(walk: _Walk, node: Message) -> str | None:
    """The object variable that this node names, if it is one."""
    name = node.part(IDENT).text(1)
    if name not in walk.objects:
        return None
    walk.mentioned.add(name)
    return name
