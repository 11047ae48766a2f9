"""The actual state: what was read, and what was not."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from reconciler.errors import NotScimError, UnauthorizedError
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.profile import RFC7644, ZPA, MembersIn, Profile
from reconciler.model.resource import Actual, Probed, Unread
from reconciler.scim.snapshot import ask_for_members, confirm_absences, read_actual
from tests.unit.scim.builders_wire import (
    Asked,
    Provider,
    Says,
    VirtualTime,
    a_group,
    a_page,
    a_user,
    connected,
)

HIDING = replace(RFC7644, members_in=MembersIn.RESOURCE)


def actual(
    provider: Provider,
    profile: Profile,
    seen: list[tuple[str, int, int | None]] | None = None,
) -> Actual:
    async def go() -> Actual:
        async with connected(provider, profile, VirtualTime()) as client:
            progress = None if seen is None else lambda *at: seen.append(at)
            return await read_actual(client, profile, progress=progress)

    return asyncio.run(go())


def holding(groups: int = 2, **broken: Says) -> Provider:
    """Two users; groups `g1`, `g2` … with one member each; `broken` answers for some paths."""

    def answer(asked: Asked) -> Says:
        name = asked.path.rpartition("/")[2]
        if name in broken:
            return broken[name]
        match asked.path.split("/"):
            case [_, "Users"]:
                return Says(200, a_page([a_user("u1"), a_user("u2")]))
            case [_, "Groups"]:
                return Says(200, a_page([a_group(f"g{n}") for n in range(1, groups + 1)]))
            case _:
                return Says(200, a_group(name, members=[{"value": "u1"}]))

    return Provider(answer)


def members(found: Actual) -> dict[str, object]:
    return {group.id: group.members for group in found.groups.resources.values()}


ONE = frozenset({ResourceId("u1")})


def test_everything_is_read_and_the_requests_are_counted() -> None:
    seen: list[tuple[str, int, int | None]] = []
    provider = holding()
    found = actual(provider, HIDING, seen)
    assert found.complete
    assert list(found.users.resources) == ["u1", "u2"]
    assert members(found) == {"g1": ONE, "g2": ONE}
    assert found.requests == len(provider.asked) == 4
    assert seen == [
        ("users", 2, 2),
        ("groups", 2, 2),
        ("groups with members", 1, 2),
        ("groups with members", 2, 2),
    ]


def test_groups_are_not_asked_one_by_one_where_the_list_shows_members() -> None:
    shows = [a_group("g1", members=[{"value": "u1"}]), a_group("g2")]
    provider = holding(Groups=Says(200, a_page(shows)))
    found = actual(provider, RFC7644)
    assert found.requests == len(provider.asked) == 2
    assert members(found) == {"g1": ONE, "g2": frozenset()}
    assert found.complete


def test_members_that_are_never_shown_are_not_empty() -> None:
    found = actual(holding(), replace(RFC7644, members_in=MembersIn.NEVER))
    unread = Unread("the service provider does not show members")
    assert members(found) == {"g1": unread, "g2": unread}
    assert not found.complete


def test_one_group_that_fails_does_not_lose_the_others() -> None:
    found = actual(holding(4, g2=Says(200, b"<html>"), g3=Says(404)), HIDING)
    assert members(found) == {
        "g1": ONE,
        "g2": Unread("cannot read group g2: the answer (status 200) is a web page, not SCIM"),
        "g3": Unread("the group was gone before its members"),
        "g4": ONE,
    }
    assert not found.complete
    assert found.groups.complete


def test_after_a_refused_token_the_other_groups_are_not_tried() -> None:
    provider = holding(50, g1=Says(401), g2=Says(401), g3=Says(401))
    found = actual(provider, HIDING)
    tried = [line for line in provider.lines if line.startswith("GET /Groups/")]
    assert len(tried) <= 3
    assert all(isinstance(m, Unread) and "401" in m.reason for m in members(found).values())


def test_after_many_failures_in_a_row_the_other_groups_are_not_tried() -> None:
    broken = {f"g{n}": Says(400) for n in range(1, 101)}
    provider = holding(100, **broken)
    found = actual(provider, HIDING)
    tried = [line for line in provider.lines if line.startswith("GET /Groups/")]
    assert 10 <= len(tried) <= 12
    assert len(members(found)) == 100
    assert not any(isinstance(m, frozenset) for m in members(found).values())


def test_failures_that_are_not_in_a_row_do_not_stop_the_reading() -> None:
    broken = {f"g{n}": Says(400) for n in range(1, 101, 2)}
    found = actual(holding(100, **broken), HIDING)
    assert sum(1 for m in members(found).values() if m == ONE) == 50


def test_groups_that_cannot_be_listed_are_a_gap() -> None:
    found = actual(holding(Groups=Says(403, {"detail": "not yours"})), ZPA)
    assert found.groups.gap == (
        "cannot read the list of groups: the service provider answered 403: not yours"
    )
    assert found.groups.resources == {}
    assert found.users.complete
    assert not found.complete


@pytest.mark.parametrize(
    ("answer", "error"), [(Says(401), UnauthorizedError), (Says(200, b"<html>"), NotScimError)]
)
def test_a_provider_that_shows_no_user_at_all_is_an_error(
    answer: Says, error: type[Exception]
) -> None:
    provider = holding(Users=answer)
    with pytest.raises(error):
        actual(provider, ZPA)
    assert provider.lines == ["GET /Users"]


PROBED = replace(RFC7644, members_in=MembersIn.PROBED)


def asked(provider: Provider, *members: str) -> tuple[Actual, int]:
    """Read, and then asked for these in `g1`; what the asking cost."""

    async def go() -> tuple[Actual, int]:
        async with connected(provider, PROBED, VirtualTime()) as client:
            found = await read_actual(client, PROBED)
            pairs = {ResourceId("g1"): frozenset(map(ResourceId, members))}
            told: list[object] = []
            after = await ask_for_members(
                client, found, pairs, progress=lambda *at: told.append(at)
            )
            return after, after.requests - found.requests

    return asyncio.run(go())


def filtering(answer: Says | None = None, members: frozenset[str] = ONE) -> Provider:
    """Shows no members; a filter tells, or gets `answer`."""

    def answered(wanted: Asked) -> Says:
        text = wanted.query.get("filter")
        if text is None:
            rows = [a_group("g1"), a_group("g2")] if wanted.path.endswith("Groups") else []
            return Says(200, a_page(rows))
        if answer is not None:
            return answer
        is_one = any(text == f'id eq "g1" and members eq "{member}"' for member in members)
        return Says(200, a_page([a_group("g1")] if is_one else []))

    return Provider(answered)


def test_members_whom_nothing_shows_are_asked_for_one_by_one() -> None:
    found, requests = asked(filtering(), "u1", "u2")
    assert requests == 2
    assert members(found) == {"g1": Probed(ONE, frozenset({ResourceId("u2")})), "g2": Probed()}
    assert not found.complete


@pytest.mark.parametrize(
    "answer",
    [
        Says(200, a_page([a_group("g1"), a_group("g2")])),
        Says(200, a_page([a_group("g2")])),
        Says(200, b'{"a": 1}'),
        Says(400),
    ],
    ids=["the filter is ignored", "another group", "no list", "refused"],
)
def test_an_answer_that_tells_nothing_is_a_gap(answer: Says) -> None:
    found, _ = asked(filtering(answer), "u1", "u2")
    told = members(found)["g1"]
    assert isinstance(told, Probed)
    assert (told.present, told.absent) == (frozenset(), frozenset())
    assert told.gap


def test_after_many_failures_nobody_else_is_asked_for() -> None:
    found, requests = asked(filtering(Says(400)), *(f"u{n}" for n in range(100)))
    assert 10 <= requests < 30
    told = members(found)["g1"]
    assert isinstance(told, Probed)
    assert told.gap


def confirmed(
    provider: Provider, *missed: str, kind: Kind = Kind.USER, wanted: bool = True
) -> Actual:
    async def go() -> Actual:
        async with connected(provider, RFC7644, VirtualTime()) as client:
            found = await read_actual(client, RFC7644)
            asked = {kind: dict.fromkeys(map(ResourceId, missed), wanted)}
            return await confirm_absences(client, found, asked)

    return asyncio.run(go())


def hiding(**shown: Says) -> Provider:
    """Lists nobody but `u1`; `shown` is what a GET of somebody answers."""

    def answer(asked: Asked) -> Says:
        match asked.path.split("/"):
            case [_, "Users"]:
                return Says(200, a_page([a_user("u1")]))
            case [_, "Groups"]:
                return Says(200, a_page([]))
            case parts:
                return shown.get(parts[-1], Says(404))

    return Provider(answer)


def test_an_absence_that_is_confirmed_leaves_the_list_complete() -> None:
    found = confirmed(hiding(), "u2", "u3")
    assert (list(found.users.resources), found.users.gap, found.requests) == (["u1"], None, 4)


def test_a_list_that_lacks_somebody_who_is_there_is_not_complete_and_has_them() -> None:
    found = confirmed(hiding(u0=Says(200, a_user("u0"))), "u0", "u2")
    assert list(found.users.resources) == ["u0", "u1"]
    assert found.users.gap == "its list lacks 1 of those who are there (u0)"
    group = confirmed(hiding(g1=Says(200, a_group("g1"))), "g1", kind=Kind.GROUP)
    assert (group.users.gap, group.groups.complete) == (None, False)


def test_a_list_that_lacks_only_who_is_switched_off_is_complete_with_them() -> None:
    off = Says(200, a_user("u2", active="False"))
    found = confirmed(hiding(u2=off), "u2", "u3")
    assert (list(found.users.resources), found.users.gap) == (["u1", "u2"], None)


def test_who_need_not_be_there_and_is_makes_no_list_incomplete() -> None:
    """A leaver whom a list does not show leaves all the same; a tombstone holds up nobody."""
    found = confirmed(hiding(u2=Says(200, a_user("u2"))), "u2", wanted=False)
    assert (list(found.users.resources), found.users.gap) == (["u1", "u2"], None)


@pytest.mark.parametrize("answer", [Says(400), Says(403), Says(200, {}), Says(404, b"<html>")])
def test_where_nothing_is_said_of_who_is_missing_the_list_has_said_it(answer: Says) -> None:
    found = confirmed(hiding(u2=answer), "u2", "u3")
    assert (list(found.users.resources), found.users.gap) == (["u1"], None)


def test_an_absence_that_cannot_be_confirmed_is_none() -> None:
    late = Says(503, headers={"retry-after": "9999"})
    found = confirmed(hiding(u2=Says(200, a_user("u2")), u3=late), "u2", "u3", "u4")
    assert list(found.users.resources) == ["u1", "u2"]
    assert str(found.users.gap).startswith("whether user u3 is there could not be read: cannot")


def test_a_list_that_shows_nobody_in_any_group_is_doubted_and_a_few_are_asked_for() -> None:
    provider = holding(5, g1=Says(200, a_group("g1")), g2=Says(404))
    found = actual(provider, RFC7644)
    assert provider.lines[2:] == ["GET /Groups/g1", "GET /Groups/g2", "GET /Groups/g3"]
    assert {type(of) for of in members(found).values()} == {Unread}
    why = members(found)["g5"]
    assert isinstance(why, Unread)
    assert "group g3 has members: the profile says `membersIn: list`" in why.reason


@pytest.mark.parametrize("answer", [Says(200, a_group("g1")), Says(404), Says(403)])
def test_where_nothing_else_is_known_of_them_groups_are_empty(answer: Says) -> None:
    found = actual(holding(1, g1=answer), RFC7644)
    assert members(found) == {"g1": frozenset()}
