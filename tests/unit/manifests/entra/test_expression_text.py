"""Expressions as text and as parameter tree: the one from the other, and whether they agree."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.desired.expressions import Program, compile_expression
from reconciler.desired.expressions.functions import FUNCTIONS
from reconciler.desired.expressions.grammar import parse
from reconciler.desired.expressions.program import ExpressionError
from reconciler.desired.expressions.syntax import Call, Literal, Span
from reconciler.manifests.entra.expression_text import (
    differs,
    rebuilt,
    source_of,
    text_of,
)
from reconciler.manifests.entra.shapes import Parameter, Source, SourceKind

EXPRESSIONS = [
    'Switch([IsSoftDeleted], , "False", "True", "True", "False")',
    'Replace([mail], , "(?<l>[^@]+)@", , "x", , )',
    'Replace([a], "x", , , "y")',
    'IIF([country] = "PT", Mid([a], 1, 3), Foo([b], , "\\"q\\""))',
    'Join("-", [a], [b], 3)',
    'FormatDateTime([x], , "a", "b")',
    'InStr("B", "a", 1, vbTextCompare)',
    "BitAnd(&H1F, -2)",
    "CBool([a] <> [b])",
    "Now()",
    "[mail]",
    '"back\\\\slash"',
]


def tree_only(source: Source) -> Source:
    """The same tree without texts, but for constants: only their text says what they are."""
    return replace(
        source,
        expression=source.expression if source.type is SourceKind.CONSTANT else None,
        parameters=tuple(
            replace(p, value=None if p.value is None else tree_only(p.value))
            for p in source.parameters
        ),
    )


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_a_text_survives_as_a_tree(text: str) -> None:
    node = parse(text)
    assert not isinstance(node, ExpressionError)
    source = source_of(node, text)
    bare = tree_only(source)
    assert source.expression == text
    assert text_of(rebuilt(bare)) == text.replace(", , )", ")")
    assert not differs(node, source)
    assert not differs(node, bare)


def test_arguments_are_placed_by_their_keys() -> None:
    def constant(text: str) -> Source:
        return Source(name=text, type=SourceKind.CONSTANT)

    tree = Source(
        name="Replace",
        type=SourceKind.FUNCTION,
        parameters=(
            Parameter("Replacement", constant("new")),
            Parameter("SOURCE", Source(name="mail", type=SourceKind.ATTRIBUTE)),
            Parameter("regularExpression", constant("a+")),
        ),
    )
    assert text_of(rebuilt(tree)) == 'Replace([mail], , "a+", , "new")'


def test_unknown_functions_keep_the_order_of_their_arguments() -> None:
    tree = Source(
        name="Mystery",
        type=SourceKind.FUNCTION,
        parameters=(
            Parameter("b", Source(name="mail", type=SourceKind.ATTRIBUTE)),
            Parameter("a", None),
            Parameter("c", Source(expression="Now()")),
        ),
    )
    assert text_of(rebuilt(tree)) == "Mystery([mail], , Now())"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ('Join(" ", [a], [b])', 'Join(" ", [b], [a])'),
        ('Join(" ", [a])', 'Join("", [a])'),
        ("ToLower([a])", "ToUpper([a])"),
        ("Mid([a], 1, 2)", "Mid([a], 1, 3)"),
        ("Not([a])", "Not([A])"),
        ('CBool([a] = "x")', 'CBool([a] <> "x")'),
        ('Switch([a], , "x", "y")', 'Switch([a], "d", "x", "y")'),
        ('"staff"', '"Staff"'),
    ],
)
def test_another_meaning_is_seen(left: str, right: str) -> None:
    one, other = parse(left), parse(right)
    assert not isinstance(one, ExpressionError)
    assert not isinstance(other, ExpressionError)
    assert differs(one, source_of(other, right))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('FormatDateTime([x], "a", "b")', 'FormatDateTime([x], , "a", "b")'),
        ("Mid([a], 1, 2)", 'Mid([a], "1", "2")'),
        ('Replace([a], "x", , , "y", , )', 'Replace([a], "x", , , "y")'),
    ],
)
def test_what_a_tree_cannot_tell_apart_is_no_difference(text: str, tree: str) -> None:
    one, other = parse(text), parse(tree)
    assert not isinstance(one, ExpressionError)
    assert not isinstance(other, ExpressionError)
    assert not differs(one, source_of(other, tree))


def test_a_function_without_parameters_says_nothing_about_them() -> None:
    node = parse("ToLower([mail])")
    assert not isinstance(node, ExpressionError)
    assert not differs(node, Source(name="ToLower", type=SourceKind.FUNCTION))


@given(st.text(max_size=30))
@settings(max_examples=100, deadline=None)
def test_every_text_can_be_quoted(text: str) -> None:
    node = Call("F", (Literal(text, Span(0, 0)),), Span(0, 0))
    again = parse(text_of(node))
    assert isinstance(again, Call)
    (literal,) = again.arguments
    assert isinstance(literal, Literal)
    assert literal.text == text


@pytest.mark.parametrize(
    ("find", "replacement"), [("Find", "Replacement"), ("oldValue", "replacementValue")]
)
def test_tree_of_replace_may_use_the_names_of_graph_or_of_the_function_reference(
    find: str, replacement: str
) -> None:
    def constant(text: str) -> Source:
        return Source(f'"{text}"', text, SourceKind.CONSTANT)

    tree = Source(
        None,
        "Replace",
        SourceKind.FUNCTION,
        (
            Parameter(replacement, constant("y")),
            Parameter("source", Source("[a]", "a", SourceKind.ATTRIBUTE)),
            Parameter(find, constant("x")),
        ),
    )
    assert text_of(rebuilt(tree)) == 'Replace([a], "x", , , "y")'


NAMES = st.sampled_from([*FUNCTIONS, "=", "<>", ">=", "Zzz", "[a]", '"x"', "a]b", "", "&H1F", "7"])
KEYS = st.sampled_from(["source", "key", "value", "Find", "oldValue", "switchValue", "zzz", ""])


def trees(inner: st.SearchStrategy[Source]) -> st.SearchStrategy[Source]:
    parameters = st.lists(st.builds(Parameter, KEYS, inner), max_size=7).map(tuple)
    return st.builds(
        Source,
        st.none() | NAMES,
        NAMES,
        st.sampled_from(SourceKind) | st.none(),
        parameters,
    )


LEAF = st.builds(Source, st.none() | NAMES, NAMES, st.sampled_from(SourceKind), st.just(()))


@given(st.recursive(LEAF, trees, max_leaves=10))
def test_any_tree_becomes_a_text_that_is_an_expression_or_refused(source: Source) -> None:
    program = compile_expression(text_of(rebuilt(source)))
    if isinstance(program, Program):
        assert repr(program.evaluate({})) == repr(program.evaluate({}))
    else:
        assert program.message
