"""Small values: diagnostics in order, canonical bytes, keys, characteristics, exit codes."""

from __future__ import annotations

import pytest

from reconciler.model.attributes import AttributeType, characteristics
from reconciler.model.canonical import canonical_json, digest
from reconciler.model.declared import Group, User
from reconciler.model.diagnostic import Position, error, has_errors, ordered, warning
from reconciler.model.exit import ExitCode, gravest
from reconciler.model.identity import (
    GroupKey,
    Kind,
    ResourceId,
    Subject,
    UserKey,
    live_key,
    object_id,
)
from reconciler.model.path import ENTERPRISE_USER, parse_path
from reconciler.model.resource import Actual, Listing, Resource, Unread
from reconciler.model.target import Ability, Deprovision, Exclusive, Handling, Manage, Scope, Target

HERE = Position("a.yaml", 3, 5)


def test_diagnostics_come_in_the_order_in_which_people_fix_them() -> None:
    late = error("b", "m", Position("b.yaml", 1))
    early = warning("a", "m", HERE)
    nowhere = error("z", "m")
    assert ordered([nowhere, late, early, early]) == (early, late, nowhere)
    assert str(HERE) == "a.yaml:3:5"


def test_only_errors_stop_a_run() -> None:
    assert not has_errors([warning("a", "m")])
    assert has_errors([warning("a", "m"), error("b", "m")])


def test_canonical_json_is_one_byte_form() -> None:
    assert canonical_json({"b": [1, None], "a": "ł"}) == '{"a":"ł","b":[1,null]}'.encode()
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest({}).startswith("sha256:")
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(float("nan"))


def test_keys_of_people_groups_and_strangers_do_not_mix() -> None:
    assert str(Subject(Kind.USER, "e1")) == "user:e1"
    assert live_key(ResourceId("77")) == "id:77"
    assert object_id(Kind.USER, "e1") == object_id(Kind.USER, "e1")
    assert (
        len({object_id(Kind.USER, "e1"), object_id(Kind.GROUP, "e1"), object_id(Kind.USER, "e2")})
        == 3
    )


@pytest.mark.parametrize(
    ("path", "type", "case_exact", "read_only"),
    [
        ("active", AttributeType.BOOLEAN, False, False),
        ("externalId", AttributeType.STRING, True, False),
        ("id", AttributeType.STRING, True, True),
        ("emails", AttributeType.COMPLEX, False, False),
        ('emails[type eq "work"].value', AttributeType.STRING, False, False),
        ('emails[type eq "work"].primary', AttributeType.BOOLEAN, False, False),
        (f"{ENTERPRISE_USER}:manager.value", AttributeType.REFERENCE, False, False),
        (f"{ENTERPRISE_USER}:manager.displayName", AttributeType.STRING, False, True),
        ("urn:ietf:params:scim:schemas:core:2.0:User:active", AttributeType.BOOLEAN, False, False),
        ("urn:example:2.0:User:active", AttributeType.STRING, False, False),
    ],
)
def test_characteristics_follow_rfc_7643(
    path: str, type: AttributeType, case_exact: bool, read_only: bool
) -> None:
    found = characteristics(parse_path(path))
    assert (found.type, found.case_exact, found.read_only) == (type, case_exact, read_only)


def test_a_place_is_the_line_where_an_attribute_is_written() -> None:
    user = User(UserKey("e1"), {}, HERE, places={"mail": (9, 3)})
    assert user.place("mail") == Position("a.yaml", 9, 3)
    assert user.place("surname") == HERE


def test_a_group_is_privileged_by_its_label() -> None:
    assert Group(GroupKey("g"), {}, HERE, labels={"privileged": "true"}).privileged
    assert not Group(GroupKey("g"), {}, HERE).privileged


def test_a_target_handles_each_kind_its_own_way() -> None:
    users = Handling(
        Manage.FULL, frozenset(Ability), Exclusive(), "people", None, Deprovision(), HERE
    )
    groups = Handling(Manage.FULL, frozenset(), Exclusive(), "teams", None, Deprovision(), HERE)
    target = Target("t", "p", "u", None, True, "UTC", Scope.ALL, None, users, groups, HERE)
    assert target.handling(Kind.USER) is users
    assert target.handling(Kind.GROUP) is groups


def test_not_returned_is_not_empty() -> None:
    group = ResourceId("g")
    read = Listing({group: Resource(group, Kind.GROUP, {}, frozenset())})
    unread = Listing({group: Resource(group, Kind.GROUP, {}, Unread("hidden"))})
    nobody = Listing({})
    assert Actual(nobody, read).complete
    assert not Actual(nobody, unread).complete
    assert not Actual(Listing({}, gap="page 2 failed"), read).complete
    assert not Actual(nobody, Listing({}, gap="page 2 failed")).complete
    assert Actual(nobody, read).listing(Kind.USER) is nobody
    assert Actual(nobody, read).listing(Kind.GROUP) is read


def test_the_gravest_code_counts() -> None:
    assert gravest([]) is ExitCode.OK
    assert gravest([ExitCode.CHANGES, ExitCode.BLOCKED, ExitCode.OK]) is ExitCode.BLOCKED
    in_order = [70, 6, 4, 1, 3, 5, 2, 0]
    for n in range(len(in_order)):
        assert gravest(map(ExitCode, reversed(in_order[n:]))) == in_order[n]
    assert {gravest([code, ExitCode.OK]) for code in ExitCode} == set(ExitCode)
