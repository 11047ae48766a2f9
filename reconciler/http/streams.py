"""One connection to one host, an asyncio protocol: what httpx sends its requests through.

httpx's own transport walks its pool and probes for an event loop at every step, which costs twice
what the request does. A target gets a handful of connections, each used by one request at a time,
so there is nothing to pool. HTTP itself is h11's, as it is in httpx; what goes wrong is raised as
httpx raises it. A proxy is for httpx's own transport.
"""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import AsyncIterator
from typing import Final

import h11
import httpx

_MOST_UNREAD: Final = 256 * 1024  # bytes
_PORTS: Final = {"https": 443, "http": 80}


class OneConnection(httpx.AsyncBaseTransport):
    """Sends one request at a time; connects when it has to, and again when it has rested too long.

    A connection is kept only when an answer was read to its end and both sides mean to go on.
    """

    def __init__(self, trust: ssl.SSLContext | None, *, rest: float) -> None:
        """`trust` is for https; `rest` is how many seconds a connection may rest and be used."""
        self._trust = trust
        self._rest = rest
        self._line: _Line | None = None
        self._rested_since = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx. The answer's body is read as it is asked for."""
        timeout = request.extensions.get("timeout", {})
        line = self._rested()
        if line is None:
            line = await _connect(request.url, self._trust, timeout.get("connect"))
        try:
            await line.send(request, timeout.get("write"))
            head = await line.head(timeout.get("read"))
        except BaseException:
            line.abort()
            raise
        body = _Body(self, line, timeout.get("read"))
        return httpx.Response(head.status_code, headers=list(head.headers), stream=body)

    def give_back(self, line: _Line) -> None:
        """The answer was read, or nobody wants the rest of it."""
        if line.reusable():
            self._line = line
            self._rested_since = asyncio.get_running_loop().time()
        else:
            line.abort()

    async def aclose(self) -> None:
        """Close the connection, if there is one."""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _rested(self) -> _Line | None:
        """The connection of the last request, if it can carry another."""
        line, self._line = self._line, None
        if line is None:
            return None
        rested = asyncio.get_running_loop().time() - self._rested_since
        if rested < self._rest and line.quiet():
            return line
        line.abort()
        return None


class _Line(asyncio.Protocol):
    """A connected socket, and where HTTP stands on it.

    What arrives waits here until somebody asks for it; above `_MOST_UNREAD` bytes the other side
    is made to wait as well. What nobody has asked for yet when the line rests is no answer.
    """

    def __init__(self) -> None:
        self._http = h11.Connection(h11.CLIENT)
        self._transport: asyncio.Transport = asyncio.Transport()
        self._unread = bytearray()
        self._ended = False
        self._broken: Exception | None = None
        self._arrival: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  what TCP and TLS give
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if len(self._unread) > _MOST_UNREAD:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self._ended = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._broken = exc
        self._wake()
        self.resume_writing()

    def pause_writing(self) -> None:
        self._room = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        room, self._room = self._room, None
        if room is not None and not room.done():
            room.set_result(None)

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    async def _read(self) -> bytes:
        """What has arrived; waits for something to arrive; empty at the end."""
        while not self._unread and not self._ended:
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        if not self._unread and self._broken is not None:
            raise ConnectionError("the connection was lost") from self._broken
        data = bytes(self._unread)
        self._unread.clear()
        if not self._ended:
            self._transport.resume_reading()
        return data

    async def send(self, request: httpx.Request, limit: float | None) -> None:
        try:
            head = self._http.send(
                h11.Request(
                    method=request.method.encode("ascii"),
                    target=request.url.raw_path,
                    headers=request.headers.raw,
                )
            )
            body = self._http.send(h11.Data(data=request.content)) if request.content else b""
            end = self._http.send(h11.EndOfMessage())
        except h11.LocalProtocolError as error:
            raise httpx.LocalProtocolError(str(error)) from error
        try:
            self._transport.write(b"".join((head or b"", body or b"", end or b"")))
            if self._room is not None:
                async with asyncio.timeout(limit):
                    await self._room
            if self._broken is not None:
                raise ConnectionError("the connection was lost") from self._broken
        except TimeoutError as error:
            raise httpx.WriteTimeout("the request could not be written in time") from error
        except OSError as error:
            raise httpx.WriteError("the connection broke while the request was written") from error

    async def head(self, limit: float | None) -> h11.Response:
        """The status and headers of the answer; interim answers are passed over."""
        while True:
            event = await self._event(limit)
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse):
                raise httpx.RemoteProtocolError("the connection ended before an answer began")

    async def body(self, limit: float | None) -> bytes | None:
        """The next part of the answer's body; None at its end."""
        event = await self._event(limit)
        if isinstance(event, h11.Data):
            return bytes(event.data)
        if isinstance(event, h11.EndOfMessage):
            return None
        raise httpx.RemoteProtocolError("the connection ended before the answer did")

    async def _event(self, limit: float | None) -> object:
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                async with asyncio.timeout(limit):
                    self._http.receive_data(await self._read())
        except TimeoutError as error:
            raise httpx.ReadTimeout("no answer in time") from error
        except OSError as error:
            raise httpx.ReadError("the connection broke before the answer was complete") from error
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from error
        return event

    def reusable(self) -> bool:
        """Both sides are done with one exchange and open for the next; then it may begin."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        if self._http.trailing_data != (b"", False):
            return False
        self._http.start_next_cycle()
        return True

    def quiet(self) -> bool:
        """The other side has neither closed nor said anything since.

        The socket itself is asked: the event loop may not have come to hear of it yet.
        """
        if self._ended or self._unread or self._transport.is_closing():
            return False
        readable, _, _ = select.select([self._transport.get_extra_info("socket")], [], [], 0)
        return not readable

    def abort(self) -> None:
        """Close at once; nobody waits for it."""
        self._transport.abort()

    def close(self) -> None:
        """Close in an orderly way."""
        self._transport.close()


class _Body(httpx.AsyncByteStream):
    """An answer's body on its way in."""

    def __init__(self, owner: OneConnection, line: _Line, limit: float | None) -> None:
        self._owner = owner
        self._line = line
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (chunk := await self._line.body(self._limit)) is not None:
            yield chunk

    async def aclose(self) -> None:
        """The connection is free again, or useless."""
        self._owner.give_back(self._line)


async def _connect(url: httpx.URL, trust: ssl.SSLContext | None, limit: float | None) -> _Line:
    if url.scheme not in _PORTS:
        raise httpx.UnsupportedProtocol(f"{url.scheme} is not http")
    secure = url.scheme == "https"
    try:
        async with asyncio.timeout(limit):
            _, line = await asyncio.get_running_loop().create_connection(
                _Line,
                url.raw_host.decode("ascii"),
                url.port or _PORTS[url.scheme],
                ssl=trust if secure else None,
                server_hostname=url.raw_host.decode("ascii") if secure else None,
                happy_eyeballs_delay=0.25,
            )
    except TimeoutError as error:
        raise httpx.ConnectTimeout("no connection in time") from error
    except OSError as error:  # includes ssl.SSLError and socket.gaierror
        raise httpx.ConnectError("no connection") from error
    return line
