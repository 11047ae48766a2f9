"""A proxy between the command and the provider that kills the command at one exact write.

Writes pass one at a time, so "the k-th write" is one point in every run: all before it are done and
answered, none after it has reached the provider.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import urlsplit

_WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_OF_THIS_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "date", "server"})


class Moment(StrEnum):
    """When the command dies, seen from the write that it has sent."""

    BEFORE = "before"  # the provider never sees the write
    AFTER = "after"  # the provider has done it and answered; the answer never arrives


@dataclass
class Passage:
    """One run of a client through the proxy: what it wrote, and where it is to die."""

    kill_at: tuple[int, Moment] | None = None
    writes: list[str] = field(default_factory=list)  # the methods that the provider has done
    changes: int = 0  # what those were made of: one each, or as many as one Bulk request has
    _victim: subprocess.Popen[str] | None = None
    _known: threading.Event = field(default_factory=threading.Event)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def aim(self, victim: subprocess.Popen[str]) -> None:
        """Whom to kill. Until it is known, the write that is to be the last one waits."""
        self._victim = victim
        self._known.set()

    def write(self, method: str, send: _Send) -> _Answer | None:
        """Send to the provider; None when the client is dead, so that nobody gets the answer."""
        with self._turn:
            if self._victim is not None and self._victim.poll() is not None:
                return None
            number, moment = self.kill_at or (0, None)
            last = len(self.writes) + 1 == number
            if last and moment is Moment.BEFORE:
                self._kill()
                return None
            answer = send()
            self.writes.append(method)
            self.changes += send.changes
            if last:
                self._kill()
                return None
            return answer

    def _kill(self) -> None:
        assert self._known.wait(timeout=60)
        assert self._victim is not None
        os.kill(self._victim.pid, signal.SIGKILL)
        self._victim.wait()


@dataclass
class Between:
    """The proxy: `provider` is where it leads, `url` the same through it."""

    provider: str
    url: str
    passage: Passage = field(default_factory=Passage)

    def begin(self, kill_at: tuple[int, Moment] | None = None) -> Passage:
        """From now on a new run passes: unharmed, or killed at a write (counted from 1).

        Connections are accepted in the order in which they were made. Once this one is answered,
        whatever the run before left on the way belongs to that run for good.
        """
        host = urlsplit(self.url).netloc
        with closing(HTTPConnection(host, timeout=60)) as connection:
            connection.request("GET", "/")
            connection.getresponse().read()
        self.passage = Passage(kill_at)
        return self.passage


class _Answer:
    """A whole answer of the provider."""

    def __init__(self, response: HTTPResponse) -> None:
        self.status = response.status
        self.headers = [
            (name, value)
            for name, value in response.getheaders()
            if name.lower() not in _OF_THIS_HOP | {"content-length"}
        ]
        self.body = response.read()


class _Send:
    """One request to the provider, when it is called."""

    def __init__(self, provider: str, request: BaseHTTPRequestHandler) -> None:
        self._host = urlsplit(provider).netloc
        length = int(request.headers.get("Content-Length") or 0)
        self._method, self._path = request.command, request.path
        self._body = request.rfile.read(length) if length else None
        self._headers = {
            name: value for name, value in request.headers.items() if name.lower() != "host"
        }

    @property
    def changes(self) -> int:
        if not self._path.endswith("/Bulk"):
            return 1
        return len(json.loads(self._body or b"{}")["Operations"])

    def __call__(self) -> _Answer:
        connection = HTTPConnection(self._host, timeout=60)
        try:
            connection.request(self._method, self._path, self._body, self._headers)
            return _Answer(connection.getresponse())
        finally:
            connection.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _any(self) -> None:
        send = _Send(self.server.between.provider, self)
        passage = self.server.passages[self.client_address]
        writes = self.command in _WRITES
        answer = passage.write(self.command, send) if writes else send()
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status != 204:  # RFC 9110 §8.6: it has no length
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815 - what http.server calls

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    between: Between

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.passages: dict[object, Passage] = {}

    def process_request(self, request: object, client_address: object) -> None:
        """In the one thread that accepts, so in the order of the connections."""
        self.passages[client_address] = self.between.passage
        super().process_request(request, client_address)  # type: ignore[arg-type]  # wider than any caller needs

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed resets its connections; there is nothing to say about it."""


@contextmanager
def between(provider: str) -> Iterator[Between]:
    """A proxy on a port of its own before the provider at that address."""
    with _Server() as server:
        url = f"http://127.0.0.1:{server.server_port}{urlsplit(provider).path}"
        server.between = Between(provider, url)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.between
        finally:
            server.shutdown()
            thread.join()
