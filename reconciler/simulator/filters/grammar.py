"""Filters and PATCH paths as trees: a recursive-descent parser, and a printer for what it reads.

The grammar is RFC 7644 §3.4.2.2 (figure 1) and §3.5.2 (figure 7). Operators and literals read in
any case, as the RFC says; `not` binds tighter than `and`, `and` tighter than `or`. Text that is
longer or deeper than the limits below is refused, so that no request can exhaust the stack.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, assert_never

from reconciler.simulator.errors import FilterError, invalid_path

MAX_LENGTH: Final = 16_384  # characters
MAX_DEPTH: Final = 40  # parentheses, brackets and negations inside one another

#: What an attribute can be compared with.
Literal = None | bool | int | float | str


class Operator(StrEnum):
    """The comparisons of RFC 7644 table 3; `pr` is a tree of its own, as it has no value."""

    EQ = "eq"
    NE = "ne"
    CO = "co"
    SW = "sw"
    EW = "ew"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


@dataclass(frozen=True, slots=True)
class Name:
    """An attribute as it is written: `userName`, `name.givenName`, `urn:…:User:manager.value`."""

    name: str
    sub: str | None = None
    urn: str | None = None

    def __str__(self) -> str:
        urn = f"{self.urn}:" if self.urn else ""
        return f"{urn}{self.name}.{self.sub}" if self.sub else f"{urn}{self.name}"


@dataclass(frozen=True, slots=True)
class Compare:
    """`userName eq "ada"`."""

    name: Name
    operator: Operator
    value: Literal


@dataclass(frozen=True, slots=True)
class Present:
    """`title pr`."""

    name: Name


@dataclass(frozen=True, slots=True)
class Has:
    """`emails[type eq "work"]`: one element fulfils all of it."""

    name: Name
    inner: Filter


@dataclass(frozen=True, slots=True)
class Not:
    """`not (…)`."""

    inner: Filter


@dataclass(frozen=True, slots=True)
class And:
    """Two terms or more joined by `and`."""

    terms: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Two terms or more joined by `or`."""

    terms: tuple[Filter, ...]


Filter = Compare | Present | Has | Not | And | Or


@dataclass(frozen=True, slots=True)
class PathText:
    """A PATCH path: an attribute, the elements of it that are meant, a sub-attribute of those."""

    name: Name
    selection: Filter | None = None
    sub: str | None = None


_ATTRIBUTE: Final = r"\$?[A-Za-z][A-Za-z0-9_\-]*"
_NAME: Final = re.compile(
    rf"(?:(?P<urn>[uU][rR][nN]:[A-Za-z0-9._:\-]+):)?(?P<name>{_ATTRIBUTE})(?:\.(?P<sub>{_ATTRIBUTE}))?"
)
_SUB: Final = re.compile(rf"\.({_ATTRIBUTE})")
_WORD: Final = re.compile(r"[A-Za-z]+")
_SPACE: Final = re.compile(r" +")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+\-]?[0-9]+)?")
_STRING: Final = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_OPERATORS: Final = {operator.value: operator for operator in Operator}
_LITERALS: Final[dict[str, Literal]] = {"true": True, "false": False, "null": None}


def parse_filter(text: str) -> Filter:
    """`text` as a filter.

    Raises:
        FilterError: it is not one, or it is too long or too deep; the message has the place.
    """
    parser = _Parser(_bounded(text))
    parser.skip_spaces()
    parsed = parser.disjunction()
    parser.skip_spaces()
    parser.expect_end()
    return parsed


def parse_name(text: str) -> Name:
    """`text` as an attribute name, as in `sortBy` and `attributes`.

    Raises:
        ScimError: it is not one (`invalidPath`).
    """
    found = _NAME.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if found is None:
        raise invalid_path(f"{text[:80]!r} is not an attribute name")
    return Name(found["name"], found["sub"], found["urn"])


def parse_path(text: str) -> PathText:
    """`text` as a PATCH path.

    Raises:
        ScimError: it is not one (`invalidPath`); FilterError where its brackets are to blame.
    """
    parser = _Parser(_bounded(text))
    name = parser.try_name()
    if name is None:
        raise invalid_path(f"{text[:80]!r} is not an attribute path")
    selection = None
    if parser.take("["):
        selection = parser.bracket()
    sub = parser.sub() if selection is not None else None
    if not parser.at_end() or (selection is not None and name.sub is not None):
        raise invalid_path(f"{text[:80]!r} is not an attribute path: see character {parser.at + 1}")
    return PathText(name, selection, sub)


def print_filter(tree: Filter) -> str:
    """The text that parses to `tree`."""
    match tree:
        case Compare(name, operator, value):
            return f"{name} {operator} {json.dumps(value)}"
        case Present(name):
            return f"{name} pr"
        case Has(name, inner):
            return f"{name}[{print_filter(inner)}]"
        case Not(inner):
            return f"not ({print_filter(inner)})"
        case And(terms):
            return " and ".join(_print_term(term, (And, Or)) for term in terms)
        case Or(terms):
            return " or ".join(_print_term(term, (Or,)) for term in terms)
        case _:
            assert_never(tree)


def _print_term(term: Filter, loose: tuple[type, ...]) -> str:
    text = print_filter(term)
    return f"({text})" if isinstance(term, loose) else text


def _bounded(text: str) -> str:
    if len(text) > MAX_LENGTH:
        raise FilterError(f"longer than {MAX_LENGTH} characters")
    return text


class _Parser:
    """A position in a text; every method reads on from there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def disjunction(self) -> Filter:
        terms = [self.conjunction()]
        while self.keyword("or"):
            terms.append(self.conjunction())
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def conjunction(self) -> Filter:
        terms = [self.term()]
        while self.keyword("and"):
            terms.append(self.term())
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def term(self) -> Filter:
        if self.take("("):
            return self.group()
        start = self.at
        if self.word() == "not":
            self.skip_spaces()
            if self.take("("):
                return Not(self.group())
        self.at = start
        return self.expression()

    def group(self) -> Filter:
        return self.enclosed(")")

    def bracket(self) -> Filter:
        return self.enclosed("]")

    def enclosed(self, closing: str) -> Filter:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FilterError(f"nested more than {MAX_DEPTH} deep")
        self.skip_spaces()
        inner = self.disjunction()
        self.skip_spaces()
        if not self.take(closing):
            raise self.unexpected(f"expected {closing!r}")
        self.depth -= 1
        return inner

    def expression(self) -> Filter:
        name = self.try_name()
        if name is None:
            raise self.unexpected("expected an attribute name")
        if self.take("["):
            return Has(name, self.bracket())
        self.need_space()
        start = self.at
        operator = self.word()
        if operator == "pr":
            return Present(name)
        if operator not in _OPERATORS:
            self.at = start
            raise self.unexpected(f"expected an operator such as eq after {name}")
        self.need_space()
        return Compare(name, _OPERATORS[operator], self.literal())

    def literal(self) -> Literal:
        if found := _STRING.match(self.text, self.at):
            return self.decoded(found)
        if found := _NUMBER.match(self.text, self.at):
            return self.decoded(found)
        start = self.at
        word = self.word()
        if word not in _LITERALS:
            self.at = start
            raise self.unexpected("expected a value: text in double quotes, number, true or null")
        return _LITERALS[word]

    def decoded(self, found: re.Match[str]) -> Literal:
        try:
            value: Literal = json.loads(found[0])
        except ValueError:
            raise self.unexpected("this value is not JSON") from None
        if isinstance(value, float) and not math.isfinite(value):
            raise self.unexpected("this number is out of range")
        self.at = found.end()
        return value

    def try_name(self) -> Name | None:
        found = _NAME.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return Name(found["name"], found["sub"], found["urn"])

    def sub(self) -> str | None:
        found = _SUB.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[1]

    def keyword(self, word: str) -> bool:
        """Read ` word `, or nothing: between two terms there is a space on both sides."""
        start = self.at
        if (
            (self.spaces() or self.after_closing())
            and self.word() == word
            and (self.spaces() or self.text.startswith("(", self.at))
        ):
            return True
        self.at = start
        return False

    def after_closing(self) -> bool:
        return self.at > 0 and self.text[self.at - 1] in ")]"

    def word(self) -> str:
        found = _WORD.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found[0].lower()

    def spaces(self) -> bool:
        found = _SPACE.match(self.text, self.at)
        if found is None:
            return False
        self.at = found.end()
        return True

    def skip_spaces(self) -> None:
        self.spaces()

    def need_space(self) -> None:
        if not self.spaces():
            raise self.unexpected("expected a space")

    def take(self, character: str) -> bool:
        if not self.text.startswith(character, self.at):
            return False
        self.at += 1
        return True

    def at_end(self) -> bool:
        return self.at == len(self.text)

    def expect_end(self) -> None:
        if not self.at_end():
            raise self.unexpected("expected `and`, `or` or the end")

    def unexpected(self, expected: str) -> FilterError:
        return FilterError(f"filter, character {self.at + 1}: {expected}")
