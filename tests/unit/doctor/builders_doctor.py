"""Something to examine: the embedded provider behind a wire that notes, and can be cut."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from reconciler.doctor.examine import Patient, Trial, announced, examine
from reconciler.doctor.line import Line
from reconciler.doctor.scratch import PREFIX
from reconciler.http import HttpSettings, in_process
from reconciler.model.examination import Examination
from reconciler.model.exchange import Failure, Reply
from reconciler.model.path import ENTERPRISE_USER, Json
from reconciler.model.profile import BUILT_IN, Profile
from reconciler.simulator.app import build_app
from reconciler.simulator.quirks import QUIRKS, Quirks
from reconciler.simulator.store import Store
from reconciler.simulator.values import Kind

BASE = "https://embedded.invalid/scim/v2"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


class Killed(BaseException):
    """The process is gone: nothing more is sent."""


@dataclass
class Noting:
    """Passes requests on and writes them down; from `dies_at` on, the process is dead."""

    wire: object
    dies_at: int | None = None
    cancelled_at: int | None = None  # somebody presses Ctrl-C before this one
    answered: bool = False  # the request at which it dies is carried out
    sent: list[tuple[str, str]] = field(default_factory=list)

    async def exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        turn: Callable[[], Awaitable[None]],
    ) -> Reply | Failure:
        if self.cancelled_at == len(self.sent):
            self.cancelled_at = None
            raise asyncio.CancelledError
        dead = self.dies_at is not None and len(self.sent) >= self.dies_at
        if dead and not (self.answered and len(self.sent) == self.dies_at):
            raise Killed
        self.sent.append((method, url.removeprefix(BASE)))
        reply: Reply | Failure = await self.wire.exchange(  # type: ignore[attr-defined]  # a Wire, or a scripted one
            method, url, headers, body, turn=turn
        )
        if dead:
            raise Killed
        return reply


async def at_once() -> None:
    """No pause."""


@dataclass
class Provider:
    """An embedded provider in a file, and the profile by which it is examined."""

    path: Path
    quirks: Quirks
    profile: Profile

    @contextmanager
    def open(self) -> Iterator[object]:
        with Store.open(self.path) as store:
            app = build_app(store, self.quirks, token=None)
            yield in_process(app, HttpSettings(user_agent="doctor", connections=1))

    def examine(
        self,
        *,
        trial: Trial | None = None,
        dies_at: int | None = None,
        answered: bool = False,
        cancelled_at: int | None = None,
        profile: Profile | None = None,
    ) -> tuple[Examination, list[tuple[str, str]]]:
        patient = Patient("box", profile or self.profile, None, None)
        with self.open() as wire:
            noting = Noting(wire, dies_at, cancelled_at, answered)
            budget = announced(writes=trial is not None, anonymous=False)
            line = Line(noting, BASE, budget=budget, pause=at_once)
            return asyncio.run(examine(patient, line, None, trial, NOW)), noting.sent

    def ask(self, act: Callable[[Line], Awaitable[object]], budget: int = 10_000) -> object:
        with self.open() as wire:
            line = Line(Noting(wire), BASE, budget=budget, pause=at_once)
            return asyncio.run(_awaited(act(line)))

    def populate(self, people: int, groups: int = 1) -> None:
        """Somebody to look at, with everything that any profile requires."""

        async def act(line: Line) -> None:
            ids = []
            for n in range(people):
                mail = f"canary{n}@zone.example"
                body: dict[str, Json] = {
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                    "userName": mail,
                    "externalId": mail,
                    "displayName": "Canary",
                    "name": {"givenName": "Canary", "familyName": "Canary"},
                    "emails": [{"type": "work", "value": mail, "primary": True}],
                    ENTERPRISE_USER: {"department": "Canary"},
                }
                made = await line.ask("POST", "/Users", body)
                assert made.id is not None, made
                ids.append(made.id)
            for n in range(groups):
                members: list[Json] = [
                    {"value": each, "displayName": "Canary"}
                    for each in ids[: min(2, self.profile.members_per_patch)]
                ]
                group: dict[str, Json] = {
                    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                    "displayName": f"Canary {n}",
                    "externalId": f"canary {n}",
                    "members": members,
                }
                assert (await line.ask("POST", "/Groups", group)).id is not None

        self.ask(act)

    def scratch(self) -> list[tuple[str, object]]:
        """Whatever is there and called like a scratch object, and whether it is active."""
        with Store.open(self.path) as store, store.reading() as transaction:
            return [
                (str(name), each.document.get("active"))
                for kind in Kind
                for each in transaction.everything(kind)
                for name in (each.document.get("userName"), each.document.get("displayName"))
                if str(name).startswith(PREFIX)
            ]

    def everybody(self) -> int:
        with Store.open(self.path) as store, store.reading() as transaction:
            return sum(len(transaction.everything(kind)) for kind in Kind)


async def _awaited(work: Awaitable[object]) -> object:
    return await work


def a_provider(path: Path, name: str = "rfc7644") -> Provider:
    return Provider(path / "provider.db", QUIRKS[name], BUILT_IN[name])
