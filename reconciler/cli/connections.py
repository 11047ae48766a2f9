"""A target becomes an open client: over the network, or in process for `embedded:NAME`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from reconciler.cli.credentials import find_credential
from reconciler.cli.state import StateDirectory
from reconciler.cli.world import World
from reconciler.model.profile import Profile
from reconciler.model.target import Target
from reconciler.scim.client import ScimClient, connect
from reconciler.scim.connection import Connection

# Never looked up: requests to an embedded provider stay in this process (RFC 6761 `.invalid`).
_EMBEDDED_URL: Final = "https://embedded.invalid/scim/v2"


@asynccontextmanager
async def open_target(
    target: Target, profile: Profile, world: World, state: StateDirectory
) -> AsyncIterator[ScimClient]:
    """An open client for a target.

    Raises:
        ConfigurationError: the credential is not set, or its token may not go to this host.
    """
    if target.embedded is not None:
        async with _embedded(target.embedded, target, profile, world, state) as client:
            yield client
        return
    connection = connection_of(target, profile, world)
    async with connect(
        connection, profile, sleep=world.sleep, clock=world.elapsed, paces=world.paces
    ) as client:
        yield client


def connection_of(target: Target, profile: Profile, world: World) -> Connection:
    """Where a target is, and what may be sent there.

    Raises:
        ConfigurationError: the credential is not set.
    """
    if target.embedded is not None:
        return Connection(base_url=_EMBEDDED_URL, rates=target.rates(profile))
    credential = find_credential(target.credential, world.env) if target.credential else None
    return Connection(
        base_url=target.base_url,
        token=credential.token if credential else None,
        allowed_hosts=credential.hosts if credential else frozenset(),
        ca_bundle=world.env.get("RECONCILER_CA_BUNDLE"),
        proxy=world.env.get("RECONCILER_PROXY"),
        rates=target.rates(profile),
    )


@asynccontextmanager
async def _embedded(
    name: str, target: Target, profile: Profile, world: World, state: StateDirectory
) -> AsyncIterator[ScimClient]:
    with embedded_app(name, profile, state) as app:
        async with connect(connection_of(target, profile, world), profile, app=app) as client:
            yield client


@contextmanager
def embedded_app(name: str, profile: Profile, state: StateDirectory) -> Iterator[object]:
    """The embedded provider as an application in this process, which behaves as the built-in
    profile does that the target's one is or extends."""
    from reconciler.simulator.app import build_app
    from reconciler.simulator.quirks import QUIRKS
    from reconciler.simulator.store import Store

    with Store.open(state.embedded(name)) as store:
        yield build_app(store, QUIRKS[profile.family], token=None)
