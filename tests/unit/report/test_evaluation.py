"""An expression part by part, and an error with the place where it is."""

from __future__ import annotations

import pytest

from reconciler.desired.expressions import (
    EvaluationFailure,
    ExpressionError,
    Ignore,
    Program,
    Step,
    compile_expression,
)
from reconciler.model.path import Value
from reconciler.report.evaluation import (
    Part,
    as_tree,
    error_lines,
    evaluation_data,
    evaluation_lines,
)
from reconciler.report.style import PLAIN


def evaluated(text: str, **given: Value) -> Part:
    program = compile_expression(text)
    assert isinstance(program, Program)
    return as_tree(program.trace(given))


def wrong(text: str) -> list[str]:
    error = compile_expression(text)
    assert isinstance(error, ExpressionError)
    return list(error_lines(text, error, PLAIN))


def test_every_part_that_was_evaluated_stands_under_the_part_it_belongs_to() -> None:
    text = 'Join(" ", ToUpper([a]), IIF([b]="", [c], [d]))'
    assert list(evaluation_lines(evaluated(text, a="x", c="y", d="z"), PLAIN)) == [
        'Result: "X y"',
        "",
        f'{text}  = "X y"',
        '  ToUpper([a])  = "X"',
        '    [a]  = "x"',
        '  IIF([b]="", [c], [d])  = "y"',
        '    [b]=""  = "True"',
        "      [b]  = (no value)",
        '      ""  = ""',
        '    [c]  = "y"',
    ]


def test_a_part_that_was_evaluated_twice_stands_there_once() -> None:
    inner, twice = Step(2, "[a]", "x"), Step(0, "F([a])", "y")
    assert as_tree([inner, twice, inner, twice]) == Part(
        0, "F([a])", "y", (Part(2, "[a]", "x", ()),)
    )


def test_a_failure_is_shown_where_it_happened_and_on_the_way_out() -> None:
    text = 'ToUpper(FormatDateTime([a], , "yyyy", "dd"))'
    failure = EvaluationFailure("FormatDateTime", "source: expected a date in the input format")
    whole = evaluated(text, a="x")
    assert (whole.result, whole.parts[0].result) == (failure, failure)
    assert next(iter(evaluation_lines(whole, PLAIN))) == (
        "Result: failed in FormatDateTime: source: expected a date in the input format"
    )


def test_an_ignored_attribute_is_not_managed() -> None:
    whole = evaluated("IgnoreFlowIfNullOrEmpty([a])")
    assert whole.result == Ignore()
    assert next(iter(evaluation_lines(whole, PLAIN))) == (
        "Result: ignored (the attribute is not managed)"
    )


@pytest.mark.parametrize(
    ("text", "shown", "caret", "character"),
    [
        ("Foo([a])", "    Foo([a])", 4, 1),
        ('Join(" ", [a', '    Join(" ", [a', 14, 11),
        ('Join("星", [a', '    Join("星", [a', 15, 11),
        ('Join("e\u0301", [a', '    Join("e\u0301", [a', 14, 12),
        ("ToUpper(\n  [a]\n  [b])", "      [b])", 6, 18),
        ('Join("\\t"', '    Join("\\t"', 10, 7),
    ],
)
def test_a_caret_stands_under_the_place(text: str, shown: str, caret: int, character: int) -> None:
    _, line, mark, place, *_ = wrong(text)
    assert (line, mark, place) == (shown, " " * caret + "^", f"    at character {character}")


def test_what_was_expected_is_said_once() -> None:
    assert wrong("ToUpper([a]") == [
        "error: the expression ends here; expected a comparison, `,` or `)`",
        "    ToUpper([a]",
        "               ^",
        "    at character 12",
    ]
    assert wrong("ToUpper([a)") == [
        "error: the attribute is not closed or has no name; expected `[name]`",
        "    ToUpper([a)",
        "            ^",
        "    at character 9",
        '    expected a function, an attribute in [brackets], a text in "quotes", a number, '
        "`,`, `)`",
    ]


def test_of_a_long_expression_the_surroundings_are_shown() -> None:
    text = f'Join("{"x" * 100}", Foo([a]), "{"y" * 100}")'
    error, line, mark, *_ = wrong(text)
    assert error.startswith("error: there is no function Foo")
    assert line == f'    …{"x" * 57}", Foo([a]), "{"y" * 49}…'
    assert mark.index("^") == line.index("Foo")


def test_a_value_in_an_expression_cannot_act_on_a_terminal() -> None:
    for line in wrong('Join("\x1b[31m\u202e", [a'):
        assert line.isprintable()


def test_an_evaluation_is_data_as_well() -> None:
    whole = evaluated("ToUpper([a])", a="x")
    assert evaluation_data("ToUpper([a])", {"a": "x"}, whole) == {
        "expression": "ToUpper([a])",
        "attributes": {"a": "x"},
        "evaluation": {
            "offset": 0,
            "text": "ToUpper([a])",
            "outcome": "value",
            "value": "X",
            "parts": [{"offset": 8, "text": "[a]", "outcome": "value", "value": "x", "parts": []}],
        },
    }


@pytest.mark.parametrize(
    ("text", "given", "outcome"),
    [
        ("IgnoreFlowIfNullOrEmpty([a])", None, {"outcome": "ignored"}),
        (
            "ToUpper([a])",
            ("x", "y"),
            {
                "outcome": "failed",
                "function": "ToUpper",
                "reason": "source: expected one value, but the attribute has several; "
                "use Item or Join",
            },
        ),
        ("[a]", ("x", "y"), {"outcome": "value", "value": ["x", "y"]}),
    ],
)
def test_each_outcome_has_its_data(text: str, given: Value, outcome: dict[str, object]) -> None:
    data = evaluation_data(text, {"a": given}, evaluated(text, a=given))["evaluation"]
    assert isinstance(data, dict)
    assert outcome.items() <= data.items()


def test_an_error_is_data_as_well() -> None:
    error = ExpressionError("no", 3, ("`)`",))
    assert evaluation_data("F([a]", {}, error) == {
        "expression": "F([a]",
        "attributes": {},
        "error": {"message": "no", "offset": 3, "expected": ["`)`"]},
    }
