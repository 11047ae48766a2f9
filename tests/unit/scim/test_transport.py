"""How a request looks where a profile says so: where it goes, and what goes along."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from reconciler import __version__
from reconciler.errors import OutcomeUnknownError
from reconciler.model.attributes import USER_NAME
from reconciler.model.dialect import MediaType
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.profile import RFC7644, Profile
from reconciler.model.profile.clauses import Transport
from reconciler.scim.client import ScimClient, connect
from reconciler.scim.connection import Connection
from tests.unit.scim.builders_wire import (
    Asked,
    Provider,
    Says,
    a_group,
    a_page,
    a_user,
    connected,
    listening,
)

ODD: Profile = replace(
    RFC7644,
    users=replace(RFC7644.users, endpoint="people"),
    transport=Transport(
        content_type=MediaType.JSON,
        headers={"X-Api-Version": "2022-11-28", "User-Agent": "zone-sync"},
        trailing_slash=True,
    ),
    bulk_operations=10,
)


def answer(asked: Asked) -> Says:
    if asked.method == "DELETE":
        return Says(204)
    if asked.line == "GET /people/":
        return Says(200, a_page([a_user()]))
    if asked.line == "GET /Groups/":
        return Says(200, a_page([]))
    if asked.path == "/Bulk":
        created = {
            "bulkId": "change-1",
            "status": "201",
            "location": "https://x.example/v2/people/u9/",
        }
        return Says(200, {"Operations": [created]})
    return Says(200, a_group() if asked.path.startswith("/Groups") else a_user())


async def everything(client: ScimClient) -> None:
    ada = ResourceId("u1")
    assert (await client.find(Kind.USER, USER_NAME, "ada@zone.example"))[0].id == ada
    await client.listing(Kind.GROUP)
    await client.create(Kind.USER, {USER_NAME: "ada@zone.example"})
    assert await client.get(Kind.USER, ada) is not None
    await client.update(Kind.USER, ada, {USER_NAME: "ada@zone.example"})
    await client.add_members(ResourceId("g1"), [ada])
    await client.delete(Kind.USER, ada)
    (place,) = client.together(1, lambda: True)
    with place as shared:
        made = await shared.create(Kind.USER, {USER_NAME: "b"})
    assert made.id == "u9"


def asked_as(profile: Profile) -> list[Asked]:
    async def go() -> list[Asked]:
        provider = Provider(answer)
        async with connected(provider, profile) as client:
            await everything(client)
        return provider.asked

    return asyncio.run(go())


def test_every_request_goes_where_the_profile_says() -> None:
    assert [asked.line for asked in asked_as(ODD)] == [
        "GET /people/",
        "GET /Groups/",
        "POST /people/",
        "GET /people/u1/",
        "PATCH /people/u1/",
        "PATCH /Groups/g1/",
        "DELETE /people/u1/",
        "POST /Bulk",
    ]
    (bulk,) = [asked for asked in asked_as(ODD) if asked.path == "/Bulk"]
    assert bulk.body["Operations"][0]["path"] == "/people/"


@pytest.mark.parametrize(
    ("profile", "media_type", "agent", "version"),
    [
        (ODD, "application/json", "zone-sync", "2022-11-28"),
        (RFC7644, "application/scim+json", f"reconciler/{__version__}", None),
    ],
)
def test_every_request_carries_what_the_profile_says(
    profile: Profile, media_type: str, agent: str, version: str | None
) -> None:
    async def go() -> list[Asked]:
        provider = Provider(lambda _asked: Says(200, a_user()))
        async with connected(provider, profile) as client:
            await client.get(Kind.USER, ResourceId("u1"))
            await client.update(Kind.USER, ResourceId("u1"), {USER_NAME: "ada@zone.example"})
        return provider.asked

    read, write = asyncio.run(go())
    assert write.headers["content-type"] == media_type
    assert "content-type" not in read.headers
    for asked in (read, write):
        assert asked.headers["user-agent"] == agent
        assert asked.headers.get("x-api-version") == version
        assert asked.headers["authorization"].startswith("Bearer ")


def test_an_answer_is_waited_for_as_long_as_the_profile_says() -> None:
    async def silent(
        _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, _head: bytes
    ) -> None:
        await asyncio.sleep(0.5)

    async def go() -> None:
        impatient = replace(RFC7644, transport=Transport(timeout=0.05))
        async with listening(silent) as there:
            connection = Connection(base_url=there.url, allowed_hosts=frozenset({"127.0.0.1"}))
            async with connect(connection, impatient) as client:
                await client.create(Kind.USER, {USER_NAME: "ada@zone.example"})

    with pytest.raises(OutcomeUnknownError, match="no complete answer within the time limit"):
        asyncio.run(go())
