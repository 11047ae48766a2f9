"""New resources: nesting, schemas, and the shapes that multi-valued attributes take."""

from __future__ import annotations

import pytest
from scim2_models import Context, EnterpriseUser, Group, User

from reconciler.model.identity import Kind
from reconciler.model.path import (
    CORE_GROUP,
    CORE_USER,
    ENTERPRISE_USER,
    AttributePath,
    Json,
    Value,
    parse_path,
)
from reconciler.model.profile import RFC7644
from reconciler.scim.creation import new_resource

WORK = 'emails[type eq "work"].value'
HOME = 'emails[type eq "home"].value'


def a_new(kind: Kind, values: dict[str, Value]) -> dict[str, Json]:
    """The resource for some values, once scim2-models has accepted it."""
    built = new_resource(kind, {parse_path(text): value for text, value in values.items()}, RFC7644)
    model = User[EnterpriseUser] if kind is Kind.USER else Group
    model.model_validate(built, scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    return built


def test_a_person_is_nested_and_names_the_schemas_that_are_used() -> None:
    values: dict[str, Value] = {
        f"{ENTERPRISE_USER}:department": "NetSec",
        "userName": "ada@zone.example",
        "name.givenName": "Ada",
        "name.familyName": "Lovelace",
        "active": True,
        WORK: "ada@zone.example",
        "title": None,
        "nickName": "",
    }
    expected = {
        "schemas": [CORE_USER, ENTERPRISE_USER],
        "active": True,
        "emails": [{"primary": True, "type": "work", "value": "ada@zone.example"}],
        "name": {"familyName": "Lovelace", "givenName": "Ada"},
        "nickName": "",
        "userName": "ada@zone.example",
        ENTERPRISE_USER: {"department": "NetSec"},
    }
    assert a_new(Kind.USER, values) == expected
    assert list(a_new(Kind.USER, dict(reversed(values.items())))) == list(expected)


@pytest.mark.parametrize("path", ["manager", "manager.value"])
def test_a_manager_is_an_object_with_the_id(path: str) -> None:
    """Not shown to scim2-models, which requires the `$ref` that only the provider can know."""
    values: dict[AttributePath, Value] = {parse_path(f"{ENTERPRISE_USER}:{path}"): "u7"}
    assert new_resource(Kind.USER, values, RFC7644) == {
        "schemas": [CORE_USER, ENTERPRISE_USER],
        ENTERPRISE_USER: {"manager": {"value": "u7"}},
    }


def test_a_group_is_created_without_members() -> None:
    assert a_new(Kind.GROUP, {"displayName": "Ops", "externalId": "zpa/ops"}) == {
        "schemas": [CORE_GROUP],
        "displayName": "Ops",
        "externalId": "zpa/ops",
    }


@pytest.mark.parametrize(
    ("values", "attribute", "expected"),
    [
        (
            {HOME: "h@zone.example", WORK: "w@zone.example"},
            "emails",
            [
                {"type": "home", "value": "h@zone.example"},
                {"primary": True, "type": "work", "value": "w@zone.example"},
            ],
        ),
        (
            {HOME: "h@zone.example"},
            "emails",
            [{"primary": True, "type": "home", "value": "h@zone.example"}],
        ),
        (
            {
                WORK: "w@zone.example",
                'emails[type eq "home"].primary': True,
                HOME: "h@zone.example",
            },
            "emails",
            [
                {"primary": True, "type": "home", "value": "h@zone.example"},
                {"type": "work", "value": "w@zone.example"},
            ],
        ),
        (
            {"emails[primary eq true].value": "a@zone.example"},
            "emails",
            [{"primary": True, "value": "a@zone.example"}],
        ),
        (
            {"emails.value": "a@zone.example"},
            "emails",
            [{"primary": True, "value": "a@zone.example"}],
        ),
        (
            {'phoneNumbers[type eq "mobile"].value': "+351"},
            "phoneNumbers",
            [{"type": "mobile", "value": "+351"}],
        ),
        ({"roles": ("a", "b")}, "roles", [{"value": "a"}, {"value": "b"}]),
        ({"locale": "pt", "Locale": "pt"}, "locale", "pt"),
    ],
)
def test_each_shape_of_an_attribute(
    values: dict[str, Value], attribute: str, expected: Json
) -> None:
    assert a_new(Kind.USER, {"userName": "ada", **values})[attribute] == expected


def test_two_spellings_of_a_complex_attribute_are_one_attribute() -> None:
    values: dict[str, Value] = {"name.givenName": "Ada", "Name.familyName": "L", "userName": "a"}
    assert a_new(Kind.USER, values) == {
        "schemas": [CORE_USER],
        "Name": {"familyName": "L", "givenName": "Ada"},
        "userName": "a",
    }


def test_roles_are_objects_and_the_primary_one_is_marked_with_a_boolean() -> None:
    role = '{"display":"Read only","primary":false,"type":"app","value":"zpa.ro"}'
    expected = [{"display": "Read only", "primary": False, "type": "app", "value": "zpa.ro"}]
    assert a_new(Kind.USER, {"userName": "a", "roles": (role,)})["roles"] == expected
    primary: dict[str, Value] = {
        "userName": "a",
        'roles[primary eq "True"].value': "zpa.ro",
        'roles[primary eq "True"].display': "Read only",
    }
    assert a_new(Kind.USER, primary)["roles"] == [
        {"display": "Read only", "primary": True, "value": "zpa.ro"}
    ]


def test_extension_of_ones_own_is_nested_and_named_among_the_schemas() -> None:
    own = "urn:ietf:params:scim:schemas:extension:Zone:2.0:User"
    values: dict[str, Value] = {"userName": "a", f"{own}:badge": "0042", f"{own}:remote": None}
    wanted = {parse_path(text): value for text, value in values.items()}
    assert new_resource(Kind.USER, wanted, RFC7644) == {
        "schemas": [CORE_USER, own],
        "userName": "a",
        own: {"badge": "0042"},
    }
