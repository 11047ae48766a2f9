from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconciler.desired.condition_errors import translate
from reconciler.desired.conditions import (
    MAX_SOURCE,
    Bindings,
    Condition,
    ConditionError,
    ConditionScope,
    UndeterminedResult,
    compile_condition,
    known_attributes,
)
from reconciler.desired.subjects import resource_bindings
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.resource import Resource
from tests.unit.desired.builders_desired import NOW

ADA = Bindings(
    {
        "department": "NetSec",
        "accountEnabled": True,
        "otherMails": ("a@x.example", "b@x.example"),
        "proxyAddresses": (),
        "surname": "Lovelace\0",
        "displayName": "\ud800",
        "extension_9_shoe": "43",
        "employeeId": "12",
        "labels": {"team": "red"},
    },
    NOW,
)


def compiled(source: str, scope: ConditionScope = ConditionScope.USER) -> Condition:
    condition = compile_condition(source, scope)
    assert isinstance(condition, Condition)
    return condition


def refused(source: str, scope: ConditionScope = ConditionScope.USER) -> ConditionError:
    error = compile_condition(source, scope)
    assert isinstance(error, ConditionError)
    return error


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('user.department == "NetSec"', True),
        ('user["department"] == "Sales"', False),
        ("user.accountEnabled && user.manager == null", True),
        ('user.otherMails.exists(m, m == "b@x.example")', True),
        ("user.proxyAddresses == null", True),
        ('user.labels.team == "red"', True),
        ('"team" in user.labels && has(user.labels.team)', True),
        ("has(user.labels.colour)", False),
        ('user.extension_9_shoe == "43" && user.extension_9_hat == null', True),
        ('int(user.employeeId) > 11 && user.department.matches("^Net")', True),
        ('asOf > timestamp("2026-06-15T11:59:59Z")', True),
        ('asOf.getFullYear("Europe/Lisbon") == 2025', False),
        ("true || int(user.department) == 1", True),  # CEL's own rule: one side decides
        ('user.otherMails.map(m, size(m)).exists(n, n > 3) ? true : user.mail == "x"', True),
        ('[user.department, "x"][0] == {"a": user.department}["a"]', True),
        ("1.5 < 2.5 && user.mail == null", True),
    ],
)
def test_condition_that_can_be_decided_is_true_or_false(source: str, expected: bool) -> None:
    assert compiled(source).evaluate(ADA) is expected


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("user.department", "it gives a value of type string, not true or false"),
        ("user.mail", "it gives a value of type null, not true or false"),
        (
            'user.mail.startsWith("a")',
            "No matching overloads found : (null_type).startsWith(string) "
            "(an attribute without a value is null: compare it with null first)",
        ),
        ('user.labels.colour == "red"', 'Key not found in map : "colour"'),
        ("int(user.department) == 1", "cannot convert string to int"),
        ("1 / 0 == 1", "divide by zero"),
        ('user.department.matches("(")', "invalid regular expression: missing ): ("),
        # The library would compare "Lovelace" only, and take it for true.
        (
            'user.surname == "Lovelace"',
            '"Lovelace\\u0000" contains a character that no condition can compare',
        ),
        (
            'user.displayName != "x"',
            '"\\ud800" contains a character that no condition can compare',
        ),
    ],
)
def test_whatever_is_not_a_boolean_is_undetermined(source: str, reason: str) -> None:
    assert compiled(source).evaluate(ADA) == UndeterminedResult(reason)


def test_label_with_a_name_that_cannot_be_compared_is_undetermined() -> None:
    seen = Bindings({"labels": {"a\0b": "x"}}, NOW)
    assert isinstance(compiled('user.labels.a == "x"').evaluate(seen), UndeterminedResult)


def test_loop_over_too_much_ends_undetermined_and_soon() -> None:
    numbers = ",".join(["1"] * 450)
    slow = compiled(f"[{numbers}].all(a, [{numbers}].all(b, a <= b))")
    assert slow.evaluate(ADA) == UndeterminedResult("Iteration budget exceeded")


def test_condition_lists_the_attributes_that_it_looks_at() -> None:
    source = 'user.mail == "user.city" && user["country"] == null // user.state'
    assert compiled(source).attributes == {"mail", "country"}


def test_only_the_attributes_that_are_looked_at_are_bound() -> None:
    broken = Bindings({"department": "NetSec", "city": "\0"}, NOW)
    assert compiled('user.department == "NetSec"').evaluate(broken) is True


def test_condition_about_a_group_sees_its_attributes_and_labels() -> None:
    condition = compiled(
        'group.displayName.startsWith("ZPA") && group.labels.privileged == "true"',
        ConditionScope.GROUP,
    )
    seen = Bindings({"displayName": "ZPA Ops", "labels": {"privileged": "true"}}, NOW)
    assert condition.evaluate(seen) is True


LIVE = Resource(
    ResourceId("72"),
    Kind.USER,
    {
        "username": "Ada@zone.example",
        "active": True,
        "name": {"givenname": "Ada"},
        "emails": ({"type": "work", "value": "ada@x.example"},),
        "groups": [],
        "customflag": "yes",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user": {"department": "NetSec"},
        "urn:acme:2.0:User".lower(): {"badge": "7"},
    },
)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('resource.userName.endsWith("@zone.example") && resource.active', True),
        ('resource.id == "72" && resource.externalId == null', True),
        ('resource.name.givenName == "Ada" && resource.name.familyName == null', True),
        ('resource.emails.exists(e, e.value == "ada@x.example")', True),
        ("resource.groups == null", True),
        ('resource["customFlag"] == "yes"', True),
        (
            'resource["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"].department'
            ' == "NetSec"',
            True,
        ),
        (
            'resource["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"].costCenter'
            " == null",
            True,
        ),
        ('resource["urn:acme:2.0:User"].badge == "7"', True),
    ],
)
def test_condition_about_a_live_resource_uses_the_names_of_the_standard(
    source: str, expected: bool
) -> None:
    condition = compiled(source, ConditionScope.RESOURCE)
    assert condition.evaluate(resource_bindings(LIVE, NOW)) is expected


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (
            'user.mail == "é𝒳" && user.departmnt == "x"',
            ConditionError(
                "`user.departmnt` is not an attribute", 25, 1, 26, "did you mean `user.department`?"
            ),
        ),
        (
            'user["Department"] ==\n "x"',
            ConditionError(
                "`user.Department` is not an attribute", 4, 1, 5, "did you mean `user.department`?"
            ),
        ),
        ('user.zzz == "x"', ConditionError("`user.zzz` is not an attribute", 4, 1, 5)),
        (
            "user.mail ==",
            ConditionError("Syntax error: the text ends too early", 12, 1, 13),
        ),
        (
            "true &&\n  (user.mail",
            ConditionError(
                "Syntax error: missing ')' at its end",
                20,
                2,
                13,
            ),
        ),
        (
            'department == "x"',
            ConditionError(
                "`department` is neither a variable nor a function here",
                0,
                1,
                1,
                "did you mean `user.department`?",
            ),
        ),
        (
            "now() > asOf",
            ConditionError(
                "`now` is neither a variable nor a function here",
                3,
                1,
                4,
                "`asOf` is the only clock",
            ),
        ),
        (
            "shout(user.mail)",
            ConditionError(
                "`shout` is neither a variable nor a function here",
                5,
                1,
                6,
                "a condition can use `user`, `asOf` and the functions of CEL",
            ),
        ),
        (
            "has(user.mail)",
            ConditionError(
                "`has(user.mail)` is always true: an attribute without a value is null",
                3,
                1,
                4,
                "write `user.mail != null`",
            ),
        ),
        (
            "user == null",
            ConditionError("`user` is used as a whole; write `user.attribute`", 0, 1, 1),
        ),
        (
            "user[1.5] == null",
            ConditionError('`user[…]` needs a name in quotes, as in `user["department"]`', 4, 1, 5),
        ),
        (
            "user[user.mail] == null",
            ConditionError('`user[…]` needs a name in quotes, as in `user["department"]`', 4, 1, 5),
        ),
        (
            '["x"].exists(user, user == "x")',
            ConditionError("a loop's own variable cannot be called `user`", 12, 1, 13),
        ),
        (
            "user.otherMails.map(a, a + a).map(a, a + a).map(a, a + a) == []",
            ConditionError("more than 2 loops inside or after one another", 19, 1, 20),
        ),
        (
            '"text"',
            ConditionError(
                "it gives a value of type string, not true or false",
                hint="compare it with something, as in `… == …`",
            ),
        ),
        (
            '1 > "a"',
            ConditionError(
                "`>` cannot compare a number with text",
                2,
                1,
                3,
                "compare like with like: text stands in quotes; a number, true and false do not",
            ),
        ),
        (
            "(" * 40 + "true" + ")" * 40,
            ConditionError("it is nested too deeply", hint="split it into several filters"),
        ),
        (
            "user" + ".a" * 200,
            ConditionError("it is nested too deeply", hint="split it into several filters"),
        ),
        (
            "true\0",
            ConditionError("it contains a character that no condition can hold (NUL, surrogate)"),
        ),
    ],
)
def test_text_that_is_no_condition_is_refused_with_its_place(
    source: str, error: ConditionError
) -> None:
    assert refused(source) == error


def test_condition_has_a_longest_text() -> None:
    assert (
        refused(" " * MAX_SOURCE + "true").message
        == "it has 2004 characters; at most 2000 are allowed"
    )
    assert compiled("true".rjust(MAX_SOURCE)).evaluate(ADA) is True


def test_error_says_where_in_the_text_when_it_knows() -> None:
    assert (
        str(refused("true &&")) == "Syntax error: the text ends too early (line 1, column 8 of it)"
    )
    assert str(ConditionError("it is odd")) == "it is odd"


def test_unknown_name_of_a_live_resource_needs_quotes() -> None:
    error = refused('resource.customFlag == "yes"', ConditionScope.RESOURCE)
    assert error.message == "`resource.customFlag` is not an attribute"


def test_complaint_without_a_place_is_passed_on_in_one_line() -> None:
    known = known_attributes(ConditionScope.USER)
    assert translate("INTERNAL: out of luck\nmore", "true", "user", known) == ConditionError(
        "out of luck"
    )
    lost = translate("ERROR: <input>:-1:-1: no idea", "true", "user", known)
    assert lost == ConditionError("no idea")


def test_the_clock_is_the_one_that_is_given() -> None:
    condition = compiled('asOf < timestamp("2026-01-01T00:00:00Z")')
    assert condition.evaluate(Bindings({}, datetime(2025, 1, 1, tzinfo=UTC))) is True
    assert condition.evaluate(Bindings({}, NOW)) is False
