"""What an answer says is left of a limit, and how long there is nothing left."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from reconciler.model.dialect import QuotaHeaders
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.profile import RFC7644
from reconciler.scim.quota import pause
from tests.unit.scim.builders_wire import Provider, Says, VirtualTime, a_user, connected

X = QuotaHeaders.X_RATELIMIT
DATE = "Sat, 28 Nov 2026 12:00:00 GMT"
NOON = 1795867200


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "30"}, 0.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "30"}, 30.0),
        ({"x-ratelimit-remaining": " 0 ", "x-ratelimit-reset": "30.5"}, 30.0),
        ({"x-ratelimit-remaining": "0, 17;w=60", "x-ratelimit-reset": "30"}, 30.0),
        ({"x-ratelimit-remaining": "0"}, 0.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, 0.0),
        ({"x-ratelimit-remaining": "-1", "x-ratelimit-reset": "30"}, 0.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999"}, 3600.0),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{NOON + 90}", "date": DATE},
            90.0,
        ),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{NOON - 90}", "date": DATE},
            0.0,
        ),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": f"{NOON + 90}"}, 0.0),
        (
            {
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": f"{NOON + 90}",
                "date": "Sat, 28 Nov 99999999999 12:00:00 GMT",
            },
            0.0,
        ),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "30"}, 0.0),
    ],
)
def test_only_what_is_said_clearly_makes_us_wait(
    headers: Mapping[str, str], seconds: float
) -> None:
    assert pause(headers, X) == seconds


def test_a_family_that_the_profile_does_not_name_says_nothing() -> None:
    headers = {"ratelimit-remaining": "0", "ratelimit-reset": "30"}
    assert pause(headers, None) == 0.0
    assert pause(headers, QuotaHeaders.RATELIMIT) == 30.0


@pytest.mark.parametrize(("named", "waited"), [(X, [12.0]), (None, [])])
def test_nobody_asks_before_there_is_something_left(
    named: QuotaHeaders | None, waited: list[float]
) -> None:
    """The answer that used the last of it counts: it was no refusal."""
    time = VirtualTime()
    last = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "12"}
    provider = Provider(lambda _asked: Says(200, a_user(), last if time.now < 1012 else {}))

    async def go() -> None:
        async with connected(provider, replace(RFC7644, quota_headers=named), time) as client:
            for _ in range(3):
                assert await client.get(Kind.USER, ResourceId("u1")) is not None

    asyncio.run(go())
    assert time.slept == waited
