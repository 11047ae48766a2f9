"""What evaluating gives besides values, and how large anything may get."""

from __future__ import annotations

import subprocess
import sys

import pytest

from reconciler.desired.expressions import EvaluationFailure, Ignore, Step
from reconciler.model.path import Value
from tests.unit.desired.expressions.builders_expressions import a_program, evaluated

SECRET = "kim@zone.example"
LONG = "x" * 60_000
TOO_LONG = "expected at most 65536 characters as the result"


def test_absent_attribute_is_null() -> None:
    assert evaluated("[a]") is None


def test_attribute_without_values_is_null() -> None:
    assert evaluated("[a]", a=()) is None


def test_boolean_attribute_is_read_as_text() -> None:
    assert evaluated("[a]", a=True) == "True"
    assert evaluated("[a]", a=(True, "x", 1)) == ("True", "x", 1)


def test_failure_names_the_innermost_function_and_not_the_value() -> None:
    assert evaluated('Append(ToLower(CDate([hired])),"x")', hired=SECRET) == EvaluationFailure(
        "CDate", "expected a date"
    )
    assert evaluated('Append("x",Left([hired],"2"))', hired=("a", SECRET)) == EvaluationFailure(
        "Left", "String: expected one value, but the attribute has several; use Item or Join"
    )


def test_failing_comparison_is_named_by_its_operator() -> None:
    assert evaluated('IIF([a]>5,"x","y")', a=SECRET) == EvaluationFailure(
        ">", "expected a number on both sides"
    )


def test_failing_choice_is_named() -> None:
    assert evaluated('IIF([a],"x","y")', a=SECRET) == EvaluationFailure(
        "IIF", "expected a comparison, True, False or a number"
    )


def test_branch_that_is_not_taken_is_not_evaluated() -> None:
    assert evaluated('IIF([a]="x",[a],Item([b],9))', a="x", b=("y",)) == "x"
    assert evaluated('Switch([a],Item([b],9),"x","y")', a="x", b=("y",)) == "y"


def test_ignored_attribute_is_ignored_from_any_depth() -> None:
    assert evaluated('Append("a",ToLower(IgnoreFlowIfNullOrEmpty([b])))') == Ignore()


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("Append([a],[a])", "Append"),
        ('Join(",",[a],[a])', "Join"),
        ('Replace([a],"x", , ,"yyy", , )', "Replace"),
        ('Replace([a],"x", , , , ,"x and x")', "Replace"),
        ('Replace([a], ,"x", ,"yy", , )', "Replace"),
        ('Replace([a], ,"^x", ,"$_$_", , )', "Replace"),
        ('Replace([a], ,"(?<g>x)","g","yy", , )', "Replace"),
        ("ConvertToUTF8Hex([a])", "ConvertToUTF8Hex"),
    ],
)
def test_result_beyond_the_bound_is_a_failure(text: str, function: str) -> None:
    assert evaluated(text, a=LONG) == EvaluationFailure(function, TOO_LONG)


def test_too_many_values_are_a_failure() -> None:
    assert evaluated('Split([a],"x")', a="x" * 10_000) == EvaluationFailure(
        "Split", "expected at most 10000 values as the result"
    )


def test_attribute_beyond_the_bounds_is_a_failure() -> None:
    assert evaluated("[a]", a="x" * 65_537) == EvaluationFailure(
        "[a]", "expected at most 65536 characters"
    )
    assert evaluated("[a]", a=("x",) * 10_001) == EvaluationFailure(
        "[a]", "expected at most 10000 values"
    )
    assert evaluated("Count([a])", a=("y", "x" * 65_537)) == EvaluationFailure(
        "[a]", "expected at most 65536 characters"
    )
    assert evaluated("CStr([a])", a=10**5_000) == EvaluationFailure(
        "[a]", "expected a number of at most 9223372036854775807"
    )


def test_pattern_that_runs_out_of_time_is_a_failure() -> None:
    """Polynomial patterns pass the check; on a text made for it one of them takes too long."""
    assert evaluated(
        'Replace([a], ,"(.*)@.*@.*@.*[xy]", ,"", , )', a="@" * 2_000
    ) == EvaluationFailure(
        "Replace", "expected a pattern that gives an answer in time for this value"
    )


def test_trace_gives_every_step_in_the_order_of_evaluation() -> None:
    program = a_program('IIF([a]="x",Append(ToLower([b]),"!"),[c])')
    assert program.trace({"a": "x", "b": "B", "c": "never"}) == (
        Step(4, "[a]", "x"),
        Step(8, '"x"', "x"),
        Step(4, '[a]="x"', "True"),
        Step(27, "[b]", "B"),
        Step(19, "ToLower([b])", "b"),
        Step(12, 'Append(ToLower([b]),"!")', "b!"),
        Step(0, 'IIF([a]="x",Append(ToLower([b]),"!"),[c])', "b!"),
    )


def test_trace_ends_with_what_went_wrong() -> None:
    failure = EvaluationFailure("CDate", "expected a date")
    assert a_program('Append(CDate([a]),"!")').trace({"a": "soon"}) == (
        Step(13, "[a]", "soon"),
        Step(7, "CDate([a])", failure),
        Step(0, 'Append(CDate([a]),"!")', failure),
    )
    assert a_program("IgnoreFlowIfNullOrEmpty([a])").trace({}) == (
        Step(24, "[a]", None),
        Step(0, "IgnoreFlowIfNullOrEmpty([a])", Ignore()),
    )


def test_trace_of_a_constant_is_the_constant() -> None:
    assert a_program('"x"').trace({}) == (Step(0, '"x"', "x"),)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.0, 1e300, 2**63 - 1])
def test_odd_numbers_are_values_like_others(value: Value) -> None:
    for text in ("CStr([a])", "Left([a],1)", 'IIF([a]>1,"x","y")', "BitAnd([a],1)", "Count([a])"):
        assert evaluated(text, a=value) == evaluated(text, a=value)


def test_importing_the_package_does_not_import_the_parser() -> None:
    """A tree of manifests without expressions must not pay for lark and regex."""
    program = (
        "import sys; import reconciler.desired.expressions, reconciler.desired.patterns; "
        "print(sorted({'lark', 'regex'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"
