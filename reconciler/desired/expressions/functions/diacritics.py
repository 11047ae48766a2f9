"""NormalizeDiacritics: a fixed table from accented Latin letters to plain ones.

The table is Entra's (function reference, "NormalizeDiacritics"). It is not "remove all marks":
letters that it does not list stay, such as `đ`, `ħ`, `ķ`, `ģ`, `ų`, and there is no German `ae`.
"""

from __future__ import annotations

import re
import unicodedata

# Base letter: what falls to it. Marks are written behind their letter; the table is composed below.
_LOWER = {
    "a": "ä à â ã å á ą ă ā ā́ ā̀ ā̂ ā̃ ǟ ā̈ ǡ a̱ å̄",
    "ae": "æ ǣ",
    "c": "ç č ć c̄ c̱",
    "d": "ď d̄ ḏ",
    "e": "ë è é ê ę ě ė ē ḗ ḕ ē̂ ē̃ ê̄ e̱ ë̄ e̊̄",
    "g": "ğ ḡ g̱",
    "i": "ï î ì í \u0131 ī ī́ ī̀ ī̂ ī̃ i̱",
    "l": "ľ ł l̄ ḹ ḻ",
    "n": "ñ ń ň n̄ ṉ",
    "o": "ö ò ő õ ô ó ō ṓ ṑ ō̂ ō̃ ȫ ō̈ ǭ ȭ ȱ o̱",
    "oe": "ø ø̄ œ̄",
    "r": "ř r̄ ṟ ṝ",
    "ss": "ß",
    "s": "š ś ș ş s̄ s̱",
    "t": "ť ț t̄ ṯ",
    "u": "ü ù û ú ů ű ū ū́ ū̀ ū̂ ū̃ u̇̄ ǖ ṻ ṳ̄ u̱",
    "y": "ÿ ý ȳ ȳ́ ȳ̀ ȳ̃ y̱",
    "z": "ź ž ż z̄ ẕ",
}


def _table() -> dict[str, str]:
    table = {"\u0130": "I"}
    for plain, listed in _LOWER.items():
        for form in listed.split():
            table[unicodedata.normalize("NFC", form)] = plain
            if form not in {"\u0131", "ß"}:
                table[unicodedata.normalize("NFC", form.upper())] = plain.upper()
    return table


_TABLE = _table()
# Longest first, so that a letter with two marks is not taken for the letter with one.
_LISTED = re.compile("|".join(sorted(map(re.escape, _TABLE), key=lambda form: (-len(form), form))))


def plain_letters(text: str) -> str:
    """`text` with the listed letters made plain; combining marks are composed first."""
    if text.isascii():
        return text
    composed = unicodedata.normalize("NFC", text)
    return _LISTED.sub(lambda found: _TABLE[found[0]], composed)
