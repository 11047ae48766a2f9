"""A target becomes an open client: over the network, or in process for `embedded:NAME`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from reconciler.cli.credentials import find_credential
from reconciler.cli.state import StateDirectory
from reconciler.cli.world import World
from reconciler.errors import ConfigurationError
from reconciler.model.declared import Target
from reconciler.model.profile import Profile
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
        async with _embedded(target.embedded, target, profile, state) as client:
            yield client
        return
    credential = find_credential(target.credential, world.env) if target.credential else None
    connection = Connection(
        base_url=target.base_url,
        token=credential.token if credential else None,
        allowed_hosts=credential.hosts if credential else frozenset(),
        ca_bundle=world.env.get("RECONCILER_CA_BUNDLE"),
        proxy=world.env.get("RECONCILER_PROXY"),
        requests_per_second=target.pace(profile),
    )
    async with connect(connection, profile, sleep=world.sleep, clock=world.elapsed) as client:
        yield client


@asynccontextmanager
async def _embedded(
    name: str, target: Target, profile: Profile, state: StateDirectory
) -> AsyncIterator[ScimClient]:
    from reconciler.simulator.app import build_app
    from reconciler.simulator.quirks import QUIRKS
    from reconciler.simulator.store import Store

    quirks = QUIRKS.get(profile.family)
    if quirks is None:
        raise ConfigurationError(
            f"target {target.name}: there is no embedded provider that behaves as the profile "
            f"{profile.family} says",
            hint=f"those that there are behave as {', '.join(sorted(QUIRKS))}",
        )
    with Store.open(state.embedded(name)) as store:
        app = build_app(store, quirks, token=None)
        connection = Connection(
            base_url=_EMBEDDED_URL,
            requests_per_second=target.pace(profile),
        )
        async with connect(connection, profile, app=app) as client:
            yield client
