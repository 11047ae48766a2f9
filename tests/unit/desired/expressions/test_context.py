"""What an expression knows besides the object, and what of it must not be shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reconciler.desired.expressions import Context, ExpressionError, Hidden, Step
from reconciler.model.key import Key
from reconciler.model.secret import Secret
from tests.builders import A_KEY
from tests.unit.desired.expressions.builders_expressions import a_program, an_error

HERE = Context(datetime(2026, 6, 15, 12, tzinfo=UTC), A_KEY, None, ("app", "user", "ada"))
RANDOM = ("Guid()", "RandomString(40,0,0,0,0)")


@pytest.mark.parametrize("text", RANDOM)
def test_same_place_and_key_draw_the_same(text: str) -> None:
    program = a_program(text)
    assert program.evaluate({}, HERE) == program.evaluate({}, replace(HERE))


@pytest.mark.parametrize("text", RANDOM)
@pytest.mark.parametrize(
    "elsewhere",
    [HERE.at("title"), replace(HERE, place=("app", "user", "bob")),
     replace(HERE, key=Key(Secret("another key that only tests know")))],
    ids=["attribute", "subject", "key"],
)  # fmt: skip
def test_other_place_or_key_draws_something_else(text: str, elsewhere: Context) -> None:
    program = a_program(text)
    assert program.evaluate({}, HERE) != program.evaluate({}, elsewhere)


@pytest.mark.parametrize("text", RANDOM)
def test_two_calls_in_one_expression_draw_two_values(text: str) -> None:
    drawn = a_program(f'Join("|",{text},{text})').evaluate({}, HERE)
    assert isinstance(drawn, str)
    one, other = drawn.split("|")
    assert one != other


def test_key_shows_itself_to_nobody() -> None:
    assert "only tests know" not in repr(HERE)


def test_random_text_has_no_fixed_order_of_its_kinds() -> None:
    program = a_program("RandomString(6,3,0,0,3)")
    drawn = {str(program.evaluate({}, HERE.at(str(n)))) for n in range(30)}
    assert len(drawn) == 30
    assert {text[:3].isdigit() for text in drawn} == {True, False}


def test_trace_hides_what_is_redacted_and_every_other_sight_of_it() -> None:
    text = 'Join("-",Left([mail],3),Redact(ToLower([mail])),[city])'
    program = a_program(text)
    seen = {"mail": "ADA@zone.example", "city": "Faro"}
    assert program.evaluate(seen) == "ADA-ada@zone.example-Faro"
    assert program.trace(seen) == (
        Step(14, "[mail]", Hidden()),
        Step(9, "Left([mail],3)", Hidden()),
        Step(39, "[mail]", Hidden()),
        Step(31, "ToLower([mail])", Hidden()),
        Step(24, "Redact(ToLower([mail]))", Hidden()),
        Step(48, "[city]", "Faro"),
        Step(0, text, Hidden()),
    )
    assert (program.redacted, program.hides) == (frozenset({"mail"}), True)


def test_constants_in_a_redact_are_not_in_the_text_that_is_shown() -> None:
    program = a_program('IIF([a]="x",Redact(Append("hush",7)),"open")')
    assert program.shown == 'IIF([a]="x",Redact(Append([Redact],[Redact])),"open")'
    plain = a_program('IIF([a]="x","hush","open")')
    assert (plain.shown, plain.redacted, plain.hides) == (plain.text, frozenset(), False)


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("[appRoleAssignments]", 0),
        ('Join(",",[appRoleAssignments])', 9),
        ('IIF([appRoleAssignments]="x","y","z")', 4),
        ("SingleAppRoleAssignment(Item([appRoleAssignments],1))", 29),
    ],
)
def test_role_texts_are_read_by_the_functions_for_them_alone(text: str, offset: int) -> None:
    error = an_error(text)
    assert isinstance(error, ExpressionError)
    assert (error.offset, error.expected[0]) == (
        offset,
        "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])",
    )


def test_whether_there_are_roles_may_be_asked() -> None:
    program = a_program('IIF(IsPresent([appRoleAssignments]),"some","none")')
    assert program.evaluate({"appRoleAssignments": ("{}",)}) == "some"
    assert program.evaluate({}) == "none"
