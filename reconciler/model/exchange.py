"""What became of one HTTP request: an answer, or the way in which there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """What can go wrong on the way, in words that fit behind a colon."""

    REFUSED = "the connection was refused"
    NO_ADDRESS = "the host name does not resolve"
    CERTIFICATE = "the certificate is not trusted, or is for another name"
    TLS = "no secure connection (TLS 1.2 or newer) could be agreed"
    CONNECT = "no connection could be made"
    CONNECT_TIMEOUT = "no connection within the time limit"
    PROXY = "the proxy did not let the connection through"
    MALFORMED = "the request could not be put into HTTP"
    BROKEN = "the connection broke before the answer was complete"
    TIMEOUT = "no complete answer within the time limit"
    GARBLED = "the answer could not be decoded"
    TOO_LARGE = "the answer is larger than anything that is expected"


#: Faults after which it is certain that the other side saw nothing of the request.
NEVER_SENT: Final = frozenset(
    {
        Fault.REFUSED,
        Fault.NO_ADDRESS,
        Fault.CERTIFICATE,
        Fault.TLS,
        Fault.CONNECT,
        Fault.CONNECT_TIMEOUT,
        Fault.PROXY,
        Fault.MALFORMED,
    }
)

#: Faults that another try within minutes will not cure.
LASTING: Final = frozenset(
    {Fault.CERTIFICATE, Fault.TLS, Fault.MALFORMED, Fault.GARBLED, Fault.TOO_LARGE}
)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whatever it says. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """No complete answer, and why."""

    fault: Fault

    @property
    def never_sent(self) -> bool:
        return self.fault in NEVER_SENT

    @property
    def lasting(self) -> bool:
        return self.fault in LASTING
