"""Upper and lower case as .NET has them: character by character, so no text changes its length.

Python's own methods write `ß` as `SS` and know about final sigma; .NET's invariant culture does
neither, and it leaves the dotless and the dotted i alone.
"""

from __future__ import annotations

_DOTTED, _DOTLESS = "\u0130", "\u0131"
_TURKIC = frozenset({"tr", "az"})


def upper(text: str, culture: str = "") -> str:
    """`text` in upper case; an empty culture is the invariant one."""
    if text.isascii() and not _is_turkic(culture):
        return text.upper()
    return "".join(_upper_one(char, culture) for char in text)


def lower(text: str, culture: str = "") -> str:
    """`text` in lower case; an empty culture is the invariant one."""
    if text.isascii() and not _is_turkic(culture):
        return text.lower()
    return "".join(_lower_one(char, culture) for char in text)


def title_letter(char: str) -> str:
    """The form of a letter at the beginning of a word, which for `ǆ` is `ǅ`."""
    titled = char.title()
    return titled if len(titled) == 1 and char != _DOTLESS else char


def ignoring_case(text: str) -> str:
    """A form of the same length that is equal for texts that differ in case only."""
    return upper(text)


def _is_turkic(culture: str) -> bool:
    return culture.partition("-")[0].lower() in _TURKIC


def _upper_one(char: str, culture: str) -> str:
    if char == _DOTLESS and not culture:
        return char
    if char == "i" and _is_turkic(culture):
        return _DOTTED
    raised = char.upper()
    if len(raised) > 1:
        # The simple mapping, where Unicode has one, is the same as the title case form.
        raised = char.title()
    return raised if len(raised) == 1 else char


def _lower_one(char: str, culture: str) -> str:
    if char == _DOTTED:
        return "i" if culture else char
    if char == "I" and _is_turkic(culture):
        return _DOTLESS
    return char.lower()
