"""Conditions that are true or false for nobody are found before anybody is looked at."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.desired.conditions import (
    Condition,
    ConditionError,
    ConditionScope,
    check_types,
    compile_condition,
)
from reconciler.model.attributes import AttributeType, Characteristics
from reconciler.model.identity import Kind
from reconciler.model.profile import RFC7644
from reconciler.model.resource_type import ResourceType

USER, CANDIDATE = ConditionScope.USER, ConditionScope.CANDIDATE
GROUP, RESOURCE = ConditionScope.GROUP, ConditionScope.RESOURCE
COMPARE = "compare it with something, as in `… == …`"
LIKE = "compare like with like: text stands in quotes; a number, true and false do not"
LIVE = RFC7644.of(Kind.USER)


def mistake(
    source: str, scope: ConditionScope = CANDIDATE, live: ResourceType | None = LIVE
) -> ConditionError | None:
    condition = compile_condition(source, scope)
    assert isinstance(condition, Condition), condition
    return check_types(condition, live)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("user.country", "a value of type string"),
        ('user["country"]', "a value of type string"),
        ("user['country'] ", "a value of type string"),
        ("user.otherMails", "a value of type list<string>"),
        ("user.memberOf", "a value of type list<string>"),
        ("user.labels", "a value of type map<string, string>"),
        ("user.employeeHireDate", "a value of type timestamp"),
        ("user.country == null ? user.city : user.state", "a value of type string"),
        ("manager.country", "a value of type string"),
    ],
)
def test_condition_that_gives_a_value_is_refused(source: str, said: str) -> None:
    assert mistake(source) == ConditionError(f"it gives {said}, not true or false", hint=COMPARE)


@pytest.mark.parametrize(
    ("source", "message", "column", "hint"),
    [
        ("user.country && true", "`&&` takes what is true or false, not text", 14, COMPARE),
        ("!user.country", "`!` takes what is true or false, not text", 1, COMPARE),
        (
            'user.extension_x || user["otherMails"]',
            "`||` takes what is true or false, not a list",
            18,
            COMPARE,
        ),
        (
            "user.accountEnabled ? user.country : false",
            "`? :` gives either text or else true or false",
            21,
            "let both sides be of one type",
        ),
        (
            'user.accountEnabled == "true"',
            "`==` cannot compare true or false with text",
            21,
            LIKE,
        ),
        ("user.employeeId >= 7", "`>=` cannot compare text with a number", 17, LIKE),
        ("user.country in [1.5]", "`in` cannot find text in a list", 14, LIKE),
        (
            '"P" in user.country',
            "`in` cannot find text in text",
            5,
            "to look for a part of a text, write `….contains(…)`",
        ),
        (
            'user.employeeHireDate == "2026-01-01"',
            "`==` cannot compare a date with text",
            23,
            'write the date as `timestamp("2026-01-31T00:00:00Z")`',
        ),
        ('user.country.code == "x"', "text has no attributes", 13, None),
        (
            'user.labels[asOf] < "x"',
            "`[ ]` does not take an object and a date",
            12,
            None,
        ),
        ("size(user.accountEnabled) == 1", "`size` does not take true or false", 5, None),
    ],
)
def test_part_that_can_never_be_judged_is_refused_where_it_is(
    source: str, message: str, column: int, hint: str | None
) -> None:
    assert mistake(source) == ConditionError(message, column - 1, 1, column, hint)


def test_first_mistake_that_is_certain_is_the_one_that_is_told() -> None:
    found = mistake("user.otherMails == null ||\n user.country && user.accountEnabled == 1")
    assert found is not None
    assert (found.message, found.line) == ("`&&` takes what is true or false, not text", 2)


@pytest.mark.parametrize(
    "source",
    [
        'user.country == null || user.country == "PT"',
        "user.accountEnabled != false && user.accountEnabled",
        'null != user.otherMails && user.otherMails.exists(m, m.endsWith("@x"))',
        "user.employeeHireDate != null && user.employeeHireDate <= asOf",
        'has(user.labels.team) && user.labels["team"] == "red" && user.labels != null',
        '"zpa-ops" in user.memberOf',
        "manager != null && manager.accountEnabled",
        "int(user.employeeId) > 7",
        # What a tenant's own attribute holds is not known.
        "user.extension_x",
        "user.extension_x == 1",
        'user["extension_x"] || user.extension_y > 2',
        "\"user['country']\" == user.country",
    ],
)
def test_condition_that_may_be_judged_is_left_alone(source: str) -> None:
    assert mistake(source) is None


def test_rule_of_a_group_is_checked_with_the_attributes_of_groups() -> None:
    assert mistake('group.displayName == "x" && group.labels.a == "b"', GROUP) is None
    assert mistake("group.description", GROUP) is not None


def test_rule_about_a_manager_is_checked_where_groups_are_not_known() -> None:
    assert mistake("manager != null && manager.country", USER) is not None


@pytest.mark.parametrize("source", ["resource.title", 'resource["title"]', "resource.id"])
def test_text_of_a_live_resource_is_no_truth(source: str) -> None:
    said = "it gives a value of type string, not true or false"
    assert mistake(source, RESOURCE) == ConditionError(said, hint=COMPARE)
    assert mistake(f"{source} && resource.active", RESOURCE) is not None


@pytest.mark.parametrize(
    "source",
    [
        "resource.active",
        'resource.active == "True"',  # providers write it so
        "resource.title == 7",
        "resource.meta",
        "resource.name",
        'resource.emails.exists(e, e.value == "x")',
        'resource["customFlag"]',
        'resource["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"].department == "x"',
    ],
)
def test_what_a_provider_may_answer_with_is_left_alone(source: str) -> None:
    assert mistake(source, RESOURCE) is None


def test_what_a_provider_makes_of_an_attribute_counts() -> None:
    flags = {"title": Characteristics(AttributeType.BOOLEAN)}
    assert mistake("resource.title", RESOURCE, replace(LIVE, attributes=flags)) is None


def test_nothing_is_known_of_resources_at_an_unknown_provider() -> None:
    assert mistake("resource.title", RESOURCE, None) is None
