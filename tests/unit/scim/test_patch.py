"""PATCH messages: what is written for each kind of path, and what can never be written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scim2_models import Context, EnterpriseUser, Group, PatchOp, User

from reconciler.model.attributes import AttributeType, Characteristics
from reconciler.model.dialect import (
    Clearing,
    ExtensionPath,
    MemberRemoval,
    OpCase,
    Pathless,
)
from reconciler.model.identity import ResourceId
from reconciler.model.path import ENTERPRISE_USER, AttributePath, Json, Value, parse_path
from reconciler.model.profile import RFC7644, ZPA, Profile
from reconciler.scim import patch
from tests.unit.scim.builders_wire import folded

WORK = 'emails[type eq "work"].value'
OWN = "urn:ietf:params:scim:schemas:extension:Zone:2.0:User"
HOME = 'emails[type eq "home"].value'


MAILS: Json = [{"type": "work", "value": "a@zone.example", "primary": True}]


def paths(values: dict[str, Value]) -> dict[AttributePath, Value]:
    return {parse_path(text): value for text, value in values.items()}


def operations(message: patch.Message | None) -> Json:
    """The operations of a message to a user that scim2-models accepts."""
    assert message is not None
    PatchOp[User[EnterpriseUser]].model_validate(message, scim_ctx=Context.RESOURCE_PATCH_REQUEST)
    return message["Operations"]


def group_operations(message: patch.Message) -> Json:
    """The operations of a message to a group that scim2-models accepts."""
    PatchOp[Group].model_validate(message, scim_ctx=Context.RESOURCE_PATCH_REQUEST)
    return message["Operations"]


@pytest.mark.parametrize(
    ("path", "value", "operation"),
    [
        ("title", "Lead", {"op": "replace", "path": "title", "value": "Lead"}),
        ("active", False, {"op": "replace", "path": "active", "value": False}),
        ("title", None, {"op": "remove", "path": "title"}),
        ("title", (), {"op": "remove", "path": "title"}),
        ("title", "", {"op": "replace", "path": "title", "value": ""}),
        ("name.givenName", "Ada", {"op": "replace", "path": "name.givenName", "value": "Ada"}),
        (WORK, "a@zone.example", {"op": "replace", "path": WORK, "value": "a@zone.example"}),
        (WORK, None, {"op": "remove", "path": WORK}),
        ('emails[ type  EQ "work" ].value', "a", {"op": "replace", "path": WORK, "value": "a"}),
        (
            "emails[primary eq true].value",
            "a",
            {"op": "replace", "path": "emails[primary eq true].value", "value": "a"},
        ),
        (
            f"{ENTERPRISE_USER}:manager.value",
            None,
            {"op": "remove", "path": f"{ENTERPRISE_USER}:manager"},
        ),
        (
            f"{ENTERPRISE_USER.lower()}:department",
            "NetSec",
            {"op": "replace", "path": f"{ENTERPRISE_USER}:department", "value": "NetSec"},
        ),
        (
            f"{ENTERPRISE_USER}:manager",
            "u7",
            {"op": "replace", "path": f"{ENTERPRISE_USER}:manager", "value": {"value": "u7"}},
        ),
        (
            f"{ENTERPRISE_USER}:manager.value",
            "u7",
            {"op": "replace", "path": f"{ENTERPRISE_USER}:manager", "value": {"value": "u7"}},
        ),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:title",
            "Lead",
            {"op": "replace", "path": "title", "value": "Lead"},
        ),
        (
            "roles",
            ("a", "b"),
            {"op": "replace", "path": "roles", "value": [{"value": "a"}, {"value": "b"}]},
        ),
        (
            "roles",
            ('{"display":"A","primary":false,"type":"t","value":"a"}',),
            {
                "op": "replace",
                "path": "roles",
                "value": [{"display": "A", "primary": False, "type": "t", "value": "a"}],
            },
        ),
        ("roles", (), {"op": "remove", "path": "roles"}),
        (f"{OWN}:badge", "0042", {"op": "replace", "path": f"{OWN}:badge", "value": "0042"}),
        (f"{OWN}:badge", None, {"op": "remove", "path": f"{OWN}:badge"}),
        (f"{OWN}:tags", ("a", "b"), {"op": "replace", "path": f"{OWN}:tags", "value": ["a", "b"]}),
        (f"{OWN}:tags", (), {"op": "remove", "path": f"{OWN}:tags"}),
        (
            'roles[primary eq "True"].value',
            "zpa.ro",
            {"op": "replace", "path": "roles[primary eq true].value", "value": "zpa.ro"},
        ),
        (
            "schemas",
            ("urn:a", "urn:b"),
            {"op": "replace", "path": "schemas", "value": ["urn:a", "urn:b"]},
        ),
    ],
)
def test_each_path_is_one_operation(path: str, value: Value, operation: dict[str, Json]) -> None:
    message = patch.update(paths({path: value}), RFC7644)
    assert message["Operations"] == [operation]


def test_operations_are_sorted_and_valid_whatever_the_order_of_the_values() -> None:
    values: dict[str, Value] = {
        "userName": "ada@zone.example",
        WORK: "a@zone.example",
        "active": True,
        "name.familyName": None,
        f"{ENTERPRISE_USER}:department": "NetSec",
    }
    forwards = patch.update(paths(values), RFC7644)
    backwards = patch.update(paths(dict(reversed(values.items()))), RFC7644)
    assert forwards == backwards
    assert operations(forwards) == [
        {"op": "replace", "path": "active", "value": True},
        {"op": "replace", "path": WORK, "value": "a@zone.example"},
        {"op": "remove", "path": "name.familyName"},
        {"op": "replace", "path": f"{ENTERPRISE_USER}:department", "value": "NetSec"},
        {"op": "replace", "path": "userName", "value": "ada@zone.example"},
    ]


def test_a_list_whose_selectors_are_not_kept_is_replaced_as_a_whole() -> None:
    """ZPA: a filtered path matches nothing there, and an add behind one grows the list."""
    assert operations(patch.update(paths({WORK: "a@zone.example", "title": "x"}), ZPA)) == [
        {"op": "replace", "path": "emails", "value": MAILS},
        {"op": "replace", "path": "title", "value": "x"},
    ]
    assert operations(patch.update(paths({WORK: "a@zone.example", HOME: None}), ZPA)) == [
        {"op": "replace", "path": "emails", "value": MAILS},
    ]
    assert operations(patch.update(paths({WORK: None, HOME: ()}), ZPA)) == [
        {"op": "remove", "path": "emails"}
    ]


def test_an_update_of_nothing_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="without values"):
        patch.update({}, RFC7644)


@pytest.mark.parametrize("path", ["members", "Members", 'members[value eq "u1"].value'])
@pytest.mark.parametrize("value", [None, (), ("u1",)])
@pytest.mark.parametrize("profile", [RFC7644, ZPA])
def test_an_update_cannot_touch_members(path: str, value: Value, profile: object) -> None:
    chosen = RFC7644 if profile is RFC7644 else ZPA
    with pytest.raises(ValueError, match="members are changed by functions of their own only"):
        patch.update(paths({path: value}), chosen)
    with pytest.raises(ValueError, match="members are changed by functions of their own only"):
        patch.update_seen(paths({path: value}), {}, chosen)


def test_elements_that_a_resource_lacks_are_added_and_others_replaced() -> None:
    data: dict[str, Json] = {"emails": ({"type": "home", "value": "old"},)}
    values = paths(
        {
            WORK: "w@zone.example",
            'emails[type eq "work"].display': "W",
            HOME: "h@zone.example",
            "title": "x",
        }
    )
    assert operations(patch.update_seen(values, data, RFC7644)) == [
        {"op": "replace", "path": HOME, "value": "h@zone.example"},
        {
            "op": "add",
            "path": "emails",
            "value": [{"type": "work", "display": "W", "value": "w@zone.example", "primary": True}],
        },
        {"op": "replace", "path": "title", "value": "x"},
    ]


def test_an_element_that_is_not_there_need_not_be_cleared() -> None:
    assert patch.update_seen(paths({WORK: None}), folded({"emails": ()}), RFC7644) is None


def ids(*names: str) -> list[ResourceId]:
    return [ResourceId(name) for name in names]


def test_members_are_added_in_one_operation_sorted() -> None:
    assert group_operations(patch.add_members(ids("b", "a"), RFC7644)) == [
        {"op": "add", "path": "members", "value": [{"value": "a"}, {"value": "b"}]}
    ]


def test_each_member_is_removed_by_an_operation_of_its_own() -> None:
    assert group_operations(patch.remove_members(ids("b", "a"), RFC7644)) == [
        {"op": "remove", "path": 'members[value eq "a"]'},
        {"op": "remove", "path": 'members[value eq "b"]'},
    ]


def test_an_id_with_a_quote_stays_inside_its_quotes() -> None:
    message = patch.remove_members(ids('a"] or members[value pr'), RFC7644)
    assert message["Operations"] == [
        {"op": "remove", "path": r'members[value eq "a\"] or members[value pr"]'}
    ]


def test_a_provider_without_filters_in_paths_gets_a_list_of_values() -> None:
    profile = replace(RFC7644, member_removal=MemberRemoval.LIST)
    assert patch.remove_members(ids("b", "a"), profile)["Operations"] == [
        {"op": "remove", "path": "members", "value": [{"value": "a"}, {"value": "b"}]}
    ]


@pytest.mark.parametrize("build", [patch.add_members, patch.remove_members])
@pytest.mark.parametrize("removal", list(MemberRemoval))
@pytest.mark.parametrize("number", [0, 3])
def test_no_member_or_too_many_are_refused(
    build: object, removal: MemberRemoval, number: int
) -> None:
    profile = replace(RFC7644, members_per_patch=2, member_removal=removal)
    members = ids(*"abc"[:number])
    function = patch.add_members if build is patch.add_members else patch.remove_members
    with pytest.raises(ValueError, match=f"a PATCH of {number} members: expected 1 to 2"):
        function(members, profile)


@settings(deadline=None)
@given(
    members=st.lists(st.text(min_size=1), min_size=1, max_size=100, unique=True),
    removal=st.sampled_from([MemberRemoval.FILTER, MemberRemoval.LIST]),
)
def test_a_group_is_never_emptied_by_a_bare_removal(
    members: list[str], removal: MemberRemoval
) -> None:
    profile = replace(RFC7644, member_removal=removal)
    found = patch.remove_members(ids(*members), profile)["Operations"]
    assert isinstance(found, list)
    for operation in found:
        assert operation["path"] != "members" or operation["value"]


def test_who_is_removed_by_replacing_the_list_cannot_be_removed_by_name() -> None:
    profile = replace(RFC7644, member_removal=MemberRemoval.REPLACE)
    with pytest.raises(ValueError, match="replace the list of members"):
        patch.remove_members(ids("a"), profile)
    assert group_operations(patch.replace_members(ids("b", "a"), profile)) == [
        {"op": "replace", "path": "members", "value": [{"value": "a"}, {"value": "b"}]}
    ]


def test_only_emptying_a_group_removes_members_without_naming_them() -> None:
    assert group_operations(patch.empty_group(RFC7644)) == [{"op": "remove", "path": "members"}]


def test_operations_are_capitalised_where_the_profile_says_so() -> None:
    profile = replace(RFC7644, op_case=OpCase.CAPITALISED)
    message = patch.update_seen(paths({"title": None, WORK: "a", "active": True}), {}, profile)
    assert message is not None
    found = message["Operations"]
    assert isinstance(found, list)
    assert [operation["op"] for operation in found] == ["Replace", "Add", "Remove"]


DEPARTMENT = f"{ENTERPRISE_USER}:department"
MANAGER = f"{ENTERPRISE_USER}:manager.value"


@pytest.mark.parametrize(
    ("clearing", "path", "operation"),
    [
        (Clearing.REMOVE, "title", {"op": "remove", "path": "title"}),
        (Clearing.NULL, "title", {"op": "replace", "path": "title", "value": None}),
        (Clearing.EMPTY, "title", {"op": "replace", "path": "title", "value": ""}),
        (Clearing.EMPTY, "roles", {"op": "replace", "path": "roles", "value": []}),
        (Clearing.EMPTY, WORK, {"op": "replace", "path": WORK, "value": ""}),
        (Clearing.NULL, DEPARTMENT, {"op": "replace", "path": DEPARTMENT, "value": None}),
    ],
)
def test_a_value_is_taken_away_as_the_profile_says(
    clearing: Clearing, path: str, operation: Json
) -> None:
    message = patch.update(paths({path: None}), replace(RFC7644, clearing=clearing))
    assert message["Operations"] == [operation]


@pytest.mark.parametrize(
    ("form", "path", "value", "operation"),
    [
        (
            ExtensionPath.OBJECT,
            DEPARTMENT,
            "NetSec",
            {"op": "replace", "path": ENTERPRISE_USER, "value": {"department": "NetSec"}},
        ),
        (
            ExtensionPath.OBJECT,
            MANAGER,
            "u7",
            {"op": "replace", "path": ENTERPRISE_USER, "value": {"manager": {"value": "u7"}}},
        ),
        (
            ExtensionPath.OBJECT,
            DEPARTMENT,
            None,
            {"op": "replace", "path": ENTERPRISE_USER, "value": {"department": None}},
        ),
        (
            ExtensionPath.PATHLESS,
            DEPARTMENT,
            "NetSec",
            {"op": "replace", "value": {ENTERPRISE_USER: {"department": "NetSec"}}},
        ),
        (
            ExtensionPath.PATHLESS,
            DEPARTMENT,
            None,
            {"op": "replace", "value": {ENTERPRISE_USER: {"department": None}}},
        ),
        (
            ExtensionPath.TOP_LEVEL,
            DEPARTMENT,
            "NetSec",
            {"op": "replace", "path": "department", "value": "NetSec"},
        ),
        (ExtensionPath.TOP_LEVEL, DEPARTMENT, None, {"op": "remove", "path": "department"}),
        (ExtensionPath.PATHLESS, "title", "x", {"op": "replace", "path": "title", "value": "x"}),
    ],
)
def test_an_extension_is_named_as_the_profile_says(
    form: ExtensionPath, path: str, value: Value, operation: Json
) -> None:
    message = patch.update(paths({path: value}), replace(RFC7644, extension_path=form))
    assert message["Operations"] == [operation]


@pytest.mark.parametrize(
    ("mails", "primary"),
    [
        ((), True),
        (({"type": "home", "value": "h"},), True),
        (({"type": "home", "value": "h", "primary": False},), True),
        (({"type": "home", "value": "h", "primary": True},), False),
        (({"type": "home", "value": "h", "primary": "True"},), False),
        ("h", True),
    ],
)
def test_a_healed_address_is_primary_like_a_created_one_unless_another_is(
    mails: Json, primary: bool
) -> None:
    message = patch.update_seen(paths({WORK: "w"}), {"emails": mails}, RFC7644)
    element: dict[str, Json] = {"type": "work", "value": "w"}
    assert operations(message) == [
        {
            "op": "add",
            "path": "emails",
            "value": [element | {"primary": True} if primary else element],
        }
    ]


def test_list_of_objects_that_only_the_profile_knows_is_sent_as_objects() -> None:
    known = Characteristics(AttributeType.COMPLEX, multi_valued=True)
    users = RFC7644.users
    own = replace(users, attributes={**users.attributes, f"{OWN}:badges": known})
    profile = replace(RFC7644, users=own)
    element = '{"type":"door","value":"a"}'
    message = patch.update(paths({f"{OWN}:badges": (element,)}), profile)
    assert message["Operations"] == [
        {
            "op": "replace",
            "path": f"{OWN}:badges",
            "value": [{"type": "door", "value": "a"}],
        }
    ]


MEMBERS = replace(RFC7644, pathless=Pathless.MEMBERS)
EVERYTHING = replace(RFC7644, pathless=Pathless.EVERYTHING)


@pytest.mark.parametrize(
    ("profile", "operation"),
    [
        (RFC7644, {"op": "add", "path": "members", "value": [{"value": "a"}, {"value": "b"}]}),
        (MEMBERS, {"op": "add", "value": {"members": [{"value": "a"}, {"value": "b"}]}}),
        (EVERYTHING, {"op": "add", "value": {"members": [{"value": "a"}, {"value": "b"}]}}),
    ],
)
def test_members_are_added_with_a_path_or_in_the_value(
    profile: Profile, operation: dict[str, Json]
) -> None:
    message = patch.add_members([ResourceId("b"), ResourceId("a")], profile)
    assert message["Operations"] == [operation]


@pytest.mark.parametrize(
    ("path", "value", "operation"),
    [
        ("title", "Lead", {"op": "replace", "value": {"title": "Lead"}}),
        ("roles", ("a",), {"op": "replace", "value": {"roles": [{"value": "a"}]}}),
        ("name.givenName", "A", {"op": "replace", "path": "name.givenName", "value": "A"}),
        (WORK, "a@b.c", {"op": "replace", "path": WORK, "value": "a@b.c"}),
        (
            f"{ENTERPRISE_USER}:department",
            "X",
            {"op": "replace", "path": f"{ENTERPRISE_USER}:department", "value": "X"},
        ),
        ("title", None, {"op": "remove", "path": "title"}),
    ],
)
def test_without_paths_only_what_a_name_alone_leads_to_stands_in_the_value(
    path: str, value: Value, operation: dict[str, Json]
) -> None:
    """Whatever leads further would replace the rest of the attribute as well; and a removal has
    nothing but its path (RFC 7644 §3.5.2.2)."""
    assert patch.update(paths({path: value}), EVERYTHING)["Operations"] == [operation]
    assert patch.update(paths({path: value}), MEMBERS) == patch.update(
        paths({path: value}), RFC7644
    )
