"""The .NET dialect of regular expressions, parsed to a tree, or refused with the place and why.

.NET and the `regex` library agree on most of the notation and differ where nobody looks: `\\Z`,
`\\w`, the numbers of groups, class subtraction, octal escapes, spaces under `(?x)`. So nothing is
passed through as text; what is not understood here is refused. Refused on purpose: balancing
groups, conditionals, `\\G`, RightToLeft (Microsoft, "Regular expression language quick reference").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from reconciler.desired.pattern_chars import (
    DialectError,
    Scanner,
    dot,
    literal,
    read_class,
    read_escape,
)
from reconciler.desired.pattern_tree import (
    Atomic,
    Backreference,
    Capture,
    Choice,
    Edge,
    Look,
    Node,
    Repeat,
    Sequence,
    Tree,
)

MAX_DEPTH = 50
MAX_REPEAT = 10_000

_WORD = r"[\p{L}\p{Mn}\p{Nd}\p{Pc}\u200c\u200d]"
_END = r"(?=\n?\Z)"  # at the end, or before a final line feed
_EDGES = {
    "A": r"\A",
    "Z": _END,
    "z": r"\Z",
    "b": f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))",
    "B": f"(?:(?<={_WORD})(?={_WORD})|(?<!{_WORD})(?!{_WORD}))",
}
_LOOKS = ("(?=", "(?!", "(?<=", "(?<!")
_DIGITS = frozenset("0123456789")
_COUNTS = re.compile(r"\{([0-9]{1,9})(,([0-9]{1,9})?)?\}")


@dataclass(slots=True)
class _Parser:
    """One parse. `options` are the letters of the inline options in force where we stand."""

    source: Scanner
    options: frozenset[str] = frozenset()
    unnamed: int = 0
    depth: int = 0
    names: dict[str, None] = field(default_factory=dict)
    references: list[Backreference] = field(default_factory=list)

    def choice(self) -> Node:
        """Alternatives up to a closing parenthesis or the end; options end with them."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.source.error(f"groups nested deeper than {MAX_DEPTH}")
        outer = self.options
        options = [self._sequence()]
        while self.source.skip("|"):
            options.append(self._sequence())
        self.options = outer
        self.depth -= 1
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        self._skip_blank()
        while self.source.peek() not in {"", "|", ")"}:
            part = self._atom()
            self._skip_blank()
            if part is not None:
                parts.append(self._repeated(part))
            self._skip_blank()
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _skip_blank(self) -> None:
        """Comments, and under `(?x)` white space: they separate nothing."""
        while True:
            if self.source.skip("(?#"):
                self.source.until(")", "the comment")
            elif "x" in self.options and self.source.peek() == "#":
                while self.source.peek() not in {"", "\n"}:
                    self.source.take()
            elif "x" in self.options and self.source.peek().isspace():
                self.source.take()
            else:
                return

    def _atom(self) -> Node | None:
        """One thing that can be repeated; None for options, which are nothing by themselves."""
        source = self.source
        match source.take():
            case "(":
                return self._group()
            case "[":
                return read_class(source, self.options)
            case "\\":
                return self._escape()
            case ".":
                return dot(self.options)
            case "^":
                return Edge("(?m:^)" if "m" in self.options else r"\A")
            case "$":
                return Edge(r"(?=\n|\Z)" if "m" in self.options else _END)
            case "*" | "+" | "?":
                raise source.error("a quantifier with nothing before it to repeat", back=1)
            case "{" if self._counts(source.at - 1) is not None:
                raise source.error("a quantifier with nothing before it to repeat", back=1)
            case char:
                return literal(char, self.options)

    def _escape(self) -> Node:
        source = self.source
        began = source.at - 1
        char = source.peek()
        if char in _EDGES:
            return Edge(_EDGES[source.take()])
        if char == "G":
            raise DialectError("`\\G` is not supported; anchor with `^` instead", began)
        if char == "k":
            source.take()
            closing = {"<": ">", "'": "'"}.get(source.take())
            if closing is None:
                raise DialectError("expected a group behind `\\k`, as in `\\k<name>`", began)
            return self._reference(source.until(closing, "the name of the group"), began)
        if char in _DIGITS and char != "0":
            number = source.take()
            while source.peek() in _DIGITS:
                number += source.take()
            return self._reference(number, began)
        return read_escape(source, self.options)

    def _reference(self, key: str, offset: int) -> Backreference:
        found = Backreference(key, "i" in self.options, offset)
        self.references.append(found)
        return found

    def _group(self) -> Node | None:
        """Behind a `(`: a capture, a group without one, a lookaround, or options."""
        source = self.source
        began = source.at - 1
        if not source.skip("?"):
            if "n" in self.options:
                return self._closed(self.choice(), began)
            self.unnamed += 1
            key = str(self.unnamed)
            return Capture(key, self._closed(self.choice(), began))
        if source.skip(":"):
            return self._closed(self.choice(), began)
        if source.skip(">"):
            return Atomic(self._closed(self.choice(), began))
        for opening in _LOOKS:
            if source.skip(opening[2:]):
                return Look(opening, self._closed(self.choice(), began))
        if source.peek() in {"<", "'"}:
            closing = ">" if source.take() == "<" else "'"
            return self._named(source.until(closing, "the name of the group"), began)
        if source.peek() == "(":
            raise DialectError("conditionals `(?(…)yes|no)` are not supported; use `|`", began)
        return self._optioned(began)

    def _named(self, name: str, began: int) -> Node:
        if "-" in name:
            raise DialectError("balancing groups `(?<a-b>…)` are not supported", began)
        if not name.isidentifier():
            raise DialectError(
                "expected a group name of letters, digits and `_` that begins with no digit", began
            )
        self.names.setdefault(name)
        return Capture(name, self._closed(self.choice(), began))

    def _optioned(self, began: int) -> Node | None:
        """`(?i-m)` for the rest of the group, `(?i-m:…)` for what stands in it."""
        source = self.source
        on, off = set(self.options), False
        while source.peek() not in {")", ":"}:
            letter = source.take()
            if letter == "-" and not off:
                off = True
            elif letter in {"i", "m", "n", "s", "x"}:
                (on.discard if off else on.add)(letter)
            else:
                named = " (RightToLeft)" if letter == "r" else ""
                raise DialectError(
                    f"unknown group or option `(?{letter}`{named}; expected `(?<name>`, `(?:`, "
                    "`(?=`, `(?!`, `(?<=`, `(?<!`, `(?>` or options of `imnsx`",
                    began,
                )
        if source.take() == ")":
            self.options = frozenset(on)
            return None
        outer, self.options = self.options, frozenset(on)
        body = self._closed(self.choice(), began)
        self.options = outer
        return body

    def _closed(self, body: Node, began: int) -> Node:
        if not self.source.skip(")"):
            raise DialectError("the group is not closed; expected `)`", began)
        return body

    def _repeated(self, body: Node) -> Node:
        """`body` with the quantifier behind it, if there is one; .NET allows only one."""
        source = self.source
        counts = self._quantifier()
        if counts is None:
            return body
        least, most = counts
        if most is not None and most < least:
            raise source.error("the counts run backwards; expected the smaller one first", back=1)
        if max(least, most or 0) > MAX_REPEAT:
            raise source.error(f"more than {MAX_REPEAT} repetitions", back=1)
        lazy = source.skip("?")
        self._skip_blank()
        if source.peek() in {"*", "+", "?"} or self._counts(source.at) is not None:
            raise source.error("a second quantifier; put what it repeats into `(?:…)`")
        return Repeat(body, least, most, lazy)

    def _quantifier(self) -> tuple[int, int | None] | None:
        source = self.source
        for sign, least, most in (("*", 0, None), ("+", 1, None), ("?", 0, 1)):
            if source.skip(sign):
                return least, most
        counts = self._counts(source.at)
        if counts is not None:
            source.until("}", "the quantifier")
        return counts

    def _counts(self, at: int) -> tuple[int, int | None] | None:
        """`{n}`, `{n,}` or `{n,m}` at a place; with anything else in it a brace is a character."""
        found = _COUNTS.match(self.source.text, at)
        if found is None:
            return None
        least = int(found[1])
        return least, int(found[3]) if found[3] else None if found[2] else least


def parse_pattern(text: str) -> Tree:
    """`text` in .NET's dialect as a tree.

    Raises:
        DialectError: with the offset of what is not understood or not supported.
    """
    parser = _Parser(Scanner(text))
    root = parser.choice()
    if parser.source.peek():
        raise parser.source.error("a closing parenthesis without an opening one")
    tree = Tree(root, parser.unnamed, tuple(parser.names))
    numbers = tree.numbers()
    for reference in parser.references:
        if reference.key not in numbers or reference.key == "0":
            raise DialectError(
                f"reference to a group `{reference.key}` that does not exist", reference.offset
            )
    return tree
