"""One connection, used again for as long as both sides mean it to be, and never a moment longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from reconciler.http.streams import OneConnection

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[tuple[str, list[int]]]:
    """A listening socket; gives its address, and a list with an entry for each connection."""
    connections: list[int] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(len(connections))
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", connections
    finally:
        server.close()
        await server.wait_closed()


def answering(answer: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)

    return serve


def asked(serve: Serve, times: int = 3, *, rest: float = 3.0, pause: float = 0.0) -> list[object]:
    """What each request came to, and in the last place how many connections were made."""

    async def run() -> list[object]:
        found: list[object] = []
        async with serving(serve) as (url, connections):
            transport = OneConnection(None, rest=rest)
            async with httpx.AsyncClient(transport=transport, timeout=5) as client:
                for _ in range(times):
                    try:
                        found.append((await client.get(url)).text)
                    except httpx.TransportError as error:
                        found.append(type(error))
                    await asyncio.sleep(pause)
        return [*found, len(connections)]

    return asyncio.run(run())


def test_one_connection_carries_every_request() -> None:
    assert asked(answering(OK)) == ["ok", "ok", "ok", 1]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK,
    ],
    ids=["chunked", "interim answer"],
)
def test_an_answer_of_any_form_leaves_the_connection_usable(answer: bytes) -> None:
    assert asked(answering(answer)) == ["ok", "ok", "ok", 1]


@pytest.mark.parametrize(
    "answer",
    [
        OK.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"),
        OK.replace(b"HTTP/1.1", b"HTTP/1.0"),
        OK + b"HTTP/1.1 200 OK\r\n",
    ],
    ids=["says close", "HTTP/1.0", "says more than was asked"],
)
def test_a_connection_that_is_not_to_be_kept_is_not_kept(answer: bytes) -> None:
    assert asked(answering(answer)) == ["ok", "ok", "ok", 3]


def test_a_connection_that_rested_too_long_is_not_used_again() -> None:
    assert asked(answering(OK), 2, rest=0.0) == ["ok", "ok", 2]


def test_a_connection_that_the_other_side_closed_is_noticed_before_anything_is_sent() -> None:
    """Whether or not the event loop has heard of it: a write on it would be one without answer."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)

    assert asked(once) == ["ok", "ok", "ok", 3]
    assert asked(once, pause=0.02) == ["ok", "ok", "ok", 3]


def test_something_said_unasked_is_not_taken_for_an_answer() -> None:
    async def talks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await asyncio.sleep(0.01)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbad")
        await reader.read()

    assert asked(talks, 2, pause=0.05) == ["ok", "ok", 2]


def test_an_answer_that_nobody_reads_to_its_end_costs_the_connection() -> None:
    async def run() -> int:
        big = b"HTTP/1.1 200 OK\r\ncontent-length: 300000\r\n\r\n" + b"x" * 300_000
        async with serving(answering(big)) as (url, connections):
            async with httpx.AsyncClient(transport=OneConnection(None, rest=3.0)) as client:
                async with client.stream("GET", url) as answer:
                    assert answer.status_code == 200
                await client.get(url)
            return len(connections)

    assert asyncio.run(run()) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok", httpx.RemoteProtocolError),
        (b"NOT HTTP\r\n\r\n", httpx.RemoteProtocolError),
    ],
    ids=["hangs up", "stops half-way", "no HTTP"],
)
def test_what_breaks_is_raised_as_httpx_raises_it(answer: bytes, error: type[Exception]) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    assert asked(serve, 2) == [error, error, 2]
