"""What is fuzzed of whole replies: several pages, Bulk results, refusals, discovery, framing."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from queue import SimpleQueue
from typing import Final

from reconciler.doctor.discovery import examine_discovery
from reconciler.doctor.finding import Notes
from reconciler.doctor.line import Line
from reconciler.errors import ProviderError
from reconciler.model.dialect import IndexUnit, Paging
from reconciler.model.exchange import Failure, Reply
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import Json
from reconciler.model.profile import BUILT_IN, RFC7644
from reconciler.model.profile.clauses import Errors
from reconciler.scim import bulk
from reconciler.scim.answers import Answer, read_answer
from reconciler.scim.bodies import read_page
from reconciler.scim.calls import Call, Method
from reconciler.scim.client import connect
from reconciler.scim.connection import Connection
from reconciler.scim.protocol import Attempt, Done, Limits, Stop, Wait, decide
from reconciler.scim.walks import walk_for
from tests.fuzz.targets import STATUSES

#: Between the parts of an input that is several answers.
CUT: Final = b"\n--\n"
_JSON: Final = {"content-type": "application/scim+json"}
_CALLS: Final[Mapping[str, Call]] = {
    "a": Call(Method.POST, Kind.USER, "/Users", "create", {"userName": "a"}, of_all=True),
    "b": Call(Method.POST, Kind.GROUP, "/Groups", "create", {"displayName": "B"}, of_all=True),
    "c": Call(Method.PATCH, Kind.USER, "/Users/1", "update user 1", {"Operations": []}),
    "d": Call(Method.DELETE, Kind.GROUP, "/Groups/g%2F1", "delete group"),
}
_READ: Final = Call(Method.GET, Kind.USER, "/Users/1", "read user 1")


def pages(data: bytes) -> None:
    """Any pages, one after another and the last again and again: an end, and no wrong whole."""
    found = [
        (kind, page)
        for part in data.split(CUT)[:8]
        for kind in Kind
        if isinstance(answer := read_answer(200, _JSON, part), Answer)
        and (page := read_page(kind, answer, frozenset())) is not None
    ]
    for kind, paging, unit, takes_count in product(Kind, Paging, IndexUnit, (True, False)):
        shown = [page for of, page in found if of is kind]
        walk = walk_for(
            replace(RFC7644, paging=paging, index_unit=unit, page_max=2, takes_count=takes_count)
        )
        for number in range(300):
            if walk.ask is None or not shown:
                break
            walk.take(shown[min(number, len(shown) - 1)])
        assert walk.ask is None or not shown, "the same page again and again leads nowhere"
        if shown:
            listing = walk.listing()
            assert listing.gap or walk.total in {None, len(listing.resources)}


def bulk_results(data: bytes) -> None:
    """Any answer to a Bulk request: of each operation a result that is its own, or none."""
    whole = read_answer(200, _JSON, data)
    if not isinstance(whole, Answer):
        return
    results = bulk.results(whole, _CALLS)
    assert results.keys() <= _CALLS.keys()
    for name, result in results.items():
        told = bulk.read(_CALLS[name], result, whole, Errors())
        if isinstance(told, Answer) and name == "c":
            assert (told.body or {}).get("id") in {None, "1"}
        elif isinstance(told, ProviderError):
            _inert(told)


def refusals(data: bytes) -> None:
    """Any status, headers and body: what to do next, in words that do nothing to a terminal."""
    status = STATUSES[data[0] % len(STATUSES) if data else 0]
    head, _, body = data[1:].partition(CUT)
    after, _, etag = head.decode("latin-1").partition("\n")
    reply = read_answer(status, {**_JSON, "retry-after": after, "etag": etag}, body)
    patient = (Limits(), Limits(retried=frozenset({403}), unnamed=7.0))
    for call, number, limits in product((*_CALLS.values(), _READ), (1, 20), patient):
        match decide(call, Attempt(number), reply, limits):
            case Stop(error, pause):
                _inert(error)
                assert 0 <= pause <= Limits().budget
            case Wait(seconds):
                assert 0 <= seconds <= Limits().budget
            case Done():
                assert 200 <= status < 300


@dataclass
class _Telling:
    """Answers with one text after another, whatever it is asked."""

    texts: list[bytes]

    async def exchange(
        self,
        method: str,  # noqa: ARG002  as the protocol has it, like those below
        url: str,  # noqa: ARG002
        headers: Mapping[str, str],  # noqa: ARG002
        body: bytes | None,  # noqa: ARG002
        *,
        turn: Callable[[], Awaitable[None]],
    ) -> Reply | Failure:
        await turn()
        return Reply(200, _JSON, self.texts.pop(0) if self.texts else b"")


def documents(data: bytes) -> None:
    """Any discovery documents: findings, whatever they are."""

    async def at_once() -> None:
        pass

    for profile in BUILT_IN.values():
        notes = Notes()
        line = Line(
            _Telling(data.split(CUT)[:4]), "https://box.invalid/scim", budget=10, pause=at_once
        )
        asyncio.run(examine_discovery(line, profile, notes))
        assert notes.findings


@dataclass
class _Saying:
    """A port of this machine that answers each connection with bytes and hangs up."""

    port: int
    said: SimpleQueue[bytes]


@cache
def _saying() -> _Saying:
    listening = socket.create_server(("127.0.0.1", 0))
    saying = _Saying(listening.getsockname()[1], SimpleQueue())

    def serve() -> None:
        answer = b""
        while True:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                while not saying.said.empty():
                    answer = saying.said.get()
                connection.recv(65536)
                connection.sendall(answer)
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(1)
                connection.recv(65536)

    threading.Thread(target=serve, daemon=True).start()
    return saying


def framing(data: bytes) -> None:
    """Any bytes in the place of an HTTP response: an answer, or an error of the provider's."""
    saying = _saying()
    saying.said.put(data)

    async def no_pause(seconds: float) -> None:
        assert seconds >= 0

    async def ask() -> None:
        at = Connection(
            base_url=f"http://127.0.0.1:{saying.port}/scim", allowed_hosts=frozenset({"127.0.0.1"})
        )
        async with connect(
            at, RFC7644, sleep=no_pause, limits=Limits(tries=1, throttled_tries=1)
        ) as c:
            try:
                await c.get(Kind.USER, ResourceId("1"))
            except ProviderError as error:
                _inert(error)

    asyncio.run(ask())


def _inert(error: ProviderError) -> None:
    text = f"{error.message} {error.hint or ''}"
    assert text.isprintable(), ascii(text)
    assert len(text) < 2000


def _bulk(*rows: Json) -> bytes:
    schema = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
    return json.dumps({"schemas": [schema], "Operations": list(rows)}).encode()


def _list(*rows: bytes, more: bytes) -> bytes:
    return (
        b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"Resources":[%s],%s}'
        % (
            b",".join(rows),
            more,
        )
    )


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {
    target.__name__: target for target in (pages, bulk_results, refusals, documents, framing)
}


def _seeds() -> Iterator[tuple[str, tuple[bytes, ...]]]:
    one, two, three = (
        b'{"id":"%d","userName":"u%d","displayName":"g"}' % (n, n) for n in (1, 2, 3)
    )
    yield (
        "pages",
        (
            CUT.join(
                [
                    _list(one, two, more=b'"totalResults":3,"itemsPerPage":2,"startIndex":1'),
                    _list(three, more=b'"totalResults":3,"itemsPerPage":1,"startIndex":3'),
                ]
            ),
            CUT.join(
                [
                    _list(one, two, more=b'"nextCursor":"x","itemsPerPage":2'),
                    _list(three, more=b'"totalResults":3'),
                ]
            ),
            _list(more=b'"totalResults":0'),
        ),
    )
    yield (
        "bulk_results",
        (
            _bulk(
                {
                    "bulkId": "a",
                    "method": "POST",
                    "status": "201",
                    "version": 'W/"1"',
                    "location": "https://x/scim/Users/7",
                    "response": {"id": "7", "userName": "A"},
                },
                {
                    "bulkId": "b",
                    "method": "POST",
                    "status": {"code": 409},
                    "response": {
                        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                        "scimType": "uniqueness",
                        "detail": "taken",
                        "status": "409",
                    },
                },
                {"method": "PATCH", "location": "/Users/1", "status": 204},
                {"bulkId": "d", "method": "DELETE", "status": "429"},
            ),
        ),
    )
    yield (
        "refusals",
        (
            b"\x0813s" + CUT + b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],'
            b'"status":"409","scimType":"uniqueness","detail":"taken"}',
            b"\x0d13" + CUT + b"",
            b"\x11Wed, 21 Oct 2026 07:28:00 GMT" + CUT + b"<html>",
            b"\x06" + CUT + b'{"id":"x","reason":"y"}',
            b'\x00\nW/"1"' + CUT + b'{"id":"1"}',
        ),
    )
    yield (
        "documents",
        (
            CUT.join(
                [
                    b'{"schemas":["x"],"patch":{"supported":true},"bulk":{"supported":true,'
                    b'"maxOperations":10,"maxPayloadSize":1000},"filter":{"supported":true,"maxResults":200},'
                    b'"etag":{"supported":false},"sort":{"supported":true},"pagination":{"cursor":true}}',
                    b'{"totalResults":2,"Resources":[{"name":"User","endpoint":"/Users"},{"name":"Role"}]}',
                    b'{"totalResults":1,"Resources":[{"id":"urn:x","attributes":[{"name":"userName"}]}]}',
                ]
            ),
        ),
    )
    body = b'{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1","userName":"a"}'
    ok = b"HTTP/1.1 200 OK\r\nContent-Type: application/scim+json\r\n"
    yield (
        "framing",
        (
            ok + b"Content-Length: %d\r\n\r\n" % len(body) + body,
            ok + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n",
            ok + b"\r\n" + body,
            b"HTTP/1.1 100 Continue\r\n\r\n" + ok + b"Content-Length: 2\r\n\r\n{}",
            b"HTTP/1.1 429 \r\nRetry-After: 13s\r\nContent-Length: 0\r\n\r\n",
            ok + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00",
            b"HTTP/1.0 301 Moved\r\nLocation: http://elsewhere.example/\r\n\r\n",
        ),
    )


#: Something to begin with, for each.
SEEDS: Final[Mapping[str, tuple[bytes, ...]]] = dict(_seeds())
