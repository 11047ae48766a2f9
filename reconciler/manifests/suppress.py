"""`# reconciler: ignore[code] reason in words`: warnings that an author has judged.

At the end of a line the comment is about that line, on a line of its own about the next one that is
neither blank nor a comment. Errors cannot be suppressed, a reason is required, and a comment that
suppresses nothing is itself a warning: it would hide the next warning there.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from reconciler.documents import quoted_spans
from reconciler.documents.text import decode
from reconciler.model.diagnostic import Diagnostic, Position, Severity, error, ordered, warning
from reconciler.model.show import plain


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment. `line` is the line that it is about, in the file of `at`."""

    at: Position
    line: int
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Suppressions:
    """The comments of a tree, and those that nobody can understand."""

    comments: tuple[Suppression, ...] = ()
    malformed: tuple[Position, ...] = ()

    def __add__(self, other: Suppressions) -> Suppressions:
        return Suppressions(self.comments + other.comments, self.malformed + other.malformed)


# Cheap to look for in files that have no such comment, which are nearly all of them.
_MARK: Final = re.compile(rb"#[ \t]*reconciler:[ \t]*ignore")
_COMMENT: Final = re.compile(r"(?:^|(?<=[ \t]))#[ \t]*reconciler:[ \t]*ignore(.*)")
_CODE_AND_REASON: Final = re.compile(r"\[[ \t]*([a-z0-9-]+)[ \t]*\](.*)")
_SAYS_NOTHING: Final = re.compile(r"\s*(#.*)?\s*")


def read_suppressions(data: bytes, file: str) -> Suppressions:
    """The comments of one file; none when it is not text that YAML may hold."""
    if _MARK.search(data) is None:
        return Suppressions()
    text = decode(data, file)
    if isinstance(text, Diagnostic):
        return Suppressions()
    comments: list[Suppression] = []
    malformed: list[Position] = []
    waiting: list[tuple[Position, str, str]] = []  # comments above the line that they are about
    for number, line, written in _lines(text):
        if _SAYS_NOTHING.fullmatch(line) is None:
            comments += [Suppression(at, number, code, why) for at, code, why in waiting]
            waiting = []
        if written is None:
            continue
        at = Position(file, number, written.start() + 1)
        parts = _CODE_AND_REASON.match(written[1])
        if parts is None:
            malformed.append(at)
        elif line[: written.start()].strip():
            comments.append(Suppression(at, number, parts[1], parts[2].strip()))
        else:
            waiting.append((at, parts[1], parts[2].strip()))
    comments += [Suppression(at, at.line, code, why) for at, code, why in waiting]
    return Suppressions(tuple(comments), tuple(malformed))


def _lines(text: str) -> Iterator[tuple[int, str, re.Match[str] | None]]:
    """Each line with its number and the comment in it, if there is one outside of quotes."""
    spans = quoted_spans(text)
    begins = [begin for begin, _ in spans]
    offset = 0
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        written = _COMMENT.search(line)
        if written is not None:
            place = offset + written.start()
            before = bisect_right(begins, place) - 1
            if before >= 0 and place < spans[before][1]:
                written = None
        yield number, line, written
        offset += len(line)


def suppress(
    diagnostics: Iterable[Diagnostic], suppressions: Suppressions
) -> tuple[Diagnostic, ...]:
    """What is left to show, in the order in which people fix it."""
    found = tuple(diagnostics)
    by_place: dict[tuple[str, int, str], list[Diagnostic]] = {}
    for each in found:
        if each.at is not None:
            by_place.setdefault((each.at.file, each.at.line, each.code), []).append(each)
    dropped: set[Diagnostic] = set()
    added: list[Diagnostic] = []
    for comment in suppressions.comments:
        about = by_place.get((comment.at.file, comment.line, comment.code), [])
        code = plain(comment.code)
        if not comment.reason:
            message = f"the comment does not say why `{code}` may be ignored"
            hint = f"write `# reconciler: ignore[{code}] reason in words`"
            added.append(error("suppression-without-reason", message, comment.at, hint=hint))
        elif any(each.severity is Severity.ERROR for each in about):
            message = f"`{code}` is an error, and errors cannot be ignored"
            hint = "mend what it says, and remove the comment"
            added.append(error("suppression-of-error", message, comment.at, hint=hint))
        elif about:
            dropped.update(about)
        else:
            message = f"there is no warning `{code}` in line {comment.line} to ignore"
            hint = "remove the comment; it would hide the next one"
            added.append(warning("unused-suppression", message, comment.at, hint=hint))
    for at in suppressions.malformed:
        message = "the comment does not name what is to be ignored"
        hint = "write `# reconciler: ignore[code] reason in words`"
        added.append(error("suppression-malformed", message, at, hint=hint))
    return ordered([*(each for each in found if each not in dropped), *added])
