"""Surprises that show only beside the people and groups that are declared."""

from __future__ import annotations

import pytest

from reconciler.desired.population_checks import CODES, surprises
from reconciler.model.declared import Declared
from reconciler.model.diagnostic import Position
from reconciler.model.identity import Kind
from reconciler.model.path import Value
from reconciler.model.scoping import FilterGroup, Operator
from tests.unit.desired.builders_desired import (
    FILTER_AT,
    NOW,
    USER_NAME,
    a_clause,
    a_filter,
    a_group,
    a_mapping,
    a_tree,
    a_user,
    an_entry,
    constant,
    direct,
    expression,
)


def told(tree: Declared) -> list[tuple[str, Position | None]]:
    found = surprises(tree, as_of=NOW)
    assert {d.severity for d in found} <= {"warning"}
    assert {d.code for d in found} <= set(CODES)
    return [(d.code, d.at) for d in found]


def a_country_tree(*countries: Value, entry: FilterGroup, kind: Kind = Kind.USER) -> Declared:
    people = [a_user(f"e{n}", country=country) for n, country in enumerate(countries)]
    return a_tree(users=people, filters=[a_filter(entry, kind=kind)])


PT = an_entry(a_clause("country", Operator.EQUALS, "PT"))
FAILS = an_entry(when="int(user.country) == 1")


@pytest.mark.parametrize(
    ("countries", "entry", "code"),
    [
        (("PT", "PT"), PT, "filter-admits-everybody"),
        (("DE", "DE"), PT, "filter-admits-nobody"),
        (("PT", "DE"), PT, None),
        (("PT",), PT, None),  # one person says nothing about a filter
        (("x", "x"), FAILS, None),  # neither: nothing could be decided
        (("1", "x"), FAILS, None),
        (("DE", "x"), an_entry(when='"ops" in user.memberOf'), None),  # known at a target only
        (("PT", "DE"), an_entry(), None),
    ],
)
def test_filter_that_lets_in_nobody_or_everybody(
    countries: tuple[Value, ...], entry: FilterGroup, code: str | None
) -> None:
    expected = [] if code is None else [(code, FILTER_AT)]
    assert told(a_country_tree(*countries, entry=entry)) == expected


def test_filter_without_entries_was_an_error_already() -> None:
    assert told(a_tree(users=[a_user("e1"), a_user("e2")], filters=[a_filter()])) == []


def test_filter_of_groups_is_asked_of_groups() -> None:
    by_name = a_filter(an_entry(a_clause("displayName", Operator.EQUALS, "x")), kind=Kind.GROUP)
    tree = a_tree(groups=[a_group("a"), a_group("b")], filters=[by_name])
    assert told(tree) == [("filter-admits-nobody", FILTER_AT)]


def test_attribute_that_nobody_has_is_named_where_it_is_read() -> None:
    entry = an_entry(
        a_clause("country", Operator.EQUALS, "PT", line=6),
        a_clause("manager.city", Operator.EQUALS, "x", line=7),
        a_clause("memberOf", Operator.IS_NOT_NULL, line=8),
        when="user.division == null || manager != null && manager.state == null",
    )
    mapping = a_mapping(
        USER_NAME,
        direct("externalId", "objectId"),
        direct("title", "jobTitle"),
        direct("nickName", "country"),
        expression("displayName", 'Join(" ", [givenName], [country], [IsSoftDeleted])'),
        expression("locale", "Join("),
        constant("userType", "x"),
    )
    people = [a_user("e1", country="PT"), a_user("e2", country="DE")]
    tree = a_tree(users=people, filters=[a_filter(entry)], user_mapping=mapping)
    assert told(tree) == [
        ("attribute-never-declared", Position("filters.yaml", 4)),
        ("attribute-never-declared", Position("filters.yaml", 4)),
        ("attribute-never-declared", Position("filters.yaml", 7)),
        ("attribute-never-declared", Position("mappings.yaml", 10)),
        ("attribute-never-declared", Position("mappings.yaml", 50)),
    ]
    # Where nobody is declared, nobody could have it.
    assert told(a_tree(filters=[a_filter(entry)], user_mapping=mapping)) == []
