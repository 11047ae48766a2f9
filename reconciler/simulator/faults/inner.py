"""Requests that a fault itself sends to the application: a second writer's, and looks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.types import ASGIApp, Message, Scope

from reconciler.simulator.app import BASE_PATH
from reconciler.simulator.faults.answers import Caught, catch
from reconciler.simulator.faults.script import Write
from reconciler.simulator.middleware import MEDIA_TYPE
from reconciler.simulator.values import Document, Json, fold

_NAMES = {"Users": "userName", "Groups": "displayName"}
_PAGE = 50


@dataclass(frozen=True, slots=True)
class Inner:
    """Sends with the credentials of the request that is under way."""

    app: ASGIApp
    scope: Scope

    async def send(self, method: str, path: str, body: Json = None, **query: object) -> Caught:
        """The application's answer; `path` is below the base."""
        sent = b"" if body is None else json.dumps(body).encode("ascii")
        headers = [(n, v) for n, v in self.scope["headers"] if n in {b"authorization", b"host"}]
        scope = {
            **self.scope,
            "method": method,
            "path": f"{BASE_PATH}{path}",
            "raw_path": f"{BASE_PATH}{path}".encode(),
            "query_string": urlencode(query).encode("ascii"),
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
        """A write by somebody else. Who is not there is not written to: the script's name may be
        that of somebody who is still to come."""
        path = write.path
        if write.name is not None:
            found = await self._id(path.strip("/"), write.name)
            if found is None:
                return
            path = f"{path.rstrip('/')}/{found}"
        await self.send(write.method, path, write.body)

    async def _id(self, collection: str, name: str) -> str | None:
        """Page by page, because a profile may ignore filters."""
        start = 1
        while True:
            page = await self.send("GET", f"/{collection}", startIndex=start, count=_PAGE)
            rows = (page.document() or {}).get("Resources")
            if not isinstance(rows, list) or not rows:
                return None
            for row in rows:
                held = row.get(_NAMES[collection]) if isinstance(row, dict) else None
                if isinstance(row, dict) and isinstance(held, str) and fold(held) == fold(name):
                    return str(row["id"])
            start += len(rows)
