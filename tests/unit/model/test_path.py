"""Attribute paths: what they read, and what is none."""

from __future__ import annotations

import pytest

from reconciler.model.path import ENTERPRISE_USER, Json, PathError, Selector, fold, parse_path

ADA: dict[str, Json] = {
    "userName": "ada@zone.example",
    "Name": {"givenName": "Ada"},
    "emails": [
        {"type": "home", "value": "ada@home.example"},
        {"Type": "WORK", "value": "ada@zone.example", "primary": True},
        "not an object",
    ],
    "flags": "text",
    ENTERPRISE_USER: {"department": "NetSec"},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("userName", "ada@zone.example"),
        ("USERNAME", "ada@zone.example"),
        ("name.givenName", "Ada"),
        ("name.familyName", None),
        ("userName.sub", None),
        ('emails[type eq "work"].value', "ada@zone.example"),
        ('emails[type EQ "home"].value', "ada@home.example"),
        ("emails[primary eq true].value", "ada@zone.example"),
        ('emails[type eq "other"].value', None),
        ('flags[type eq "work"].value', None),
        ('nothing[type eq "work"].value', None),
        (f"{ENTERPRISE_USER}:department", "NetSec"),
        ("urn:example:none:2.0:User:department", None),
        ("urn:ietf:params:scim:schemas:core:2.0:User:userName", "ada@zone.example"),
    ],
)
def test_a_path_reads_by_meaning_not_by_spelling(path: str, value: Json) -> None:
    folded = fold(ADA)
    assert isinstance(folded, dict)
    assert parse_path(path).read(folded) == value


@pytest.mark.parametrize(
    "text",
    ["", " ", "a.b.c", "emails[type]", "emails[type ne 'x'].value", "emails[].value", "1a", "a b"],
)
def test_what_is_no_path_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(PathError, match="expected `userName`"):
        parse_path(text)


def test_a_selector_keeps_quotes_and_backslashes() -> None:
    path = parse_path(r'emails[type eq "a\"b\\c"].value')
    assert path.selector is not None
    assert path.selector.value == 'a"b\\c'


def test_spelling_does_not_make_two_paths() -> None:
    assert parse_path("userName") == parse_path("USERNAME")
    assert parse_path("urn:ietf:params:scim:schemas:core:2.0:User:userName") == parse_path(
        "username"
    )
    assert len({parse_path("displayName"), parse_path("displayname")}) == 1
    assert parse_path("userName") != "userName"


def test_the_written_spelling_is_what_is_shown() -> None:
    assert str(parse_path("UserName")) == "UserName"


def test_folding_reaches_every_level_and_leaves_values_alone() -> None:
    assert fold({"A": [{"B": "C"}], "D": None}) == {"a": ({"b": "C"},), "d": None}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r"a\"b", 'a"b'),
        (r"a\\\"b", 'a\\"b'),
        (r"bell \u0007 here", "bell \u0007 here"),
        (r"\/\t\n", "/\t\n"),
        ("bell \u0007 here", "bell \u0007 here"),
    ],
)
def test_what_picks_an_element_is_a_value_of_json(written: str, value: str) -> None:
    """Also where it was spelled by us, so that a path means the same when it is read again."""
    path = parse_path(f'emails[type eq "{written}"].value')
    assert path.selector == Selector("type", value)


def test_an_escape_that_json_does_not_know_makes_no_path() -> None:
    with pytest.raises(PathError):
        parse_path(r'emails[type eq "\x"].value')
