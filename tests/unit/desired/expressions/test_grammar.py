"""What an expression looks like, and what is said about one that is wrong."""

from __future__ import annotations

import pytest

from reconciler.desired.expressions import ExpressionError
from tests.unit.desired.expressions.builders_expressions import a_program, an_error, evaluated

OPERAND = ("a function", "an attribute in [brackets]", 'a text in "quotes"', "a number")


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ('"plain"', "plain"),
        ('""', ""),
        (r'"a \\ and a \" in it"', r'a \ and a " in it'),
        (r'"\\\\d\\\""', r"\\d\""),
        ('"over\ntwo lines"', "over\ntwo lines"),
        ('"brackets [ and ( in it"', "brackets [ and ( in it"),
        ("[a]", "A"),
        ("[ a ]", "A"),
        ("[urn:x:y.z]", "Z"),
        ("12", 12),
        ("-12", -12),
        ("1.50", 1.5),
        ("&H1F", 31),
        ("&hff", 255),
        ("9223372036854775807", 2**63 - 1),
        ('  Append( "a" ,\n\t"b" )  ', "ab"),
        ('ToLower("A", )', "a"),
        ('IIF([a]<>"B",1,2)', 1),
    ],
)
def test_expression_is_read(text: str, result: object) -> None:
    assert evaluated(text, **{"a": "A", "urn:x:y.z": "Z"}) == result


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", ("the expression ends here", 0, OPERAND)),
        ("   ", ("the expression ends here", 3, OPERAND)),
        ('Join(" ",[a]', ("the expression ends here", 12, ("a comparison", "`,`", "`)`"))),
        ("Join(", ("the expression ends here", 5, (*OPERAND, "`,`", "`)`"))),
        (
            'Append("a" "b")',
            (
                'unexpected `"`; expected a comparison, `,` or `)`',
                11,
                ("a comparison", "`,`", "`)`"),
            ),
        ),
        ('"a")', ("unexpected `)`; expected the end", 3, ("the end",))),
        ('"a" "b"', ('unexpected `"`; expected the end', 4, ("the end",))),
        ('[a]="b"', ("unexpected `=`", 3, ("the end",))),
        ("IIF([a]=[b]=[c],1,2)", ("unexpected `=`", 11, ("`,`", "`)`"))),
        ("Append([a] [b])", ("unexpected `[`", 11, ("a comparison", "`,`", "`)`"))),
        ("Append(,", ("the expression ends here", 8, (*OPERAND, "`,`", "`)`"))),
        ("5x", ("unexpected `x`", 1, ("the end",))),
        ("a.b(1)", ("unexpected `.`", 1, ("a comparison", "`,`", "`(`", "`)`"))),
        ("{a}", ("unexpected `{`", 0, OPERAND)),
        ('"abc', ("the text is not closed", 0, ('`"`',))),
        (r'Append("a","b\d")', (r"`\d` is no escape", 13, (r"`\\`", r"`\"`"))),
        ('Append("a","b\\', ("the text is not closed", 11, ('`"`',))),
        ("[a", ("the attribute is not closed or has no name", 0, OPERAND)),
        ("[]", ("the attribute is not closed or has no name", 0, OPERAND)),
        ("“a”", ('does not begin a text; expected a straight `"`', 0, OPERAND)),
        ("'a'", ('does not begin a text; expected a straight `"`', 0, OPERAND)),
        (
            'IIF([a]="x" AND [b]="y",1,2)',
            ("there is no AND between conditions", 12, ("`,`", "`)`")),
        ),
        ('IIF([a]="x" or [b]="y",1,2)', ("there is no OR between conditions", 12, ("`,`", "`)`"))),
    ],
)
def test_text_that_is_no_expression_is_refused_where_it_goes_wrong(
    text: str, error: tuple[str, int, tuple[str, ...]]
) -> None:
    message, offset, expected = error
    found = an_error(text)
    assert message in found.message
    assert (found.offset, found.expected) == (offset, expected)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            'append("a","b")',
            ExpressionError(
                "there is no function append; did you mean Append?",
                0,
                ("Append",),
            ),
        ),
        (
            'Append("a",Zzzz("b"))',
            ExpressionError("there is no function Zzzz", 11),
        ),
        (
            'Append("a")',
            ExpressionError(
                "Append cannot take 1 argument; expected Append(source, suffix)",
                0,
                ("Append(source, suffix)",),
            ),
        ),
        (
            'FormatDateTime("a")',
            ExpressionError(
                "FormatDateTime cannot take 1 argument; expected FormatDateTime(source, "
                "dateTimeStyles?, inputFormat, outputFormat) or FormatDateTime(source, "
                "inputFormat, outputFormat)",
                0,
                (
                    "FormatDateTime(source, dateTimeStyles?, inputFormat, outputFormat) or "
                    "FormatDateTime(source, inputFormat, outputFormat)",
                ),
            ),
        ),
        (
            'Switch([a],"d","k")',
            ExpressionError(
                "Switch cannot take 3 arguments; expected Switch(source, defaultValue?, key, "
                "value, …)",
                0,
                ("Switch(source, defaultValue?, key, value, …)",),
            ),
        ),
        (
            'Append( ,"b")',
            ExpressionError("Append: source must not be left out; expected a text", 0, ("a text",)),
        ),
        (
            'Append("a",[b]="c")',
            ExpressionError(
                "Append: suffix cannot be a comparison; expected a text", 11, ("a text",)
            ),
        ),
        (
            'Left("abc","x")',
            ExpressionError("NumChars: expected a whole number", 11, ("a whole number",)),
        ),
        (
            "Append(abc,[b])",
            ExpressionError(
                '`abc` is no constant; write `abc(…)` to call a function, `"abc"` for a text, '
                "`[abc]` for an attribute",
                7,
                ("vbTextCompare", "vbBinaryCompare"),
            ),
        ),
        (
            "9223372036854775808",
            ExpressionError("the number is too large; expected at most 9223372036854775807", 0),
        ),
        (
            "CStr(&H10000000000000000)",
            ExpressionError("the number is too large; expected at most 9223372036854775807", 5),
        ),
    ],
)
def test_wrong_call_says_what_was_expected(text: str, error: ExpressionError) -> None:
    assert an_error(text) == error


def test_expression_at_the_length_limit_is_read_and_beyond_it_refused() -> None:
    assert evaluated('"' + "x" * 9_998 + '"') == "x" * 9_998
    assert an_error('"' + "x" * 9_999 + '"') == ExpressionError(
        "the expression has 10001 characters; expected 10000 at most", 10_000
    )


def test_nesting_at_the_limit_is_read_and_beyond_it_refused() -> None:
    at_the_limit = "ToLower(" * 100 + '"A"' + ")" * 100
    assert evaluated(at_the_limit) == "a"
    assert an_error(f"ToLower({at_the_limit})") == ExpressionError(
        "calls are nested deeper than 100", 807
    )


def test_parentheses_in_texts_and_attributes_do_not_nest() -> None:
    assert evaluated('"' + "(" * 200 + '"') == "(" * 200
    assert evaluated("[" + "(" * 200 + "]") is None


def test_program_says_what_it_reads_and_calls() -> None:
    program = a_program('IIF([a]="x",Append([b],"y"),Coalesce([a],[c]))')
    assert program.text == 'IIF([a]="x",Append([b],"y"),Coalesce([a],[c]))'
    assert program.attributes == frozenset({"a", "b", "c"})
    assert program.functions == frozenset({"IIF", "Append", "Coalesce"})


def test_same_text_gives_the_same_program() -> None:
    assert a_program('Append([a],"b")') is a_program('Append([a],"b")')
