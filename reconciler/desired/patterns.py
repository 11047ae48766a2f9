"""Regular expressions from manifests: .NET's dialect, with a time-out, and never one that explodes.

The one owner of the `regex` library. A pattern is parsed as .NET would read it, refused where it
cannot be run or would take exponential time (`pattern_cost`), and runs under a time-out at every
call. Running out of time is a value, `TimedOut`: whoever it concerns is undetermined, never false.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

MAX_LENGTH = 1_000
#: Seconds for one call. A pattern that passed the cost check needs microseconds.
TIME_OUT = 0.05
#: Seconds for each character of a text in which every match is replaced: there may be as many.
TIME_PER_REPLACEMENT = 0.000_05

# What the cost check knows of the world's characters: ASCII, and one of most other kinds.
_SAMPLES = (
    *map(chr, range(128)),
    *"\x85\xa0\xaa\xb5\xba\xbf\xdf\xe0\xc0\xe6\xf8\xff\xab\xbb\xa7\xa9\xb0\xb1\u0100\u0101\u0131\u0141",
    *"\u017f\u01c5\u02b0\u0300\u0362\u0391\u03c9\u0416\u0436\u05d0\u0628\u0663\u0905\u0967\u10d0",
    *"\u1100\u200b\u200d\u2013\u2019\u201c\u2028\u2029\u203f\u20ac\u2168\u2460\u3000\u3007\u3008\u3042",
    *"\u30a2\u4e2d\uac00\ud800\ue000\uff3f\uffff\U00010400\U0001f600\U000e0100",
)


@dataclass(frozen=True, slots=True)
class PatternError:
    """Why a text is not a pattern that we run. `offset` counts its characters from 0."""

    message: str
    offset: int | None


@dataclass(frozen=True, slots=True)
class TimedOut:
    """No answer in time: neither a match nor none."""


@dataclass(frozen=True, slots=True)
class TooLong:
    """The text with its replacements would be longer than allowed."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that may be run. `groups` has every name and number of a group, .NET's way."""

    text: str
    groups: Mapping[str, int] = field(hash=False)
    _compiled: regex.Pattern[str] = field(repr=False, compare=False)

    def search(self, text: str) -> bool | TimedOut:
        """Whether it matches anywhere in `text`, as .NET's `IsMatch`."""
        try:
            return self._compiled.search(text, timeout=TIME_OUT) is not None
        except TimeoutError:
            return TimedOut()

    def extract(self, text: str, group: str) -> str | TimedOut | None:
        """What `group` matched in the first match; None where there is none."""
        number = self.groups[group]
        try:
            found = self._compiled.search(text, timeout=TIME_OUT)
        except TimeoutError:
            return TimedOut()
        return None if found is None else _group(found, number)

    def substitute(self, text: str, template: str, limit: int) -> str | TimedOut | TooLong:
        """`text` with every match replaced by `template`, as .NET's `Regex.Replace`.

        `limit` is the longest result in characters. For templates see `pattern_template`.
        """
        from reconciler.desired.pattern_template import expand, parse_template

        parts = parse_template(template, self.groups)
        return self._replaced(
            text,
            lambda found: (
                found.span(),
                expand(parts, text, found.span(), lambda number: _group(found, number), limit),
            ),
            limit,
        )

    def replace_group(
        self, text: str, group: str, new: str, limit: int
    ) -> str | TimedOut | TooLong:
        """`text` with what `group` matched, in every match, replaced by `new` as it stands."""
        number = self.groups[group]
        return self._replaced(text, lambda found: (_span(found, number), new), limit)

    def _replaced(
        self,
        text: str,
        replacement: Callable[[regex.Match[str]], tuple[tuple[int, int], str]],
        limit: int,
    ) -> str | TimedOut | TooLong:
        time_out = TIME_OUT + len(text) * TIME_PER_REPLACEMENT
        pieces: list[str] = []
        length, copied = 0, 0
        try:
            for found in self._compiled.finditer(text, timeout=time_out):
                (start, end), new = replacement(found)
                if start < copied:
                    continue  # an absent group, or one that reaches before its match
                pieces += (text[copied:start], new)
                length += start - copied + len(new)
                copied = end
                if length > limit:
                    return TooLong()
        except TimeoutError:
            return TimedOut()
        pieces.append(text[copied:])
        return "".join(pieces) if length + len(text) - copied <= limit else TooLong()


def _name(number: int) -> str | int:
    return f"g{number}" if number else 0


def _group(found: regex.Match[str], number: int) -> str | None:
    return found.group(_name(number))


def _span(found: regex.Match[str], number: int) -> tuple[int, int]:
    """The span, (-1, -1) for a group that took no part."""
    return found.span(_name(number))


@lru_cache(maxsize=2048)
def compile_pattern(pattern: str) -> Pattern | PatternError:
    """`pattern`, in .NET's dialect, ready to run, or why it is refused."""
    if len(pattern) > MAX_LENGTH:
        return PatternError(
            f"the pattern has {len(pattern)} characters; expected {MAX_LENGTH} at most", None
        )
    # All of this takes 40 ms to import, and most trees of manifests have no pattern.
    import regex

    from reconciler.desired.pattern_chars import DialectError
    from reconciler.desired.pattern_cost import explosion
    from reconciler.desired.pattern_parser import parse_pattern
    from reconciler.desired.pattern_tree import render

    try:
        tree = parse_pattern(pattern)
        reason = explosion(tree, _sample)
        compiled = regex.compile(render(tree), regex.VERSION0)
    except DialectError as refused:
        return PatternError(refused.message, refused.offset)
    except regex.error as refused:
        reason = str(refused).partition(" at position")[0]
        return PatternError(f"the pattern is not supported: {reason}", None)
    if reason is not None:
        return PatternError(f"the pattern {reason}", None)
    return Pattern(pattern, tree.numbers(), compiled)


@lru_cache(maxsize=2048)
def _sample(one: str) -> int:
    """Which of the sample characters a `One` matches; all when it matches none of them."""
    import regex

    compiled = regex.compile(one, regex.VERSION0)
    mask = 0
    for bit, character in enumerate(_SAMPLES):
        if compiled.fullmatch(character):
            mask |= 1 << bit
    return mask or -1
