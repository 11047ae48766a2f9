"""One request over a real socket, and every way in which it can fail to become an answer."""

from __future__ import annotations

import asyncio
import gzip
import logging
import shutil
import socket
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from reconciler import http
from reconciler.errors import ConfigurationError
from reconciler.http import HttpSettings, Timeouts, Wire, in_process, over_loopback, over_tls
from reconciler.model.exchange import LASTING, NEVER_SENT, Failure, Fault, Reply
from reconciler.model.secret import Secret
from tests.unit.scim.builders_wire import Provider, Says, listening

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]

SETTINGS = HttpSettings(user_agent="reconciler/test", connections=2)


async def now() -> None:
    """The turn of a request that has nobody to wait for."""


def settings(**values: object) -> HttpSettings:
    return HttpSettings(**({"user_agent": "reconciler/test", "connections": 1} | values))  # type: ignore[arg-type]  # a test's short way to name one setting


async def get(wire: Wire, url: str, body: bytes | None = None) -> Reply | Failure:
    async with wire:
        return await wire.exchange("POST" if body else "GET", url, {}, body, turn=now)


def asked(
    answer: Answer, body: bytes | None = None, how: HttpSettings = SETTINGS
) -> Reply | Failure:
    async def run() -> Reply | Failure:
        async with listening(answer) as listener:
            return await get(over_loopback(how), f"{listener.url}/scim/v2/Users", body)

    return asyncio.run(run())


def says(raw: bytes) -> Answer:
    async def answer(
        _reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes
    ) -> None:
        writer.write(raw)
        await writer.drain()

    return answer


async def hangs_up(
    _reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, _head: bytes
) -> None:
    """Took the request and closes without a word."""


async def resets(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes) -> None:
    writer.transport.abort()


async def stays_silent(
    reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, _head: bytes
) -> None:
    await reader.read()


async def dribbles(
    _reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes
) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


def test_an_answer_is_status_headers_in_lower_case_and_bytes() -> None:
    answer = says(b"HTTP/1.1 201 Created\r\nETag: W/1\r\nContent-Length: 2\r\n\r\n{}")
    assert asked(answer) == Reply(201, {"etag": "W/1", "content-length": "2"}, b"{}")


def test_a_compressed_answer_is_decompressed() -> None:
    body = gzip.compress(b'{"id": "1"}')
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(body)
    reply = asked(says(head + body))
    assert isinstance(reply, Reply)
    assert reply.body == b'{"id": "1"}'


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async def run() -> tuple[Reply | Failure, int]:
        elsewhere = b"HTTP/1.1 302 Found\r\nlocation: /scim/v2/Other\r\ncontent-length: 0\r\n\r\n"
        async with listening(says(elsewhere)) as listener:
            reply = await get(over_loopback(SETTINGS), listener.url)
            return reply, len(listener.arrived)

    reply, requests = asyncio.run(run())
    assert isinstance(reply, Reply)
    assert (reply.status, requests) == (302, 1)


def test_cookies_of_a_provider_are_not_sent_back() -> None:
    async def run() -> list[bytes]:
        sets = b"HTTP/1.1 200 OK\r\nset-cookie: a=1; Path=/\r\ncontent-length: 0\r\n\r\n"
        async with listening(says(sets)) as listener, over_loopback(settings()) as wire:
            for _ in range(2):
                await wire.exchange("GET", listener.url, {}, None, turn=now)
            return listener.arrived

    assert [b"cookie" in head.lower() for head in asyncio.run(run())] == [False, False]


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    reply = asked(says(b"HTTP/1.1 204 No Content\r\n\r\n"))
    assert isinstance(reply, Reply)


@pytest.mark.parametrize(
    ("answer", "how", "fault"),
    [
        (hangs_up, SETTINGS, Fault.BROKEN),
        (resets, SETTINGS, Fault.BROKEN),
        (says(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"), SETTINGS, Fault.BROKEN),
        (says(b"SSH-2.0-OpenSSH_9.6\r\n"), SETTINGS, Fault.BROKEN),
        (
            says(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nzzzz"),
            SETTINGS,
            Fault.GARBLED,
        ),
        (stays_silent, settings(timeouts=Timeouts(read=0.1)), Fault.TIMEOUT),
        (dribbles, settings(timeouts=Timeouts(whole=0.3)), Fault.TIMEOUT),
    ],
    ids=["hangs up", "resets", "half a body", "no HTTP", "not gzip", "silent", "dribbles"],
)
def test_what_is_lost_after_sending_may_have_happened(
    answer: Answer, how: HttpSettings, fault: Fault
) -> None:
    failure = asked(answer, b"{}", how)
    assert failure == Failure(fault)
    assert not Failure(fault).never_sent


def test_an_answer_larger_than_the_limit_is_not_read_to_the_end() -> None:
    limited = settings(largest_answer=1000)
    exactly = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n" + b"x" * 1000
    assert isinstance(asked(says(exactly), how=limited), Reply)
    bomb = gzip.compress(b"x" * 1001)
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb)
    assert asked(says(head + bomb), how=limited) == Failure(Fault.TOO_LARGE)


def test_a_dead_port_refuses_and_nothing_was_sent() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    failure = asyncio.run(get(over_loopback(SETTINGS), f"http://127.0.0.1:{port}/"))
    assert failure == Failure(Fault.REFUSED)
    assert Failure(Fault.REFUSED).never_sent


def test_a_name_that_nobody_knows_is_said_to_be_one() -> None:
    failure = asyncio.run(get(over_loopback(SETTINGS), "http://nowhere.invalid/"))
    assert failure == Failure(Fault.NO_ADDRESS)


def test_a_request_that_is_no_http_is_never_sent() -> None:
    async def run(url: str | None, headers: dict[str, str]) -> tuple[Reply | Failure, list[bytes]]:
        wire = over_loopback(SETTINGS)
        async with listening(hangs_up) as listener, wire:
            result = await wire.exchange("GET", url or listener.url, headers, None, turn=now)
            return result, listener.arrived

    malformed: tuple[Failure, list[bytes]] = (Failure(Fault.MALFORMED), [])
    assert asyncio.run(run(None, {"if-match": "a\r\nb: c"})) == malformed
    assert asyncio.run(run("http://127.0.0.1:x/", {})) == malformed
    assert asyncio.run(run("ftp://127.0.0.1/", {})) == malformed


def test_a_connection_is_used_again_and_the_last_one_first() -> None:
    """Sequential requests stay on one connection, however many there could be."""
    connections: set[object] = set()

    async def keeps_open(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes
    ) -> None:
        connections.add(writer.get_extra_info("peername"))
        while True:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")

    async def run() -> None:
        wire = over_loopback(settings(connections=4))
        async with listening(keeps_open) as listener, wire:
            for _ in range(6):
                reply = await wire.exchange("GET", listener.url, {}, None, turn=now)
                assert isinstance(reply, Reply)

    asyncio.run(run())
    assert len(connections) == 1


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def posted(answer: Answer, how: HttpSettings, *, pause: float = 0.0) -> tuple[list[object], int]:
    """What two POSTs over one connection came to, and how many requests and connections arrived."""

    async def run() -> tuple[list[object], int]:
        found: list[object] = []
        async with listening(answer) as listener, over_loopback(how) as wire:
            for body in (b"1", b"2"):
                reply = await wire.exchange("POST", listener.url, {}, body, turn=now)
                found.append(reply.body if isinstance(reply, Reply) else reply)
                await asyncio.sleep(pause)
            return found, len(listener.arrived)

    return asyncio.run(run())


async def answers_forever(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes
) -> None:
    while True:
        await reader.readexactly(1)  # the body
        writer.write(OK)
        await reader.readuntil(b"\r\n\r\n")


def test_a_connection_that_rested_too_long_is_not_used_again() -> None:
    assert posted(answers_forever, settings()) == ([b"ok", b"ok"], 1)
    assert posted(answers_forever, settings(timeouts=Timeouts(rest=0.0))) == ([b"ok", b"ok"], 2)


def test_a_connection_that_the_other_side_closed_is_noticed_before_anything_is_sent() -> None:
    """A write on it would be one without an answer."""
    assert posted(says(OK), settings(), pause=0.02) == ([b"ok", b"ok"], 2)


def test_a_write_whose_used_connection_breaks_is_not_sent_again_by_itself() -> None:
    """The second POST reached the other side, which went away: perhaps it was carried out."""
    received: list[bytes] = []

    async def breaks(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes
    ) -> None:
        received.append(await reader.readexactly(1))
        writer.write(OK)
        await reader.readuntil(b"\r\n\r\n")
        received.append(await reader.readexactly(1))
        writer.transport.abort()

    assert posted(breaks, settings()) == ([b"ok", Failure(Fault.BROKEN)], 1)
    assert received == [b"1", b"2"]


def test_something_said_unasked_is_not_taken_for_an_answer() -> None:
    async def talks(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes
    ) -> None:
        await reader.readexactly(1)
        writer.write(OK)
        await asyncio.sleep(0.01)
        writer.write(OK.replace(b"ok", b"no"))
        await reader.read()

    assert posted(talks, settings(), pause=0.05) == ([b"ok", b"ok"], 2)


def test_an_answer_that_is_not_read_to_its_end_costs_the_connection() -> None:
    big = b"HTTP/1.1 200 OK\r\ncontent-length: 300000\r\n\r\n" + b"x" * 300_000

    async def answers_at_length(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes
    ) -> None:
        while True:
            await reader.readexactly(1)
            writer.write(big)
            await reader.readuntil(b"\r\n\r\n")

    too_large = Failure(Fault.TOO_LARGE)
    assert posted(answers_at_length, settings(largest_answer=10)) == ([too_large, too_large], 2)


def test_no_more_requests_are_under_way_than_there_are_connections() -> None:
    under_way = highest = 0

    async def counts(
        _reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _head: bytes
    ) -> None:
        nonlocal under_way, highest
        under_way += 1
        highest = max(highest, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")

    async def run() -> None:
        wire = over_loopback(settings(connections=3))
        async with listening(counts) as listener, wire:
            nine = [wire.exchange("GET", listener.url, {}, None, turn=now) for _ in range(9)]
            await asyncio.gather(*nine)

    asyncio.run(run())
    assert highest == 3


def test_identification_goes_along_and_the_token_only_into_its_header() -> None:
    async def run() -> bytes:
        async with listening(says(b"HTTP/1.1 204 No Content\r\n\r\n")) as listener:
            await get(over_loopback(settings(token=Secret("abc"))), f"{listener.url}/x")
            return listener.arrived[0]

    head = asyncio.run(run()).decode().lower()
    assert "user-agent: reconciler/test\r\n" in head
    assert head.count("abc") == 1
    assert "authorization: bearer abc\r\n" in head


@pytest.mark.parametrize("token", ["", "a b", "a\n", "tök", "a\x00"])
def test_a_token_that_no_header_can_carry_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        over_loopback(settings(token=Secret(token)))
    assert raised.value.message == (
        "the token cannot be sent: it is empty, or has a space, a line break or a character "
        "outside ASCII in it"
    )


def test_settings_show_neither_token_nor_proxy_password() -> None:
    shown = repr(settings(token=Secret("canary"), proxy="http://me:canary@proxy:1"))
    assert "canary" not in shown


@pytest.mark.parametrize("proxy", ["http://[::1", "nonsense", "socks5://h:1", "ftp://h"])
def test_a_proxy_setting_that_cannot_be_used_is_refused_without_showing_it(proxy: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        over_tls(settings(proxy=proxy))
    assert raised.value.message == (
        "the proxy setting cannot be used: it is not the URL of an HTTP proxy"
    )


def test_a_proxy_that_says_no_kept_the_request_from_the_provider() -> None:
    async def run() -> tuple[Reply | Failure, bytes]:
        no = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"
        async with listening(says(no)) as proxy:
            wire = over_tls(settings(proxy=proxy.url, token=Secret("canary")))
            return await get(wire, "https://scim.invalid/v2/Users"), proxy.arrived[0]

    failure, seen = asyncio.run(run())
    assert failure == Failure(Fault.PROXY)
    assert seen.startswith(b"CONNECT scim.invalid:443 ")
    assert b"canary" not in seen


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_bundle_that_cannot_be_read_is_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigurationError, match=r"the CA bundle .*ca\.pem cannot be read as PEM"):
        over_tls(settings(ca_bundle=str(path)))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for `localhost`, its key in the same file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("makes its certificate with the openssl command")
    path = tmp_path_factory.mktemp("tls")
    made = [
        *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
        *("-nodes", "-days", "2", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"),
    ]
    subprocess.run(made, cwd=path, check=True, capture_output=True)
    both = path / "both.pem"
    both.write_text((path / "cert.pem").read_text() + (path / "key.pem").read_text())
    return both


def over_tls_to(
    certificate: Path, ca_bundle: str | None, host: str = "localhost"
) -> Reply | Failure:
    async def run() -> Reply | Failure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        async with server:
            return await get(over_tls(settings(ca_bundle=ca_bundle)), f"https://{host}:{port}/")

    return asyncio.run(run())


def test_only_a_trusted_certificate_for_the_right_name_is_spoken_to(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the environment trusts does not count."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    trusted = over_tls_to(certificate, str(certificate))
    assert isinstance(trusted, Reply)
    assert over_tls_to(certificate, None) == Failure(Fault.CERTIFICATE)
    assert over_tls_to(certificate, str(certificate), "127.0.0.1") == Failure(Fault.CERTIFICATE)


def test_clear_text_where_tls_is_expected_is_no_secure_connection() -> None:
    async def run() -> Reply | Failure:
        async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            return await get(over_tls(settings()), f"https://localhost:{port}/")

    assert asyncio.run(run()) == Failure(Fault.TLS)


def test_older_tls_than_1_2_is_not_spoken() -> None:
    assert http._trust(None).minimum_version is ssl.TLSVersion.TLSv1_2


def test_an_application_in_this_process_is_reached_without_a_socket() -> None:
    provider = Provider(lambda _asked: Says(200, {"id": "1"}))
    wire = in_process(provider, settings())
    reply = asyncio.run(get(wire, "https://embedded.invalid/scim/v2/Users/1"))
    assert isinstance(reply, Reply)
    assert (reply.body, provider.lines) == (b'{"id": "1"}', ["GET /Users/1"])


def test_every_exception_of_httpx_is_put_into_our_words() -> None:
    exported = {
        value
        for value in vars(httpx).values()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    assert exported == set(http.FAULTS)


def test_a_host_with_several_addresses_refuses_when_all_do() -> None:
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = OSError()
    error.__cause__.__cause__ = ExceptionGroup("each", [OSError(), ConnectionRefusedError()])
    assert http._fault(error) is Fault.REFUSED
    error.__cause__.__cause__ = ExceptionGroup("each", [OSError(), OSError()])
    assert http._fault(error) is Fault.CONNECT


def test_an_exception_that_says_nothing_is_read_with_caution() -> None:
    assert http._fault(RuntimeError()) is Fault.BROKEN
    assert http._fault(httpx.ConnectError("no reason given")) is Fault.CONNECT
    assert Fault.BROKEN not in NEVER_SENT | LASTING


def test_urls_and_headers_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asked(says(b"HTTP/1.1 204 No Content\r\n\r\n"))
    assert [r for r in caplog.records if r.name.partition(".")[0] in {"httpx", "httpcore"}] == []
