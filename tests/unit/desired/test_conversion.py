from __future__ import annotations

import pytest

from reconciler.desired.conversion import Mismatch, convert, in_type
from reconciler.model.attributes import AttributeType, Characteristics, characteristics
from reconciler.model.path import ENTERPRISE_USER, Scalar, Value, parse_path

BOOLEAN = Mismatch('true or false (or "True", "False" as text)')
ONE_VALUE = Mismatch("one value, and there is a list; pick one, as in `Item([otherMails], 1)`")
COMPLEX = Mismatch("no value of its own; map one of its parts, as in `name.givenName`")


@pytest.mark.parametrize(
    ("path", "value", "converted"),
    [
        ("active", "True", True),
        ("active", "false", False),
        ("active", True, True),
        ('emails[type eq "work"].primary', "TRUE", True),
        ("active", "yes", BOOLEAN),
        ("active", 1, BOOLEAN),
        ("title", "007", "007"),
        ("title", True, "True"),
        ("title", False, "False"),
        ("title", 7, "7"),
        ("title", 7.0, "7"),
        ("title", 1.5, "1.5"),
        ("profileUrl", "https://x.example", "https://x.example"),
        ("name", "Ada", COMPLEX),
        ("title", ("a", "b"), ONE_VALUE),
        (f"{ENTERPRISE_USER}:department", ("a",), ONE_VALUE),
        ("urn:ietf:params:scim:schemas:core:2.0:User:title", ("a",), ONE_VALUE),
        ("urn:acme:2.0:User:tags", ("a", None, "b"), ("a", "b")),
        ("emails", ("a",), COMPLEX),
    ],
)
def test_value_takes_the_form_of_its_attribute(
    path: str, value: Value, converted: Value | Mismatch
) -> None:
    found = convert(parse_path(path), characteristics(parse_path(path)), value)
    assert found == converted
    assert type(found) is type(converted)


@pytest.mark.parametrize(
    ("value", "converted"),
    [
        ("-12", -12),
        (12, 12),
        ("1.5", Mismatch("a whole number")),
        ("9" * 30, Mismatch("a whole number")),
        (True, Mismatch("a whole number")),
    ],
)
def test_whole_numbers_stay_whole(value: Scalar, converted: Scalar | Mismatch) -> None:
    assert in_type(AttributeType.INTEGER, value) == converted


@pytest.mark.parametrize(
    ("value", "converted"),
    [
        ("-1.5", -1.5),
        (12, 12.0),
        ("1e9", Mismatch("a number")),
        ("", Mismatch("a number")),
        (True, Mismatch("a number")),
    ],
)
def test_decimals_are_numbers(value: Scalar, converted: Scalar | Mismatch) -> None:
    assert in_type(AttributeType.DECIMAL, value) == converted


def test_a_provider_may_have_an_attribute_of_another_type() -> None:
    path = parse_path("title")
    numbers = Characteristics(AttributeType.INTEGER, multi_valued=True)
    assert convert(path, numbers, ("1", "2")) == (1, 2)
