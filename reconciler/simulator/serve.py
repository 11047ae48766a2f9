"""The application on a port, for clients in other processes."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Generator
from types import FrameType
from typing import Final

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from reconciler.errors import ConfigurationError

_STOPPING: Final = (signal.SIGINT, signal.SIGTERM)
_GRACE: Final = 2  # seconds for the requests in flight
#: The ASGI extension that cuts the connection of a request: a function without arguments.
CUT: Final = "reconciler.cut"


def serve(
    app: ASGIApp, *, host: str = "127.0.0.1", port: int, ready: Callable[[int], None]
) -> None:
    """Serve until SIGINT or SIGTERM, then return; requests in flight are answered first.

    Port 0 takes any free one. `ready` is called with the port once connections are accepted. In a
    thread other than the main one signals are left alone, so the process must end it.

    Raises:
        ConfigurationError: the port cannot be had.
    """
    with listen(host, port) as listener:
        config = uvicorn.Config(
            app,
            log_config=None,
            log_level="error",
            access_log=False,
            lifespan="off",
            ws="none",
            http=_Severable,
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
        )
        actual: int = listener.getsockname()[1]
        _Server(config, lambda: ready(actual)).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A socket that accepts connections.

    Raises:
        ConfigurationError: the port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio switches Nagle's algorithm off: without, it takes 40 ms more
    # to answer each request.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as exc:
        listener.close()
        raise ConfigurationError(
            f"cannot listen on {host} port {port}",
            hint="is something else listening there? port 0 takes any free port",
        ) from exc
    return listener


class _Severable(H11Protocol):
    """A connection that the application can cut: what a network does, and no answer can play."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        app = self.app

        async def with_cutter(scope: Scope, receive: Receive, send: Send) -> None:
            extensions = {**scope.get("extensions", {}), CUT: transport.abort}
            await app({**scope, "extensions": extensions}, receive, send)

        self.app = with_cutter


class _Server(uvicorn.Server):
    """uvicorn's server that says when it listens, and returns when it is told to stop."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        # uvicorn raises the signal again when it has stopped, which would end our caller.
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._stop) for number in _STOPPING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - signal's shape
        self.force_exit = self.should_exit  # the second time, without waiting
        self.should_exit = True
