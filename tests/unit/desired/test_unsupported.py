"""What was carried over and does not exist here concerns only whoever needs it."""

from __future__ import annotations

import pytest

from reconciler.desired.clauses import compile_clause
from reconciler.desired.expressions import EvaluationFailure, Program, compile_expression
from reconciler.desired.mapping import compile_mapping
from reconciler.desired.scoping import compile_filter
from reconciler.desired.subjects import source_user
from reconciler.desired.truth import Truth
from reconciler.model.diagnostic import Position
from reconciler.model.identity import Kind
from reconciler.model.mapping import Expression, MappingRule
from reconciler.model.path import parse_path
from reconciler.model.profile import RFC7644
from reconciler.model.scoping import Clause, Operator
from tests.unit.desired.builders_desired import (
    NOW,
    USER_NAME,
    a_clause,
    a_filter,
    a_mapping,
    a_user,
    an_entry,
)

AT = Position("mappings.yaml", 9)
TEXT = 'IIF([country]="PT", Frobnicate([jobTitle], "x"), [jobTitle])'
SOUNDS = Clause("jobTitle", Operator.EQUALS, "lead", AT, unsupported="SOUNDS LIKE")


def test_unknown_function_fails_only_for_whom_it_is_called() -> None:
    rule = MappingRule(parse_path("title"), Expression(TEXT, frozenset({"Frobnicate"})), AT)
    compiled = compile_mapping(a_mapping(rule, USER_NAME), RFC7644.of(Kind.USER))

    def failure(country: str) -> str | None:
        user = a_user("ada", country=country, jobTitle="Lead")
        found = compiled.apply(source_user(user), soft_deleted=False).failure
        return None if found is None else found.reason.text

    assert failure("DE") is None
    said = "the expression for title of ada failed: there is no function Frobnicate here"
    assert failure("PT") == said


def test_program_knows_what_it_cannot_do_and_shows_where() -> None:
    program = compile_expression(TEXT, frozenset({"Frobnicate", "ToUpper"}))
    assert isinstance(program, Program)
    assert program.unsupported == {"Frobnicate"}
    steps = program.trace({"country": "PT", "jobTitle": "Lead"})
    reason = "there is no function Frobnicate here"
    assert EvaluationFailure("Frobnicate", reason) in [step.result for step in steps]
    assert not isinstance(compile_expression(TEXT), Program)


@pytest.mark.parametrize(("country", "truth"), [("PT", Truth.UNDETERMINED), ("DE", Truth.FALSE)])
def test_unknown_operator_leaves_undecided_only_whom_it_would_decide(
    country: str, truth: Truth
) -> None:
    entry = an_entry(a_clause("country", Operator.EQUALS, "PT"), SOUNDS)
    found = compile_filter(a_filter(entry))
    source = source_user(a_user("ada", country=country, jobTitle="Lead"))
    assert found.evaluate(source, NOW).truth is truth


def test_unknown_operator_says_so() -> None:
    result = compile_clause(SOUNDS).evaluate(source_user(a_user("ada", jobTitle="Lead")))
    assert result.truth is Truth.UNDETERMINED
    assert result.why == "there is no operator SOUNDS LIKE here"
    assert compile_clause(SOUNDS).text == 'jobTitle SOUNDS LIKE "lead"'
