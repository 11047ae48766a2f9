"""Each operator against every kind of value: Entra's rules, and what happens beyond them."""

from __future__ import annotations

import pytest

from reconciler.desired.clauses import (
    NUMERIC,
    PATTERN,
    UNARY,
    ClauseResult,
    compile_clause,
    describe,
    whole_number,
)
from reconciler.desired.truth import Truth, all_of, any_of
from reconciler.model.declared import Operator
from reconciler.model.path import Value
from tests.unit.desired.builders_desired import a_clause

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNDETERMINED
MANY = ("PT", "DE")

# operator, written value, then the truth for: a hit, another text, no value, true, false, a list.
TABLE: list[tuple[Operator, str | None, Value, tuple[Truth, ...]]] = [
    (Operator.EQUALS, "PT", "PT", (T, F, F, U, U, U)),
    (Operator.NOT_EQUALS, "PT", "DE", (T, T, F, U, U, U)),
    (Operator.INCLUDES, "ort", "Portugal", (T, F, F, U, U, U)),
    (Operator.ENDS_WITH, "gal", "Portugal", (T, F, F, U, U, U)),
    (Operator.REGEX_MATCH, "^P.*l$", "Portugal", (T, F, F, U, U, U)),
    (Operator.NOT_REGEX_MATCH, "^P.*l$", "DE", (T, T, F, U, U, U)),
    (Operator.GREATER_THAN, "9", "10", (T, F, F, U, U, U)),
    (Operator.GREATER_THAN_OR_EQUALS, "10", "010", (T, F, F, U, U, U)),
    (Operator.IS_TRUE, None, True, (T, U, F, T, F, U)),
    (Operator.IS_FALSE, None, False, (T, U, F, F, T, U)),
    (Operator.IS_NULL, None, None, (T, F, T, F, F, F)),
    (Operator.IS_NOT_NULL, None, "PT", (T, T, F, T, T, T)),
    (Operator.IN, "PT,DE,FR", "DE", (T, F, F, U, U, U)),
    (Operator.NOT_IN, "PT,DE,FR", "GB", (T, T, F, U, U, U)),
]
OTHER = "something else"


def judged(operator: Operator, written: str | None, seen: Value) -> Truth:
    return compile_clause(a_clause("country", operator, written)).evaluate(seen).truth


@pytest.mark.parametrize(("operator", "written", "hit", "truths"), TABLE, ids=str)
def test_operator_judges_every_kind_of_value(
    operator: Operator, written: str | None, hit: Value, truths: tuple[Truth, ...]
) -> None:
    seen = (hit, OTHER, None, True, False, MANY)
    assert tuple(judged(operator, written, value) for value in seen) == truths
    # Null, an empty text and an empty list are one thing: no value.
    assert judged(operator, written, "") is judged(operator, written, None)
    assert judged(operator, written, ()) is judged(operator, written, None)


def test_table_has_all_fourteen_operators() -> None:
    assert [operator for operator, *_ in TABLE] == list(Operator)


@pytest.mark.parametrize(
    ("operator", "written", "seen", "truth"),
    [
        (Operator.EQUALS, "PT", "pt", F),
        (Operator.NOT_EQUALS, "PT", "pt", T),
        (Operator.INCLUDES, "PORT", "Portugal", F),
        (Operator.ENDS_WITH, "GAL", "Portugal", F),
        (Operator.REGEX_MATCH, "^p", "Portugal", F),
        (Operator.REGEX_MATCH, "(?i)^p", "Portugal", T),
        (Operator.REGEX_MATCH, "tug", "Portugal", T),  # searched for, not anchored
        (Operator.REGEX_MATCH, r"^\d{2}$", "007", F),
        (Operator.IN, "PT,DE", "pt", F),
        (Operator.IN, "PT,DE", "T,D", T),  # contained in the text; it is no list
        (Operator.NOT_IN, "PT,DE", "P", F),
        (Operator.EQUALS, "7", 7, T),
        (Operator.EQUALS, "7", 7.0, U),
        (Operator.EQUALS, "007", "7", F),
        (Operator.GREATER_THAN, "10", "10", F),
        (Operator.GREATER_THAN, "10", "011", T),
        (Operator.GREATER_THAN, "9" * 5000, "1" + "0" * 5000, T),
        (Operator.GREATER_THAN, "0", "-1", F),
        (Operator.GREATER_THAN, "0", "1.5", F),
        (Operator.GREATER_THAN, "0", "²", F),
        (Operator.GREATER_THAN_OR_EQUALS, "0", "000", T),
        (Operator.GREATER_THAN_OR_EQUALS, "5", 4, F),
    ],
)
def test_case_type_and_size_follow_the_rules(
    operator: Operator, written: str, seen: Value, truth: Truth
) -> None:
    assert judged(operator, written, seen) is truth


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
        (Operator.INCLUDES, "x", MANY, "country has several values"),
        (Operator.GREATER_THAN, "5", "many", "country is not a whole number"),
    ],
)
def test_result_says_why_without_the_persons_value(
    operator: Operator, written: str | None, seen: Value, why: str
) -> None:
    clause = a_clause("country", operator, written)
    result = compile_clause(clause).evaluate(seen)
    assert result == ClauseResult(clause, seen, result.truth, why)


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
        result = compiled.evaluate(seen)
        assert (result.truth, result.why) == (U, message)


@pytest.mark.parametrize("pattern", ["(", "(a+)+$"])
def test_pattern_that_cannot_run_decides_nothing(pattern: str) -> None:
    compiled = compile_clause(a_clause("country", Operator.NOT_REGEX_MATCH, pattern))
    assert compiled.fault is not None
    assert compiled.fault.code == "bad-pattern"
    assert compiled.evaluate("PT").truth is U


@pytest.mark.parametrize("operator", [Operator.REGEX_MATCH, Operator.NOT_REGEX_MATCH])
def test_pattern_that_runs_out_of_time_decides_nothing(operator: Operator) -> None:
    # Four loops over 80,000 characters: no machine is done in time.
    clause = a_clause("country", operator, "a.*b.*c.*d.*e")
    result = compile_clause(clause).evaluate("abcd" * 20_000)
    assert result.truth is U
    assert result.why == f'country {operator} "a.*b.*c.*d.*e" took too long'


def test_description_reads_like_the_manifest() -> None:
    assert describe(a_clause("country", Operator.IN, 'P"T')) == 'country & "P\\"T"'
    assert describe(a_clause("manager", Operator.IS_NOT_NULL)) == "manager IS NOT NULL"


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
