"""Members that must carry a name: it is learnt from what is read and created anyway."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.attributes import DISPLAY_NAME, USER_NAME
from reconciler.model.dialect import Updating
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import AttributePath, Value
from reconciler.model.profile import RFC7644, Profile
from reconciler.model.resource import Resource
from reconciler.scim.client import ScimClient
from reconciler.scim.naming import Names
from reconciler.scim.replacement import with_names
from tests.unit.scim.builders_wire import (
    Asked,
    Provider,
    Says,
    a_group,
    a_page,
    a_user,
    connected,
)

NAMED = replace(RFC7644, member_name="displayName")
ADA, BO, CY = (ResourceId(name) for name in ("ada", "bo", "cy"))
OPS = ResourceId("g1")


def answer(asked: Asked) -> Says:
    match asked.method, asked.path:
        case "GET", "/Users":
            return Says(200, a_page([a_user("ada", displayName="Ada L"), a_user("bo", "bo@z")]))
        case "GET", "/Users/gone":
            return Says(404, {"status": "404"})
        case "GET", "/Groups/g1":
            return Says(200, a_group("g1", members=[{"value": "ada", "display": "as shown"}]))
        case "GET", path:
            return Says(200, a_user(path.removeprefix("/Users/"), "read@z"))
        case "POST", "/Bulk":
            done = {
                "bulkId": "change-1",
                "status": "201",
                "location": "https://x.example/Users/new",
            }
            return Says(200, {"Operations": [done]})
        case "POST", _:
            return Says(201, {"id": "new"})
        case _:
            return Says(200, a_group())


def sent(profile: Profile, act: Callable[[ScimClient], Awaitable[object]]) -> tuple[list[str], Any]:
    """Every request, and the members of the last one."""

    async def go() -> Provider:
        provider = Provider(answer)
        async with connected(provider, profile) as client:
            await act(client)
        return provider

    provider = asyncio.run(go())
    body = provider.asked[-1].body
    members = body["members"] if "members" in body else body["Operations"][0]["value"]
    return provider.lines, members


def test_whoever_was_listed_costs_no_further_request() -> None:
    async def act(client: ScimClient) -> None:
        await client.listing(Kind.USER)
        await client.add_members(OPS, [ADA, BO])

    assert sent(NAMED, act) == (
        ["GET /Users", "PATCH /Groups/g1"],
        [{"value": "ada", "displayName": "Ada L"}, {"value": "bo", "displayName": "bo@z"}],
    )


@pytest.mark.parametrize("together", [False, True])
def test_whoever_was_created_is_called_what_they_were_created_as(together: bool) -> None:
    values: Mapping[AttributePath, Value] = {USER_NAME: "new@z", DISPLAY_NAME: "New One"}

    async def act(client: ScimClient) -> None:
        if together:
            (place,) = client.together(1, lambda: True)
            with place as shared:
                await shared.create(Kind.USER, values)
        else:
            await client.create(Kind.USER, values)
        await client.add_members(OPS, [ResourceId("new")])

    lines, members = sent(NAMED, act)
    assert len(lines) == 2
    assert members == [{"value": "new", "displayName": "New One"}]


def test_whoever_is_not_known_is_read_once_and_whoever_is_gone_has_no_name() -> None:
    async def act(client: ScimClient) -> None:
        await client.add_members(OPS, [CY])
        await client.add_members(OPS, [CY, ResourceId("gone")])

    assert sent(NAMED, act) == (
        ["GET /Users/cy", "PATCH /Groups/g1", "GET /Users/gone", "PATCH /Groups/g1"],
        [{"value": "cy", "displayName": "read@z"}, {"value": "gone"}],
    )


@pytest.mark.parametrize("way", [Updating.PUT_REPLACES, Updating.PUT_MERGES])
def test_a_put_names_everybody_in_it_whatever_is_shown_of_them(way: Updating) -> None:
    """What a provider shows of a member need not be what it wants to be sent."""

    async def act(client: ScimClient) -> None:
        await client.add_members(OPS, [ADA, CY])

    _, members = sent(replace(NAMED, update_group=way), act)
    assert {"value": "cy", "displayName": "read@z"} in members
    if way is Updating.PUT_REPLACES:
        assert {"value": "ada", "display": "as shown", "displayName": "read@z"} in members


def test_where_nobody_asks_for_names_an_id_is_all_that_is_sent() -> None:
    async def act(client: ScimClient) -> None:
        await client.listing(Kind.USER)
        await client.add_members(OPS, [ADA, CY])

    assert sent(RFC7644, act) == (
        ["GET /Users", "PATCH /Groups/g1"],
        [{"value": "ada"}, {"value": "cy"}],
    )


def test_who_has_no_name_has_none_and_nobody_is_remembered_where_none_is_asked_for() -> None:
    nobody = Resource(ADA, Kind.USER, {"id": "ada", "displayname": ""})
    names = Names("display")
    names.learn([nobody])
    assert (names.known, names.missing([ADA]), names.of(ADA)) == ({}, [ADA], {})
    unasked = Names(None)
    unasked.learn([Resource(ADA, Kind.USER, {"displayname": "Ada"})])
    unasked.learn_created(BO, {USER_NAME: "bo@z"})
    assert (unasked.known, unasked.missing([ADA, BO])) == ({}, [])


def test_a_group_without_members_is_put_as_it_is() -> None:
    assert with_names({"displayName": "Ops"}, Names("display")) == {"displayName": "Ops"}
