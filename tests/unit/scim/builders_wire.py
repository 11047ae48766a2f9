"""A service provider in a few lines, for answers that no good one would give; and virtual time.

`Provider` is an ASGI application that answers with whatever a function returns. `listening` is a
real socket that answers with raw bytes, for what goes wrong below HTTP.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from reconciler.model.path import Json
from reconciler.model.profile import RFC7644, Profile
from reconciler.model.secret import Secret
from reconciler.scim.client import ScimClient, connect
from reconciler.scim.connection import Connection
from reconciler.scim.protocol import Limits

TOKEN = "t0ken-canary"
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


@dataclass(frozen=True)
class Asked:
    """A request as the provider saw it. `query` keeps the last value of each name."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Says:
    """What the provider answers; `body` may be JSON data, or bytes as they are."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Provider:
    """An ASGI application around one function from request to answer; notes what it was asked."""

    def __init__(self, answer: Callable[[Asked], Says]) -> None:
        self._answer = answer
        self.asked: list[Asked] = []

    @property
    def lines(self) -> list[str]:
        return [asked.line for asked in self.asked]

    async def __call__(
        self,
        scope: Mapping[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        content = b""
        while True:
            message = await receive()
            content += message.get("body", b"")
            if not message.get("more_body"):
                break
        asked = Asked(
            scope["method"],
            unquote(scope["raw_path"].decode()).removeprefix("/scim/v2"),
            dict(parse_qsl(scope["query_string"].decode())),
            {name.decode(): value.decode() for name, value in scope["headers"]},
            json.loads(content) if content else None,
        )
        self.asked.append(asked)
        says = self._answer(asked)
        body = says.body if isinstance(says.body, bytes) else _encoded(says.body)
        headers = {"content-type": "application/scim+json"} | dict(says.headers)
        await send(
            {
                "type": "http.response.start",
                "status": says.status,
                "headers": [(n.encode(), v.encode()) for n, v in headers.items()],
            }
        )
        await send({"type": "http.response.body", "body": body})


def _encoded(body: object) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


def in_turn(answers: Iterable[Says]) -> Callable[[Asked], Says]:
    """Answers one after the other, whatever is asked; one request too many is an error."""
    waiting = iter(answers)
    return lambda _asked: next(waiting)


def a_user(
    id: str = "u1", user_name: str = "ada@zone.example", **more: object
) -> dict[str, object]:
    return {"id": id, "userName": user_name} | more


def a_group(id: str = "g1", display_name: str = "Ops", **more: object) -> dict[str, object]:
    return {"id": id, "displayName": display_name} | more


def a_page(
    rows: Sequence[object], total: int | None = None, start: int | None = None
) -> dict[str, object]:
    page: dict[str, object] = {
        "schemas": [LIST_RESPONSE],
        "totalResults": len(rows) if total is None else total,
        "Resources": list(rows),
    }
    return page if start is None else page | {"startIndex": start}


class VirtualTime:
    """A clock that moves only when somebody sleeps.

    Before it moves, everybody who can go on without sleeping gets so many turns.
    """

    def __init__(self, turns: int = 1) -> None:
        self._turns = turns
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        until = self.now + seconds
        for _ in range(self._turns):
            await asyncio.sleep(0)
        self.now = max(self.now, until)


def connected(
    provider: Provider,
    profile: Profile = RFC7644,
    time: VirtualTime | None = None,
    limits: Limits | None = None,
) -> AbstractAsyncContextManager[ScimClient]:
    time = time or VirtualTime()
    connection = Connection(
        base_url="https://embedded.invalid/scim/v2", token=Secret(TOKEN), connections=3
    )
    return connect(
        connection, profile, app=provider, sleep=time.sleep, clock=time.clock, limits=limits
    )


def folded(data: Mapping[str, Json]) -> Mapping[str, Json]:
    """Data with names in lower case, as a resource keeps them."""
    return {name.lower(): value for name, value in data.items()}


@dataclass
class Listener:
    """A listening socket and what arrived at it, request by request."""

    url: str
    arrived: list[bytes]


@asynccontextmanager
async def listening(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]],
) -> AsyncIterator[Listener]:
    """A server on the loopback interface that reads one request and then does what `answer` says.

    The connection is closed afterwards, unless `answer` reads on by itself.
    """
    arrived: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            arrived.append(head)
            await answer(reader, writer, head)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client went away first
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield Listener(f"http://127.0.0.1:{port}", arrived)
    finally:
        server.close()
        await server.wait_closed()
