"""What sets each known provider apart, as its quirk set has it; one story for each quirk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from reconciler.model.profile import BUILT_IN
from reconciler.simulator.app import build_app
from reconciler.simulator.quirks import QUIRKS, RFC7644, Delete, Joined, OtherFilters
from reconciler.simulator.store import Store
from tests.unit.simulator.builders_simulator import (
    BASE,
    ENTERPRISE,
    Client,
    a_provider,
    an_error,
    group_body,
    user_body,
)


@contextmanager
def playing(path: Path, name: str, **others: Any) -> Iterator[Client]:
    with a_provider(path, replace(QUIRKS[name], **others)) as client:
        yield client


def replaced(attribute: str, value: object) -> dict[str, object]:
    return {"op": "replace", "path": attribute, "value": value}


def added(*ids: str) -> dict[str, object]:
    return {"op": "add", "path": "members", "value": [{"value": one} for one in ids]}


def parted(one: str) -> dict[str, object]:
    return {"op": "remove", "path": f'members[value eq "{one}"]'}


def test_every_built_in_profile_is_played() -> None:
    assert list(QUIRKS) == list(BUILT_IN)
    assert [quirks.name for quirks in QUIRKS.values()] == list(QUIRKS)


# Atlassian


def test_who_is_deleted_at_atlassian_is_hidden_until_the_name_comes_back(tmp_path: Path) -> None:
    with playing(tmp_path, "atlassian") as client:
        ada, bo = client.a_user("ada"), client.a_user("bo")
        group = client.a_group("Ops", [ada, bo])
        assert client.delete(f"/Users/{ada}").status_code == 204
        assert client.get(f"/Users/{ada}").status_code == 404
        title = replaced("title", "x")
        assert client.patch(f"/Users/{ada}", title).status_code == 404
        assert (client.names("/Users"), client.members(group)) == (["bo"], [bo])
        assert client.a_user("ADA") == ada
        assert client.names("/Users") == ["bo", "ADA"]
        off = client.patch(f"/Users/{ada}", replaced("active", False))
        assert (off.status_code, off.json()["active"]) == (200, False)
        assert client.get(f"/Users/{ada}").status_code == 404
        assert client.put(f"/Users/{bo}", user_body("bo", active=False)).status_code == 200
        assert client.names("/Users") == []
        assert [client.a_user(name) for name in ("bo", "ada")] == [bo, ada]


def test_a_group_of_atlassian_keeps_its_name(tmp_path: Path) -> None:
    with playing(tmp_path, "atlassian") as client:
        group = f"/Groups/{client.a_group('Ops', externalId='1')}"
        for answer in (
            client.patch(group, replaced("displayName", "Net")),
            client.put(group, group_body("Net")),
        ):
            assert an_error(400, "mutability", answer)
        assert client.patch(group, replaced("externalId", "2")).status_code == 200
        assert client.put(group, group_body("Ops")).status_code == 200
        assert client.names("/Groups") == ["Ops"]


@pytest.mark.parametrize("name", ["atlassian", "databricks", "snowflake"])
def test_a_group_name_is_taken_once(tmp_path: Path, name: str) -> None:
    with playing(tmp_path, name, fixed_group=frozenset()) as client:
        client.a_group("Ops")
        assert an_error(409, "uniqueness", client.post("/Groups", group_body("OPS")))
        net = f"/Groups/{client.a_group('Net')}"
        assert an_error(409, "uniqueness", client.patch(net, replaced("displayName", "ops")))
        assert client.patch(net, replaced("displayName", "NET")).status_code == 200


@pytest.mark.parametrize("name", ["atlassian", "zia", "zidentity"])
def test_a_domain_that_nobody_can_register_is_refused(tmp_path: Path, name: str) -> None:
    with playing(tmp_path, name, required_user=frozenset()) as client:
        for body in (
            user_body("ada@corp.invalid"),
            user_body("ada@zone.example", emails=[{"value": "ada@Corp.INVALID"}]),
        ):
            assert an_error(400, "invalidValue", client.post("/Users", body))
        ada = client.a_user("ada@zone.example")
        elsewhere = client.patch(f"/Users/{ada}", replaced("userName", "ada@x.invalid"))
        assert an_error(400, "invalidValue", elsewhere)
        client.a_user("bo")  # no domain at all, and so none that would be wrong


def test_registered_domains_can_be_named(tmp_path: Path) -> None:
    with playing(tmp_path, "rfc7644", domains=frozenset({"zone.example"})) as client:
        client.a_user("ada@Zone.example")
        for name in ("ada@other.example", "ada@sub.zone.example"):
            assert an_error(400, "invalidValue", client.post("/Users", user_body(name)))


@pytest.mark.parametrize(
    ("name", "names"), [("atlassian", ["bo", "Ada"]), ("databricks", ["Ada", "bo"])]
)
def test_where_nothing_is_sorted_an_order_is_not_kept(
    tmp_path: Path, name: str, names: list[str]
) -> None:
    with playing(tmp_path, name) as client:
        client.a_user("bo"), client.a_user("Ada")
        assert client.names("/Users", sortBy="userName") == names
        config = client.get("/ServiceProviderConfig").json()
        assert config["sort"]["supported"] is (name == "databricks")


# filters


@pytest.mark.parametrize(
    ("name", "path", "filter", "taken"),
    [
        ("atlassian", "/Users", 'userName eq "ada"', True),
        ("atlassian", "/Users", 'externalId eq "1"', True),
        ("atlassian", "/Users", 'displayName eq "Ada"', False),
        ("atlassian", "/Users", 'userName sw "a"', False),
        ("atlassian", "/Users", 'userName eq "ada" and externalId eq "1"', False),
        ("atlassian", "/Users", "userName pr", False),
        ("snowflake", "/Users", 'userName eq "ada"', True),
        ("snowflake", "/Users", 'externalId eq "1"', False),
        ("databricks", "/Users", 'userName co "d" or title ne "x" and externalId sw "1"', True),
        ("databricks", "/Users", 'userName eq "ada" and (title eq "a" or title eq "b")', False),
        ("databricks", "/Users", 'userName eq "ada" or title eq "a" and not (id eq "1")', False),
        (
            "databricks",
            "/Users",
            'title eq "a" or userName eq "b" and (id eq "1" or id eq "2")',
            False,
        ),
        ("databricks", "/Users", 'not (userName eq "ada")', False),
        ("databricks", "/Users", 'emails[value eq "a"]', False),
        ("databricks", "/Users", 'userName ew "a"', False),
        ("databricks", "/Users", "userName pr", False),
        ("zia", "/Users", 'externalID eq "1"', True),
        ("zia", "/Users", 'id eq "1"', True),
        ("zia", "/Users", 'meta.lastModified gt "2026-01-01T00:00:00Z"', True),
        ("zia", "/Users", 'displayName eq "Ada"', False),
        ("zia", "/Groups", 'displayName eq "Ops" and members.value eq "1"', True),
        ("zia", "/Groups", 'displayName eq "Ops" or members.value eq "1"', False),
        ("aws-identity-center", "/Groups", 'id eq "1" and members eq "2"', True),
        ("aws-identity-center", "/Groups", 'id eq "1" or members eq "2"', False),
        ("aws-identity-center", "/Users", 'userName co "a"', False),
    ],
)
def test_each_takes_its_own_filters(
    tmp_path: Path, name: str, path: str, filter: str, taken: bool
) -> None:
    with playing(tmp_path, name) as client:
        answer = client.get(path, filter=filter)
        if taken:
            assert answer.status_code == 200, answer.text
        else:
            assert an_error(400, QUIRKS[name].filter_error, answer)


def test_databricks_takes_a_filter_of_so_many_nodes_and_has_its_own_code(tmp_path: Path) -> None:
    with playing(tmp_path, "databricks") as client:
        client.a_user("u7")
        for terms, found in ((199, ["u7"]), (200, None)):
            answer = client.get(
                "/Users", filter=" or ".join(f'userName eq "u{n}"' for n in range(terms))
            )
            if found is None:
                assert an_error(400, "INVALID_FILTER", answer)
            else:
                assert [row["userName"] for row in answer.json()["Resources"]] == found
        assert an_error(400, "INVALID_FILTER", client.get("/Users", filter="no filter"))


def test_joins_that_are_not_taken_can_be_ignored_as_well(tmp_path: Path) -> None:
    odd = {"filter_joins": Joined.AND, "other_filters": OtherFilters.IGNORED}
    with playing(tmp_path, "rfc7644", **odd) as client:
        client.a_user("ada"), client.a_user("bo")
        assert client.names("/Users", filter='userName eq "ada" or title pr') == ["ada", "bo"]
        assert client.names("/Users", filter='userName eq "ada" and id pr') == ["ada"]
        assert client.names("/Users", filter='not (userName eq "ada")') == ["ada", "bo"]


# Google Cloud Identity


def test_a_patch_of_google_has_two_operations_and_names_one_member(tmp_path: Path) -> None:
    with playing(tmp_path, "google-cloud-identity") as client:
        a, b = client.a_user("a"), client.a_user("b")
        group = f"/Groups/{client.a_group('Ops', [a])}"
        name = replaced("displayName", "Net")
        for refused in ([added(a, b)], [parted(a), added(b)], [added(a), added(b)]):
            assert client.patch(group, *refused).status_code == 413
        assert an_error(400, "invalidValue", client.patch(group, name, name, name))
        assert client.members(group.rpartition("/")[2]) == [a]
        assert client.patch(group, name, added(b)).status_code == 200
        assert client.patch(group, parted(a)).status_code == 200
        assert (client.names("/Groups"), client.members(group.rpartition("/")[2])) == (["Net"], [b])


def test_google_replaces_a_name_and_removes_by_a_filter_alone(tmp_path: Path) -> None:
    with playing(tmp_path, "google-cloud-identity") as client:
        a = client.a_user("a")
        group = f"/Groups/{client.a_group('Ops', [a])}"
        for operation in (
            replaced("externalId", "x"),
            {"op": "replace", "value": {"externalId": "x"}},
            replaced("members", []),
            {"op": "remove", "path": "members"},
            {"op": "remove", "path": "members", "value": [{"value": a}]},
        ):
            assert an_error(400, "invalidValue", client.patch(group, operation))
        assert client.members(group.rpartition("/")[2]) == [a]
        assert client.patch(f"/Users/{a}", replaced("externalId", "x")).status_code == 200


def test_google_has_no_pages(tmp_path: Path) -> None:
    with playing(tmp_path, "google-cloud-identity", page_default=2) as client:
        for n in range(5):
            client.a_user(f"u{n}")
        assert len(client.get("/Users", startIndex=4, count=1).json()["Resources"]) == 5


# Salesforce


def test_salesforce_deletes_groups_and_nobody(tmp_path: Path) -> None:
    with playing(tmp_path, "salesforce") as client:
        ada = client.a_user("ada", active=True)
        assert an_error(405, None, client.delete(f"/Users/{ada}"))
        assert client.get(f"/Users/{ada}").json()["active"] is True
        assert client.delete(f"/Groups/{client.a_group('Ops')}").status_code == 204


def test_salesforce_describes_itself_in_the_plural_and_has_more_resources(tmp_path: Path) -> None:
    with playing(tmp_path, "salesforce") as client:
        assert client.get("/ServiceProviderConfig").status_code == 404
        config = client.get("/ServiceProviderConfigs").json()
        assert config["meta"]["location"] == f"{BASE}/ServiceProviderConfigs"
        types = client.get("/ResourceTypes").json()["Resources"]
        assert [each["id"] for each in types] == ["User", "Group", "Entitlements", "Roles"]
        assert client.get("/ResourceTypes/Roles").json()["endpoint"] == "/Roles"
        assert client.get("/Entitlements").json()["totalResults"] == 0
        assert client.post("/Roles", {}).status_code == 405


# Snowflake


def test_snowflake_keeps_one_value_of_what_has_several(tmp_path: Path) -> None:
    two = [{"value": "a@zone.example"}, {"value": "b@zone.example"}]
    with playing(tmp_path, "snowflake") as client:
        body = user_body("ada", emails=two)
        assert an_error(400, "invalidValue", client.post("/Users", body))
        client.a_user("ada", emails=two[:1])


class Waiting:
    """Keeps requests for a path until it is told to let them go."""

    def __init__(self, app: ASGIApp, *, go: asyncio.Event) -> None:
        self._app = app
        self._go = go

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._go.wait()
        await self._app(scope, receive, send)


def test_snowflake_has_so_many_requests_under_way_at_one_endpoint(tmp_path: Path) -> None:
    quirks = replace(QUIRKS["snowflake"], most_at_once=2)

    async def act() -> list[int]:
        go = asyncio.Event()
        with Store.open(tmp_path / "p.sqlite") as store:
            waiting = [Middleware(Waiting, go=go)]
            app = build_app(store, quirks, token=None, middleware=waiting)
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
                paths = ("/Users", "/Users/1", "/Users", "/Groups")
                requests = [asyncio.ensure_future(http.get(path)) for path in paths]
                for _ in range(1000):  # turns of the loop, not time
                    await asyncio.sleep(0)
                refused = requests[2].result()
                assert an_error(429, None, refused)
                assert "retry-after" not in refused.headers
                go.set()
                answers = [(await request).status_code for request in requests]
                return [*answers, (await http.get("/Users")).status_code]

    assert asyncio.run(act()) == [200, 404, 429, 200, 200]


# ZIA and ZIdentity


ZIA_USER = {"externalId": "1", "displayName": "Ada", "department": "NetSec"}


def test_zia_wants_what_entra_sends_and_shows_the_department_twice(tmp_path: Path) -> None:
    with playing(tmp_path, "zia") as client:
        for missing in ZIA_USER:
            others = {name: value for name, value in ZIA_USER.items() if name != missing}
            answer = client.post("/Users", user_body("ada", **others))
            assert an_error(400, "invalidValue", answer)
        ada = client.a_user("ada", **ZIA_USER)
        extension = {"department": "Ops", "costCenter": "7"}
        kept = client.put(f"/Users/{ada}", user_body("ada", **ZIA_USER | {ENTERPRISE: extension}))
        assert (kept.json()["department"], kept.json()[ENTERPRISE]) == (
            "Ops",
            {"department": "Ops"},
        )
        shown = client.get("/Users").json()["Resources"][0]
        assert (shown["department"], shown[ENTERPRISE]) == ("Ops", {"department": "Ops"})


def test_an_id_of_zia_looks_like_a_uuid_and_is_none(tmp_path: Path) -> None:
    with playing(tmp_path, "zia") as client:
        ids = [client.a_user("ada", **ZIA_USER), client.a_group("Ops")]
        assert {one[:13] for one in ids} == {"7a696173-6369"}
        assert len(set(ids)) == 2 and {len(one) for one in ids} == {36}
        assert client.get(f"/Users/{ids[0]}").json()["id"] == ids[0]


def test_zia_adds_members_without_a_path_and_answers_nothing(tmp_path: Path) -> None:
    with playing(tmp_path, "zia") as client:
        ada, group = client.a_user("ada", **ZIA_USER), client.a_group("Ops")
        pathless = {"op": "add", "value": {"members": [{"value": ada}]}}
        assert client.patch(f"/Groups/{group}", pathless).status_code == 204
        assert client.members(group) == [ada]


@pytest.mark.parametrize(("name", "most"), [("zia", 127), ("zpa", 1000)])
def test_who_is_in_too_many_groups_is_left_out_of_the_next_one(
    tmp_path: Path, name: str, most: int
) -> None:
    assert QUIRKS[name].groups_per_user == most == BUILT_IN[name].groups_per_user
    with playing(tmp_path, "rfc7644", groups_per_user=2) as client:
        ada, bo = client.a_user("ada"), client.a_user("bo")
        groups = [client.a_group(f"g{n}") for n in range(3)]
        for group in groups:
            assert client.patch(f"/Groups/{group}", added(ada)).status_code == 200
        assert [client.members(group) for group in groups] == [[ada], [ada], []]
        assert client.put(f"/Groups/{groups[2]}", group_body("g2", [ada, bo])).status_code == 200
        assert client.members(groups[2]) == [bo]
        assert client.patch(f"/Groups/{groups[0]}", parted(ada)).status_code == 200
        client.patch(f"/Groups/{groups[2]}", added(ada))
        assert client.members(groups[2]) == [bo, ada]


def test_zidentity_wants_a_primary_address(tmp_path: Path) -> None:
    with playing(tmp_path, "zidentity") as client:
        mail = {"value": "ada@zone.example", "type": "work"}
        for emails in ([], [mail], [{**mail, "primary": False}]):
            answer = client.post("/Users", user_body("ada", emails=emails))
            assert an_error(400, "invalidValue", answer)
        ada = client.a_user("ada", emails=[{**mail, "primary": True}])
        off = client.patch(f"/Users/{ada}", {"op": "Remove", "path": "emails"})
        assert an_error(400, "invalidValue", off)


@pytest.mark.parametrize("name", ["zia", "zidentity", "databricks"])
def test_what_is_open_without_a_token(tmp_path: Path, name: str) -> None:
    with a_provider(tmp_path, QUIRKS[name], token="t0ken") as client:
        statuses = [
            client.get(path).status_code
            for path in ("/ServiceProviderConfig", "/Schemas", "/ResourceTypes/User", "/Users")
        ]
        assert statuses == ([401] * 4 if name == "databricks" else [200, 200, 200, 401])


def test_published_rates_hold_where_they_are_asked_for(tmp_path: Path) -> None:
    assert [q.published.requests for q in QUIRKS.values() if q.published.requests] == [5, 50]
    zpa = QUIRKS["zpa"].limited()
    assert (zpa.writes_per_second, zpa.requests_per_second) == (50, None)
    assert RFC7644.limited() == RFC7644
    with a_provider(tmp_path, QUIRKS["zia"].limited()) as client:
        answers = [client.get("/Users") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert answers[5].headers["retry-after"] == "1s"
        client.clock.now += timedelta(seconds=1)
        assert client.get("/Users").status_code == 200
    with a_provider(tmp_path, QUIRKS["zia"]) as client:
        assert {client.get("/Users").status_code for _ in range(9)} == {200}


# GitHub Enterprise


def test_github_wants_names_of_members_in_whole_groups(tmp_path: Path) -> None:
    with playing(tmp_path, "github-emu") as client:
        mail = [{"value": "ada@zone.example"}]
        ada = client.a_user("ada", externalId="1", emails=mail)
        body = group_body("Ops", [ada], externalId="2")
        assert an_error(400, "invalidValue", client.post("/Groups", body))
        named = {**body, "members": [{"value": ada, "displayName": "Ada"}]}
        group = client.post("/Groups", named).json()["id"]
        assert an_error(400, "invalidValue", client.put(f"/Groups/{group}", body))
        assert client.put(f"/Groups/{group}", named).status_code == 200
        for operation in (parted(ada), added(ada)):
            assert client.patch(f"/Groups/{group}", operation).status_code == 200
        assert client.members(group) == [ada]


def test_who_is_deleted_for_good_leaves_the_name_taken(tmp_path: Path) -> None:
    with playing(tmp_path, "rfc7644", delete_user=Delete.FOR_GOOD) as client:
        ada = client.a_user("ada")
        assert client.delete(f"/Users/{ada}").status_code == 204
        assert client.get(f"/Users/{ada}").status_code == 404
        assert an_error(409, "uniqueness", client.post("/Users", user_body("ADA")))


def test_github_wants_to_know_who_asks(tmp_path: Path) -> None:
    with playing(tmp_path, "github-emu") as client:
        assert an_error(403, None, client.send("GET", "/Users", headers={"user-agent": ""}))
        assert client.get("/Users").status_code == 200


# AWS IAM Identity Center


def test_a_group_of_aws_is_patched_and_never_put(tmp_path: Path) -> None:
    with playing(tmp_path, "aws-identity-center") as client:
        group = client.a_group("Ops")
        assert an_error(501, None, client.put(f"/Groups/{group}", group_body("Net")))
        assert client.names("/Groups") == ["Ops"]
