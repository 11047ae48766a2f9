"""The way to a host: its name, a connection, its certificate. Nothing is asked of it."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from reconciler.doctor.finding import Notes

_SOON: Final = timedelta(days=21)
_TIMEOUT: Final = 10.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a target is. `clear` is plain HTTP; `ca_bundle` replaces the usual authorities."""

    host: str
    port: int
    clear: bool
    ca_bundle: str | None = None


def examine_network(place: Place, now: datetime, notes: Notes) -> bool:
    """Whether there is a way to the host; what is on it is among the notes."""
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # UnicodeError: it is no host name at all
        hint = "check the host in `baseUrl`, and this machine's DNS"
        notes.problem("name", "the host name does not resolve", hint=hint, private=place.host)
        return False
    count = len({address[4][0] for address in found})
    addresses = "1 address" if count == 1 else f"{count} addresses"
    notes.good("name", f"the host name resolves to {addresses}", private=place.host)
    try:
        connection = socket.create_connection((place.host, place.port), timeout=_TIMEOUT)
    except OSError as exc:
        said = (
            "the connection was refused"
            if isinstance(exc, ConnectionRefusedError)
            else (f"no connection within {_TIMEOUT:.0f} seconds")
        )
        hint = "is the port right, and does a firewall or a needed proxy stand in between?"
        notes.problem("connection", said, hint=hint, private=f"{place.host}:{place.port}")
        return False
    with connection:
        notes.good("connection", "a connection can be made")
        return place.clear or _examine_tls(place, connection, now, notes)


def _examine_tls(place: Place, connection: socket.socket, now: datetime, notes: Notes) -> bool:
    context = ssl.create_default_context(cafile=place.ca_bundle)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        with context.wrap_socket(connection, server_hostname=place.host) as secure:
            certificate = secure.getpeercert() or {}
            notes.good("TLS", f"{secure.version()}, and the certificate is trusted")
    except ssl.SSLCertVerificationError as exc:
        notes.problem(
            "TLS",
            "the certificate is not trusted, has expired, or is for another name",
            hint="behind an inspecting proxy set RECONCILER_CA_BUNDLE to its authority",
            private=exc.verify_message,
        )
        return False
    except OSError:
        hint = "the provider must speak TLS 1.2 or newer"
        notes.problem("TLS", "no secure connection could be agreed", hint=hint)
        return False
    _examine_certificate(certificate, now, notes)
    return True


def _examine_certificate(
    certificate: ssl._PeerCertRetDictType, now: datetime, notes: Notes
) -> None:
    ends = certificate.get("notAfter")
    if isinstance(ends, str):
        expires = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
        said = f"the certificate is valid until {expires:%Y-%m-%d}"
        if expires - now < _SOON:
            notes.warn("TLS", said, hint="tell whoever runs the provider")
        else:
            notes.good("TLS", said, private=f"issued by {_issuer(certificate)}")


def _issuer(certificate: ssl._PeerCertRetDictType) -> str:
    """The organisation, else the name, that signed it."""
    names = {str(pair[0]): str(pair[1]) for part in certificate.get("issuer", ()) for pair in part}
    return names.get("organizationName") or names.get("commonName") or "nobody named"
