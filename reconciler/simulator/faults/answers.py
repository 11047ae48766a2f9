"""An answer of the application, caught before it is sent on; and answers that are not its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.simulator.errors import ScimError
from reconciler.simulator.faults.script import Body, Refuse
from reconciler.simulator.middleware import MEDIA_TYPE
from reconciler.simulator.values import Document

_PAGE: Final = b"<!doctype html><title>Sign in</title><h1>Sign in to continue</h1>"
_DATE: Final = "date:"


@dataclass(frozen=True, slots=True)
class Caught:
    """Status, headers without a length, and the whole body."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def document(self) -> Document | None:
        """The body as a JSON object; None when it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def saying(self, document: Document) -> Caught:
        """The same with another document."""
        return replace(self, body=json.dumps(document, separators=(",", ":")).encode("ascii"))

    async def send(self, send: Send) -> None:
        """Send it on, whole."""
        await send(self.start(len(self.body)))
        await send({"type": "http.response.body", "body": self.body})

    def start(self, length: int) -> Message:
        """The message that opens the answer; `length` is what it says of its body."""
        headers = [*self.headers]
        if self.status != 204:  # RFC 9110 §8.6: it has no length
            headers.append((b"content-length", str(length).encode()))
        return {"type": "http.response.start", "status": self.status, "headers": headers}


async def catch(app: ASGIApp, scope: Scope, receive: Receive) -> Caught:
    """What the application answers to a request."""
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    start = next(m for m in messages if m["type"] == "http.response.start")
    parts = (m.get("body", b"") for m in messages if m["type"] == "http.response.body")
    headers = ((name, value) for name, value in start["headers"] if name != b"content-length")
    return Caught(start["status"], tuple(headers), b"".join(parts))


def refusal(refuse: Refuse, clock: Callable[[], datetime]) -> Caught:
    """The error that a script asks for."""
    error = ScimError(refuse.status, "a fault script says so")
    caught = _typed(refuse.status, MEDIA_TYPE, json.dumps(error.body()).encode("ascii"))
    if refuse.body is not Body.SCIM:
        caught = with_body(caught, refuse.body)
    if refuse.retry_after is None:
        return caught
    value = _retry_after(refuse.retry_after, clock)
    return replace(caught, headers=(*caught.headers, (b"retry-after", value)))


def unauthorized() -> Caught:
    """What a revoked token gets."""
    body = json.dumps(ScimError(401, "the token was revoked").body()).encode("ascii")
    return _typed(401, MEDIA_TYPE, body)


def with_body(caught: Caught, body: Body) -> Caught:
    """The answer with something else where its body should be; 204 has none, so it becomes 200."""
    if caught.status == 204 and body is not Body.EMPTY:
        caught = replace(caught, status=200)
    match body:
        case Body.HTML:
            return _typed(caught.status, "text/html", _PAGE)
        case Body.TEXT:
            return _typed(caught.status, "text/plain", b"upstream connect error")
        case Body.MALFORMED:
            cut = caught.body[: max(1, len(caught.body) // 2)] or b"{"
            return replace(caught, body=cut)
        case Body.EMPTY:
            return replace(caught, body=b"")
        case Body.SCIM:
            error = ScimError(caught.status, "a fault script says so")
            return _typed(caught.status, MEDIA_TYPE, json.dumps(error.body()).encode("ascii"))


def _typed(status: int, media_type: str, body: bytes) -> Caught:
    return Caught(status, ((b"content-type", media_type.encode()),), body)


def _retry_after(written: str, clock: Callable[[], datetime]) -> bytes:
    if not written.startswith(_DATE):
        return written.encode("ascii")
    seconds = int(written.removeprefix(_DATE))
    return format_datetime(clock() + timedelta(seconds=seconds), usegmt=True).encode("ascii")
