"""Functions from text to text or to a number about it."""

from __future__ import annotations

import unicodedata

from reconciler.desired.expressions.functions.diacritics import plain_letters
from reconciler.desired.expressions.functions.letters import (
    ignoring_case,
    lower,
    title_letter,
    upper,
)
from reconciler.desired.expressions.signature import (
    Function,
    Kind,
    Strict,
    function,
    optional,
    required,
)
from reconciler.desired.expressions.values import RefusalError

# What ends a word for .NET's ToTitleCase; an apostrophe never does.
_SEPARATORS = frozenset(
    {"Zs", "Zl", "Zp", "Cc", "Cf", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So"}
)


def append(source: str, suffix: str) -> str:
    """Both, one behind the other."""
    return source + suffix


def prepend(prefix: str, source: str) -> str:
    """Both, the prefix first."""
    return prefix + source


def left(text: str | None, count: int | None) -> str:
    """The first characters; all of them for a negative count."""
    if text is None or count is None:
        return ""
    return text if count < 0 else text[:count]


def mid(text: str | None, start: int | None, length: int | None) -> str:
    """Characters from a position that is counted from 1; the whole text when that is outside."""
    if text is None or start is None or length is None or length == 0:
        return ""
    if length < 0 or not 1 <= start <= len(text):
        return text
    return text[start - 1 : start - 1 + length]


def length_of(text: str | None) -> int:
    """How many characters; none for null."""
    return len(text or "")


def word(text: str | None, number: int | None, delimiters: str | None) -> str:
    """The n-th run of characters that are no delimiters, from 1; empty when there is none."""
    if text is None or number is None or delimiters is None or number < 1:
        return ""
    for delimiter in delimiters[1:]:
        text = text.replace(delimiter, delimiters[0])
    words = [found for found in text.split(delimiters[0]) if found] if delimiters else [text]
    return words[number - 1] if number <= len(words) else ""


def position(text: str | None, find: str | None, start: int | None, ignore: bool | None) -> int:
    """Where `find` begins in `text`, counted from 1; 0 when it does not. As VB.NET's InStr."""
    begin = 1 if start is None else start
    if begin < 1:
        raise RefusalError("start: expected 1 or more")
    if not text or begin > len(text):
        return 0
    if not find:
        return begin
    if ignore:
        text, find = ignoring_case(text), ignoring_case(find)
    return text.find(find, begin - 1) + 1


def proper_case(text: str, separators: str | None) -> str:
    """Every word with a capital, the rest small."""
    lowered = lower(text)
    return _title_case(lowered) if separators is None else _capitals_behind(lowered, separators)


def _title_case(text: str) -> str:
    """As ToTitleCase does to a text in lower case: a word begins with its first *letter*."""
    result: list[str] = []
    in_word = False
    for char in text:
        category = unicodedata.category(char)
        if not in_word and category[0] == "L":
            result.append(title_letter(char))
            in_word = True
        else:
            result.append(char)
            in_word = in_word and (category not in _SEPARATORS or char == "'")
    return "".join(result)


def _capitals_behind(text: str, separators: str) -> str:
    result: list[str] = []
    begins = True
    for char in text:
        result.append(title_letter(char) if begins else char)
        begins = char in separators
    return "".join(result)


def strip_spaces(text: str) -> str:
    """Without any U+0020; other white space stays."""
    return text.replace(" ", "")


def to_lower(text: str, culture: str | None) -> str:
    """In lower case."""
    return lower(text, culture or "")


def to_upper(text: str, culture: str | None) -> str:
    """In upper case."""
    return upper(text, culture or "")


_SOURCE = required("source", Kind.TEXT)
_STRING = required("String", Kind.TEXT)
_CULTURE = optional("culture", Kind.CULTURE)

FUNCTIONS: tuple[Function, ...] = (
    function("Append", Strict(append), _SOURCE, required("suffix", Kind.TEXT)),
    function("Prepend", Strict(prepend), required("prefix", Kind.TEXT), _SOURCE),
    function(
        "Left",
        Strict(left, null_gives_null=False),
        _STRING,
        required("NumChars", Kind.WHOLE),
    ),
    function(
        "Mid",
        Strict(mid, null_gives_null=False),
        _SOURCE,
        required("start", Kind.WHOLE),
        required("length", Kind.WHOLE),
    ),
    function("Len", Strict(length_of, null_gives_null=False), _STRING),
    function(
        "Word",
        Strict(word, null_gives_null=False),
        _STRING,
        required("WordNumber", Kind.WHOLE),
        required("delimiters", Kind.TEXT),
    ),
    function(
        "InStr",
        Strict(position, null_gives_null=False),
        required("value1", Kind.TEXT),
        required("value2", Kind.TEXT),
        optional("start", Kind.WHOLE),
        optional("compareType", Kind.CASE_RULE),
    ),
    function("PCase", Strict(proper_case), _SOURCE, optional("wordSeparators", Kind.TEXT)),
    function("NormalizeDiacritics", Strict(plain_letters), _SOURCE),
    function("StripSpaces", Strict(strip_spaces), _SOURCE),
    function("ToLower", Strict(to_lower), _SOURCE, _CULTURE),
    function("ToUpper", Strict(to_upper), _SOURCE, _CULTURE),
)
