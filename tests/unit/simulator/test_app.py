"""HTTP around the provider: token, unknown paths, discovery, the log, the slot for faults."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.simulator.quirks import RFC7644
from tests.unit.simulator.builders_simulator import (
    BASE,
    CORE_GROUP,
    CORE_USER,
    ENTERPRISE,
    Client,
    a_provider,
    an_error,
    user_body,
)


@pytest.mark.parametrize(
    "authorization", [None, "Bearer", "Bearer wrong", "Basic right", "right", "Bearer right x"]
)
def test_without_the_token_nothing_is_answered(tmp_path: Path, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    with a_provider(tmp_path, token="right") as client:
        for path in ("/Users", "/ServiceProviderConfig", "/nosuch"):
            answer = client.send("GET", path, headers=headers)
            assert an_error(401, None, answer)
            assert answer.headers["www-authenticate"] == "Bearer"


def test_with_the_token_it_is_answered(tmp_path: Path) -> None:
    with a_provider(tmp_path, token="right") as client:
        for value in ("Bearer right", "bearer right"):
            assert client.send("GET", "/Users", headers={"Authorization": value}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nosuch", 404),
        ("GET", "/Users/", 404),
        ("GET", "/users", 404),
        ("GET", "/Users/a/b", 404),
        ("DELETE", "/Users", 405),
        ("POST", "/Users/x", 405),
        ("GET", "/.search", 405),
        ("GET", "/Me", 501),
        ("PATCH", "/Me", 501),
        ("GET", "/Bulk", 405),
        ("POST", "/ServiceProviderConfig", 405),
        ("PUT", "/Schemas", 405),
        ("DELETE", "/ResourceTypes", 405),
        ("GET", "/Schemas/nosuch", 404),
        ("GET", "/ResourceTypes/nosuch", 404),
        ("GET", "/Schemas?filter=id%20pr", 403),
        ("GET", "/ResourceTypes?filter=id%20pr", 403),
    ],
)
def test_what_is_not_offered_is_a_scim_error(
    rfc: Client, method: str, path: str, status: int
) -> None:
    assert an_error(status, None, rfc.send(method, path))


def test_the_configuration_says_what_is_offered(rfc: Client) -> None:
    config = rfc.get("/ServiceProviderConfig").json()
    supported = {name: part["supported"] for name, part in config.items() if "supported" in part}
    assert supported == {
        "patch": True,
        "bulk": True,
        "filter": True,
        "changePassword": False,
        "sort": True,
        "etag": True,
    }
    assert config["filter"]["maxResults"] == 200
    assert config["meta"]["location"] == f"{BASE}/ServiceProviderConfig"


def test_resource_types_and_schemas_name_each_other(rfc: Client) -> None:
    types = rfc.get("/ResourceTypes").json()["Resources"]
    assert [
        (t["id"], t["endpoint"], t["schema"], [e["schema"] for e in t["schemaExtensions"]])
        for t in types
    ] == [("User", "/Users", CORE_USER, [ENTERPRISE]), ("Group", "/Groups", CORE_GROUP, [])]
    schemas = rfc.get("/Schemas").json()
    assert [s["id"] for s in schemas["Resources"]] == [CORE_USER, ENTERPRISE, CORE_GROUP]
    for schema in schemas["Resources"]:
        assert rfc.get(f"/Schemas/{schema['id']}").json() == schema
    assert rfc.get("/ResourceTypes/User").json() == types[0]


def test_the_published_characteristics_are_the_rfcs(rfc: Client) -> None:
    user = rfc.get(f"/Schemas/{CORE_USER}").json()
    attributes = {a["name"]: a for a in user["attributes"]}
    assert attributes["userName"] == {
        "name": "userName",
        "type": "string",
        "multiValued": False,
        "description": "The name to sign in with.",
        "required": True,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "server",
    }
    assert attributes["password"]["returned"] == "never"
    assert attributes["password"]["mutability"] == "writeOnly"
    assert attributes["groups"]["mutability"] == "readOnly"
    assert {s["name"] for s in attributes["emails"]["subAttributes"]} == {
        "value",
        "display",
        "type",
        "primary",
    }
    group = rfc.get(f"/Schemas/{CORE_GROUP}").json()
    members = next(a for a in group["attributes"] if a["name"] == "members")
    assert {s["name"]: s["mutability"] for s in members["subAttributes"]} == {
        "value": "immutable",
        "$ref": "immutable",
        "type": "immutable",
    }


def test_locations_follow_the_host_that_was_asked(rfc: Client) -> None:
    ada = rfc.a_user("ada")
    answer = rfc.send("GET", f"/Users/{ada}", headers={"Host": "other.example:8443"})
    assert answer.json()["meta"]["location"] == f"http://other.example:8443/scim/v2/Users/{ada}"


def test_every_request_is_logged_without_its_query(tmp_path: Path) -> None:
    with a_provider(tmp_path, token="right") as client:
        client.get("/Users", filter='userName eq "ada"')
        allowed = {"Authorization": "Bearer right"}
        client.send("POST", "/Users", json=user_body("ada"), headers=allowed)
        client.send("GET", "/Users", params={"filter": 'userName eq "ada"'}, headers=allowed)
        client.send("GET", "/nosuch", headers=allowed)
        assert list(client.app.state.requests) == [
            ("GET", "/scim/v2/Users", 401),
            ("POST", "/scim/v2/Users", 201),
            ("GET", "/scim/v2/Users", 200),
            ("GET", "/scim/v2/nosuch", 404),
        ]


def test_the_lifespan_of_a_server_is_not_a_request(tmp_path: Path) -> None:
    coming = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    said: list[str] = []

    async def receive() -> Message:
        return next(coming)

    async def send(message: Message) -> None:
        said.append(message["type"])

    with a_provider(tmp_path, replace(RFC7644, writes_per_second=1), token="right") as client:
        asyncio.run(client.app({"type": "lifespan", "state": {}}, receive, send))
        assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
        assert list(client.app.state.requests) == []


class Teapot:
    """A fault: every DELETE is answered by something that is not SCIM."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        spoilt = scope["method"] == "DELETE"
        await (PlainTextResponse("no", 418) if spoilt else self._app)(scope, receive, send)


class Broken:
    """A fault of our own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, _scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError("a secret")


def test_a_bug_is_a_scim_error_too_and_says_nothing(tmp_path: Path) -> None:
    with a_provider(tmp_path, middleware=[Middleware(Broken)]) as client:
        answer = client.get("/Users")
        assert an_error(500, None, answer)
        assert "secret" not in answer.text
        assert list(client.app.state.requests) == [("GET", "/scim/v2/Users", 500)]


def test_middleware_stands_between_the_log_and_the_provider(tmp_path: Path) -> None:
    with a_provider(tmp_path, middleware=[Middleware(Teapot)]) as client:
        ada = client.a_user("ada")
        assert client.delete(f"/Users/{ada}").status_code == 418
        assert client.get(f"/Users/{ada}").status_code == 200
        assert [seen.status for seen in client.app.state.requests] == [201, 418, 200]
