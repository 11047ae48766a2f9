"""A service provider in a temporary file, and a client that speaks to it in the same process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from hypothesis import settings
from starlette.applications import Starlette
from starlette.middleware import Middleware

from reconciler.simulator.app import build_app
from reconciler.simulator.provider import repeatable_id
from reconciler.simulator.quirks import RFC7644, Quirks
from reconciler.simulator.store import Store

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
BASE = "http://provider.example/scim/v2"
#: For properties: how long an example takes says nothing about the code.
UNHURRIED = settings(deadline=None)
#: The ids that a provider under test issues, in their order.
IDS = [repeatable_id(number) for number in range(1, 50)]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    """A time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Client:
    """Requests to the application, one after the other; paths are below the base path."""

    def __init__(self, app: Starlette, clock: Clock) -> None:
        self.app = app
        self.clock = clock
        self._runner = asyncio.Runner()
        self._http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
            base_url=BASE,
        )

    def close(self) -> None:
        self._runner.run(self._http.aclose())
        self._runner.close()

    def send(self, method: str, path: str, **parts: Any) -> httpx.Response:
        if "json" in parts:
            # ASCII: httpx's own encoder cannot spell lone surrogates, and a client could.
            parts["content"] = json.dumps(parts.pop("json")).encode("ascii")
        return self._runner.run(self._http.request(method, path, **parts))

    def get(self, path: str, **query: str | int) -> httpx.Response:
        return self.send("GET", path, params=query)

    def delete(self, path: str) -> httpx.Response:
        return self.send("DELETE", path)

    def post(self, path: str, body: object) -> httpx.Response:
        return self.send("POST", path, json=body)

    def put(self, path: str, body: object) -> httpx.Response:
        return self.send("PUT", path, json=body)

    def patch(self, path: str, *operations: Mapping[str, object]) -> httpx.Response:
        body = {"schemas": [PATCH_OP], "Operations": list(operations)}
        return self.send("PATCH", path, json=body)

    def a_user(self, user_name: str, **attributes: object) -> str:
        """Create a user; gives the id."""
        return self._created("/Users", user_body(user_name, **attributes))

    def a_group(self, display_name: str, members: Sequence[str] = (), **more: object) -> str:
        """Create a group; gives the id."""
        return self._created("/Groups", group_body(display_name, members, **more))

    def members(self, group: str) -> list[str]:
        body = self.get(f"/Groups/{group}").json()
        return [member["value"] for member in body.get("members", [])]

    def names(self, path: str, **query: str | int) -> list[str]:
        """The userNames or displayNames that a query finds."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return [r.get("userName") or r["displayName"] for r in answer.json()["Resources"]]

    def _created(self, path: str, body: object) -> str:
        answer = self.post(path, body)
        assert answer.status_code == 201, answer.text
        created: str = answer.json()["id"]
        return created


@contextmanager
def a_provider(
    path: Path,
    quirks: Quirks = RFC7644,
    *,
    token: str | None = None,
    new_id: Callable[[int], str] = repeatable_id,
    middleware: Sequence[Middleware] = (),
) -> Iterator[Client]:
    """A client of a service provider with these quirks, kept in a file in `path`."""
    clock = Clock()
    with Store.open(path / "provider.sqlite") as store:
        app = build_app(
            store, quirks, token=token, clock=clock, new_id=new_id, middleware=middleware
        )
        client = Client(app, clock)
        try:
            yield client
        finally:
            client.close()


def user_body(user_name: str, **attributes: object) -> dict[str, object]:
    """A user resource as a client sends it."""
    return {"schemas": [CORE_USER], "userName": user_name, **attributes}


def group_body(display_name: str, members: Sequence[str] = (), **more: object) -> dict[str, object]:
    """A group resource as a client sends it."""
    group: dict[str, object] = {"schemas": [CORE_GROUP], "displayName": display_name, **more}
    if members:
        group["members"] = [{"value": member} for member in members]
    return group


def an_error(status: int, scim_type: str | None, answer: httpx.Response) -> bool:
    """Whether an answer is a whole SCIM error (RFC 7644 §3.12) of that kind."""
    body = answer.json()
    detail = body.pop("detail")
    expected = {"schemas": [ERROR], "status": str(status)}
    if scim_type is not None:
        expected["scimType"] = scim_type
    assert (answer.status_code, body) == (status, expected), answer.text
    return bool(detail) and answer.headers["content-type"] == "application/scim+json"
