"""What filters select."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.simulator.definitions import USER
from reconciler.simulator.errors import FilterError
from reconciler.simulator.filters.evaluation import compile_filter
from reconciler.simulator.filters.grammar import (
    Compare,
    Filter,
    Not,
    Operator,
    Present,
    parse_filter,
    parse_name,
    print_filter,
)
from reconciler.simulator.values import Document
from tests.unit.simulator.builders_simulator import CORE_USER, ENTERPRISE, UNHURRIED
from tests.unit.simulator.test_filter_grammar import joined

ADA: Document = {
    "id": "A1",
    "externalId": "Ext-1",
    "userName": "Ada@zone.example",
    "active": False,
    "title": "Élan",
    "nickName": "",
    "name": {"familyName": "Lovelace"},
    "emails": [
        {"type": "work", "value": "ada@zone.example", "primary": True},
        {"type": "home", "value": "ada@home.example"},
    ],
    "roles": [{"value": "admin"}],
    ENTERPRISE: {"department": "NetSec", "manager": {"value": "M9"}},
    "meta": {"lastModified": "2026-03-01T12:00:00.000Z", "resourceType": "User"},
}


def selects(text: str) -> bool:
    return compile_filter(parse_filter(text), USER)(ADA)


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "ADA@ZONE.EXAMPLE"',  # caseExact is false
        'username sw "ada"',
        'title eq "\\u00c9LAN"',
        'title eq "e\\u0301lan"',  # composed and decomposed are one text (RFC 7644 §5)
        'id eq "A1"',
        'externalId ne "ext-1"',  # caseExact is true
        'displayName ne "x"',  # no value is not "x"
        "displayName eq null",
        "title ne null",
        "active eq false",
        "active ne true",
        "active pr",
        "not (nickName pr)",
        "not (displayName pr)",
        "emails pr",
        'emails co "home.example"',  # its `value`
        'emails.value ew "@home.example"',
        'emails.type eq "work" and emails.value co "home"',  # each of another element
        'not (emails[type eq "work" and value co "home"])',  # of one element
        'emails[type eq "work" and primary eq true]',
        'emails[not (type eq "work")]',
        'emails.type ne "work"',  # one of them is not
        'name.familyName gt "LOVE"',
        'name.familyName le "lovelace"',
        f'{ENTERPRISE}:department eq "netsec"',
        f'{ENTERPRISE}:manager.value eq "M9"',
        f'{ENTERPRISE}:manager eq "M9"',
        f'{CORE_USER}:userName eq "ada@zone.example"',
        f"{CORE_USER.upper()}:USERNAME pr",
        'meta.lastModified ge "2026-03-01T13:00:00+01:00"',  # an instant, not a text
        'meta.lastModified lt "2026-03-01T12:00:00.001Z"',
        'meta.lastModified eq "2026-03-01T12:00:00Z"',
        'meta.lastModified sw "2026-03"',
        'department ne "x"',  # only with its URN is it the extension's
        "not (urn:x:y:title pr)",
        'title eq "x" or userName sw "ada" and active eq false',
    ],
)
def test_ada_is_selected(text: str) -> None:
    assert selects(text)
    assert selects(print_filter(parse_filter(text)))


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "ada"',
        'externalId eq "ext-1"',
        'id eq "a1"',
        'displayName eq "x"',
        'displayName co "x"',
        "displayName ne null",
        "active eq true",
        "nickName pr",
        "nosuch pr",
        'nosuch eq "x"',
        "password pr",
        'emails.type eq "other"',
        'emails[type eq "work" and value co "home"]',
        'emails[nosuch eq "x"]',
        'emails[urn:x:type eq "work"]',
        'nosuch[type eq "work"]',
        'phoneNumbers[type eq "work"]',
        'department eq "NetSec"',
        "not (userName pr)",
        'meta.lastModified gt "2026-03-01T12:00:00Z"',
        'title eq "x" or userName eq "x"',
    ],
)
def test_ada_is_not_selected(text: str) -> None:
    assert not selects(text)


@pytest.mark.parametrize(
    "text",
    [
        "active gt true",
        'active eq "true"',
        "active co true",
        'x509Certificates.value lt "x"',
        "userName eq 7",
        "userName gt true",
        "userName gt null",
        'name eq "Lovelace"',
        'name[familyName co "x"] and name co "x"',
        'title[value eq "x"]',
        'meta.lastModified gt "yesterday"',
        'meta.lastModified gt "2026-03-01"',
        'meta.lastModified gt "0001-01-01T00:00:00+05:00"',
    ],
)
def test_what_cannot_be_compared_is_refused_before_anything_is_looked_at(text: str) -> None:
    with pytest.raises(FilterError):
        compile_filter(parse_filter(text), USER)


NAMES = (
    *("id", "userName", "active", "title", "name", "name.familyName", "meta", "meta.lastModified"),
    *("emails", "emails.type", "emails.value", "emails.primary", "groups", "value", "type", "no"),
)
known = st.sampled_from(NAMES).map(parse_name)
values = st.sampled_from([None, True, 3, "", "work", "ada@zone.example", "2026-03-01T12:00:00Z"])
questions = st.builds(Compare, known, st.sampled_from(Operator), values) | st.builds(Present, known)


@UNHURRIED
@given(st.recursive(questions, joined, max_leaves=10))
def test_a_filter_is_refused_or_says_yes_or_no_and_its_print_the_same(tree: Filter) -> None:
    text = print_filter(tree)
    try:
        direct = compile_filter(tree, USER)(ADA)
    except FilterError:
        with pytest.raises(FilterError):
            compile_filter(parse_filter(text), USER)
        return
    assert compile_filter(parse_filter(text), USER)(ADA) is direct


@UNHURRIED
@given(st.recursive(questions, joined, max_leaves=10))
def test_a_negation_says_the_opposite(tree: Filter) -> None:
    try:
        direct = compile_filter(tree, USER)(ADA)
    except FilterError:
        return
    assert compile_filter(Not(tree), USER)(ADA) is not direct
