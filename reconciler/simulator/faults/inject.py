"""The middleware that makes a script happen, between the request log and everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from reconciler.simulator.app import BASE_PATH, utc_now
from reconciler.simulator.faults.answers import Caught, catch, refusal, unauthorized, with_body
from reconciler.simulator.faults.hiding import Hiding
from reconciler.simulator.faults.inner import Inner
from reconciler.simulator.faults.lists import distorted
from reconciler.simulator.faults.matching import Matcher
from reconciler.simulator.faults.script import (
    WRITES,
    Action,
    Delay,
    Distort,
    Hide,
    Meanwhile,
    Moment,
    Refuse,
    Replace,
    Reset,
    Revoke,
    Script,
    Trickle,
    Truncate,
)
from reconciler.simulator.serve import CUT

_PIECES: Final = 20  # in which a trickling body comes


def playing(script: Script) -> tuple[Middleware, ...]:
    """What `app.build_app` takes to play a script."""
    return (Middleware(FaultInjector, script=script),) if script.faults else ()


class FaultInjector:
    """Plays a script. `sleep` is in seconds."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        script: Script,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._app = app
        self._matcher = Matcher.of(script)
        self._hiding = Hiding()
        self._revoked = False
        self._clock = clock
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = tuple(filter(None, scope["path"].removeprefix(BASE_PATH).split("/")))
        actions = list(self._matcher.actions(scope["method"], path))
        early = await self._before(actions, scope)
        if isinstance(early, Reset):
            await _cut(scope, receive)
        elif early is not None:
            await early.send(send)
        else:
            caught = await self._work(actions, path, scope, receive)
            await self._after(actions, caught, scope, receive, send)

    async def _before(self, actions: Sequence[Action], scope: Scope) -> Caught | Reset | None:
        """What comes before the work; an answer or a cut means that there will be no work."""
        for action in actions:
            match action:
                case Meanwhile(writes):
                    for write in writes:
                        await Inner(self._app, scope).carry_out(write)
                case Delay(seconds):
                    await self._sleep(seconds)
                case Revoke():
                    self._revoked = True
                case Refuse(moment=Moment.BEFORE) as refuse:
                    return refusal(refuse, self._clock)
                case Reset(Moment.BEFORE) as reset:
                    return reset
                case _:
                    pass
        return unauthorized() if self._revoked else None

    async def _work(
        self, actions: Sequence[Action], path: tuple[str, ...], scope: Scope, receive: Receive
    ) -> Caught:
        reads = max((action.reads for action in actions if isinstance(action, Hide)), default=0)
        if not reads or scope["method"] not in WRITES:
            caught = await catch(self._app, scope, receive)
            if scope["method"] != "GET" or not path:
                return caught
            filtered = b"filter=" in scope["query_string"]
            return self._hiding.veil(path, caught, filtered=filtered)
        # What a read shows meanwhile is what was there before.
        known = len(path) == 2
        before = await Inner(self._app, scope).document("/" + "/".join(path)) if known else None
        caught = await catch(self._app, scope, receive)
        written = path[1] if known else str((caught.document() or {}).get("id"))
        if caught.status < 300:
            gone = scope["method"] == "DELETE"
            self._hiding.begin((path[0], written), before, reads, gone=gone)
        return caught

    async def _after(
        self,
        actions: Sequence[Action],
        caught: Caught,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """What becomes of the answer on its way."""
        if Reset(Moment.AFTER) in actions:
            await _cut(scope, receive)
            return
        for action in actions:
            caught = self._altered(action, caught)
        kept = min((a.bytes for a in actions if isinstance(a, Truncate)), default=None)
        pause = sum(a.seconds for a in actions if isinstance(a, Trickle)) / _PIECES
        if kept is None and not pause:
            await caught.send(send)
            return
        await send(caught.start(len(caught.body)))
        for piece in _pieces(caught.body[:kept]):
            await self._sleep(pause)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if kept is not None and kept < len(caught.body):
            await _cut(scope, receive)
        else:
            await send({"type": "http.response.body", "body": b""})

    def _altered(self, action: Action, caught: Caught) -> Caught:
        match action:
            case Refuse(moment=Moment.AFTER):
                return refusal(action, self._clock)
            case Replace(body):
                return with_body(caught, body)
            case Distort():
                return distorted(caught, action)
            case _:
                return caught


def _pieces(body: bytes) -> Iterator[bytes]:
    size = max(1, len(body) // _PIECES)
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def _cut(scope: Scope, receive: Receive) -> None:
    """Cut the connection, and wait until the server has noticed: then it answers nothing more."""
    scope["extensions"][CUT]()
    while (await receive())["type"] != "http.disconnect":
        pass
