"""Whole resources for a PUT: the change is in them, and what nobody manages is as it was."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.dialect import Clearing
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import CORE_USER, ENTERPRISE_USER, AttributePath, Json, Value, parse_path
from reconciler.model.profile import RFC7644, ZPA
from reconciler.scim.replacement import merged, replaced, with_members

WORK = 'emails[type eq "work"].value'
DEPARTMENT = f"{ENTERPRISE_USER}:department"


def paths(values: dict[str, Value]) -> dict[AttributePath, Value]:
    return {parse_path(text): value for text, value in values.items()}


LIVE: dict[str, Json] = {
    "id": 7,
    "Schemas": [CORE_USER, "urn:other"],
    "UserName": "ada@zone.example",
    "emails": [{"type": "home", "value": "h"}, {"Type": "Work", "value": "w", "display": "W"}],
    "name": {"familyName": "L", "FORMATTED": "Ada L"},
    ENTERPRISE_USER: {"department": "NetSec"},
    "urn:other": {"Badge": 5},
    "department": "NetSec",
    "meta": {"version": "1"},
    "groups": [{"value": "g1"}],
}


def test_names_are_the_providers_and_what_only_it_writes_is_left_out() -> None:
    after = replaced(Kind.USER, LIVE, paths({"userName": "bo", WORK: "x", "title": "T"}), RFC7644)
    assert after == {
        "schemas": [CORE_USER, "urn:other"],
        "id": 7,
        "UserName": "bo",
        "emails": [{"type": "home", "value": "h"}, {"Type": "Work", "display": "W", "value": "x"}],
        "name": {"familyName": "L", "FORMATTED": "Ada L"},
        ENTERPRISE_USER: {"department": "NetSec"},
        "urn:other": {"Badge": 5},
        "department": "NetSec",
        "title": "T",
    }
    assert LIVE["UserName"] == "ada@zone.example", "what was read is not changed in place"


def test_what_is_left_without_a_value_is_not_there_any_more() -> None:
    changes = paths({DEPARTMENT: None, "name.familyName": None, "name.formatted": None, WORK: None})
    after = replaced(Kind.USER, LIVE, changes, RFC7644)
    assert ENTERPRISE_USER not in after
    assert "name" not in after
    assert after["emails"] == [{"type": "home", "value": "h"}, {"Type": "Work", "display": "W"}]
    alone: dict[str, Json] = {"emails": [{"type": "work", "value": "w", "primary": True}]}
    assert "emails" not in replaced(Kind.USER, alone, paths({WORK: None}), RFC7644)


def test_an_extension_that_was_not_there_is_named_among_the_schemas() -> None:
    after = replaced(Kind.USER, {"id": "1"}, paths({DEPARTMENT: "x"}), RFC7644)
    assert after["schemas"] == [ENTERPRISE_USER]
    assert after[ENTERPRISE_USER] == {"department": "x"}


def test_where_types_are_not_kept_the_list_is_made_anew_and_the_twin_at_the_top_goes() -> None:
    after = replaced(Kind.USER, LIVE, paths({WORK: "x", DEPARTMENT: "Ops"}), ZPA)
    assert after["emails"] == [{"type": "work", "value": "x", "primary": True}]
    assert "department" not in after
    assert "emails" not in replaced(Kind.USER, LIVE, paths({WORK: None}), ZPA)


def test_a_merge_says_what_changes_and_what_has_no_value_and_nothing_else() -> None:
    changes = paths({"title": None, "name.familyName": None, "name.givenName": "A", WORK: "x"})
    assert merged(Kind.USER, LIVE, changes, RFC7644) == {
        "schemas": [CORE_USER, "urn:other"],
        "id": 7,
        "userName": "ada@zone.example",
        "emails": [{"type": "home", "value": "h"}, {"Type": "Work", "display": "W", "value": "x"}],
        "name": {"FORMATTED": "Ada L", "givenName": "A", "familyName": None},
        "title": None,
    }
    empty = replace(RFC7644, clearing=Clearing.EMPTY)
    assert merged(Kind.USER, LIVE, paths({"title": None}), empty)["title"] == ""
    gone = merged(Kind.USER, LIVE, paths({DEPARTMENT: None}), RFC7644)
    assert gone[ENTERPRISE_USER] == {"department": None}


def test_members_who_stay_go_back_as_the_provider_shows_them() -> None:
    group: dict[str, Json] = {"Members": [{"value": "a", "display": "Ada"}, "odd", {"value": "b"}]}
    ids = [ResourceId(name) for name in ("c", "a")]
    assert with_members(group, ids) == {
        "Members": [{"value": "a", "display": "Ada"}, {"value": "c"}]
    }
    assert with_members({}, ids[:1]) == {"members": [{"value": "c"}]}
