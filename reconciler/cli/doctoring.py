"""What `doctor` needs of its surroundings: lines to a target, and a memory of scratch objects."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from reconciler.cli.connections import connection_of, embedded_app
from reconciler.cli.credentials import find_credential, written_at
from reconciler.cli.state import StateDirectory
from reconciler.cli.world import World
from reconciler.doctor.examine import Held, Patient
from reconciler.doctor.line import Line
from reconciler.doctor.network import Place
from reconciler.errors import ConfigurationError
from reconciler.model.profile import Profile
from reconciler.model.target import Target
from reconciler.scim.connection import Connection, open_wire


@dataclass(frozen=True, slots=True)
class Lines:
    """A way to ask a target, and one without its token where it has one."""

    line: Line
    anonymous: Line | None


@asynccontextmanager
async def open_lines(
    target: Target, profile: Profile, world: World, state: StateDirectory, budget: int
) -> AsyncIterator[Lines]:
    """Lines that are closed again. `budget` is for the one with the token.

    Raises:
        ConfigurationError: the credential is not set, or its token may not go to this host.
    """
    async with AsyncExitStack() as stack:
        app: object | None = None
        if target.embedded is not None:
            app = stack.enter_context(embedded_app(target.embedded, profile, state))
        connection = connection_of(target, profile, world)

        async def opened(connection: Connection, budget: int) -> Line:
            way = open_wire(connection, profile, app)
            await stack.enter_async_context(way.wire)
            pause = _pause(target.rates(profile).slowest, world)
            return Line(way.wire, way.base_url, budget=budget, pause=pause, profile=profile)

        line = await opened(connection, budget)
        anonymous = None
        if connection.token is not None:
            anonymous = await opened(replace(connection, token=None), 1)
        yield Lines(line, anonymous)


def _pause(rate: float | None, world: World) -> Callable[[], Awaitable[None]]:
    async def pause() -> None:
        if rate is not None:
            await world.sleep(1 / rate)

    return pause


def patient_of(target: Target, profile: Profile, world: World) -> Patient:
    """What is examined, and from where."""
    proxied = bool(world.env.get("RECONCILER_PROXY"))
    place = None
    if target.embedded is None and not proxied:
        parts = urlsplit(target.base_url)
        clear = parts.scheme == "http"
        port = parts.port or (80 if clear else 443)
        bundle = world.env.get("RECONCILER_CA_BUNDLE")
        place = Place(parts.hostname or "", port, clear, bundle)
    held = None
    if target.credential is not None and target.embedded is None:
        token = find_credential(target.credential, world.env).token
        held = Held(token, written_at(target.credential, world.env))
    return Patient(target.name, profile, place, held, proxied=proxied)


@dataclass(frozen=True, slots=True)
class Memory:
    """Which scratch objects there may be at a target, in the state directory."""

    path: Path

    def recall(self) -> tuple[str, str] | None:
        """The tag and domain of an examination that did not clean up.

        Raises:
            ConfigurationError: the file cannot be understood.
        """
        if not self.path.exists():
            return None
        try:
            held = json.loads(self.path.read_text(encoding="utf-8"))
            return str(held["tag"]), str(held["domain"])
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise ConfigurationError(
                f"{self.path} does not say which scratch objects were made",
                hint="look for names that begin with `reconciler-doctor-` at the provider, remove "
                "them, and then the file",
            ) from exc

    def remember(self, trial: tuple[str, str] | None) -> None:
        """Write it down, or forget it."""
        if trial is None:
            self.path.unlink(missing_ok=True)
            return
        tag, domain = trial
        self.path.write_text(json.dumps({"tag": tag, "domain": domain}), encoding="utf-8")
