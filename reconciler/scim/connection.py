"""Where a service provider is and how it may be spoken to; checked before anything is sent.

A pull request can change a target's `baseUrl`. It must not be able to send the token, or people's
data, to a host of its choice: the hosts that a credential may be sent to are bound beside the
credential, outside the manifests, and every connection is held to them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urlsplit

from reconciler import __version__
from reconciler.errors import ConfigurationError
from reconciler.http import HttpSettings, Timeouts, Wire, in_process, over_loopback, over_tls
from reconciler.model.host import is_loopback
from reconciler.model.profile import Profile
from reconciler.model.rates import NO_LIMIT, Rates
from reconciler.model.secret import Secret
from reconciler.model.show import plain

_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A service provider's address, credential and limits.

    `allowed_hosts` are `host` or `host:port`; a host without a port allows 443, and on the loopback
    interface every port. `rates`, `connections` and `timeouts` override the profile's values.
    `ca_bundle` replaces the well-known authorities. The environment's proxy settings are not read.
    """

    base_url: str
    token: Secret | None = None
    allowed_hosts: frozenset[str] = frozenset()
    user_agent: str = f"reconciler/{__version__}"
    timeouts: Timeouts | None = None
    ca_bundle: str | None = None
    proxy: str | None = field(default=None, repr=False)  # may carry a password
    rates: Rates | None = None
    connections: int | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A base URL that passed every check; resource paths are appended. `clear` is plain HTTP."""

    url: str
    clear: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A way to the service provider that is ready to be used, and how it may be used."""

    wire: Wire
    base_url: str
    rates: Rates
    connections: int


def open_wire(connection: Connection, profile: Profile, app: object | None) -> Opened:
    """Connections to a target, or to an application in this process when `app` is given.

    An application is asked under the base URL, which leads nowhere else and is not checked. The
    profile's rate protects a provider that others use as well; nobody else uses one that runs
    in this process.

    Raises:
        ConfigurationError: see `check_endpoint`; or a setting cannot be used.
    """
    connections = connection.connections or profile.connections
    settings = HttpSettings(
        user_agent=connection.user_agent,
        connections=connections,
        token=connection.token,
        timeouts=connection.timeouts or Timeouts.patient(profile.transport.timeout),
        headers=profile.transport.headers,
        ca_bundle=connection.ca_bundle,
        proxy=connection.proxy,
    )
    rates = connection.rates
    if app is not None:
        base_url = connection.base_url.rstrip("/")
        return Opened(in_process(app, settings), base_url, rates or NO_LIMIT, connections)
    endpoint = check_endpoint(connection)
    wire = over_loopback(settings) if endpoint.clear else over_tls(settings)
    return Opened(wire, endpoint.url, rates or profile.our_rates, connections)


def check_endpoint(connection: Connection) -> Endpoint:
    """The address that requests may go to.

    Raises:
        ConfigurationError: it is no https URL (plain http is for loopback only), carries a name,
            a password, a query or a fragment, or its host is not bound to the credential.
    """
    parts = _split(connection.base_url)
    host = parts.hostname or ""
    shown = plain(host)
    loopback = is_loopback(host)
    if not host or not host.isascii():
        raise ConfigurationError(
            "the target's baseUrl names no host that can be used",
            hint="expected https://host/path with an ASCII host name",
        )
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ConfigurationError(
            f"the target's baseUrl (host {shown}) carries a user name, a query or a fragment",
            hint="expected https://host/path and nothing else; the token is bound by `credential`",
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise ConfigurationError(
            f"the target's baseUrl (host {shown}) is not https",
            hint="plain http would show the token to everybody on the way; it is for loopback only",
        )
    port = parts.port or _PORTS[parts.scheme]
    if not _allowed(host, port, loopback, connection.allowed_hosts):
        allowed = ", ".join(sorted(plain(name) for name in connection.allowed_hosts)) or "none"
        raise ConfigurationError(
            f"nothing may be sent to {shown}:{port}: the credential is not bound to that host",
            hint="hosts are bound outside the manifests, beside the token, in "
            f"RECONCILER_CREDENTIAL_<ALIAS>_HOSTS; bound now: {allowed}",
        )
    return Endpoint(connection.base_url.rstrip("/"), clear=parts.scheme == "http")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when it is no number between 0 and 65535
    except ValueError:
        raise ConfigurationError(
            "the target's baseUrl is not a URL", hint="expected https://host/path"
        ) from None
    return parts


def _allowed(host: str, port: int, loopback: bool, names: frozenset[str]) -> bool:
    folded = {name.strip().lower() for name in names}
    shown = f"[{host}]" if ":" in host else host
    if f"{shown}:{port}" in folded:
        return True
    return bool({host, shown} & folded) and (loopback or port == _PORTS["https"])
