from __future__ import annotations

import pytest

from reconciler.model.attributes import Characteristics
from reconciler.model.identity import Kind
from reconciler.model.path import Json, Value, parse_path
from reconciler.model.profile import RFC7644, ZPA
from reconciler.plan.canonical import canonical_value, comparable, read, same
from tests.unit.plan.builders_plan import address, live_user

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def known(path: str) -> Characteristics:
    return RFC7644.characteristics(Kind.USER, parse_path(path))


@pytest.mark.parametrize("nothing", [None, "", [], {}, [None, ""], {"value": None}])
def test_null_empty_and_absent_are_one_state(nothing: Json) -> None:
    assert canonical_value(known("title"), nothing) is None


@pytest.mark.parametrize(
    ("path", "raw", "expected"),
    [
        ("active", "True", True),
        ("active", "false", False),
        ("active", True, True),
        ("active", "perhaps", "perhaps"),
        ("title", "True", "True"),
        ("title", "007", "007"),
        ("costCenter", 7, 7),
        ("emails", [{"value": "b"}, {"value": "a"}, {"value": "A"}], ("A", "b")),
        ("proxyAddresses", ["b", "a", "b", None], ("a", "b")),
        (f"{ENTERPRISE}:manager", {"value": "77", "displayName": "Bo"}, "77"),
        ("name", {"formatted": "Ada"}, '{"formatted":"Ada"}'),
        ("title", [["x"]], ('["x"]',)),
        ("meta.created", "2026-01-02T03:04:05+01:00", "2026-01-02T02:04:05+00:00"),
        ("meta.created", "2026-01-02T03:04:05", "2026-01-02T03:04:05"),
        ("meta.created", "yesterday", "yesterday"),
    ],
)
def test_each_value_has_one_canonical_form(path: str, raw: Json, expected: Value) -> None:
    assert canonical_value(known(path), raw) == expected


@pytest.mark.parametrize(
    ("path", "a", "b"),
    [
        ("userName", "Ada@Zone.example", "ada@zone.example"),
        ("displayName", "Zoe\u0308", "ZOË"),
        ("displayName", "Straße", "STRASSE"),
        ("emails", ("a", "b"), ("B", "A")),
        ("emails", ("a",), "A"),
        ("title", None, ()),
        ("title", "", None),
        ("employeeNumber", 7, "7"),
        ("customFlag", True, "True"),
        ("meta.created", "2026-01-02T02:04:05+00:00", "2026-01-02T02:04:05+00:00"),
    ],
)
def test_noise_is_no_difference(path: str, a: Value, b: Value) -> None:
    assert same(known(path), a, b)
    assert comparable(known(path), a) == comparable(known(path), b)


@pytest.mark.parametrize(
    ("path", "a", "b"),
    [
        ("externalId", "ABC", "abc"),
        ("title", "Lead", None),
        ("title", "007", "7"),
        ("emails", ("a", "b"), ("a",)),
        ("active", False, None),
        ("active", True, False),
    ],
)
def test_a_difference_is_one(path: str, a: Value, b: Value) -> None:
    assert not same(known(path), a, b)


WORK = parse_path('emails[type eq "work"].value')


@pytest.mark.parametrize(
    ("emails", "expected"),
    [
        ([{"value": "a"}, {"value": "b", "primary": "True"}], "b"),
        ([{"value": "a", "type": None}, {"value": "b"}], "a"),
        ([{"value": "a"}, {"value": "w", "type": "Work"}], "w"),
        ([{"value": "h", "type": "home"}], None),
        ("a", None),
        (["a"], None),
        (None, None),
    ],
)
def test_where_types_are_not_kept_the_primary_or_first_untyped_element_is_meant(
    emails: Json, expected: Value
) -> None:
    assert read(live_user("u-ada", emails=emails), WORK, ZPA) == expected


def test_where_types_are_kept_an_untyped_element_is_not_the_work_one() -> None:
    assert read(live_user("u-ada", emails=[{"value": "a"}]), WORK, RFC7644) is None


def test_enterprise_attributes_are_found_at_the_top_where_a_provider_shows_them_there() -> None:
    path = parse_path(f"{ENTERPRISE}:department")
    beside = live_user("u-ada", department="NetSec")
    extension: dict[str, Json] = {ENTERPRISE: {"department": "NetSec"}}
    inside = live_user("u-ada", None, department="old", **extension)
    assert read(beside, path, ZPA) == "NetSec"
    assert read(inside, path, ZPA) == "NetSec"
    assert read(beside, path, RFC7644) is None
    assert read(beside, parse_path(f"{ENTERPRISE}:employeeNumber"), ZPA) is None
    assert read(beside, parse_path("urn:example:1.0:User:department"), ZPA) is None


def test_an_attribute_that_is_not_there_has_no_value() -> None:
    assert read(live_user("u-ada"), parse_path("userName"), RFC7644) == address("ada")
    assert read(live_user("u-ada"), parse_path("name.givenName"), RFC7644) is None


def test_roles_are_compared_by_their_values_as_sets() -> None:
    known = RFC7644.characteristics(Kind.USER, parse_path("roles"))
    role = '{"display":"Read only","primary":false,"type":"app","value":"zpa.ro"}'
    admin = '{"display":"Admin","primary":false,"type":"app","value":"admin"}'
    wanted = canonical_value(known, [role, admin, role])
    assert wanted == (admin, role)
    live = canonical_value(known, [{"value": "ADMIN", "display": "x"}, {"value": "zpa.ro"}])
    assert live == ("zpa.ro", '{"display":"x","value":"ADMIN"}')
    assert same(known, live, wanted)
    assert same(known, canonical_value(known, [{"value": "zpa.ro"}]), (role,))
    surplus = canonical_value(known, [{"value": "zpa.ro"}, {"value": "admin"}, {"value": "old"}])
    assert not same(known, surplus, wanted)
    assert same(known, None, ())
