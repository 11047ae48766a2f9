"""A dead server, a proxy, a web site, a wrong path, a wrong token: said after one request."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import socket
import ssl
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from reconciler.doctor.examine import Held, Patient, Trial, announced, examine
from reconciler.doctor.finding import Notes
from reconciler.doctor.line import Line
from reconciler.doctor.network import Place, examine_network
from reconciler.doctor.token import examine_token, expiry
from reconciler.model.examination import Examination, Finding, Level
from reconciler.model.exchange import Failure, Fault, Reply
from reconciler.model.profile import RFC7644
from reconciler.model.secret import Secret
from reconciler.report.examination import examination_lines
from reconciler.report.style import PLAIN
from tests.unit.doctor.builders_doctor import NOW, at_once

HTML = {"content-type": "text/html"}
SCIM = {"content-type": "application/scim+json"}


class Always:
    """Gives one answer, whatever is asked."""

    def __init__(self, answer: Reply | Failure) -> None:
        self.answer = answer

    async def exchange(
        self,
        method: str,  # noqa: ARG002  the protocol's
        url: str,  # noqa: ARG002  the protocol's
        headers: Mapping[str, str],  # noqa: ARG002  the protocol's
        body: bytes | None,  # noqa: ARG002  the protocol's
        *,
        turn: Callable[[], Awaitable[None]],
    ) -> Reply | Failure:
        await turn()
        return self.answer


def examined(answer: Reply | Failure, held: Held | None = None) -> Examination:
    def line() -> Line:
        return Line(Always(answer), "https://x.invalid", budget=30, pause=at_once)

    patient = Patient("box", RFC7644, None, held, proxied=True)
    return asyncio.run(examine(patient, line(), line(), None, NOW))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        *((Failure(fault), f"there is none: {fault}") for fault in Fault),
        (Reply(200, HTML, b"<html>canary"), "a web page instead of SCIM (200)"),
        (Reply(502, {}, b" <html>canary"), "no list of SCIM (502, a web page)"),
        (Reply(404, SCIM, b'{"detail": "canary"}'), "there is no /Users below the baseUrl (404)"),
        (Reply(401, SCIM, b"{}"), "the token is refused (401)"),
        (Reply(403, HTML, b"<html>"), "the token is refused (403)"),
        (Reply(200, SCIM, b"{canary"), "no list of SCIM (200)"),
        (Reply(200, SCIM, b"[1]"), "no list of SCIM (200)"),
        (Reply(200, SCIM, b'{"totalResults": "canary"}'), "no list of SCIM (200)"),
        (Reply(200, SCIM, b"[" * 100_000), "no list of SCIM (200)"),
        (Reply(503, SCIM, b'{"detail": "canary"}'), "no list of SCIM (503)"),
    ],
)
def test_what_is_no_service_provider_is_said_after_one_request(
    answer: Reply | Failure, said: str
) -> None:
    found = examined(answer)
    (problem,) = (f for f in found.findings if f.level is Level.PROBLEM)
    assert (problem.about, problem.said, found.sent) == ("answer", said, 1)
    assert problem.hint
    assert "canary" not in str(found)


@pytest.mark.parametrize(
    "row",
    [
        b"{}",
        b'{"id": 7, "userName": null}',
        b'{"id": "../x?y", "userName": "a\\"b"}',
        b'"text"',
        b'{"id": "1", "members": 3, "groups": "x"}',
    ],
)
def test_odd_rows_are_no_reason_to_fall_over(row: bytes) -> None:
    body = b'{"totalResults": 9, "Resources": [' + b",".join([row] * 4) + b"]}"
    found = examined(Reply(200, SCIM, body))
    assert found.troubled  # it answers without a token
    assert found.sent <= found.announced


def jwt(claims: object) -> Secret:
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return Secret(f"e30.{part}.canary")


def about_token(token: Secret, written: datetime | None = None) -> list[Finding]:
    notes = Notes()
    examine_token(token, written, NOW, notes)
    assert "canary" not in str(notes.findings)
    return notes.findings[1:]


@pytest.mark.parametrize(
    ("days", "level"), [(-1, Level.PROBLEM), (3, Level.WARNING), (300, Level.GOOD)]
)
def test_when_a_token_expires_is_said_and_the_token_is_not(days: int, level: Level) -> None:
    expires = NOW + timedelta(days=days)
    (found,) = about_token(jwt({"exp": expires.timestamp()}))
    assert (found.level, f"{expires:%Y-%m-%d}" in found.said) == (level, True)


@pytest.mark.parametrize(
    "token",
    [
        Secret("canary"),
        Secret("a.b.c"),
        Secret("a.\u00e9.c"),
        jwt([]),
        jwt({}),
        jwt({"exp": "soon"}),
        jwt({"exp": 1e40}),
        jwt({"exp": float("nan")}),
    ],
)
def test_of_any_other_token_nothing_is_known(token: Secret) -> None:
    assert expiry(token) is None
    (found,) = about_token(token)
    assert found.level is Level.NOTE


def test_an_old_file_is_said() -> None:
    old, _ = about_token(Secret("x"), NOW - timedelta(days=400))
    new, _ = about_token(Secret("x"), NOW - timedelta(days=4))
    assert (old.level, new.level) == (Level.WARNING, Level.GOOD)
    assert "400 days" in old.said
    found = examined(Failure(Fault.PROXY), Held(Secret("canary"), None))
    assert [f.about for f in found.findings] == ["proxy", "token", "token", "answer"]


def network(place: Place) -> tuple[bool, list[Finding]]:
    notes = Notes()
    return examine_network(place, datetime.now(UTC), notes), notes.findings


def test_a_name_that_is_none_and_a_port_that_nobody_listens_on() -> None:
    fine, (name,) = network(Place("a..b", 443, clear=False))
    assert (fine, name.about, name.level) == (False, "name", Level.PROBLEM)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        fine, found = network(Place("127.0.0.1", port, clear=True))
        assert (fine, [f.level for f in found]) == (True, [Level.GOOD, Level.GOOD])
    fine, found = network(Place("127.0.0.1", port, clear=False))
    assert (fine, found[-1].said) == (False, "the connection was refused")
    assert "127.0.0.1" not in "".join(f.said for f in found)


def a_certificate(tmp_path: Path, days: int) -> Path:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("makes its certificate with the openssl command")
    file = tmp_path / "certificate.pem"
    command = [
        *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
        *("-nodes", "-days", str(days), "-subj", "/O=Canary Trust/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost", "-keyout", str(file), "-out", f"{file}.crt"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


@pytest.mark.parametrize(
    ("days", "trusted", "levels"),
    [
        (300, True, [Level.GOOD, Level.GOOD]),
        (3, True, [Level.GOOD, Level.WARNING]),
        (300, False, [Level.PROBLEM]),
    ],
)
def test_a_certificate_is_looked_at(
    tmp_path: Path, days: int, levels: list[Level], *, trusted: bool
) -> None:
    file = a_certificate(tmp_path, days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:
                connection.close()  # the client did not trust it

        thread = Thread(target=serve)
        thread.start()
        port = server.getsockname()[1]
        bundle = f"{file}.crt" if trusted else None
        fine, found = network(Place("localhost", port, clear=False, ca_bundle=bundle))
        thread.join(10)
    about_tls = [f for f in found if f.about == "TLS"]
    assert (fine, [f.level for f in about_tls]) == (trusted, levels)
    assert "Canary Trust" not in "".join(f.said for f in found)
    if levels == [Level.GOOD, Level.GOOD]:
        assert about_tls[1].private == "issued by Canary Trust"


def test_what_speaks_no_tls_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            connection.sendall(b"HTTP/1.0 400 no\r\n\r\n")
            connection.close()

        thread = Thread(target=serve)
        thread.start()
        fine, found = network(Place("127.0.0.1", server.getsockname()[1], clear=False))
        thread.join(10)
    assert (fine, found[-1].said) == (False, "no secure connection could be agreed")


def tried(
    answer: Reply | Failure, first: Reply
) -> tuple[Examination, list[tuple[str, str] | None]]:
    """Writes tried on what gives `first` to every GET, and `answer` to everything else."""
    remembered: list[tuple[str, str] | None] = []

    class Both(Always):
        async def exchange(
            self,
            method: str,
            url: str,  # noqa: ARG002  the protocol's
            headers: Mapping[str, str],  # noqa: ARG002  the protocol's
            body: bytes | None,  # noqa: ARG002  the protocol's
            *,
            turn: Callable[[], Awaitable[None]],
        ) -> Reply | Failure:
            await turn()
            return first if method == "GET" else answer

    budget = announced(writes=True, anonymous=False)
    line = Line(Both(answer), "https://x.invalid", budget=budget, pause=at_once)
    trial = Trial("t", "x.invalid", remembered.append)
    patient = Patient("box", RFC7644, None, None)
    return asyncio.run(examine(patient, line, None, trial, NOW)), remembered


EMPTY = Reply(200, SCIM, b'{"id": "1", "totalResults": 0, "Resources": []}')


def test_who_says_yes_to_everything_and_does_nothing_is_found_out() -> None:
    found, remembered = tried(EMPTY, EMPTY)
    text = "\n".join(f"{f.about}: {f.said}" for f in found.findings)
    assert "creating: a userName that is taken answers 200" in text
    assert {each.field: each.seen for each in found.compared} == {
        "deactivation": "none",
        "deletion": "none",
        "discovery.documents": "absent",
        "etags": "false",
        "membersIn": "never",
        "users.attributes.userName.mutability": "immutable",
    }
    assert (found.left, remembered[-1]) == ((), None)


@pytest.mark.parametrize("answer", [Failure(Fault.TIMEOUT), Reply(502, HTML, b"<html>")])
def test_what_may_have_been_made_is_not_forgotten(answer: Reply | Failure) -> None:
    found, remembered = tried(answer, EMPTY)
    assert remembered == [("t", "x.invalid")]
    assert found.left == (
        "perhaps the user reconciler-doctor-t-ada@x.invalid",
        "perhaps the user reconciler-doctor-t-bo@x.invalid",
    )
    assert found.troubled
    assert any("Left behind" in line for line in examination_lines(found, PLAIN))
