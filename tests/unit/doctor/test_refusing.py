"""What a provider may refuse is asked for, and what it did about it is looked at."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.doctor.examine import Patient, Trial, announced, examine
from reconciler.doctor.line import NOBODY, Line
from reconciler.doctor.scratch import CLEANING
from reconciler.doctor.writing import REQUESTS
from reconciler.model.examination import Examination, Level
from reconciler.model.exchange import Failure, Fault, Reply
from reconciler.report.examination import examination_data, examination_lines
from reconciler.report.style import PLAIN
from reconciler.simulator import quirks as odd
from tests.unit.doctor.builders_doctor import BASE, NOW, Provider, a_provider, at_once

Send = Callable[[str, str, bytes | None], Awaitable[Reply | Failure]]
#: What comes between: it gets the request and a way to send another one on.
Between = Callable[[Send, str, str, bytes | None], Awaitable[Reply | Failure]]


@dataclass
class Odd:
    """The embedded provider, with something between that makes it a worse one."""

    wire: Any
    between: Between

    async def exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        turn: Callable[[], Awaitable[None]],
    ) -> Reply | Failure:
        async def send(method: str, url: str, body: bytes | None) -> Reply | Failure:
            reply: Reply | Failure = await self.wire.exchange(method, url, headers, body, turn=turn)
            return reply

        return await self.between(send, method, url, body)


async def nothing(send: Send, method: str, url: str, body: bytes | None) -> Reply | Failure:
    return await send(method, url, body)


async def one_by_one(send: Send, method: str, url: str, body: bytes | None) -> Reply | Failure:
    """Carries operations out one after the other, and stops at the first that is wrong."""
    if method != "PATCH" or body is None:
        return await send(method, url, body)
    message = json.loads(body)
    answer: Reply | Failure = Failure(Fault.TIMEOUT)
    for operation in message["Operations"]:
        answer = await send(
            method, url, json.dumps({**message, "Operations": [operation]}).encode()
        )
        if isinstance(answer, Failure) or answer.status >= 400:
            break
    return answer


async def swallows(send: Send, method: str, url: str, body: bytes | None) -> Reply | Failure:
    """Says yes to whatever names an id that nobody has, and does nothing."""
    if method == "PATCH" and body is not None and NOBODY.encode() in body:
        return Reply(204, {}, b"")
    return await send(method, url, body)


async def carries_half_out(
    send: Send, method: str, url: str, body: bytes | None
) -> Reply | Failure:
    """Says yes, and does what can be done of it."""
    answer = await one_by_one(send, method, url, body)
    wrong = method == "PATCH" and body is not None and NOBODY.encode() in body
    return Reply(204, {}, b"") if wrong else answer


async def mistakes(send: Send, method: str, url: str, body: bytes | None) -> Reply | Failure:
    """Takes an id that nobody has for the first person there is."""
    if method == "PATCH" and body is not None and NOBODY.encode() in body:
        listed = await send("GET", f"{BASE}/Users?count=1", None)
        assert isinstance(listed, Reply)
        somebody = json.loads(listed.body)["Resources"][0]["id"]
        body = body.replace(NOBODY.encode(), somebody.encode())
    return await send(method, url, body)


def refuses_strangers(status: int) -> Between:
    async def between(send: Send, method: str, url: str, body: bytes | None) -> Reply | Failure:
        if method == "POST" and body is not None and b"@elsewhere.invalid" in body:
            return Reply(status, {}, b"{}")
        return await send(method, url, body)

    return between


def busy(status: int) -> Between:
    """Answers so to every PATCH of two operations."""

    async def between(send: Send, method: str, url: str, body: bytes | None) -> Reply | Failure:
        if method == "PATCH" and body is not None and body.count(b'"op"') > 1:
            return Reply(status, {}, b"")
        return await send(method, url, body)

    return between


def unreadable_after(most: int) -> Between:
    """Breaks down over a group that was asked so often to take an id that nobody has."""
    asked = 0

    async def between(send: Send, method: str, url: str, body: bytes | None) -> Reply | Failure:
        nonlocal asked
        asked += method == "PATCH" and body is not None and NOBODY.encode() in body
        if method == "GET" and "/Groups/" in url and asked >= most:
            return Reply(500, {}, b"")
        return await send(method, url, body)

    return between


async def keeps_everybody(send: Send, method: str, url: str, body: bytes | None) -> Reply | Failure:
    """Says yes, and lets nobody out of a group."""
    removes = method == "PATCH" and body is not None and b'"remove"' in body
    if method == "PUT" or (removes and "/Groups/" in url):
        return Reply(204, {}, b"")
    return await send(method, url, body)


async def empties(send: Send, method: str, url: str, body: bytes | None) -> Reply | Failure:
    """Makes somebody who is added again the reason to start anew."""
    if (
        method == "PATCH"
        and body is not None
        and b'"add"' in body
        and body.count(b'"value": "') == 1
    ):
        message = json.loads(body)
        operations = [{"op": "remove", "path": "members"}]
        emptied = json.dumps({**message, "Operations": operations}).encode()
        return await send(method, url, emptied)
    return await send(method, url, body)


def tried(provider: Provider, between: Between = nothing) -> Examination:
    trial = Trial("0badcafe", "zone.example", lambda _: None)
    with provider.open() as wire:
        budget = announced(writes=True, anonymous=False)
        line = Line(Odd(wire, between), BASE, budget=budget, pause=at_once)
        patient = Patient("box", provider.profile, None, None)
        return asyncio.run(examine(patient, line, None, trial, NOW))


EXISTING = "members: adding somebody who is in it answers"
UNKNOWN = "members: adding an id that nobody has answers"
TWO = "PATCH: two operations whose second is wrong answer"
OPEN = "PATCH: whether several operations are one stays open"
STRANGER = "domains: a userName outside the domains of the others is"


@pytest.mark.parametrize(
    ("between", "level", "said"),
    [
        (nothing, Level.NOTE, f"{EXISTING} 200, and the group is unchanged"),
        (empties, Level.WARNING, f"{EXISTING} 200, and the group is another one"),
        (nothing, Level.NOTE, f"{UNKNOWN} 400, and the group is unchanged"),
        (swallows, Level.NOTE, f"{UNKNOWN} 204, and the group is unchanged"),
        (mistakes, Level.WARNING, f"{UNKNOWN} 200, and the group is another one"),
        (
            unreadable_after(1),
            Level.WARNING,
            f"{UNKNOWN} 400, and who is in the group cannot be read",
        ),
        (unreadable_after(1), Level.NOTE, OPEN),
        (keeps_everybody, Level.NOTE, OPEN),
        (nothing, Level.GOOD, f"{TWO} 400, and the first is not done: atomic"),
        (mistakes, Level.GOOD, f"{TWO} 400, and the first is not done: atomic"),
        (one_by_one, Level.WARNING, f"{TWO} 400, and the first is done: not atomic"),
        (swallows, Level.WARNING, f"{TWO} 204, which drops the first: nobody is told of it"),
        (
            carries_half_out,
            Level.WARNING,
            f"{TWO} 204, which carries out the first: nobody is told of it",
        ),
        (busy(429), Level.NOTE, f"{TWO} 429, so whether they are one stays open"),
        (busy(503), Level.NOTE, f"{TWO} 503, so whether they are one stays open"),
        (
            unreadable_after(2),
            Level.WARNING,
            f"{TWO} 400, and what became of the first cannot be read",
        ),
        (nothing, Level.NOTE, f"{STRANGER} taken (201)"),
        (refuses_strangers(400), Level.NOTE, f"{STRANGER} refused (400)"),
        (
            refuses_strangers(429),
            Level.WARNING,
            "domains: whether a userName outside the domains is taken stays open (429)",
        ),
    ],
)
def test_what_became_of_it_is_said(
    tmp_path: Path, between: Between, level: Level, said: str
) -> None:
    provider = a_provider(tmp_path)
    provider.populate(4)
    before = provider.everybody()
    found = tried(provider, between)
    assert (level, said) in [(f.level, f"{f.about}: {f.said}") for f in found.findings]
    assert found.sent <= found.announced
    assert (found.left, provider.scratch(), provider.everybody()) == ((), [], before)
    assert any(said in line for line in examination_lines(found, PLAIN))
    assert said.partition(": ")[2] in json.dumps(examination_data(found))


@pytest.mark.parametrize(
    ("people", "domains", "asked"),
    [(0, (), False), (0, ("zone.example",), True), (1, (), True)],
)
def test_a_stranger_is_made_only_where_others_have_a_domain(
    tmp_path: Path, people: int, domains: tuple[str, ...], *, asked: bool
) -> None:
    provider = a_provider(tmp_path)
    provider.populate(people)
    users = replace(provider.profile.users, domains=domains)
    provider.profile = replace(provider.profile, users=users)
    strangers = []

    async def between(send: Send, method: str, url: str, body: bytes | None) -> Reply | Failure:
        strangers.extend([url] * (body is not None and b"-cy@" in body))
        return await send(method, url, body)

    found = tried(provider, between)
    assert bool(strangers) is asked is any(f.about == "domains" for f in found.findings)


def test_at_worst_exactly_what_was_announced_is_sent(tmp_path: Path) -> None:
    """Every probe asks all that it can where only the last form takes a title away.

    One more is for a provider that asks more of a user than the profile knows.
    """
    provider = a_provider(tmp_path)
    provider.populate(4)
    provider.quirks = replace(provider.quirks, clears=odd.Clears.EMPTY)
    _, sent = provider.examine(trial=Trial("0badcafe", "zone.example", lambda _: None))
    methods = [method for method, _ in sent]
    probing = methods[methods.index("POST") :]
    cleaned = probing.count("DELETE") - 1  # the other one asks what deleting does
    assert len(probing) - cleaned == REQUESTS - CLEANING - 1


@pytest.mark.parametrize(("between", "op"), [(nothing, "add"), (mistakes, "doctor")])
def test_what_is_refused_while_it_is_carried_out_is_the_second_where_there_is_such(
    tmp_path: Path, between: Between, op: str
) -> None:
    provider = a_provider(tmp_path)
    provider.populate(4)
    pairs = []

    async def noting(send: Send, method: str, url: str, body: bytes | None) -> Reply | Failure:
        operations = json.loads(body or b"{}").get("Operations", [])
        pairs.extend([[each["op"] for each in operations]] * (len(operations) > 1))
        return await between(send, method, url, body)

    tried(provider, noting)
    assert pairs == [["add", op]]
