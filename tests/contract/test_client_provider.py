"""The client against the embedded service provider, in each profile: what it means is what happens.

The provider is a second reading of the standard. Where both agree, a value that is written comes
back, and nothing else has changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from reconciler.apply.provider import Provider
from reconciler.errors import (
    ConflictError,
    NotFoundError,
    RejectedError,
    StaleVersionError,
    UnauthorizedError,
)
from reconciler.model.dialect import IndexUnit, Paging
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import ENTERPRISE_USER, AttributePath, Json, Value, parse_path
from reconciler.model.profile import BUILT_IN, Deletion, MembersIn, Profile
from reconciler.model.resource import Actual, Listing, Resource, Unread
from reconciler.model.resource_type import fulfils
from reconciler.model.secret import Secret
from reconciler.plan.budget import reading_requests
from reconciler.scim.client import ScimClient, connect
from reconciler.scim.connection import Connection
from reconciler.scim.filters import matches
from reconciler.scim.snapshot import read_actual
from reconciler.simulator import quirks
from reconciler.simulator.app import build_app
from reconciler.simulator.quirks import QUIRKS, Quirks
from reconciler.simulator.store import Store

T = TypeVar("T")
TOKEN = "the-right-one"

WORK = 'emails[type eq "work"].value'
USER_NAME = parse_path("userName")
NOBODY = ResourceId("00000000-0000-4000-8000-000000000000")


@dataclass(frozen=True)
class Embedded:
    """An embedded provider in a file of its own, and the profile that describes it."""

    quirks: Quirks
    profile: Profile
    path: Path

    def run(
        self,
        act: Callable[[ScimClient], Awaitable[T]],
        *,
        token: str = TOKEN,
        profile: Profile | None = None,
        quirks: Quirks | None = None,
    ) -> T:
        async def go() -> T:
            with Store.open(self.path) as store:
                app = build_app(store, quirks or self.quirks, token=TOKEN)
                connection = Connection(
                    base_url="https://embedded.invalid/scim/v2", token=Secret(token)
                )
                async with connect(connection, profile or self.profile, app=app) as client:
                    return await act(client)

        return asyncio.run(go())


@pytest.fixture(params=sorted(QUIRKS))
def provider(request: pytest.FixtureRequest, tmp_path: Path) -> Embedded:
    name = str(request.param)
    return Embedded(QUIRKS[name], BUILT_IN[name], tmp_path / "provider.sqlite")


def shows_members(provider: Embedded) -> None:
    """The test is about members as they are read."""
    if provider.profile.members_in is MembersIn.PROBED:
        pytest.skip("this provider shows nobody who is in a group")


def paths(values: dict[str, Value]) -> dict[AttributePath, Value]:
    return {parse_path(text): value for text, value in values.items()}


def ada() -> dict[AttributePath, Value]:
    return paths({"userName": "ada@zone.example", "active": True})


def needed(kind: Kind, values: dict[AttributePath, Value]) -> dict[AttributePath, Value]:
    """What some provider or other requires of every resource."""
    name = next(value for path, value in values.items() if path.text in ("userName", "displayName"))
    if kind is Kind.GROUP:
        return paths({"externalId": name})
    return paths(
        {
            "externalId": name,
            "displayName": name,
            "name.givenName": "Ada",
            "name.familyName": "Lovelace",
            WORK: name,
            f"{ENTERPRISE_USER}:department": "NetSec",
        }
    )


async def created(client: ScimClient, kind: Kind, values: dict[AttributePath, Value]) -> ResourceId:
    written = await client.create(kind, {**needed(kind, values), **values})
    assert written.id is not None
    return written.id


async def people(client: ScimClient, number: int) -> list[ResourceId]:
    return [
        await created(client, Kind.USER, paths({"userName": f"u{n:03}@zone.example"}))
        for n in range(number)
    ]


async def joined(
    client: ScimClient, profile: Profile, group: ResourceId, ids: Sequence[ResourceId]
) -> None:
    """As many at a time as one request may name."""
    for start in range(0, len(ids), profile.members_per_patch):
        await client.add_members(group, ids[start : start + profile.members_per_patch])


async def parted(
    client: ScimClient, profile: Profile, group: ResourceId, ids: Sequence[ResourceId]
) -> None:
    for start in range(0, len(ids), profile.removals_per_patch):
        await client.remove_members(group, ids[start : start + profile.removals_per_patch])


async def read(client: ScimClient, kind: Kind, id: ResourceId) -> Resource:
    found = await client.get(kind, id)
    assert found is not None
    return found


EVERYTHING: dict[str, Value] = {
    "userName": "ada@zone.example",
    "externalId": "E-10342",
    "active": True,
    "displayName": 'Ada "the first" \\ Lovelace é',
    "name.givenName": "Ada",
    "name.familyName": "Lovelace",
    "title": "Lead",
    WORK: "ada@zone.example",
    f"{ENTERPRISE_USER}:department": "NetSec",
}


def is_required(path: str, profile: Profile) -> bool:
    return any(fulfils(parse_path(path), required) for required in profile.users.required)


def held(resource: Resource, path: str, profile: Profile) -> Json:
    """The value at a path; where types are not kept, of the only e-mail there is."""
    if path == WORK and profile.ignored_selectors:
        emails = resource.data["emails"]
        assert isinstance(emails, tuple)
        (email,) = emails
        return parse_path("value").read(email)
    value = parse_path(path).read(resource.data)
    return value == "true" if path == "active" and isinstance(value, str) else value


def test_what_is_created_comes_back(provider: Embedded) -> None:
    async def act(client: ScimClient) -> Resource:
        return await read(client, Kind.USER, await created(client, Kind.USER, paths(EVERYTHING)))

    found = provider.run(act)
    assert {p: held(found, p, provider.profile) for p in EVERYTHING} == EVERYTHING


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Head"},
        {"active": False},
        {"name.givenName": "Augusta", "displayName": "Augusta"},
        {WORK: "augusta@zone.example"},
        {f"{ENTERPRISE_USER}:department": "Mathematics"},
        {"userName": "augusta@zone.example"},
        {"title": "Head", WORK: "a@zone.example", "active": False, "externalId": "E-1"},
    ],
    ids="+".join,
)
def test_an_update_changes_what_it_says_and_nothing_else(
    provider: Embedded, changes: dict[str, Value]
) -> None:
    async def act(client: ScimClient) -> Resource | None:
        name = await created(client, Kind.USER, paths(EVERYTHING))
        await client.update(Kind.USER, name, paths(changes))
        return await client.get(Kind.USER, name)

    found = provider.run(act)
    if changes.get("active") is False and not provider.profile.inactive_shown:
        assert found is None
        return
    assert found is not None
    assert {p: held(found, p, provider.profile) for p in EVERYTHING} == EVERYTHING | changes


@pytest.mark.parametrize(
    "path", ["title", "externalId", "name.givenName", WORK, f"{ENTERPRISE_USER}:department"]
)
@pytest.mark.parametrize("nothing", [None, ()])
def test_a_cleared_attribute_has_no_value(provider: Embedded, path: str, nothing: Value) -> None:
    async def act(client: ScimClient) -> Resource:
        name = await created(client, Kind.USER, paths(EVERYTHING))
        await client.update(Kind.USER, name, paths({path: nothing}))
        return await read(client, Kind.USER, name)

    if is_required(path, provider.profile):
        with pytest.raises(RejectedError, match="is required"):
            provider.run(act)
        return
    found = provider.run(act)
    assert parse_path(path).read(found.data) is None
    assert not matches(found, parse_path(path), str(EVERYTHING[path]), provider.profile)


@pytest.mark.parametrize("path", [p for p in EVERYTHING if p not in {"userName", "active"}])
def test_a_value_that_was_never_there_can_be_given_and_cleared(
    provider: Embedded, path: str
) -> None:
    async def act(client: ScimClient) -> tuple[Resource, Resource]:
        name = await created(client, Kind.USER, ada())
        await client.update(Kind.USER, name, paths({path: EVERYTHING[path]}))
        given = await read(client, Kind.USER, name)
        await client.update(Kind.USER, name, paths({path: None}))
        return given, await read(client, Kind.USER, name)

    if is_required(path, provider.profile):
        with pytest.raises(RejectedError, match="is required"):
            provider.run(act)
        return
    given, cleared = provider.run(act)
    assert held(given, path, provider.profile) == EVERYTHING[path]
    assert parse_path(path).read(cleared.data) is None


def test_clearing_what_is_not_there_is_no_error(provider: Embedded) -> None:
    async def act(client: ScimClient) -> None:
        name = await created(client, Kind.USER, ada())
        await client.update(Kind.USER, name, paths({"nickName": None, "title": None}))

    provider.run(act)


def test_a_mail_address_that_changes_often_stays_one_address(provider: Embedded) -> None:
    async def act(client: ScimClient) -> Resource:
        name = await created(client, Kind.USER, paths(EVERYTHING))
        for n in range(3):
            await client.update(Kind.USER, name, paths({WORK: f"ada{n}@zone.example"}))
        return await read(client, Kind.USER, name)

    emails = provider.run(act).data["emails"]
    assert isinstance(emails, tuple)
    assert [e["value"] for e in emails if isinstance(e, dict)] == ["ada2@zone.example"]


def test_where_members_are_never_shown_they_come_and_go_all_the_same(tmp_path: Path) -> None:
    name = "aws-identity-center"
    hiding = Embedded(QUIRKS[name], BUILT_IN[name], tmp_path / "provider.sqlite")

    async def act(client: ScimClient) -> tuple[ResourceId, Resource, list[ResourceId]]:
        ids = await people(client, 4)
        group = await created(client, Kind.GROUP, paths({"displayName": "Ops"}))
        await client.add_members(group, ids[:3])
        await client.remove_members(group, ids[1:2])
        return group, await read(client, Kind.GROUP, group), ids

    group, seen, ids = hiding.run(act)
    assert isinstance(seen.members, Unread)
    with Store.open(hiding.path) as store, store.reading() as transaction:
        assert {member.id for member in transaction.members(group)} == {ids[0], ids[2]}


def test_members_come_and_go_one_by_one(provider: Embedded) -> None:
    shows_members(provider)

    async def act(client: ScimClient) -> None:
        ids = await people(client, 5)
        group = await created(client, Kind.GROUP, paths({"displayName": "Ops"}))

        async def members() -> object:
            return (await read(client, Kind.GROUP, group)).members

        assert await members() == frozenset()
        await joined(client, provider.profile, group, ids[:4])
        assert await members() == frozenset(ids[:4])
        await joined(client, provider.profile, group, ids[3:])  # one of them is there already
        assert await members() == frozenset(ids)
        await parted(client, provider.profile, group, ids[1:3])
        assert await members() == frozenset({ids[0], ids[3], ids[4]})
        await parted(client, provider.profile, group, [ids[0], ids[3], ids[4]])
        assert await members() == frozenset()

    provider.run(act)


def test_somebody_who_is_no_member_takes_nobody_along(provider: Embedded) -> None:
    """The form that empties a group on a strict server must not be what is sent."""
    shows_members(provider)

    async def act(client: ScimClient) -> object:
        ids = await people(client, 3)
        group = await created(client, Kind.GROUP, paths({"displayName": "Ops"}))
        await joined(client, provider.profile, group, ids[:2])
        await parted(client, provider.profile, group, [ids[2]])
        return (await read(client, Kind.GROUP, group)).members == frozenset(ids[:2])

    assert provider.run(act)


def test_the_list_of_groups_shows_members_only_where_the_profile_says_so(
    provider: Embedded,
) -> None:
    async def act(client: ScimClient) -> tuple[Listing, frozenset[ResourceId]]:
        ids = await people(client, 2)
        group = await created(client, Kind.GROUP, paths({"displayName": "Ops"}))
        await joined(client, provider.profile, group, ids)
        return await client.listing(Kind.GROUP), frozenset(ids)

    listing, ids = provider.run(act)
    (group,) = listing.resources.values()
    if provider.profile.members_in is MembersIn.LIST:
        assert group.members == ids
    else:
        assert isinstance(group.members, Unread)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("userName", "ADA@zone.example"),
        ("externalId", "E-10342"),
        ("displayName", 'Ada "the first" \\ Lovelace é'),
        (WORK, "ada@zone.example"),
    ],
)
def test_somebody_is_found_by_each_attribute(provider: Embedded, path: str, value: str) -> None:
    async def act(client: ScimClient) -> tuple[list[ResourceId], ResourceId]:
        await people(client, 3)
        name = await created(client, Kind.USER, paths(EVERYTHING))
        return [r.id for r in await client.find(Kind.USER, parse_path(path), value)], name

    found, name = provider.run(act)
    assert found == [name]


def test_somebody_who_is_not_there_is_proven_not_to_be(provider: Embedded) -> None:
    async def act(client: ScimClient) -> tuple[Resource, ...]:
        await people(client, 3)
        return await client.find(Kind.USER, USER_NAME, "nobody@zone.example")

    assert provider.run(act) == ()


def test_a_group_is_found_by_its_name(provider: Embedded) -> None:
    async def act(client: ScimClient) -> bool:
        await created(client, Kind.GROUP, paths({"displayName": "Dev"}))
        name = await created(client, Kind.GROUP, paths({"displayName": "Ops"}))
        found = await client.find(Kind.GROUP, parse_path("displayName"), "ops")
        return [r.id for r in found] == [name]

    assert provider.run(act)


@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_deleted_is_gone_and_can_be_deleted_again(provider: Embedded, kind: Kind) -> None:
    values = ada() if kind is Kind.USER else paths({"displayName": "Ops"})
    does = provider.quirks.delete_user if kind is Kind.USER else quirks.Delete.REMOVES

    async def act(client: ScimClient) -> tuple[Resource | None, Resource | None]:
        name = await created(client, kind, values)
        await client.delete(kind, name)
        await client.delete(kind, name)
        after = await client.get(kind, name)
        if does is quirks.Delete.FOR_GOOD:
            with pytest.raises(ConflictError):
                await created(client, kind, values)
        elif after is None:
            await created(client, kind, values)  # the name is free again
        return after, await client.get(kind, name)

    if does is quirks.Delete.REFUSED:
        assert provider.profile.deletion is Deletion.NONE
        with pytest.raises(RejectedError, match="nobody is deleted here"):
            provider.run(act)
        return
    after, again = provider.run(act)
    assert (after is None) is (does is not quirks.Delete.DEACTIVATES)
    assert after is None or after.data["active"] is False
    lasting = {quirks.Delete.REMOVES, quirks.Delete.FOR_GOOD}
    assert (again is None) is (does in lasting)  # elsewhere the same one is back


def test_nobody_is_there_under_an_id_that_was_never_given(provider: Embedded) -> None:
    assert provider.run(lambda c: c.get(Kind.USER, NOBODY)) is None
    with pytest.raises(NotFoundError):
        provider.run(lambda c: c.update(Kind.USER, NOBODY, paths({"title": "x"})))


def test_a_name_that_is_taken_is_a_conflict(provider: Embedded) -> None:
    async def act(client: ScimClient) -> None:
        await created(client, Kind.USER, ada())
        await created(client, Kind.USER, paths({"userName": "ADA@zone.example"}))

    with pytest.raises(ConflictError) as raised:
        provider.run(act)
    assert (raised.value.status, raised.value.scim_type) == (409, "uniqueness")


def test_a_wrong_token_is_refused_at_the_first_request(provider: Embedded) -> None:
    with pytest.raises(UnauthorizedError) as raised:
        provider.run(lambda c: read_actual(c, provider.profile), token="canary")
    assert raised.value.status == 401
    assert "canary" not in raised.value.message


def test_a_resource_that_changed_meanwhile_is_not_written_over(provider: Embedded) -> None:
    """Where the provider has versions; elsewhere the version is not sent, and decides nothing."""

    async def act(client: ScimClient) -> None:
        name = await created(client, Kind.USER, ada())
        seen = await read(client, Kind.USER, name)
        await client.update(Kind.USER, name, paths({"title": "Head"}), version=seen.version)
        await client.update(Kind.USER, name, paths({"title": "Lead"}), version=seen.version)

    if provider.profile.etags:
        with pytest.raises(StaleVersionError):
            provider.run(act)
    else:
        provider.run(act)


@pytest.mark.parametrize("number", [0, 1, 4, 5, 6, 9, 10, 11, 23])
def test_everybody_is_listed_at_every_boundary_of_a_page(provider: Embedded, number: int) -> None:
    small = replace(provider.profile, page_max=5)

    async def act(client: ScimClient) -> tuple[Listing, list[ResourceId], int]:
        ids = await people(client, number)
        before = client.requests["GET"]
        return await client.listing(Kind.USER), ids, client.requests["GET"] - before

    listing, ids, requests = provider.run(act, profile=small)
    assert listing.complete
    assert list(listing.resources) == sorted(ids)
    pages = 1 if small.paging is Paging.NONE else max(1, -(-number // 5))
    assert requests == pages


def test_a_provider_with_smaller_pages_than_asked_for_is_read_to_the_end(
    provider: Embedded,
) -> None:
    quirks = replace(provider.quirks, page_max=3)

    async def act(client: ScimClient) -> Listing:
        await people(client, 10)
        return await client.listing(Kind.USER)

    listing = provider.run(act, quirks=quirks)
    assert (listing.complete, len(listing.resources)) == (True, 10)


def test_a_provider_that_counts_pages_where_rows_are_meant_is_read_all_the_same(
    provider: Embedded,
) -> None:
    quirks = replace(provider.quirks, start_index_is_page=True, page_max=3)

    async def act(client: ScimClient) -> Listing:
        await people(client, 10)
        return await client.listing(Kind.USER)

    listing = provider.run(act, quirks=quirks)
    assert (listing.complete, len(listing.resources)) == (True, 10)


@dataclass(frozen=True)
class Way:
    """How a provider pages, as its profile and as the embedded provider have it."""

    profile: dict[str, Any]
    quirks: dict[str, Any]


WAYS = {
    "its own": Way({}, {}),
    "by number of page": Way(
        {"index_unit": IndexUnit.PAGES}, {"start_index_is_page": True, "page_max": 5}
    ),
    "by cursor": Way({"paging": Paging.CURSOR}, {"paging": quirks.Paging.CURSOR}),
    "whole": Way({"paging": Paging.NONE}, {"paging": quirks.Paging.NONE}),
    "without count": Way({"takes_count": False}, {"count_ignored": True}),
}


#: Each profile in its own way; the others on one that lists members, and on one that does not.
PAGING = [
    pytest.param(name, WAYS[way], id=f"{name}, {way}")
    for name in sorted(QUIRKS)
    for way in WAYS
    if way == "its own" or name in {"rfc7644", "zpa"}
]


@pytest.mark.parametrize(("provider", "way"), PAGING, indirect=["provider"])
@pytest.mark.parametrize(("users", "groups"), [(0, 0), (1, 0), (4, 1), (5, 5), (6, 4), (10, 11)])
def test_reading_everything_costs_exactly_its_budget(
    provider: Embedded, way: Way, users: int, groups: int
) -> None:
    """At every boundary of a page, however the provider pages, and it is complete."""
    shows_members(provider)
    profile = replace(provider.profile, page_max=5, page_default=5, **way.profile)
    odd = replace(provider.quirks, **({"page_default": 5} | way.quirks))

    async def act(client: ScimClient) -> Actual:
        ids = await people(client, users)
        for n in range(groups):
            group = await created(client, Kind.GROUP, paths({"displayName": f"G{n}"}))
            if ids:
                await joined(client, profile, group, ids[: n + 1])
        return await read_actual(client, profile)

    actual = provider.run(act, profile=profile, quirks=odd)
    assert actual.complete
    assert (len(actual.users.resources), len(actual.groups.resources)) == (users, groups)
    sizes = sorted(
        len(g.members) for g in actual.groups.resources.values() if isinstance(g.members, frozenset)
    )
    assert sizes == sorted(min(n + 1, users) for n in range(groups))
    assert actual.requests == reading_requests(users, groups, profile)


def test_the_client_is_what_the_executor_asks_for(provider: Embedded) -> None:
    """Held by the type checker: both sides declare the same methods on their own."""

    async def act(client: ScimClient) -> Listing:
        asked_for: Provider = client
        return await asked_for.listing(Kind.USER)

    assert provider.run(act) == Listing({})
