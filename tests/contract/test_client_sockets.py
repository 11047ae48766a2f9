"""The client and the embedded service provider over real sockets, with somebody between them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest
import uvicorn

from reconciler.errors import OutcomeUnknownError, ProviderError, UnreachableError
from reconciler.model.identity import Kind
from reconciler.model.path import AttributePath, Value, parse_path
from reconciler.model.profile import RFC7644
from reconciler.model.secret import Secret
from reconciler.scim.client import ScimClient, connect
from reconciler.scim.connection import Connection
from reconciler.scim.protocol import Limits
from reconciler.scim.snapshot import read_actual
from reconciler.simulator.app import build_app
from reconciler.simulator.quirks import QUIRKS
from reconciler.simulator.store import Store

T = TypeVar("T")

ADA: dict[AttributePath, Value] = {parse_path("userName"): "ada@zone.example"}
QUICK = Limits(first_wait=0.001, longest_wait=0.01)


@asynccontextmanager
async def served(path: Path) -> AsyncIterator[int]:
    """The embedded provider on a port of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    with Store.open(path) as store:
        app = build_app(store, QUIRKS["rfc7644"], token="t0ken")
        config = uvicorn.Config(app, log_level="critical", lifespan="off", loop="asyncio")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await serving


class Between:
    """Passes bytes on, and hangs up on the next answers as often as `losses` says."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.losses = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        provider_reader, provider_writer = await asyncio.open_connection("127.0.0.1", self._port)

        async def onwards() -> None:
            while data := await reader.read(65536):
                provider_writer.write(data)
                await provider_writer.drain()
            provider_writer.close()

        sending = asyncio.create_task(onwards())
        while data := await provider_reader.read(65536):
            if self.losses:
                self.losses -= 1
                writer.transport.abort()
                break
            writer.write(data)
            await writer.drain()
        sending.cancel()
        provider_writer.close()
        writer.close()


def through_losses(path: Path, act: Callable[[ScimClient, Between], Awaitable[T]]) -> T:
    async def go() -> T:
        async with served(path) as port:
            between = Between(port)
            relay = await asyncio.start_server(between.serve, "127.0.0.1", 0)
            place = f"127.0.0.1:{relay.sockets[0].getsockname()[1]}"
            async with relay, connect(to(place), RFC7644, limits=QUICK) as client:
                return await act(client, between)

    return asyncio.run(go())


def to(place: str) -> Connection:
    return Connection(
        base_url=f"http://{place}/scim/v2",
        token=Secret("t0ken"),
        allowed_hosts=frozenset({place}),
    )


def test_reading_and_writing_over_a_socket(tmp_path: Path) -> None:
    async def act(client: ScimClient, _between: Between) -> list[str]:
        names = [f"u{n}@zone.example" for n in range(30)]
        user_name = parse_path("userName")
        made = await asyncio.gather(*(client.create(Kind.USER, {user_name: n}) for n in names))
        actual = await read_actual(client, RFC7644)
        assert actual.complete
        assert sorted(actual.users.resources) == sorted(str(w.id) for w in made)
        return [str(r.data["username"]) for r in actual.users.resources.values()]

    assert sorted(through_losses(tmp_path / "p.sqlite", act)) == sorted(
        f"u{n}@zone.example" for n in range(30)
    )


def test_a_lost_answer_to_a_write_is_unknown_and_the_work_was_done_once(tmp_path: Path) -> None:
    async def act(client: ScimClient, between: Between) -> None:
        between.losses = 1
        with pytest.raises(OutcomeUnknownError, match="tried to create a user, and it may or may"):
            await client.create(Kind.USER, ADA)
        assert client.retries == 0
        (found,) = await client.find(Kind.USER, parse_path("userName"), "ada@zone.example")

        between.losses = 1
        with pytest.raises(OutcomeUnknownError, match=f"tried to update user {found.id}"):
            await client.update(Kind.USER, found.id, {parse_path("title"): "Lead"})
        after = await client.get(Kind.USER, found.id)
        assert after is not None
        assert after.data["title"] == "Lead"

        between.losses = 1
        with pytest.raises(OutcomeUnknownError, match=f"tried to delete user {found.id}"):
            await client.delete(Kind.USER, found.id)
        assert await client.get(Kind.USER, found.id) is None

    through_losses(tmp_path / "p.sqlite", act)


def test_a_lost_answer_to_a_read_is_asked_for_again(tmp_path: Path) -> None:
    async def act(client: ScimClient, between: Between) -> tuple[bool, int]:
        await client.create(Kind.USER, ADA)
        between.losses = 2
        return (await client.listing(Kind.USER)).complete, client.retries

    assert through_losses(tmp_path / "p.sqlite", act) == (True, 2)


def test_a_read_whose_answers_are_always_lost_is_an_error(tmp_path: Path) -> None:
    async def act(client: ScimClient, between: Between) -> None:
        between.losses = 100
        with pytest.raises(ProviderError) as raised:
            await read_actual(client, RFC7644)
        assert raised.value.message == (
            "cannot read the list of users: the connection broke before the answer was complete"
        )

    through_losses(tmp_path / "p.sqlite", act)


def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = f"127.0.0.1:{listener.getsockname()[1]}"

    async def go(act: Callable[[ScimClient], Awaitable[object]]) -> int:
        async with connect(to(place), RFC7644, limits=QUICK) as client:
            with pytest.raises(UnreachableError, match="the connection was refused; nothing was"):
                await act(client)
            return client.retries

    assert asyncio.run(go(lambda c: c.listing(Kind.USER))) == 3
    assert asyncio.run(go(lambda c: c.create(Kind.USER, ADA))) == 3
