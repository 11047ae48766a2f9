"""Single characters of a .NET pattern: escapes, `\\d` and its like, categories, bracketed classes.

Everything here ends as a `One`: source for the `regex` library that matches exactly one character.
The shorthands are spelled out, because `\\w` and `\\s` are not the same sets in both worlds
(Microsoft, "Character classes in .NET regular expressions").
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.desired.pattern_tree import One

_WORD = r"\p{L}\p{Mn}\p{Nd}\p{Pc}"
_SPACE = r"\t\n\v\f\r\x85\p{Z}"
# Inside and outside of brackets: (items, whether the set is their complement).
_SHORTHANDS = {
    "d": (r"\p{Nd}", False),
    "D": (r"\p{Nd}", True),
    "w": (_WORD, False),
    "W": (_WORD, True),
    "s": (_SPACE, False),
    "S": (_SPACE, True),
}
_CONTROLS = {"a": 7, "b": 8, "t": 9, "r": 13, "v": 11, "f": 12, "n": 10, "e": 27}
# The general categories by their first letter; the letter alone is all of them.
_CATEGORIES = frozenset(
    major + minor
    for major, minors in {
        "L": "ultmo",
        "M": "nce",
        "N": "dlo",
        "P": "cdseifo",
        "S": "mcko",
        "Z": "slp",
        "C": "cfson",
    }.items()
    for minor in ("", *minors)
)
# Blocks that .NET still calls by the names of Unicode 4.0.
_RENAMED_BLOCKS = {
    "Greek": "GreekAndCoptic",
    "CombiningMarksforSymbols": "CombiningDiacriticalMarksforSymbols",
    "PrivateUse": "PrivateUseArea",
}
ANY = r"[\s\S]"


class DialectError(Exception):
    """The pattern is not one that can be run. Never leaves `compile_pattern`."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(slots=True)
class Scanner:
    """A place in a pattern. `peek` is empty at the end, so comparisons need no special case."""

    text: str
    at: int = 0

    def peek(self, ahead: int = 0) -> str:
        """The character so far ahead, or nothing."""
        place = self.at + ahead
        return self.text[place] if place < len(self.text) else ""

    def take(self) -> str:
        """The next character, and one step on."""
        found = self.peek()
        self.at += len(found)
        return found

    def skip(self, expected: str) -> bool:
        """Steps over `expected` when it stands here."""
        if self.text.startswith(expected, self.at):
            self.at += len(expected)
            return True
        return False

    def until(self, stop: str, what: str) -> str:
        """The text up to `stop`, which is stepped over."""
        end = self.text.find(stop, self.at)
        if end < 0:
            raise self.error(f"{what} is not closed; expected `{stop}`")
        found = self.text[self.at : end]
        self.at = end + len(stop)
        return found

    def error(self, message: str, *, back: int = 0) -> DialectError:
        """The error to raise for what stands here, or `back` characters earlier."""
        return DialectError(message, max(0, min(self.at - back, len(self.text))))


def literal(char: str, options: frozenset[str]) -> One:
    """That character, in either case when the options say so."""
    cased = "i" in options and (char.lower() != char or char.upper() != char)
    return One(f"(?i:{_escaped(char)})" if cased else _escaped(char))


def dot(options: frozenset[str]) -> One:
    """`.`: anything but a line feed; with `(?s)` anything."""
    return One(ANY if "s" in options else r"[^\n]")


def read_escape(source: Scanner, options: frozenset[str]) -> One:
    """What follows a backslash outside of brackets and is a character or a set of them."""
    if (found := _read_set(source)) is not None:
        items, complement = found
        return One(f"[{'^' if complement else ''}{items}]")
    return literal(_read_character(source), options)


def read_class(source: Scanner, options: frozenset[str]) -> One:
    """A class, behind its `[`, up to and including its `]`.

    .NET subtracts with `[a-z-[aeiou]]`. A lookahead in front says the same of one character.
    """
    opened = source.at - 1
    complement = source.skip("^")
    items: list[str] = []
    complements: list[str] = []
    subtracted: One | None = None
    first = True
    while first or source.peek() != "]":
        if not source.peek():
            raise DialectError("the class is not closed; expected `]`", opened)
        if not first and source.skip("-["):
            subtracted = read_class(source, options)
            if source.peek() != "]":
                raise source.error("a subtracted class must stand last in its class; expected `]`")
            break
        if source.text.startswith("[:", source.at):
            raise source.error("`[:name:]` classes do not exist in .NET; write `\\p{L}` or `\\w`")
        _read_item(source, items, complements)
        first = False
    source.take()
    text = _one_of(items, complements)
    if complement:
        text = f"(?!{text}){ANY}" if complements else f"[^{''.join(items)}]"
    if "i" in options:
        text = f"(?i:{text})"
    return One(text if subtracted is None else f"(?:(?!{subtracted.text}){text})")


def _one_of(items: list[str], complements: list[str]) -> str:
    """A character in `items`, or outside of one of the `complements`."""
    ways = [f"[{''.join(items)}]"] if items else []
    ways += [f"[^{left_out}]" for left_out in complements]
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"


def _read_item(source: Scanner, items: list[str], complements: list[str]) -> None:
    """One character, range or shorthand of a class, added to what it is."""
    begins = source.at
    if source.skip("\\"):
        if (found := _read_set(source)) is not None:
            (complements if found[1] else items).append(found[0])
            return
        low = _read_character(source, in_class=True)
    else:
        low = source.take()
    # `[a-[b]]` takes b away; it is no range up to a bracket.
    if source.peek() != "-" or source.peek(1) in {"[", "]", ""}:
        items.append(_escaped(low))
        return
    source.take()
    if source.skip("\\"):
        if _read_set(source) is not None:
            raise source.error("a range must end in a single character", back=2)
        high = _read_character(source, in_class=True)
    else:
        high = source.take()
    if high < low:
        raise DialectError("the range runs backwards; expected the lower end first", begins)
    items.append(f"{_escaped(low)}-{_escaped(high)}")


def _read_set(source: Scanner) -> tuple[str, bool] | None:
    """A shorthand or category behind its backslash: items, and whether it is their complement."""
    if source.peek() in _SHORTHANDS:
        return _SHORTHANDS[source.take()]
    if source.peek() not in {"p", "P"}:
        return None
    complement = source.take() == "P"
    if not source.skip("{"):
        raise source.error("expected a category in braces, as in `\\p{Lu}`")
    began = source.at
    name = source.until("}", "the category")
    if name in _CATEGORIES:
        return rf"\p{{{name}}}", complement
    if name.startswith("Is") and name[2:].replace("-", "").isalnum():
        block = name[2:]
        return rf"\p{{In{_RENAMED_BLOCKS.get(block, block)}}}", complement
    raise DialectError(
        "unknown category; expected a general one such as `Lu`, or a block such as `IsCyrillic`",
        began,
    )


def _read_character(source: Scanner, *, in_class: bool = False) -> str:
    """A single character behind its backslash."""
    began = source.at - 1
    char = source.take()
    if not char:
        raise DialectError("a backslash at the end; expected a character behind it", began)
    if char == "x":
        return chr(_read_hex(source, 2))
    if char == "u":
        return chr(_read_hex(source, 4))
    if char == "c":
        letter = source.take().upper()
        if not ("@" <= letter <= "_"):
            raise DialectError("`\\c` must be followed by a letter, as in `\\cA`", began)
        return chr(ord(letter) - 64)
    if char in "01234567" and (char == "0" or in_class):
        digits = char
        while len(digits) < 3 and source.peek() and source.peek() in "01234567":
            digits += source.take()
        return chr(int(digits, 8) & 0xFF)
    if char in _CONTROLS and (char != "b" or in_class):
        return chr(_CONTROLS[char])
    if char.isalnum() or char == "_":
        raise DialectError(f"unknown escape `\\{char}`; expected one of .NET's", began)
    return char


def _read_hex(source: Scanner, length: int) -> int:
    digits = source.text[source.at : source.at + length]
    if len(digits) < length or any(digit not in "0123456789abcdefABCDEF" for digit in digits):
        raise source.error(f"expected {length} hexadecimal digits", back=2)
    source.at += length
    return int(digits, 16)


def _escaped(char: str) -> str:
    """The character as source, inert inside and outside of brackets."""
    if char.isascii() and char.isalnum():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\U{code:08x}"
