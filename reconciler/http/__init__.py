"""One HTTP request to one host, and what became of it in our own words: the owner of httpx.

What went wrong on the way is a value (`Failure`), not an exception: whoever decides whether to try
again needs to know one thing above all, whether the request may have reached the other side
(`Failure.never_sent`). The text of httpx's exceptions goes nowhere: it contains URLs, and URLs
contain filters, and filters contain people's addresses.

A pool of httpx walks all its connections for every request, which costs more than the request
from about eight connections on. So there is one client per connection (`streams`), and they are
handed out last in, first out: few connections stay warm and the cost stays flat.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Final, Self

import httpx

from reconciler.errors import ConfigurationError
from reconciler.http.streams import OneConnection
from reconciler.model.exchange import Failure, Fault, Reply
from reconciler.model.secret import Secret
from reconciler.model.show import plain

# httpx logs every URL at INFO and httpcore every header at DEBUG, whatever level the root logger
# of the embedding program has.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

# Common servers close a connection that is idle for 5 seconds. A write that meets the closing is a
# write without an answer, so a connection that rested nearly as long is not used again.
_LONGEST_REST: Final = 3.0
_ONE: Final = httpx.Limits(
    max_connections=1, max_keepalive_connections=1, keepalive_expiry=_LONGEST_REST
)


# Every exception class of httpx; a test compares the keys with what httpx exports. The classes
# that only a misuse of httpx raises are read as BROKEN, which for a write means "perhaps sent".
FAULTS: Final[Mapping[type[Exception], Fault]] = {
    httpx.ConnectError: Fault.CONNECT,
    httpx.ConnectTimeout: Fault.CONNECT_TIMEOUT,
    httpx.PoolTimeout: Fault.CONNECT_TIMEOUT,
    httpx.ProxyError: Fault.PROXY,
    httpx.UnsupportedProtocol: Fault.MALFORMED,
    httpx.LocalProtocolError: Fault.MALFORMED,
    httpx.InvalidURL: Fault.MALFORMED,
    httpx.ReadTimeout: Fault.TIMEOUT,
    httpx.WriteTimeout: Fault.TIMEOUT,
    httpx.TimeoutException: Fault.TIMEOUT,
    httpx.DecodingError: Fault.GARBLED,
    httpx.TooManyRedirects: Fault.GARBLED,
    httpx.HTTPStatusError: Fault.GARBLED,
    httpx.ReadError: Fault.BROKEN,
    httpx.WriteError: Fault.BROKEN,
    httpx.CloseError: Fault.BROKEN,
    httpx.NetworkError: Fault.BROKEN,
    httpx.RemoteProtocolError: Fault.BROKEN,
    httpx.ProtocolError: Fault.BROKEN,
    httpx.TransportError: Fault.BROKEN,
    httpx.RequestError: Fault.BROKEN,
    httpx.HTTPError: Fault.BROKEN,
    httpx.CookieConflict: Fault.BROKEN,
    httpx.StreamError: Fault.BROKEN,
    httpx.StreamConsumed: Fault.BROKEN,
    httpx.StreamClosed: Fault.BROKEN,
    httpx.ResponseNotRead: Fault.BROKEN,
    httpx.RequestNotRead: Fault.BROKEN,
}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, for each read or write of the socket, and for a whole exchange."""

    connect: float = 10.0
    read: float = 60.0
    whole: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """How requests leave and answers come in.

    `connections` may be open at a time; `largest_answer` is in bytes after decompression.
    """

    user_agent: str
    connections: int
    token: Secret | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    ca_bundle: str | None = None
    proxy: str | None = field(default=None, repr=False)  # may carry a password
    largest_answer: int = 64 * 1024 * 1024


class Wire:
    """A handful of connections to one host; an asynchronous context manager."""

    def __init__(self, clients: list[httpx.AsyncClient], settings: HttpSettings) -> None:
        self._clients = clients
        self._idle = list(clients)
        self._free = asyncio.Semaphore(len(clients))
        self._whole = settings.timeouts.whole
        self._largest = settings.largest_answer

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for client in self._clients:
            await client.aclose()

    async def exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        turn: Callable[[], Awaitable[None]],
    ) -> Reply | Failure:
        """Send one request once a connection is free and `turn` has returned.

        Redirects are not followed: they are replies like any other.
        """
        async with self._free:
            client = self._idle.pop()
            try:
                await turn()
                async with asyncio.timeout(self._whole):
                    request = client.build_request(method, url, headers=headers, content=body)
                    return await _exchange(client, request, self._largest)
            except TimeoutError:
                return Failure(Fault.TIMEOUT)
            except tuple(FAULTS) as error:
                return Failure(_fault(error))
            finally:
                self._idle.append(client)


def over_tls(settings: HttpSettings) -> Wire:
    """Connections over TLS 1.2 or newer, through the proxy if one is set.

    Raises:
        ConfigurationError: the CA bundle, the proxy setting or the token cannot be used.
    """
    # Building a context reads the whole list of authorities (18 ms): once for all connections.
    trust = _trust(settings.ca_bundle)
    if settings.proxy is None:
        return _wire(settings, lambda: OneConnection(trust, rest=_LONGEST_REST))
    try:
        return _wire(
            settings,
            lambda: httpx.AsyncHTTPTransport(
                verify=trust, limits=_ONE, proxy=settings.proxy, trust_env=False
            ),
        )
    except (httpx.InvalidURL, ValueError, ImportError):
        raise ConfigurationError(
            "the proxy setting cannot be used: it is not the URL of an HTTP proxy",
            hint="expected http://host:port or https://host:port",
        ) from None


def over_loopback(settings: HttpSettings) -> Wire:
    """Connections in clear text. For this machine only, so a proxy setting is not followed.

    Raises:
        ConfigurationError: the token cannot be used.
    """
    return _wire(settings, lambda: OneConnection(None, rest=_LONGEST_REST))


def in_process(app: object, settings: HttpSettings) -> Wire:
    """Connections to an ASGI application in this process; no socket is opened.

    Raises:
        ConfigurationError: the token cannot be used.
    """
    return _wire(
        settings,
        lambda: httpx.ASGITransport(app=app),  # type: ignore[arg-type]  # its protocol has no public name that a caller could use
    )


def _wire(settings: HttpSettings, transport: Callable[[], httpx.AsyncBaseTransport]) -> Wire:
    auth = None if settings.token is None else _Bearer(settings.token)
    clients = [
        httpx.AsyncClient(
            transport=transport(),
            auth=auth,
            # A provider's cookies would make two connections differ.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            # Only what the standard library can decompress, whatever else is installed.
            headers={"user-agent": settings.user_agent, "accept-encoding": "gzip, deflate"},
            timeout=httpx.Timeout(settings.timeouts.read, connect=settings.timeouts.connect),
            follow_redirects=False,
            trust_env=False,
        )
        for _ in range(settings.connections)
    ]
    return Wire(clients, settings)


class _Bearer(httpx.Auth):
    """The one place where the token is revealed (RFC 6750 §2.1)."""

    def __init__(self, token: Secret) -> None:
        text = token.reveal()
        if not text or not text.isascii() or not text.isprintable() or " " in text:
            raise ConfigurationError(
                "the token cannot be sent: it is empty, or has a space, a line break or a "
                "character outside ASCII in it",
                hint="check how the token was stored; a line break at the end is the usual reason",
            )
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["authorization"] = f"Bearer {self._token.reveal()}"
        yield request


def _trust(ca_bundle: str | None) -> ssl.SSLContext:
    if ca_bundle is None:
        context = httpx.create_ssl_context(trust_env=False)
    else:
        try:
            context = ssl.create_default_context(cafile=ca_bundle)
        except OSError:  # includes ssl.SSLError: the file is there and holds no certificate
            raise ConfigurationError(
                f"the CA bundle {plain(ca_bundle)} cannot be read as PEM certificates",
                hint="expected a file with one or more -----BEGIN CERTIFICATE----- blocks",
            ) from None
    context.set_alpn_protocols(["http/1.1"])
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


async def _exchange(
    client: httpx.AsyncClient, request: httpx.Request, largest: int
) -> Reply | Failure:
    response = await client.send(request, stream=True)
    try:
        received = bytearray()
        async for chunk in response.aiter_bytes():
            received += chunk
            if len(received) > largest:
                return Failure(Fault.TOO_LARGE)
        # httpx gives header names in lower case, and joins repeated headers with a comma.
        return Reply(response.status_code, dict(response.headers.items()), bytes(received))
    finally:
        await response.aclose()


def _fault(error: Exception) -> Fault:
    known = next((FAULTS[c] for c in type(error).__mro__ if c in FAULTS), Fault.BROKEN)
    if known is not Fault.CONNECT:
        return known
    # What lies under a failed connection is only in the chain of exceptions.
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return Fault.CERTIFICATE
            case ssl.SSLError():
                return Fault.TLS
            case socket.gaierror():
                return Fault.NO_ADDRESS
            case ConnectionRefusedError():
                return Fault.REFUSED
            case _:
                continue
    return known


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Every exception that led to this one, this one included."""
    yield error
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _causes(part)
    under = error.__cause__ or error.__context__
    if under is not None:
        yield from _causes(under)
