"""Filters as text and as trees."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.simulator.errors import FilterError, ScimError
from reconciler.simulator.filters.grammar import (
    MAX_DEPTH,
    MAX_LENGTH,
    And,
    Compare,
    Filter,
    Has,
    Name,
    Not,
    Operator,
    Or,
    PathText,
    Present,
    parse_filter,
    parse_path,
    print_filter,
)
from tests.unit.simulator.builders_simulator import UNHURRIED

A, B, C = (Present(Name(name)) for name in "abc")
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('userName eq "ada"', Compare(Name("userName"), Operator.EQ, "ada")),
        ('USERNAME Eq "ada"', Compare(Name("USERNAME"), Operator.EQ, "ada")),
        ('name.familyName co "O\'M"', Compare(Name("name", "familyName"), Operator.CO, "O'M")),
        ('title sw "a\\"b\\\\"', Compare(Name("title"), Operator.SW, 'a"b\\')),
        ('title ew "\\u00e9"', Compare(Name("title"), Operator.EW, "é")),
        ("active ne TRUE", Compare(Name("active"), Operator.NE, True)),
        ("title eq null", Compare(Name("title"), Operator.EQ, None)),
        ("n gt -1.5e3", Compare(Name("n"), Operator.GT, -1500.0)),
        ("n le 7", Compare(Name("n"), Operator.LE, 7)),
        ("title pr", Present(Name("title"))),
        (
            f'{ENTERPRISE}:manager.value eq "7"',
            Compare(Name("manager", "value", ENTERPRISE), Operator.EQ, "7"),
        ),
        ("a pr and b pr or c pr", Or((And((A, B)), C))),
        ("a pr or b pr and c pr", Or((A, And((B, C))))),
        ("(a pr or b pr) and c pr", And((Or((A, B)), C))),
        ("not (a pr) and b pr", And((Not(A), B))),
        ("NOT(a pr)", Not(A)),
        ("a pr AND (b pr)", And((A, B))),
        (
            'emails[type eq "work" and value co "@x"]',
            Has(
                Name("emails"),
                And(
                    (
                        Compare(Name("type"), Operator.EQ, "work"),
                        Compare(Name("value"), Operator.CO, "@x"),
                    )
                ),
            ),
        ),
        ("  a pr  ", A),
        ("not pr", Present(Name("not"))),
    ],
)
def test_a_filter_reads_as_the_rfc_says(text: str, tree: Filter) -> None:
    assert parse_filter(text) == tree


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "userName",
        "userName eq",
        'userName is "ada"',
        "userName eq ada",
        "userName eq 'ada'",
        'userName eq "ada',
        'userName eq "a\\x"',
        "n eq 007",
        "n eq 1e999",
        "n eq NaN",
        "n eq [1]",
        "n eq " + "9" * 5000,
        'userName eq "ada" xor title pr',
        "a pr and",
        "a pr or or b pr",
        "(a pr",
        "a pr)",
        "not a pr",
        "emails[type pr",
        "emails[]",
        'emails[type eq "work"].value eq "x"',
        "a.b.c pr",
        "1a pr",
        "a pr\tor b pr",
        "(" * (MAX_DEPTH + 1) + "a pr" + ")" * (MAX_DEPTH + 1),
        "a pr or " * (MAX_LENGTH // 8) + "a pr",
    ],
)
def test_what_is_no_filter_is_refused_as_one(text: str) -> None:
    with pytest.raises(FilterError) as refused:
        parse_filter(text)
    assert (refused.value.status, refused.value.scim_type) == (400, "invalidFilter")


def test_the_message_says_where_the_filter_is_wrong() -> None:
    with pytest.raises(
        FilterError, match="character 7: expected an operator such as eq after title"
    ):
        parse_filter("title is 3")
    with pytest.raises(FilterError, match="character 10: expected a value"):
        parse_filter("title eq x")


def test_as_deep_as_allowed_is_read() -> None:
    assert parse_filter("(" * MAX_DEPTH + "a pr" + ")" * MAX_DEPTH) == A


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("userName", PathText(Name("userName"))),
        ("name.givenName", PathText(Name("name", "givenName"))),
        (
            'emails[type eq "work"].value',
            PathText(Name("emails"), Compare(Name("type"), Operator.EQ, "work"), "value"),
        ),
        (
            f"{ENTERPRISE}:manager.displayName",
            PathText(Name("manager", "displayName", ENTERPRISE)),
        ),
        ('members[value eq "a]b"]', PathText(Name("members"), parse_filter('value eq "a]b"'))),
    ],
)
def test_a_patch_path_reads_as_the_rfc_says(text: str, path: PathText) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize(
    ("text", "scim_type"),
    [
        ("", "invalidPath"),
        ("emails.", "invalidPath"),
        ("a.b.c", "invalidPath"),
        ("emails[type pr].value.x", "invalidPath"),
        ("name.x[type pr]", "invalidPath"),
        ("emails[type pr] ", "invalidPath"),
        ("emails[type]", "invalidFilter"),
        ('emails[type eq "work"', "invalidFilter"),
    ],
)
def test_what_is_no_path_is_refused_as_one(text: str, scim_type: str) -> None:
    with pytest.raises(ScimError) as refused:
        parse_path(text)
    assert (refused.value.status, refused.value.scim_type) == (400, scim_type)


words = st.from_regex(r"\$?[A-Za-z][A-Za-z0-9_\-]{0,6}", fullmatch=True)
urns = st.sampled_from([None, ENTERPRISE, "urn:x:y", "URN:a.b:2.0:U-v_w"])
names = st.builds(Name, words, st.none() | words, urns)
literals = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=12)
)
leaves = st.builds(Compare, names, st.sampled_from(Operator), literals) | st.builds(Present, names)


def joined(trees: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    several = st.lists(trees, min_size=2, max_size=4).map(tuple)
    return (
        st.builds(And, several)
        | st.builds(Or, several)
        | st.builds(Not, trees)
        | st.builds(Has, names, trees)
    )


@UNHURRIED
@given(st.recursive(leaves, joined, max_leaves=15))
def test_a_printed_filter_parses_to_the_same_tree(tree: Filter) -> None:
    assert parse_filter(print_filter(tree)) == tree


PIECES = [
    *("userName", "emails", "not", "and", "or", "pr", "eq", "co", "(", ")", "[", "]", " ", "."),
    *('"x"', '"', "\\", "true", "null", "1e5", "-", "urn:a:b", ":", "é", "\x00", "\ud800"),
]


@UNHURRIED
@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_text_is_a_filter_or_a_filter_error(text: str) -> None:
    try:
        tree = parse_filter(text)
    except FilterError:
        return
    assert parse_filter(print_filter(tree)) == tree


@UNHURRIED
@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_text_is_a_path_or_an_error_that_can_be_answered(text: str) -> None:
    with contextlib.suppress(ScimError):
        assert parse_path(text).name.name in text
