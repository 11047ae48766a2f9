"""What a fault script says, as values: a fault is *when* and one thing to *do*."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from reconciler.simulator.quirks import Quirks
from reconciler.simulator.values import Json

#: The methods that change something, and all of them (RFC 7644 §3.2).
WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
METHODS: Final = WRITES | {"GET"}


@dataclass(frozen=True, slots=True)
class When:
    """Which requests: methods, the segments of a path below the base with `*` for any one of them
    (None: any path), and from the `first` to the `last` of those that match, counted from 1.
    `last` None: to the end."""

    methods: frozenset[str]
    path: tuple[str, ...] | None
    first: int = 1
    last: int | None = None


class Body(StrEnum):
    """What stands in an answer instead of what should."""

    SCIM = "scim"  # a SCIM error (RFC 7644 §3.12)
    HTML = "html"  # a web page, as gateways and sign-in pages are
    TEXT = "text"
    MALFORMED = "malformed"  # JSON that breaks off
    EMPTY = "empty"


class Moment(StrEnum):
    """Whether the provider does the work before the fault strikes."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Refuse:
    """An error status. `retry_after`: seconds (`13`), with their unit (`13s`), or in so many
    seconds written as a date (`date:13`)."""

    status: int
    body: Body = Body.SCIM
    retry_after: str | None = None
    moment: Moment = Moment.BEFORE


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is cut without an answer."""

    moment: Moment


@dataclass(frozen=True, slots=True)
class Truncate:
    """The work is done, and the answer breaks off after so many bytes of its body."""

    bytes: int


@dataclass(frozen=True, slots=True)
class Delay:
    """Nothing happens for so many seconds; then everything as usual."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Trickle:
    """The body of the answer comes in pieces over so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Replace:
    """The work is done, the status is the usual one, and the body is something else."""

    body: Body


@dataclass(frozen=True, slots=True)
class Distort:
    """A list is not what it should be: `total` is added to `totalResults`; so many of its last rows
    are lost; so many of its first rows come twice."""

    total: int = 0
    lose: int = 0
    repeat: int = 0


@dataclass(frozen=True, slots=True)
class Hide:
    """A write is done and answered, and the next so many reads do not show it."""

    reads: int


@dataclass(frozen=True, slots=True)
class Revoke:
    """From this request on the token is worth nothing: 401."""


@dataclass(frozen=True, slots=True)
class Write:
    """A write by somebody else. `name` finds the resource (a `userName` or a group's
    `displayName`) where the path is a collection and the method is not POST."""

    method: str
    path: str
    name: str | None
    body: Json


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Somebody else writes between the request before and this one."""

    writes: tuple[Write, ...]


Action = Refuse | Reset | Truncate | Delay | Trickle | Replace | Distort | Hide | Revoke | Meanwhile


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong."""

    when: When
    action: Action


@dataclass(frozen=True, slots=True)
class Script:
    """Faults in the order in which they are written, and quirks by their field's name."""

    faults: tuple[Fault, ...] = ()
    quirks: Mapping[str, Any] = field(default_factory=dict)

    def over(self, quirks: Quirks) -> Quirks:
        """A profile's quirks, with those of the script in their place."""
        return replace(quirks, **self.quirks)
