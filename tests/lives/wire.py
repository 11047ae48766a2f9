"""Every request of ours, with what was true before and after it; and what happens in between.

Requests are taken one at a time, so each effect has one cause. A second writer writes *between* two
of our requests, the clock goes on there, and there a run of ours dies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.simulator.app import BASE_PATH
from reconciler.simulator.faults.reading import read_script
from reconciler.simulator.faults.script import Script
from reconciler.simulator.serve import CUT
from reconciler.simulator.store import Store
from tests.lives.behind import Stranger, Truth, read


class Moment(Enum):
    """When a run dies, seen from a write that it has sent."""

    BEFORE = "the provider never sees it"
    AFTER = "it is done, and the answer never arrives"


@dataclass(frozen=True)
class Death:
    """A run dies at its so-many-th write, counted from 1: nothing more of it reaches anybody."""

    write: int
    moment: Moment


@dataclass(frozen=True)
class Meddling:
    """Somebody else writes right before our so-many-th request; `slow`: half a minute later."""

    request: int
    act: Callable[[Stranger, Truth], None]
    slow: bool = False


@dataclass(frozen=True)
class Stop:
    """The time that a run has is up after its so-many-th write."""

    write: int


@dataclass(frozen=True)
class Faults:
    """What a script spoils: a request as scripts name it, in one of their ways."""

    when: str
    what: str

    def script(self) -> Script:
        text = f"faults: [{{when: {{{self.when}}}, do: {{{self.what}}}}}]"
        script, found = read_script(text.encode(), "faults.yaml")
        assert found == ()
        return script


Incident = Death | Meddling | Stop | Faults


@dataclass(frozen=True)
class Request:
    """One of ours. `status` is None where no answer was given; `answered` where one arrived."""

    method: str
    path: str  # below the base
    query: str
    body: bytes
    at: datetime
    before: Truth
    after: Truth
    status: int | None

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def kind(self) -> str:
        return "user" if self.path.startswith("/Users") else "group"

    @property
    def id(self) -> str | None:
        parts = self.path.strip("/").split("/")
        return parts[1] if len(parts) > 1 else None


@dataclass
class Log:
    """What was sent during one command."""

    requests: list[Request] = field(default_factory=list)
    died: bool = False
    meddled: bool = False

    @property
    def writes(self) -> list[Request]:
        return [request for request in self.requests if request.writes]


@dataclass
class Recorder:
    """ASGI around the provider: writes the log, and lets the incident happen.

    `died` is called at the moment of death, `pass_time` with the seconds that go by.
    """

    app: ASGIApp
    log: Log
    store: Store
    incident: Incident | None
    now: Callable[[], datetime]
    pass_time: Callable[[float], None]
    died: Callable[[], None]
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        at = self.now()  # when it was sent; it may have to wait
        async with self._turn:
            await self._one(at, scope, receive, send)

    async def _one(self, at: datetime, scope: Scope, receive: Receive, send: Send) -> None:
        writes = scope["method"] not in {"GET"}
        body = await _whole(receive)
        self._meddle()
        number = len(self.log.writes) + 1
        death = self.incident if isinstance(self.incident, Death) else None
        last = death is not None and writes and number == death.write
        if self.log.died or (last and death is not None and death.moment is Moment.BEFORE):
            self._die()
            await _cut(scope, receive)
            return
        before = read(self.store)

        def note(status: int | None) -> None:
            """Before anything of the answer leaves: the next request may come right after."""
            path, query = scope["path"].removeprefix(BASE_PATH), scope["query_string"].decode()
            seen = (scope["method"], path, query, body, at, before, read(self.store), status)
            self.log.requests.append(Request(*seen))
            if isinstance(self.incident, Stop) and writes and number == self.incident.write:
                self.pass_time(3600)

        if not last:
            await self._answer(body, scope, receive, send, note)
            return
        await self._answer(body, scope, receive, _nowhere, note)
        self._die()
        await _cut(scope, receive)

    async def _answer(
        self,
        body: bytes,
        scope: Scope,
        receive: Receive,
        send: Send,
        note: Callable[[int | None], None],
    ) -> None:
        pending: list[Message] = [{"type": "http.request", "body": body}]
        cut, noted = scope["extensions"][CUT], False

        def once(status: int | None) -> None:
            nonlocal noted
            if not noted:
                noted = True
                note(status)

        def noting_cut() -> None:
            once(None)
            cut()

        async def again() -> Message:
            return pending.pop() if pending else await receive()

        async def passing(message: Message) -> None:
            once(message.get("status"))
            await send(message)

        inner = {**scope, "extensions": {**scope["extensions"], CUT: noting_cut}}
        await self.app(inner, again, passing)

    def _meddle(self) -> None:
        incident = self.incident
        if not isinstance(incident, Meddling) or self.log.meddled:
            return
        if len(self.log.requests) + 1 >= incident.request:
            self.log.meddled = True
            if incident.slow:
                self.pass_time(40)
            incident.act(Stranger(self.store), read(self.store))

    def _die(self) -> None:
        if not self.log.died:
            self.log.died = True
            self.died()


async def _nowhere(_: Message) -> None:
    """An answer that never arrives."""


async def _whole(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _cut(scope: Scope, receive: Receive) -> None:
    scope["extensions"][CUT]()
    while (await receive())["type"] != "http.disconnect":
        pass
