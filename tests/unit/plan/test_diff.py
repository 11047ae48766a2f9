"""What is to become of one live value, by how the mapping writes and what the provider allows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.attributes import AttributeType, Characteristics, Mutability, Returned
from reconciler.model.desired import DesiredUser, DesiredValue, MatchKey
from reconciler.model.mapping import Apply
from reconciler.model.path import Value, parse_path
from reconciler.model.plan import NoteKind
from reconciler.model.profile import RFC7644
from reconciler.plan.diff import Difference, Left, compare
from tests.unit.plan.builders_plan import (
    a_declared,
    a_person,
    does,
    holding,
    live_user,
    message,
    notes,
    plan_of,
    wanting,
)

ONE = Characteristics()
MANY = Characteristics(multi_valued=True)
LIST = Characteristics(AttributeType.COMPLEX, multi_valued=True)
ONCE = Characteristics(mutability=Mutability.IMMUTABLE)
HIDDEN = Characteristics(returned=Returned.REQUEST)


@pytest.mark.parametrize(
    ("apply", "before", "wanted", "known", "found"),
    [
        (Apply.ALWAYS, "a", "b", ONE, Difference("a", "b")),
        (Apply.ALWAYS, "a", "A", ONE, None),
        (Apply.ALWAYS, "a", None, ONE, Difference("a", None)),
        (Apply.ALWAYS, None, None, ONE, None),
        (Apply.ON_CREATE, "a", "b", ONE, Left.ON_CREATE),
        (Apply.ON_CREATE, None, "b", ONE, Left.ON_CREATE),
        (Apply.IF_EMPTY, "a", "b", ONE, Left.KEPT),
        (Apply.IF_EMPTY, None, "b", ONE, Difference(None, "b")),
        (Apply.IF_EMPTY, "a", None, ONE, Left.KEPT),
        (Apply.IF_EMPTY, ("a",), ("b",), MANY, Left.KEPT),
        (Apply.ADD_ONLY, "a", "b", ONE, Left.KEPT),
        (Apply.ADD_ONLY, None, "b", ONE, Difference(None, "b")),
        (Apply.ADD_ONLY, "a", None, ONE, Left.KEPT),
        (Apply.ADD_ONLY, ("a", "c"), ("b",), MANY, Difference(("a", "c"), ("a", "b", "c"))),
        (Apply.ADD_ONLY, ("a", "b"), ("B",), MANY, Left.KEPT),
        (Apply.ADD_ONLY, "a", ("b",), MANY, Difference("a", ("a", "b"))),
        (Apply.ADD_ONLY, None, ("b",), MANY, Difference(None, ("b",))),
        (Apply.ADD_ONLY, ("a",), (), MANY, Left.KEPT),
        (
            Apply.ADD_ONLY,
            ('{"display":"A","value":"a"}',),
            ('{"display":"B","value":"b"}',),
            LIST,
            Difference(
                ('{"display":"A","value":"a"}',),
                ('{"display":"A","value":"a"}', '{"display":"B","value":"b"}'),
            ),
        ),
        (Apply.ALWAYS, "a", "b", ONCE, Left.IMMUTABLE),
        (Apply.ALWAYS, "a", None, ONCE, Left.IMMUTABLE),
        (Apply.ALWAYS, None, "b", ONCE, Difference(None, "b")),
        (Apply.ALWAYS, "a", "a", ONCE, None),
        (Apply.ALWAYS, None, "b", HIDDEN, Left.NOT_SHOWN),
        (Apply.ALWAYS, None, None, HIDDEN, Left.NOT_SHOWN),
        (Apply.ALWAYS, "a", "b", HIDDEN, Difference("a", "b")),
    ],
)
def test_live_value_becomes_what_policy_and_provider_allow(
    apply: Apply,
    before: Value,
    wanted: Value,
    known: Characteristics,
    found: Difference | Left | None,
) -> None:
    assert compare(DesiredValue(wanted, None, apply), before, known) == found


def test_immutable_attribute_is_left_with_a_note_and_nobody_waits_for_it() -> None:
    users = RFC7644.users
    profile = replace(
        RFC7644, users=replace(users, attributes={**users.attributes, "employeeNumber": ONCE})
    )
    desired = wanting(a_person("ada", employeeNumber="7", title="Head"))
    live = holding(live_user("u-ada", employeeNumber="8", title="Lead"))
    plan = plan_of(desired, live, profile=profile)
    assert does(plan) == ["update user:ada title: 'Lead' -> 'Head'"]
    assert notes(plan) == [("immutable", "user:ada")]
    assert plan.notes[0].note is NoteKind.ADVICE
    assert message(plan, "immutable").startswith("`employeeNumber` is another one in Git")
    switched_off = holding(live_user("u-ada", employeeNumber="8", title="Head", active=False))
    assert notes(plan_of(desired, switched_off, profile=profile)) == [("immutable", "user:ada")]


def by_badge_and_country(key: str, badge: str, country: str) -> DesiredUser:
    compound = MatchKey(parse_path("nickName"), badge, 1, ((parse_path("locale"), country),))
    return a_person(key, match=(compound,), nickName=badge, locale=country)


def test_key_of_several_attributes_finds_only_whoever_has_all_of_them() -> None:
    declared = a_declared(match=("nickName", "locale"))
    live = holding(
        live_user("u-1", "one@zone.example", nickName="7", locale="PT"),
        live_user("u-2", "two@zone.example", nickName="7", locale="DE"),
        live_user("u-3", "three@zone.example", nickName="8", locale="PT"),
    )
    ada = by_badge_and_country("ada", "7", "PT")
    plan = plan_of(wanting(ada), live, declared=declared)
    assert "update user:ada userName: 'one@zone.example' -> 'ada@zone.example'" in does(plan)
    twice = holding(*live.users.resources.values(), live_user("u-4", nickName="7", locale="pt"))
    conflict = plan_of(wanting(ada), twice, declared=declared)
    assert ("ambiguous-match", "user:ada") in notes(conflict)
    nobody = by_badge_and_country("eve", "9", "PT")
    assert "create user:eve" in does(plan_of(wanting(nobody), live, declared=declared))


def test_two_people_with_one_key_of_several_attributes_are_a_conflict() -> None:
    declared = a_declared(match=("nickName", "locale"))
    live = holding(live_user("u-1", "one@zone.example", nickName="7", locale="PT"))
    plan = plan_of(
        wanting(by_badge_and_country("ada", "7", "PT"), by_badge_and_country("bob", "7", "PT")),
        live,
        declared=declared,
    )
    assert notes(plan) == [("contested-match", "user:ada"), ("contested-match", "user:bob")]
