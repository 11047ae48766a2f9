"""What a provider makes of an attribute: the RFC's word, unless its profile has another."""

from __future__ import annotations

import pytest

from reconciler.model.attributes import (
    AttributeType,
    Characteristics,
    Mutability,
    Returned,
    Uniqueness,
    characteristics,
)
from reconciler.model.declared import Declared
from reconciler.model.identity import Kind
from reconciler.model.mapping import AttributeMapping
from reconciler.model.path import ENTERPRISE_USER, parse_path
from reconciler.model.profile import BUILT_IN, RFC7644, ZPA
from reconciler.model.resource_type import ResourceType, fulfils
from reconciler.model.serving import resource_types
from tests.unit.desired.builders_desired import MAPPING_AT, a_target

EXACT = Characteristics(case_exact=True)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("nickName", Characteristics()),
        ("urn:ietf:params:scim:schemas:core:2.0:User:externalId", EXACT),
        ("emails", Characteristics(AttributeType.COMPLEX, multi_valued=True)),
        ('emails[type eq "work"].primary', Characteristics(AttributeType.BOOLEAN)),
        (
            "password",
            Characteristics(
                case_exact=True, mutability=Mutability.WRITE_ONLY, returned=Returned.NEVER
            ),
        ),
        ("meta.created", Characteristics(AttributeType.DATETIME, mutability=Mutability.READ_ONLY)),
    ],
)
def test_the_rfc_is_the_default(path: str, expected: Characteristics) -> None:
    assert characteristics(parse_path(path)) == expected
    for kind in Kind:
        assert RFC7644.characteristics(kind, parse_path(path)) == expected


def test_the_names_that_are_unique_and_required_are_those_of_their_kind() -> None:
    name = Characteristics(required=True, uniqueness=Uniqueness.SERVER)
    user_name, display_name = parse_path("userName"), parse_path("displayName")
    assert RFC7644.characteristics(Kind.USER, user_name) == name
    assert RFC7644.characteristics(Kind.GROUP, display_name) == name
    assert not RFC7644.characteristics(Kind.USER, display_name).unique
    assert RFC7644.users.required == (user_name,)
    assert RFC7644.groups.required == (display_name,)


def test_a_profile_overrides_the_rfc_by_attribute_whatever_picks_the_element() -> None:
    department = f"{ENTERPRISE_USER}:department"
    users = ResourceType({"emails.value": EXACT, department: EXACT})
    assert users.characteristics(parse_path('emails[type eq "home"].value')) == EXACT
    assert users.characteristics(parse_path(department.lower())) == EXACT
    assert users.characteristics(parse_path("department")) == Characteristics()
    assert users.characteristics(parse_path('emails[type eq "home"].value')) is EXACT  # kept


def test_an_absent_value_means_something_only_where_values_are_shown() -> None:
    assert Characteristics().shown
    assert not Characteristics(returned=Returned.REQUEST).shown


@pytest.mark.parametrize(
    ("path", "required", "expected"),
    [
        ('emails[type eq "work"].value', "emails", True),
        ("userName", "userName", True),
        ("name.familyName", "name.familyName", True),
        ("name.givenName", "name.familyName", False),
        (f"{ENTERPRISE_USER}:department", "department", False),
    ],
)
def test_any_element_fulfils_a_required_list(path: str, required: str, *, expected: bool) -> None:
    assert fulfils(parse_path(path), parse_path(required)) is expected


def test_a_closed_list_accepts_what_is_in_it() -> None:
    assert ZPA.users.accepts(parse_path("USERNAME"))
    assert not ZPA.users.accepts(parse_path("employeeNumber"))
    assert RFC7644.users.accepts(parse_path("employeeNumber"))


def test_a_mapping_is_judged_by_the_profiles_of_the_targets_that_use_it() -> None:
    mapping = AttributeMapping("users", Kind.USER, (), MAPPING_AT)
    assert resource_types(Declared(), mapping) == (RFC7644.users,)
    target = a_target(profile="zpa")
    declared = Declared(targets={"zpa": target}, profiles=BUILT_IN)
    assert resource_types(declared, mapping) == (ZPA.users,)
    assert resource_types(Declared(targets={"zpa": target}), mapping) == (RFC7644.users,)
