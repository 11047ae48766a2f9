"""A service provider on a port of this process that can be another one for each run; and haste.

A real socket, so that a fault can cut it; the same one for thousands of runs, so that they cost
what their requests cost.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.simulator.app import build_app
from reconciler.simulator.faults.inject import playing
from reconciler.simulator.faults.script import Script
from reconciler.simulator.middleware import Seen
from reconciler.simulator.provider import random_id
from reconciler.simulator.quirks import QUIRKS, Quirks
from reconciler.simulator.serve import serve
from reconciler.simulator.store import Store


@dataclass
class Port:
    """One port, behind which stands whatever `provider` is in force."""

    number: int = 0
    _app: ASGIApp | None = None
    _ready: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.number}/scim/v2"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._app is not None, "nobody serves here now"
        await self._app(scope, receive, send)

    @contextmanager
    def provider(
        self,
        file: Path,
        *,
        profile: str = "rfc7644",
        quirks: Quirks | None = None,
        script: Script | None = None,
        middleware: Sequence[Middleware] = (),
        new_id: Callable[[int], str] = random_id,
    ) -> Iterator[list[Seen]]:
        """Serve what `file` holds, spoilt as the script says, and by what stands around that; gives
        the requests, as they come. `quirks` count, where they are given, and not the profile's."""
        script = script or Script()
        with Store.open(file) as store:
            played = script.over(quirks or QUIRKS[profile])
            around = [*middleware, *playing(script)]
            app = build_app(store, played, token=None, new_id=new_id, middleware=around)
            self._app = app
            try:
                yield _Log(app.state.requests)
            finally:
                self._app = None

    def listen(self) -> None:
        """Serve in a thread of its own until the process ends."""

        def ready(number: int) -> None:
            self.number = number
            self._ready.set()

        thread = threading.Thread(
            target=serve, args=(self,), kwargs={"port": 0, "ready": ready}, daemon=True
        )
        thread.start()
        assert self._ready.wait(timeout=30)


class Overhearing:
    """Keeps the bodies of requests, by method and path those that are `wanted`, in `said`."""

    def __init__(
        self, app: ASGIApp, *, wanted: Callable[[str, str], bool], said: list[Any]
    ) -> None:
        self._app = app
        self._wanted = wanted
        self._said = said

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts: list[bytes] = []

        async def keep() -> Message:
            message = await receive()
            parts.append(message.get("body", b""))
            return message

        await self._app(scope, keep, send)
        if self._wanted(scope["method"], scope["path"]):
            self._said.append(json.loads(b"".join(parts)))


class _Log(list[Seen]):
    """The application's log, read when it is looked at."""

    def __init__(self, requests: Any) -> None:
        super().__init__()
        self._requests = requests

    def __iter__(self) -> Iterator[Seen]:
        return iter(tuple(self._requests))

    def __len__(self) -> int:
        return len(self._requests)


@dataclass
class Haste:
    """A clock on which waiting takes no time: for `World.sleep` and `World.elapsed`."""

    waited: float = 0.0

    async def sleep(self, seconds: float) -> None:
        self.waited += seconds
        await asyncio.sleep(0)

    def elapsed(self) -> float:
        return time.monotonic() + self.waited
