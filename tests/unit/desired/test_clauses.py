"""Each operator against every kind of value: Entra's rules, and what happens beyond them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.desired.clauses import (
    ClauseResult,
    compile_clause,
    describe,
    whole_number,
)
from reconciler.desired.subjects import source_user
from reconciler.desired.truth import Truth, all_of, any_of
from reconciler.model.desired import Reason
from reconciler.model.diagnostic import Position
from reconciler.model.path import Value
from reconciler.model.scoping import NUMERIC, PATTERN, UNARY, Clause, Match, Operator
from tests.unit.desired.builders_desired import a_clause, a_user

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNDETERMINED
MANY = ("PT", "DE")
CASES = Path(__file__).parents[2] / "cases" / "operators"
#: What every operator is shown: the null rule, and values that it was not made for.
CLASSES = {"value", "null", "empty", "wrong type", "multi-valued"}


def table(operator: Operator) -> list[dict[str, Any]]:
    found = json.loads((CASES / f"{operator.name}.json").read_text(encoding="utf-8"))
    assert found["operator"] == operator.value
    cases: list[dict[str, Any]] = found["cases"]
    return cases


def rows() -> Iterator[Any]:
    for operator in Operator:
        for case in table(operator):
            yield pytest.param(operator, case, id=f"{operator.name} {json.dumps(case)}")


@pytest.mark.parametrize(("operator", "case"), list(rows()))
def test_operator_comes_to_what_its_table_says(operator: Operator, case: dict[str, Any]) -> None:
    clause = Clause(
        "extension_x",
        operator,
        case["value"],
        Position("filters.yaml", 5),
        match=Match(case["match"]) if "match" in case else None,
        negated=case.get("not", False),
        null_is_match=case.get("nullIsMatch", False),
    )
    written = case["attribute"]
    seen: Value = tuple(written) if isinstance(written, list) else written
    source = source_user(a_user("ada", {"extension_x": seen}))
    result = compile_clause(clause).evaluate(source)
    assert result.truth.value == case["truth"]
    assert result.why


@pytest.mark.parametrize("operator", Operator)
def test_every_operator_has_cases_of_every_class(operator: Operator) -> None:
    assert {case["class"] for case in table(operator)} == CLASSES


def test_there_is_no_table_of_anything_else() -> None:
    assert {path.stem for path in CASES.glob("*.json")} == {o.name for o in Operator}


def judged(clause: Clause, seen: Value) -> ClauseResult:
    return compile_clause(clause).evaluate(source_user(a_user("ada", {clause.attribute: seen})))


@pytest.mark.parametrize(
    ("operator", "written", "seen", "why"),
    [
        (Operator.EQUALS, "PT", "DE", 'country EQUALS "PT" does not hold'),
        (Operator.EQUALS, "PT", "PT", 'country EQUALS "PT" holds'),
        (Operator.NOT_EQUALS, "PT", None, "country has no value"),
        (Operator.IS_NULL, None, "PT", "country has a value"),
        (Operator.IS_NOT_NULL, None, "", "country has no value"),
        (Operator.IS_TRUE, None, "True", "IS TRUE cannot judge the value of country"),
        (Operator.EQUALS, "True", True, "EQUALS cannot judge the value of country"),
        (Operator.INCLUDES, "x", MANY, 'country Includes "x" does not hold'),
        (Operator.INCLUDES, "x", ("x", True), "Includes cannot judge the value of country"),
        (Operator.REGEX_MATCH, "x", ("x", True), "REGEX MATCH cannot judge the value of country"),
        (Operator.GREATER_THAN, "5", "many", "Greater_Than cannot judge the value of country"),
    ],
)
def test_result_says_why_without_the_persons_value(
    operator: Operator, written: str | None, seen: Value, why: str
) -> None:
    clause = a_clause("country", operator, written)
    result = judged(clause, seen)
    assert result == ClauseResult(clause, seen or None, result.truth, why)


@pytest.mark.parametrize(
    ("operator", "written", "code", "message"),
    [
        (Operator.EQUALS, None, "clause-value", "EQUALS has nothing to compare country with"),
        (Operator.EQUALS, "", "clause-value", "EQUALS has nothing to compare country with"),
        (
            Operator.IS_NULL,
            "x",
            "clause-value",
            "IS NULL looks at country alone, and a value is written",
        ),
        (
            Operator.GREATER_THAN,
            "ten",
            "not-a-number",
            'Greater_Than compares whole numbers, and "ten" is none',
        ),
    ],
)
def test_clause_that_makes_no_sense_decides_nothing(
    operator: Operator, written: str | None, code: str, message: str
) -> None:
    compiled = compile_clause(a_clause("country", operator, written))
    assert compiled.fault is not None
    assert (compiled.fault.code, compiled.fault.message) == (code, message)
    for seen in ("PT", None, True, MANY):
        result = compiled.evaluate(source_user(a_user("ada", {"country": seen})))
        assert (result.truth, result.why) == (U, message)


@pytest.mark.parametrize("pattern", ["(", "(a+)+$"])
def test_pattern_that_cannot_run_decides_nothing(pattern: str) -> None:
    compiled = compile_clause(a_clause("country", Operator.NOT_REGEX_MATCH, pattern))
    assert compiled.fault is not None
    assert compiled.fault.code == "bad-pattern"
    assert compiled.judge("PT") is U


@pytest.mark.parametrize("operator", [Operator.REGEX_MATCH, Operator.NOT_REGEX_MATCH])
def test_pattern_that_runs_out_of_time_decides_nothing(operator: Operator) -> None:
    # Four loops over 80,000 characters: no machine is done in time.
    clause = a_clause("country", operator, "a.*b.*c.*d.*e")
    result = judged(clause, "abcd" * 20_000)
    assert result.truth is U
    assert result.why == f'country {operator} "a.*b.*c.*d.*e" took too long'


def test_clause_reads_an_attribute_of_the_manager() -> None:
    clause = a_clause("manager.department", Operator.EQUALS, "NetSec")
    people = [
        a_user("ada", manager="grace"),
        a_user("grace", department="NetSec"),
        a_user("alan", manager="ghost"),
    ]
    among = {user.key: user for user in people}
    compiled = compile_clause(clause)
    truths = [compiled.truth(source_user(user, among=among)) for user in people]
    # Nobody's manager has no department, and the null rule says what that means.
    assert truths == [T, F, F]
    assert compiled.evaluate(source_user(people[1], among=among)).why == (
        "manager.department has no value"
    )


def test_attribute_that_an_error_hides_decides_nothing() -> None:
    hidden = source_user(a_user("ada"), doubts={"memberOf": Reason("memberRule of ops failed")})
    for negated in (False, True):
        clause = replace(a_clause("memberOf", Operator.EQUALS, "ops"), negated=negated)
        result = compile_clause(clause).evaluate(hidden)
        assert (result.truth, result.why) == (U, "memberRule of ops failed")


def test_no_value_that_is_a_match_is_said_to_be_one() -> None:
    clause = replace(a_clause("country", Operator.NOT_EQUALS, "PT"), null_is_match=True)
    assert judged(clause, None).why == "country has no value, which is a match here"


def test_description_reads_like_the_manifest() -> None:
    assert describe(a_clause("country", Operator.IN, 'P"T')) == 'country & "P\\"T"'
    assert describe(a_clause("manager", Operator.IS_NOT_NULL)) == "manager IS NOT NULL"
    listed = replace(a_clause("otherMails", Operator.NOT_EQUALS, "a"), match=Match.ANY)
    assert describe(listed) == 'any of otherMails NOT EQUALS "a"'
    turned = replace(listed, negated=True, null_is_match=True)
    assert describe(turned) == 'not (any of otherMails NOT EQUALS "a" or no value)'


def test_whole_numbers_order_by_size_not_by_spelling() -> None:
    texts = ["0100", "99", "10", "009", "1", "0"]
    in_order = ["0", "1", "009", "10", "99", "0100"]
    assert sorted(texts, key=lambda text: whole_number(text) or (0, "")) == in_order
    assert [whole_number(text) for text in ("", "-1", "1.0", "1 ", "٣")] == [None] * 5


def test_operators_fall_into_groups_that_do_not_overlap() -> None:
    assert len(UNARY | NUMERIC | PATTERN) == len(UNARY) + len(NUMERIC) + len(PATTERN)


@pytest.mark.parametrize(
    ("parts", "conjunction", "disjunction"),
    [
        ((T, T), T, T),
        ((T, F), F, T),
        ((T, U), U, T),
        ((F, U), F, U),
        ((F, F), F, F),
        ((U, U), U, U),
    ],
)
def test_undetermined_gives_way_only_to_what_decides(
    parts: tuple[Truth, ...], conjunction: Truth, disjunction: Truth
) -> None:
    assert all_of(parts) is all_of(reversed(parts)) is conjunction
    assert any_of(parts) is any_of(reversed(parts)) is disjunction
