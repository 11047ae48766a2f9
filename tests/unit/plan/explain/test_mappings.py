"""What `explain` says of references, and of what a mapping or a provider leaves as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.attributes import MANAGER, Characteristics, Mutability, Returned
from reconciler.model.declared import User
from reconciler.model.mapping import Apply
from reconciler.model.path import Json, Value
from reconciler.model.profile import RFC7644
from reconciler.plan.explain.values import Comparison
from tests.unit.desired.builders_desired import (
    USER_NAME,
    a_mapping,
    a_tree,
    a_user,
    constant,
    direct,
    expression,
)
from tests.unit.plan.builders_plan import holding, live_user
from tests.unit.plan.explain.builders_explain import explained
from tests.unit.plan.organisations import manager

BOSS = a_user("boss")
NAMES = direct(MANAGER.text, "manager")


@pytest.mark.parametrize(
    ("ada", "held", "apply", "wanted", "live", "comparison"),
    [
        (a_user("ada", manager="boss"), "u-boss", Apply.ALWAYS, "boss", "boss", Comparison.SAME),
        (a_user("ada", manager="boss"), "u-9", Apply.ALWAYS, "boss", "id:u-9", Comparison.DIFFERS),
        (a_user("ada", manager="boss"), None, Apply.ALWAYS, "boss", None, Comparison.DIFFERS),
        (
            a_user("ada", manager="boss"),
            "u-9",
            Apply.ON_CREATE,
            "boss",
            "id:u-9",
            Comparison.ON_CREATE,
        ),
        (a_user("ada", manager="boss"), "u-9", Apply.IF_EMPTY, "boss", "id:u-9", Comparison.KEPT),
        (a_user("ada"), "u-9", Apply.ALWAYS, None, "id:u-9", Comparison.NOT_MANAGED),
    ],
)
def test_reference_is_explained_by_the_keys_of_people(
    ada: User,
    held: str | None,
    apply: Apply,
    wanted: str | None,
    live: str | None,
    comparison: Comparison,
) -> None:
    mapping = a_mapping(USER_NAME, replace(NAMES, apply=apply))
    actual = holding(live_user("u-ada", None, **manager(held)), live_user("u-boss"))
    found = explained(a_tree(users=[ada, BOSS], user_mapping=mapping), actual).attributes[1]
    assert (found.wanted, found.live, found.comparison) == (wanted, live, comparison)


def test_reference_that_cannot_be_decided_or_compared_says_so() -> None:
    people = [a_user("ada", manager="boss"), BOSS]
    failing = expression(MANAGER.text, "Left([manager], [mail])")
    undecided = a_tree(
        users=[a_user("ada", manager="boss", mail="x"), BOSS],
        user_mapping=a_mapping(USER_NAME, failing),
    )
    actual = holding(live_user("u-ada"))
    assert explained(undecided, actual).attributes[1].comparison is Comparison.UNDETERMINED
    tree = a_tree(users=people, user_mapping=a_mapping(USER_NAME, NAMES))
    assert explained(tree).attributes[1].comparison is Comparison.NOT_LIVE
    broken = a_mapping(USER_NAME, NAMES, direct("active", "givenName"))
    misfit = a_tree(
        users=[a_user("ada", manager="boss", givenName="Ada"), BOSS], user_mapping=broken
    )
    assert explained(misfit, actual).attributes[1].comparison is Comparison.NOT_KEPT


@pytest.mark.parametrize(
    ("apply", "known", "live", "comparison"),
    [
        (Apply.IF_EMPTY, Characteristics(), "Lead", Comparison.KEPT),
        (Apply.ADD_ONLY, Characteristics(), "Lead", Comparison.KEPT),
        (
            Apply.ALWAYS,
            Characteristics(mutability=Mutability.IMMUTABLE),
            "Lead",
            Comparison.IMMUTABLE,
        ),
        (Apply.ALWAYS, Characteristics(returned=Returned.NEVER), None, Comparison.NOT_SHOWN),
        (Apply.IF_EMPTY, Characteristics(), None, Comparison.DIFFERS),
    ],
)
def test_what_is_left_as_it_is_says_why(
    apply: Apply, known: Characteristics, live: Value, comparison: Comparison
) -> None:
    users = replace(RFC7644.users, attributes={**RFC7644.users.attributes, "title": known})
    tree = a_tree(
        users=[a_user("ada")],
        user_mapping=a_mapping(USER_NAME, constant("title", "Head", apply=apply)),
    )
    shown: dict[str, Json] = {} if live is None else {"title": str(live)}
    actual = holding(live_user("u-ada", None, **shown))
    found = explained(tree, actual, profile=replace(RFC7644, users=users)).attributes[1]
    assert found.comparison is comparison
