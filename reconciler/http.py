"""One HTTP request to one host, and what became of it in our own words: the owner of httpx.

What went wrong on the way is a value (`Failure`), not an exception: whoever decides whether to try
again needs to know one thing above all, whether the request may have reached the other side
(`Failure.never_sent`). The text of httpx's exceptions goes nowhere: it contains URLs, and URLs
contain filters, and filters contain people's addresses.

A pool of httpx walks all its connections for every request, which costs more than the request
from about eight connections on. So there is one pool per connection, and they are handed out last
in, first out: few connections stay warm and the cost stays flat. Requests go to httpx's transport
and not through its client, whose redirects, cookies and settings of the environment are what a
provider or a machine must not be able to add here.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

import httpx

from reconciler.errors import ConfigurationError
from reconciler.model.exchange import Failure, Fault, Reply
from reconciler.model.secret import Secret
from reconciler.model.show import plain

# httpx logs every URL at INFO and httpcore every header at DEBUG, whatever level the root logger
# of the embedding program has.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

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
    """Seconds: to connect, for each read or write of the socket, and for a whole exchange.

    A connection that has rested longer than `rest` is not used again. Common servers close one that
    is idle for 5 seconds, and a write that meets the closing is a write without an answer.
    """

    connect: float = 10.0
    read: float = 60.0
    whole: float = 300.0
    rest: float = 3.0

    @classmethod
    def patient(cls, read: float) -> Timeouts:
        """For a provider that may let so many seconds pass: an exchange has room for several."""
        usual = cls()
        return cls(usual.connect, read, max(usual.whole, 2 * read))


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """How requests leave and answers come in.

    `connections` may be open at a time; `largest_answer` is in bytes after decompression.
    `headers` go with every request, and may name another `User-Agent`.
    """

    user_agent: str
    connections: int
    token: Secret | None = None
    timeouts: Timeouts = field(default_factory=Timeouts)
    ca_bundle: str | None = None
    proxy: str | None = field(default=None, repr=False)  # may carry a password
    headers: Mapping[str, str] = field(default_factory=dict)
    largest_answer: int = 64 * 1024 * 1024


class Wire:
    """A handful of connections to one host; an asynchronous context manager."""

    def __init__(self, lines: list[httpx.AsyncBaseTransport], settings: HttpSettings) -> None:
        self._lines = lines
        self._idle = list(lines)
        self._free = asyncio.Semaphore(len(lines))
        self._settings = settings
        limits = httpx.Timeout(settings.timeouts.read, connect=settings.timeouts.connect)
        self._extensions = {"timeout": limits.as_dict()}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for line in self._lines:
            await line.aclose()

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

        It is sent at most once, also over a connection that turns out to be closed: whether it is
        sent again is for the caller to say. Redirects are not followed: they are replies like any
        other.
        """
        async with self._free:
            line = self._idle.pop()
            try:
                await turn()
                async with asyncio.timeout(self._settings.timeouts.whole):
                    return await self._exchange(line, self._request(method, url, headers, body))
            except TimeoutError:
                return Failure(Fault.TIMEOUT)
            except tuple(FAULTS) as error:
                return Failure(_fault(error))
            finally:
                self._idle.append(line)

    def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> httpx.Request:
        # Only what the standard library can decompress, whatever else is installed.
        sent = {"user-agent": self._settings.user_agent, "accept-encoding": "gzip, deflate"}
        sent.update((name.lower(), text) for name, text in self._settings.headers.items())
        if self._settings.token is not None:
            sent["authorization"] = _bearer(self._settings.token)
        sent.update(headers)
        return httpx.Request(method, url, headers=sent, content=body, extensions=self._extensions)

    async def _exchange(
        self, line: httpx.AsyncBaseTransport, request: httpx.Request
    ) -> Reply | Failure:
        response = await line.handle_async_request(request)
        try:
            received = bytearray()
            async for chunk in response.aiter_bytes():
                received += chunk
                if len(received) > self._settings.largest_answer:
                    return Failure(Fault.TOO_LARGE)
            # httpx gives header names in lower case, and joins repeated headers with a comma.
            return Reply(response.status_code, dict(response.headers.items()), bytes(received))
        finally:
            await response.aclose()


def over_tls(settings: HttpSettings) -> Wire:
    """Connections over TLS 1.2 or newer, through the proxy if one is set.

    Raises:
        ConfigurationError: the CA bundle, the proxy setting or the token cannot be used.
    """
    # Building a context reads the whole list of authorities (18 ms): once for all connections.
    trust = _trust(settings.ca_bundle)
    try:
        return _wire(settings, lambda: _connection(trust, settings, settings.proxy))
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
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # there is no TLS here, and nobody to trust
    return _wire(settings, lambda: _connection(nobody, settings, None))


def in_process(app: object, settings: HttpSettings) -> Wire:
    """Connections to an ASGI application in this process; no socket is opened.

    Raises:
        ConfigurationError: the token cannot be used.
    """
    return _wire(
        settings,
        lambda: httpx.ASGITransport(app=app),  # type: ignore[arg-type]  # its protocol has no public name that a caller could use
    )


def _wire(settings: HttpSettings, line: Callable[[], httpx.AsyncBaseTransport]) -> Wire:
    if settings.token is not None:
        _bearer(settings.token)
    return Wire([line() for _ in range(settings.connections)], settings)


def _connection(
    trust: ssl.SSLContext, settings: HttpSettings, proxy: str | None
) -> httpx.AsyncHTTPTransport:
    one = httpx.Limits(max_connections=1, keepalive_expiry=settings.timeouts.rest)
    return httpx.AsyncHTTPTransport(verify=trust, limits=one, proxy=proxy, trust_env=False)


def _bearer(token: Secret) -> str:
    """The one place where the token is revealed (RFC 6750 §2.1)."""
    text = token.reveal()
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigurationError(
            "the token cannot be sent: it is empty, or has a space, a line break or a "
            "character outside ASCII in it",
            hint="check how the token was stored; a line break at the end is the usual reason",
        )
    return f"Bearer {text}"


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
