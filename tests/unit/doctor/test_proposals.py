"""What a worse provider than the embedded one shows of itself, and what is proposed for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.examination import Examination
from reconciler.model.exchange import Failure, Reply
from reconciler.report.examination import proposal_lines
from tests.unit.doctor.builders_doctor import a_provider
from tests.unit.doctor.test_refusing import Between, Send, tried


async def behind_a_slash(send: Send, method: str, url: str, body: bytes | None) -> Reply | Failure:
    if method == "GET" and "/Users?" in url:
        return Reply(308, {"location": url.replace("/Users?", "/Users/?")}, b"")
    return await send(method, url, body)


async def moved_away(send: Send, method: str, url: str, body: bytes | None) -> Reply | Failure:
    if method == "GET" and "/Users?" in url:
        return Reply(302, {"location": "https://elsewhere.invalid/login"}, b"")
    return await send(method, url, body)


async def takes_json_alone(
    send: Send, method: str, url: str, body: bytes | None
) -> Reply | Failure:
    if method == "POST":
        return Reply(415, {}, b"{}")
    return await send(method, url, body)


async def switches_nobody_on(
    send: Send, method: str, url: str, body: bytes | None
) -> Reply | Failure:
    if method == "PATCH" and body is not None and b'"path": "active", "value": true' in body:
        return Reply(200, {}, b"{}")
    return await send(method, url, body)


def never_again() -> Between:
    """Whoever was deleted has left their name behind."""
    deleted = False

    async def between(send: Send, method: str, url: str, body: bytes | None) -> Reply | Failure:
        nonlocal deleted
        deleted = deleted or (method == "DELETE" and "/Users/" in url)
        if deleted and method == "POST":
            return Reply(409, {}, b"{}")
        return await send(method, url, body)

    return between


def says(found: Examination) -> str:
    return "\n".join(f"{f.about}: {f.said} {f.hint or ''}" for f in found.findings)


@pytest.mark.parametrize(
    ("between", "field", "value"),
    [
        (behind_a_slash, "transport.trailingSlash", "true"),
        (takes_json_alone, "transport.contentType", "application/json"),
        (switches_nobody_on, "reactivates", "false"),
        (never_again(), "recreates", "false"),
    ],
)
def test_what_differs_is_proposed(tmp_path: Path, between: Between, field: str, value: str) -> None:
    provider = a_provider(tmp_path)
    provider.populate(4)
    found = tried(provider, between)
    (other,) = [each for each in found.disagreements if each.field == field]
    assert other.seen == value
    assert f"{field.rpartition('.')[2]}: {value}  # " in "\n".join(proposal_lines(found))


def test_a_redirect_to_somewhere_else_proposes_nothing(tmp_path: Path) -> None:
    found = tried(a_provider(tmp_path), moved_away)
    assert found.troubled
    assert "a redirect and no list (302)" in says(found)
    assert found.compared == ()
    assert "elsewhere" not in says(found)
