"""SCIM service providers that others wrote, each in a process of its own.

The process is also its quarantine: what a provider warns about is its authors' matter, while in
ours every warning is an error. Each prints its port when it listens, and every first path segment
is an empty provider of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

TOKEN = "a-token-of-the-independent-server"

#: How each is started. scim2-server is Python's, SCIMMY is JavaScript's.
COMMANDS = {
    "scim2-server": (sys.executable, "-W", "ignore", __file__),
    "scimmy": ("node", str(Path(__file__).parent / "scimmy" / "server.mjs")),
}


@dataclass(frozen=True)
class Tenant:
    """One empty provider of that server, and plain HTTP to it for what happens behind our back."""

    url: str
    http: httpx.Client


@contextmanager
def independent_server(name: str) -> Iterator[str]:
    """The address under which every path segment is a provider of its own, until the block ends."""
    process = subprocess.Popen(
        COMMANDS[name],
        env={**os.environ, "TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        port = process.stdout.readline().strip()
        assert port.isdecimal(), f"{name} did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


@contextmanager
def tenant(server: str, name: str) -> Iterator[Tenant]:
    """The provider with that name."""
    url = f"{server}/{name}/v2"
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/scim+json"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=30) as http:
        yield Tenant(url, http)


Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def _serve() -> None:
    # Imported here alone: only this process is to hear what the import warns about.
    from scim2_models import UnauthorizedException
    from scim2_server.applications.asgi import ASGIApplication
    from scim2_server.memory import AsyncInMemoryStorage
    from scim2_server.requests import ScimRequest
    from scim2_server.utils import load_default_provider

    class Guarded(ASGIApplication):
        def check_auth(self, request: ScimRequest) -> None:
            if request.header("Authorization") != f"Bearer {TOKEN}":
                raise UnauthorizedException

    tenants: dict[str, Guarded] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path"].split("/")[1]
        if name not in tenants:
            tenants[name] = Guarded(AsyncInMemoryStorage(), load_default_provider())
        await tenants[name]({**scope, "root_path": f"/{name}"}, receive, send)

    config = uvicorn.Config(
        app, port=0, log_level="critical", access_log=False, lifespan="off", ws="none"
    )
    listener = config.bind_socket()
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    _serve()
