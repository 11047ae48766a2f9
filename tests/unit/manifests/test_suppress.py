"""Warnings that an author has judged are not shown; everything else about such comments is said."""

from __future__ import annotations

import pytest

from reconciler.manifests.suppress import (
    Suppression,
    Suppressions,
    read_suppressions,
    suppress,
)
from reconciler.model.diagnostic import Position, error, warning


def read(text: str) -> Suppressions:
    return read_suppressions(text.encode(), "a.yaml")


def at(line: int, column: int = 1) -> Position:
    return Position("a.yaml", line, column)


def test_comment_at_the_end_of_a_line_is_about_that_line() -> None:
    assert read("a: 1\nb: 2  # reconciler: ignore[some-code] for good reason\n") == Suppressions(
        (Suppression(at(2, 7), 2, "some-code", "for good reason"),)
    )


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_comment_above_is_about_the_next_line_that_says_something(line_end: str) -> None:
    text = "#reconciler:ignore[x] one\n\n  # other words\n# reconciler: ignore[ y ] two\na: 1\n"
    assert read(text.replace("\n", line_end)) == Suppressions(
        (Suppression(at(1), 5, "x", "one"), Suppression(at(4), 5, "y", "two"))
    )


def test_comment_below_everything_is_about_itself() -> None:
    assert read("a: 1\n# reconciler: ignore[x] one").comments == (
        Suppression(at(2), 2, "x", "one"),
    )


def test_text_between_quotes_and_in_blocks_is_no_comment() -> None:
    mark = "# reconciler: ignore[x] one"
    text = f"a: '{mark}'\nb: \" {mark}\"\nc: |\n  {mark}\n\n  more\nd: x{mark}\ne: y {mark}\n"
    assert read(text).comments == (Suppression(at(8, 6), 8, "x", "one"),)


@pytest.mark.parametrize(
    "comment",
    [
        "ignore",
        "ignore everything",
        "ignore[]",
        "ignore[Some Code] why",
        "ignore [x] why",
        "ignored",
    ],
)
def test_comment_without_a_code_is_malformed(comment: str) -> None:
    assert read(f"a: 1 # reconciler: {comment}\n") == Suppressions((), (at(1, 6),))


def test_other_comments_are_left_alone() -> None:
    assert read("# reconciler: this tree belongs to us\n# ignore[x] y\na: b\n") == Suppressions()


def test_file_that_is_no_text_has_no_comments() -> None:
    assert read_suppressions(b"# reconciler: ignore[x] y\n\xff", "a.yaml") == Suppressions()


def comment(line: int, code: str, reason: str = "why") -> Suppressions:
    return Suppressions((Suppression(at(line, 9), line, code, reason),))


def test_warnings_of_that_code_at_that_line_are_dropped() -> None:
    kept = (
        warning("x", "elsewhere", at(4)),
        warning("x", "another file", Position("b.yaml", 3)),
        warning("y", "another code", at(3)),
        warning("x", "nowhere"),
    )
    dropped = (warning("x", "one", at(3, 1)), warning("x", "two", at(3, 5)))
    assert set(suppress((*kept, *dropped), comment(3, "x"))) == set(kept)


def test_errors_stay_and_the_comment_is_an_error_too() -> None:
    wrong = error("x", "wrong", at(3, 20))
    assert suppress((wrong,), comment(3, "x")) == (
        error(
            "suppression-of-error",
            "`x` is an error, and errors cannot be ignored",
            at(3, 9),
            hint="mend what it says, and remove the comment",
        ),
        wrong,
    )


def test_without_a_reason_nothing_is_dropped() -> None:
    found = suppress((warning("x", "odd", at(3, 20)),), comment(3, "x", ""))
    assert [each.code for each in found] == ["suppression-without-reason", "x"]


def test_comment_that_ignores_nothing_is_a_warning() -> None:
    assert suppress((), comment(3, "x")) == (
        warning(
            "unused-suppression",
            "there is no warning `x` in line 3 to ignore",
            at(3, 9),
            hint="remove the comment; it would hide the next one",
        ),
    )


def test_what_is_left_is_in_the_order_in_which_people_fix_it() -> None:
    found = (warning("b", "b", at(2)), error("a", "a", at(1)), error("c", "c"))
    assert suppress(found, Suppressions()) == (found[1], found[0], found[2])
