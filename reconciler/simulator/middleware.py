"""What stands between the socket and the application: the request log, the token, the throttle.

Each is plain ASGI and knows nothing of the others; `app.build_app` puts them in order.
"""

from __future__ import annotations

import hmac
import json
from collections import Counter, deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.simulator.errors import ScimError
from reconciler.simulator.values import Json

MEDIA_TYPE: Final = "application/scim+json"
_WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_SECOND: Final = timedelta(seconds=1)


class Seen(NamedTuple):
    """A request and its answer; the path is without its query."""

    method: str
    path: str
    status: int


class ScimResponse(Response):
    """JSON as SCIM's media type."""

    media_type = MEDIA_TYPE

    def __init__(
        self, content: Json, status_code: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(content, status_code, headers)

    def render(self, content: Json) -> bytes:
        # ASCII, so that a lone surrogate that a client sent can be told back to it.
        return json.dumps(content, separators=(",", ":")).encode("ascii")


def error_response(error: ScimError, headers: dict[str, str] | None = None) -> ScimResponse:
    """The answer to a request that failed (RFC 7644 §3.12)."""
    return ScimResponse(error.body(), error.status, headers)


class RequestLog:
    """Writes down every request, with the status that the client saw."""

    def __init__(self, app: ASGIApp, *, log: deque[Seen]) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._log.append(Seen(scope["method"], scope["path"], message["status"]))
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:
            # Starlette answers it further out.
            self._log.append(Seen(scope["method"], scope["path"], 500))
            raise


class BearerToken:
    """Answers 401 to whoever does not send the token (RFC 6750); `open_to_all` are paths that are
    for everybody, with what is below them."""

    def __init__(self, app: ASGIApp, *, token: str, open_to_all: Sequence[str] = ()) -> None:
        self._app = app
        self._token = token.encode()
        self._open = tuple(open_to_all)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["path"].startswith(self._open)
            or self._is_sent(Headers(scope=scope))
        ):
            await self._app(scope, receive, send)
            return
        error = ScimError(401, "the bearer token is missing or wrong")
        response = error_response(error, {"WWW-Authenticate": "Bearer"})
        await response(scope, receive, send)

    def _is_sent(self, headers: Headers) -> bool:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(
            token.strip().encode("utf-8", "surrogateescape"), self._token
        )


class UserAgent:
    """Answers 403 to whoever does not say what they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not Headers(scope=scope).get("user-agent"):
            error = ScimError(403, "a User-Agent is required")
            await error_response(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)


class MediaTypes:
    """Answers 415 to a body that is called something else (RFC 9110 §15.5.16)."""

    def __init__(self, app: ASGIApp, *, accepted: frozenset[str]) -> None:
        self._app = app
        self._accepted = accepted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        called = Headers(scope=scope).get("content-type") if scope["type"] == "http" else None
        if called is not None and called.partition(";")[0].strip().lower() not in self._accepted:
            await error_response(ScimError(415, "no such media type"))(scope, receive, send)
            return
        await self._app(scope, receive, send)


class Throttle:
    """Answers 429 to what comes above a number in any one second of the clock."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        per_second: int,
        counts: Callable[[Scope], bool],
        clock: Callable[[], datetime],
    ) -> None:
        self._app = app
        self._counts = counts
        self._clock = clock
        self._recent: deque[datetime] = deque(maxlen=per_second)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._counts(scope) or self._admits():
            await self._app(scope, receive, send)
            return
        error = ScimError(429, "too many requests in one second")
        # With its unit, as the management API of ZPA writes it (understanding-rate-limiting).
        await error_response(error, {"Retry-After": "1s"})(scope, receive, send)

    def _admits(self) -> bool:
        now = self._clock()
        full = len(self._recent) == self._recent.maxlen
        if full and now - self._recent[0] < _SECOND:
            return False
        self._recent.append(now)
        return True


class AtOnce:
    """Answers 429 to what comes while a number of requests to the same endpoint is under way."""

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self._app = app
        self._most = most
        self._under_way: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # `/scim/v2/Users/ID` is of the endpoint `/scim/v2/Users`.
        endpoint = "/".join(scope["path"].split("/")[:4])
        if self._under_way[endpoint] >= self._most:
            error = ScimError(429, f"{self._most} requests are under way")
            await error_response(error)(scope, receive, send)
            return
        self._under_way[endpoint] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way[endpoint] -= 1


def is_write(scope: Scope) -> bool:
    """Whether a request may change something."""
    return scope["method"] in _WRITES and not scope["path"].endswith("/.search")
