"""Requests that a fault itself sends to the application: a second writer's, and looks."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Message, Scope

from reconciler.simulator.app import BASE_PATH
from reconciler.simulator.faults.answers import Caught, catch
from reconciler.simulator.faults.script import Write
from reconciler.simulator.middleware import MEDIA_TYPE
from reconciler.simulator.records import Key
from reconciler.simulator.store import Store
from reconciler.simulator.values import Document, Json, Kind

_KEYS: Final = {
    "Users": (Kind.USER, Key.USER_NAME),
    "Groups": (Kind.GROUP, Key.DISPLAY_NAME),
}
_PASSED_ON: Final = {b"authorization", b"host", b"user-agent"}
#: In a body, the id of somebody by name: `$Users/ada@zone.example`.
_SOMEBODY: Final = re.compile(r'\$(Users|Groups)/([^"\]]+)')


class _MissingError(Exception):
    """A body names somebody who is not there."""


@dataclass(frozen=True, slots=True)
class Inner:
    """Sends with the credentials of the request that is under way."""

    app: ASGIApp
    scope: Scope

    async def send(self, method: str, path: str, body: Json = None) -> Caught:
        """The application's answer; `path` is below the base."""
        sent = b"" if body is None else json.dumps(body).encode("ascii")
        headers = [(name, value) for name, value in self.scope["headers"] if name in _PASSED_ON]
        scope = {
            **self.scope,
            "method": method,
            "path": f"{BASE_PATH}{path}",
            "raw_path": f"{BASE_PATH}{path}".encode(),
            "query_string": b"",
            "headers": [*headers, (b"content-type", MEDIA_TYPE.encode())],
        }

        async def receive() -> Message:
            return {"type": "http.request", "body": sent, "more_body": False}

        return await catch(self.app, scope, receive)

    async def document(self, path: str) -> Document | None:
        """The resource at a path; None when it is not there."""
        found = await self.send("GET", path)
        return found.document() if found.status == 200 else None

    async def carry_out(self, write: Write) -> None:
        """A write by somebody else. Who is not there is neither written to nor written of: the
        script's name may be that of somebody who is still to come."""
        try:
            named = f"/{self._id(write.path.strip('/'), write.name)}" if write.name else ""
            body = self._resolved(write.body)
        except _MissingError:
            return
        await self.send(write.method, f"{write.path.rstrip('/')}{named}", body)

    def _resolved(self, value: Json) -> Json:
        """The body with ids where it has names."""
        match value:
            case str():
                return _SOMEBODY.sub(lambda found: self._id(found[1], found[2]), value)
            case list():
                return [self._resolved(item) for item in value]
            case dict():
                return {name: self._resolved(item) for name, item in value.items()}
            case _:
                return value

    def _id(self, collection: str, name: str) -> str:
        """The id of whoever has that name; looked up behind the application, which may not find
        anybody by a filter, or have pages of its own kind.

        Raises:
            _MissingError: nobody has it.
        """
        store: Store = self.scope["app"].state.store
        with store.reading() as transaction:
            for found in transaction.lookup(*_KEYS[collection], name):
                return found.id
        raise _MissingError
