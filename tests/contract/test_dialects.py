"""Each way of writing that a profile can name, against a provider that takes this way alone.

The provider refuses every other form, so that a client which chose wrongly cannot pass by luck.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from reconciler.errors import NotScimError, RejectedError, StaleVersionError
from reconciler.model.change import AttributeChange
from reconciler.model.dialect import (
    Clearing,
    ExtensionPath,
    MediaType,
    MemberRemoval,
    OpCase,
    Pathless,
    Updating,
)
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import ENTERPRISE_USER, AttributePath, Value, parse_path
from reconciler.model.profile import RFC7644, MembersIn, Profile
from reconciler.model.profile.clauses import Transport
from reconciler.model.resource import Resource
from reconciler.plan.budget import patches_of
from reconciler.scim.client import ScimClient, connect
from reconciler.scim.connection import Connection
from reconciler.simulator import quirks as odd
from reconciler.simulator.app import build_app
from reconciler.simulator.quirks import Quirks
from reconciler.simulator.store import Store
from tests.builders import an_update

T = TypeVar("T")
WORK = 'emails[type eq "work"].value'
HOME = 'emails[type eq "home"].value'
DEPARTMENT = f"{ENTERPRISE_USER}:department"
MANAGER = f"{ENTERPRISE_USER}:manager.value"


@dataclass(frozen=True)
class Dialect:
    """A profile, and the provider that it is true of."""

    profile: dict[str, Any]
    quirks: dict[str, Any] = field(default_factory=dict)


PUT = {"update_user": Updating.PUT_REPLACES, "update_group": Updating.PUT_REPLACES}
MERGE = {"update_user": Updating.PUT_MERGES, "update_group": Updating.PUT_MERGES}
NO_PATCH = {"patch_user": False, "patch_group": False}
DIALECTS = {
    "as the RFC": Dialect({}),
    "capitalised": Dialect({"op_case": OpCase.CAPITALISED}, {"capitalised_operations": True}),
    "text booleans": Dialect({"text_booleans": True}, {"text_booleans_only": True}),
    "text booleans shown": Dialect(
        {"text_booleans": True}, {"text_booleans_only": True, "text_booleans": True}
    ),
    "cleared by remove": Dialect({"clearing": Clearing.REMOVE}, {"clears": odd.Clears.REMOVE}),
    "cleared by null": Dialect({"clearing": Clearing.NULL}, {"clears": odd.Clears.NULL}),
    "cleared by empty text": Dialect({"clearing": Clearing.EMPTY}, {"clears": odd.Clears.EMPTY}),
    "extension behind its URN": Dialect({}, {"extensions": odd.Extensions.PREFIX}),
    "extension as an object": Dialect(
        {"extension_path": ExtensionPath.OBJECT}, {"extensions": odd.Extensions.OBJECT}
    ),
    "extension without a path": Dialect(
        {"extension_path": ExtensionPath.PATHLESS}, {"extensions": odd.Extensions.PATHLESS}
    ),
    "plain JSON": Dialect(
        {"transport": Transport(content_type=MediaType.JSON)},
        {"media_types": frozenset({"application/json"})},
    ),
    "a slash at the end": Dialect(
        {"transport": Transport(trailing_slash=True)}, {"trailing_slash": True}
    ),
    "members with names": Dialect(
        {"member_name": "displayName", **PUT},
        {"required_member": frozenset({"displayname"}), **NO_PATCH},
    ),
    "no paths": Dialect({"pathless": Pathless.EVERYTHING}),
    "members without a path": Dialect({"pathless": Pathless.MEMBERS}),
    "extension at the top": Dialect(
        {"extension_path": ExtensionPath.TOP_LEVEL},
        {"top_level_enterprise": frozenset({"department", "division", "manager"})},
    ),
    "removal by list": Dialect(
        {"member_removal": MemberRemoval.LIST}, {"removals": odd.Removals.LIST}
    ),
    "few members at a time": Dialect({"members_per_patch": 2}, {"most_members": 2}),
    "few operations at a time": Dialect(
        {"operations_per_patch": 2, "members_per_patch": 2},
        {"most_operations": 2, "most_members": 2},
    ),
    "put": Dialect(PUT, NO_PATCH),
    "put, no versions": Dialect(PUT | {"etags": False}, NO_PATCH | {"etags": False}),
    "put, text booleans": Dialect(
        PUT | {"text_booleans": True},
        NO_PATCH | {"text_booleans_only": True, "text_booleans": True},
    ),
    "put that merges": Dialect(MERGE, NO_PATCH | {"put": odd.Put.MERGES}),
    "put that merges, empty": Dialect(
        MERGE | {"clearing": Clearing.EMPTY},
        NO_PATCH | {"put": odd.Put.MERGES, "clears": odd.Clears.EMPTY},
    ),
}


@dataclass(frozen=True)
class Place:
    """A provider that speaks one dialect, in a file of its own."""

    profile: Profile
    quirks: Quirks
    path: Path

    def run(self, act: Callable[[ScimClient], Awaitable[T]]) -> T:
        async def go() -> T:
            with Store.open(self.path) as store:
                app = build_app(store, self.quirks, token=None)
                connection = Connection(base_url="https://embedded.invalid/scim/v2")
                async with connect(connection, self.profile, app=app) as client:
                    return await act(client)

        return asyncio.run(go())


def a_place(path: Path, dialect: Dialect) -> Place:
    return Place(
        replace(RFC7644, **dialect.profile),
        replace(odd.RFC7644, **dialect.quirks),
        path / "provider.sqlite",
    )


@pytest.fixture(params=list(DIALECTS), ids=str)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return a_place(tmp_path, DIALECTS[request.param])


def paths(values: dict[str, Value]) -> dict[AttributePath, Value]:
    return {parse_path(text): value for text, value in values.items()}


EVERYTHING: dict[str, Value] = {
    "userName": "ada@zone.example",
    "externalId": "E-10342",
    "active": True,
    "displayName": 'Ada "the first" \\ Lovelace é',
    "name.givenName": "Ada",
    "name.familyName": "Lovelace",
    "title": "Lead",
    "nickName": "A",
    WORK: "ada@zone.example",
    HOME: "ada@home.example",
    DEPARTMENT: "NetSec",
    f"{ENTERPRISE_USER}:division": "North",
}


async def created(client: ScimClient, kind: Kind, values: dict[AttributePath, Value]) -> ResourceId:
    written = await client.create(kind, values)
    assert written.id is not None
    return written.id


async def read(client: ScimClient, kind: Kind, id: ResourceId) -> Resource:
    found = await client.get(kind, id)
    assert found is not None
    return found


def held(resource: Resource) -> dict[str, Value]:
    """What is held of EVERYTHING, booleans as booleans."""
    found: dict[str, Value] = {}
    for text in EVERYTHING:
        value = parse_path(text).read(resource.data)
        assert value is None or isinstance(value, str | bool)
        found[text] = value == "true" if text == "active" and isinstance(value, str) else value
    return found


@pytest.mark.parametrize("told", [True, False], ids=["seen", "not seen"])
@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Head"},
        {"active": False},
        {"name.givenName": "Augusta", "displayName": "Augusta"},
        {WORK: "augusta@zone.example"},
        {DEPARTMENT: "Mathematics"},
        {"title": None},
        {DEPARTMENT: None},
        {WORK: None},
        {"name.familyName": None, HOME: None},
        {"name.familyName": None, "name.givenName": "Augusta"},
        {"name.familyName": None, "name.givenName": None},
        {"title": "Head", WORK: "a@zone.example", "active": False, DEPARTMENT: None},
    ],
    ids="+".join,
)
def test_an_update_changes_what_it_says_and_loses_nothing(
    place: Place, changes: dict[str, Value], told: bool
) -> None:
    async def act(client: ScimClient) -> Resource:
        name = await created(client, Kind.USER, paths(EVERYTHING))
        seen = await read(client, Kind.USER, name) if told else None
        await client.update(Kind.USER, name, paths(changes), seen=seen)
        return await read(client, Kind.USER, name)

    assert held(place.run(act)) == EVERYTHING | changes


def test_a_value_that_was_never_there_can_be_given(place: Place) -> None:
    async def act(client: ScimClient) -> Resource:
        boss = await created(client, Kind.USER, paths({"userName": "boss@zone.example"}))
        name = await created(client, Kind.USER, paths({"userName": "ada@zone.example"}))
        seen = await read(client, Kind.USER, name)
        changes = paths({**EVERYTHING, MANAGER: str(boss)})
        await client.update(Kind.USER, name, changes, seen=seen)
        found = await read(client, Kind.USER, name)
        assert parse_path(MANAGER).read(found.data) == boss
        return found

    found = place.run(act)
    assert held(found) == EVERYTHING
    emails = found.data["emails"]
    assert isinstance(emails, tuple)
    primary = [
        e["type"] for e in emails if isinstance(e, dict) and str(e.get("primary")).lower() == "true"
    ]
    assert primary == ["work"], "a healed address is primary like a created one"


def test_members_come_and_go_and_nobody_else_is_touched(place: Place) -> None:
    if place.profile.update_group is Updating.PUT_MERGES:
        pytest.skip("nobody can be taken out there; the plan says so")

    async def act(client: ScimClient) -> None:
        ids = [
            await created(client, Kind.USER, paths({"userName": f"u{n}@zone.example"}))
            for n in range(6)
        ]
        group = await created(
            client, Kind.GROUP, paths({"displayName": "Ops", "externalId": "keep"})
        )

        async def members() -> object:
            found = await read(client, Kind.GROUP, group)
            assert (found.data["displayname"], found.data["externalid"]) == ("Ops", "keep")
            return found.members

        await client.add_members(group, ids[:2])
        await client.add_members(group, ids[1:3])
        await client.add_members(group, ids[3:5])
        assert await members() == frozenset(ids[:5])
        if place.profile.update_group is Updating.PATCH:
            await client.remove_members(group, ids[:2])
        else:
            await client.replace_members(group, ids[2:5])
        assert await members() == frozenset(ids[2:5])
        await client.update(Kind.GROUP, group, paths({"externalId": "keep"}))
        assert await members() == frozenset(ids[2:5])

    place.run(act)


def test_members_can_be_added_where_put_merges(tmp_path: Path) -> None:
    place = a_place(tmp_path, DIALECTS["put that merges"])

    async def act(client: ScimClient) -> None:
        ids = [
            await created(client, Kind.USER, paths({"userName": f"u{n}@zone.example"}))
            for n in range(3)
        ]
        group = await created(client, Kind.GROUP, paths({"displayName": "Ops"}))
        await client.add_members(group, ids[:2])
        await client.add_members(group, ids[2:])
        assert (await read(client, Kind.GROUP, group)).members == frozenset(ids)

    place.run(act)


@pytest.mark.parametrize("dialect", ["as the RFC", "capitalised", "put"])
def test_the_list_of_members_can_be_replaced(tmp_path: Path, dialect: str) -> None:
    place = a_place(tmp_path, DIALECTS[dialect])

    async def act(client: ScimClient) -> None:
        ids = [
            await created(client, Kind.USER, paths({"userName": f"u{n}@zone.example"}))
            for n in range(4)
        ]
        group = await created(client, Kind.GROUP, paths({"displayName": "Ops"}))
        await client.add_members(group, ids[:3])
        await client.replace_members(group, ids[1:])
        assert (await read(client, Kind.GROUP, group)).members == frozenset(ids[1:])
        if place.profile.update_group is Updating.PATCH:
            await client.empty_group(group)
            assert (await read(client, Kind.GROUP, group)).members == frozenset()

    place.run(act)


def test_what_somebody_else_changed_is_not_written_over_by_put(tmp_path: Path) -> None:
    """With versions and without: a whole resource is built from what is live at that moment."""
    place = a_place(tmp_path, DIALECTS["put, no versions"])

    async def act(client: ScimClient) -> Resource:
        name = await created(client, Kind.USER, paths(EVERYTHING))
        seen = await read(client, Kind.USER, name)
        await client.update(Kind.USER, name, paths({"nickName": "theirs"}))
        await client.update(Kind.USER, name, paths({"title": "ours"}), seen=seen)
        with pytest.raises(StaleVersionError, match="title changed since it was read"):
            await client.update(Kind.USER, name, paths({"title": "late"}), seen=seen)
        return await read(client, Kind.USER, name)

    assert held(place.run(act)) == EVERYTHING | {"nickName": "theirs", "title": "ours"}


def test_a_group_whose_members_cannot_be_seen_is_not_replaced(tmp_path: Path) -> None:
    hidden = Dialect(PUT | {"members_in": MembersIn.NEVER}, NO_PATCH)
    place = a_place(tmp_path, hidden)

    async def act(client: ScimClient) -> None:
        group = await created(client, Kind.GROUP, paths({"displayName": "Ops"}))
        with pytest.raises(NotScimError, match="its members would be lost"):
            await client.update(Kind.GROUP, group, paths({"displayName": "Net"}))

    place.run(act)


@pytest.mark.parametrize("dialect", sorted(set(DIALECTS) - {"as the RFC"}))
def test_a_profile_that_is_wrong_about_it_is_refused_or_changes_nothing_else(
    tmp_path: Path, dialect: str
) -> None:
    """The provider really takes its one form alone; a refusal leaves everything as it was."""
    spoken = a_place(tmp_path, DIALECTS[dialect])
    place = replace(spoken, profile=RFC7644)

    async def act(client: ScimClient) -> bool:
        try:
            name = await created(client, Kind.USER, paths(EVERYTHING))
        except RejectedError:
            return True
        refused = False
        attempts: list[dict[str, Value]] = [{"title": None}, {DEPARTMENT: "x"}, {"active": False}]
        for changes in attempts:
            try:
                await client.update(Kind.USER, name, paths(changes))
            except RejectedError:
                refused = True
        return refused

    harmless = {
        "plain JSON",
        "no paths",
        "members without a path",
        "text booleans shown",
        "cleared by remove",
        "extension behind its URN",
        "extension at the top",
        "removal by list",
        "few members at a time",
        "few operations at a time",
    }
    assert place.run(act) is (dialect not in harmless) or dialect == "text booleans shown"


def test_what_takes_more_operations_than_one_request_may_have_is_sent_in_several(
    tmp_path: Path,
) -> None:
    """As many as the plan says, and no request of more than the provider takes."""
    few = {"operations_per_patch": 2, "members_per_patch": 1}
    place = a_place(tmp_path, Dialect(few, {"most_operations": 2, "most_members": 1}))
    wanted: dict[str, Value] = {"title": "Head", "nickName": None, "active": False, WORK: "a@b.c"}

    async def act(client: ScimClient) -> tuple[Resource, int]:
        name = await created(client, Kind.USER, paths(EVERYTHING))
        seen = await read(client, Kind.USER, name)
        await client.update(Kind.USER, name, paths(wanted | {DEPARTMENT: "x"}), seen=seen)
        return await read(client, Kind.USER, name), client.requests["PATCH"]

    found, patches = place.run(act)
    assert held(found) == EVERYTHING | wanted | {DEPARTMENT: "x"}
    everything = wanted | {DEPARTMENT: "x"}
    parts = tuple(AttributeChange(path, EVERYTHING[path], v) for path, v in everything.items())
    change = replace(an_update(), changes=parts)
    assert patches == patches_of(change, place.profile) == 3


def test_a_version_is_the_last_own_ones_when_a_change_is_sent_in_several(tmp_path: Path) -> None:
    place = a_place(
        tmp_path, Dialect({"operations_per_patch": 1, "etags": True}, {"most_operations": 1})
    )

    async def act(client: ScimClient) -> Resource:
        name = await created(client, Kind.USER, paths(EVERYTHING))
        seen = await read(client, Kind.USER, name)
        both = paths({"title": "Head", "nickName": "B"})
        await client.update(Kind.USER, name, both, seen=seen, version=seen.version)
        with pytest.raises(StaleVersionError):
            await client.update(Kind.USER, name, both, seen=seen, version=seen.version)
        return await read(client, Kind.USER, name)

    assert held(place.run(act)) == EVERYTHING | {"title": "Head", "nickName": "B"}
