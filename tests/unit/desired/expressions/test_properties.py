"""Statements over expressions that nobody wrote: total, deterministic, bounded."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.desired.expressions import (
    Candidates,
    Context,
    EvaluationFailure,
    ExpressionError,
    Hidden,
    Ignore,
    Program,
    compile_expression,
)
from reconciler.desired.expressions.functions import FUNCTIONS
from reconciler.desired.expressions.values import MAX_TEXT, MAX_VALUES
from reconciler.desired.mapping import Mapped, compile_mapping
from reconciler.desired.subjects import source_user
from reconciler.model.declared import User
from reconciler.model.identity import Kind, UserKey
from reconciler.model.mapping import MappingRule
from reconciler.model.path import Scalar, Value
from reconciler.model.profile import RFC7644
from tests.builders import A_KEY
from tests.unit.desired.builders_desired import USERS_AT, a_mapping, expression

NAMES = ("a", "b", "c")
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            *("", "True", "0", "7", "-3", "1.5", "133536816000000000", "d", "ww", "yyyy-MM-dd"),
            *("3/15/2024 9:05:00 AM", "2024-03-15T12:00:00Z", "n", "(?<n>a)", "${n}", "[a-z]+"),
            *("x;y", "é"),
        ]
    ),
)
SCALARS: st.SearchStrategy[Scalar] = st.one_of(
    TEXTS, st.integers(), st.floats(), st.booleans(), st.none()
)
VALUES: st.SearchStrategy[Value] = st.one_of(SCALARS, st.lists(SCALARS, max_size=4).map(tuple))
OBJECTS = st.dictionaries(st.sampled_from(NAMES), VALUES)

LEAVES = st.one_of(
    st.sampled_from([f"[{name}]" for name in NAMES]),
    TEXTS.map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.integers(-5, 40).map(str),
    st.sampled_from(["&H1F", "vbTextCompare", "vbBinaryCompare", ""]),
)


def calls(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    compared = st.tuples(inner, st.sampled_from(["=", "<>", "<", ">="]), inner).map(" ".join)
    arguments = st.lists(st.one_of(inner, compared), max_size=7).map(", ".join)
    known = st.sampled_from(sorted(FUNCTIONS))
    return st.one_of(
        st.tuples(st.sampled_from(sorted({*FUNCTIONS, "Zzz"})), arguments).map(
            lambda made: f"{made[0]}({made[1]})"
        ),
        # The right number of arguments, so that most of what is made here runs.
        known.flatmap(
            lambda name: st.lists(
                inner,
                min_size=FUNCTIONS[name].forms[0].least,
                max_size=len(FUNCTIONS[name].forms[0].parameters),
            ).map(lambda made: f"{name}({', '.join(made)})")
        ),
    )


CONTEXT = Context(datetime(2026, 6, 15, 12, tzinfo=UTC), A_KEY, "zone.example", ("app",))
EXPRESSIONS = st.recursive(LEAVES, calls, max_leaves=8)


@settings(max_examples=400, deadline=None)
@given(EXPRESSIONS, OBJECTS)
def test_expression_gives_a_bounded_value_the_same_every_time(
    text: str, attributes: dict[str, Value]
) -> None:
    program = compile_expression(text)
    if isinstance(program, ExpressionError):
        assert program.message
        assert 0 <= program.offset <= len(text)
        return
    result = program.evaluate(attributes, CONTEXT)
    assert repr(result) == repr(program.evaluate(attributes, CONTEXT))
    match result:
        case EvaluationFailure(function, reason):
            assert function
            assert reason
        case str():
            assert len(result) <= MAX_TEXT
        case tuple():
            assert len(result) <= MAX_VALUES
        case Candidates(values=values):
            assert all(value not in {None, ""} for value in values)
        case Ignore() | int() | float() | None:
            pass
    (*_, last) = program.trace(attributes, CONTEXT)
    assert repr(last.result) == repr(result) or (program.hides and last.result == Hidden())


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet='Append(LeftIIF)[a]"x\\,= <>-&H1é\n“', max_size=40))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    program = compile_expression(text)
    if isinstance(program, ExpressionError):
        assert program.message
        assert 0 <= program.offset <= len(text)


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS, OBJECTS)
def test_failure_never_quotes_a_value(text: str, attributes: dict[str, Value]) -> None:
    marked = {name: "QCANARYQ" if value else value for name, value in attributes.items()}
    program = compile_expression(text)
    if isinstance(program, Program):
        result = program.evaluate(marked)
        if isinstance(result, EvaluationFailure):
            assert "QCANARYQ" not in result.reason


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS, OBJECTS, st.randoms(use_true_random=False))
def test_order_of_the_attributes_decides_nothing(
    text: str, attributes: dict[str, Value], shuffler: Random
) -> None:
    program = compile_expression(text)
    if isinstance(program, Program):
        items = list(attributes.items())
        shuffler.shuffle(items)
        assert repr(program.evaluate(dict(items))) == repr(program.evaluate(attributes))


@settings(max_examples=100, deadline=None)
@given(st.lists(EXPRESSIONS, min_size=1, max_size=4), OBJECTS)
def test_order_of_the_rules_decides_nothing(texts: list[str], attributes: dict[str, Value]) -> None:
    """Each attribute of a target is worked out for itself, random ones included."""
    rules = [expression(f"attribute{n}", text) for n, text in enumerate(texts)]
    source = source_user(User(UserKey("e1"), attributes, USERS_AT))

    def applied(given: list[MappingRule]) -> Mapped:
        compiled = compile_mapping(a_mapping(*given), RFC7644.of(Kind.USER), CONTEXT)
        return compiled.apply(source, soft_deleted=False)

    one, other = applied(rules), applied(rules[::-1])
    assert repr(sorted(one.values.items(), key=str)) == repr(sorted(other.values.items(), key=str))
    assert (one.failure is None) == (other.failure is None)


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS, OBJECTS)
def test_trace_shows_nothing_of_what_is_redacted(text: str, attributes: dict[str, Value]) -> None:
    marked = {name: "QCANARYQ" if value else value for name, value in attributes.items()}
    program = compile_expression(text)
    if isinstance(program, Program):
        for step in program.trace(marked, CONTEXT, frozenset(NAMES)):
            assert "QCANARYQ" not in repr(step.result)


@settings(max_examples=200, deadline=None)
@given(EXPRESSIONS, OBJECTS)
def test_program_reads_nothing_that_it_does_not_name(
    text: str, attributes: dict[str, Value]
) -> None:
    program = compile_expression(text)
    if isinstance(program, Program):
        named = {n: v for n, v in attributes.items() if n in program.attributes}
        assert repr(program.evaluate(named)) == repr(program.evaluate(attributes))
