"""What a profile says beside the ways of reading and writing: one small value for each clause.

In a manifest each of them is a block (`transport: {timeout: 90}`); `users` and `groups` are two
more (`model.resource_type`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from reconciler.model.dialect import Documents, MediaType
from reconciler.model.provenance import Act, quirk

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Transport:
    """How a request must look before anybody reads what is in it.

    No field: the base URL is the target's, taken as it is written; every provider takes a Bearer
    token; TLS is 1.2 or newer for all; and how a path is spelled is `users.endpoint`.
    """

    content_type: MediaType = quirk(MediaType.SCIM, "what the bodies that are sent are called")
    headers: Mapping[str, str] = field(
        default_factory=lambda: _NO_HEADERS,
        metadata={
            "says": "headers that it asks for, sent with every request",
            "acts": frozenset[Act](),
        },
    )
    trailing_slash: bool = quirk(
        default=False, says="the address of a list, and of what is in it, ends with a slash"
    )
    timeout: float = quirk(60.0, "seconds that it may let pass without a byte of an answer")


@dataclass(frozen=True, slots=True)
class Discovery:
    """What it says of itself (RFC 7644 §4), and what that is worth. The profile decides always;
    what a document leaves out is never missed."""

    documents: Documents = quirk(
        Documents.ADVISORY, "what its discovery documents are worth to `doctor`"
    )
    config_path: str = quirk(
        "ServiceProviderConfig", "where the document about its abilities stands"
    )
    extras: tuple[str, ...] = quirk(
        (), "resource types that it has beside users and groups; nothing touches them"
    )


@dataclass(frozen=True, slots=True)
class Filters:
    """Which filters (RFC 7644 §3.4.2.2) are worth a request. Where none is, everything is listed.

    We ask with `eq`, joined by `and` at most twice, and compare every row again: so operators,
    case rules and what becomes of an unknown filter need no field. What can be asked for stands
    with users and groups (`users.filterable`).
    """

    supported: bool = quirk(default=True, says="takes filters at all")
    joined: bool = quirk(default=True, says="takes conditions that are joined by `and`")
    escapes: bool = quirk(default=True, says='understands \\" and \\\\ in a quoted value')
    longest: int | None = quirk(None, "the most characters of a filter")


@dataclass(frozen=True, slots=True)
class Errors:
    """What a refusal means. Its shape needs no field: a SCIM Error, `{"id", "reason"}`, text and
    web pages cannot be mistaken for one another, nor can `13`, `13s` and a date in Retry-After."""

    retried: tuple[int, ...] = quirk(
        (),
        "statuses that mean `not now, and nothing was done`, tried again for writes too; 409 among "
        "them is somebody else at work, and otherwise a name that is taken",
        Act.CREATE,
        Act.UPDATE,
    )
    wait: float | None = quirk(None, "seconds to wait after a 429 that names no time")


@dataclass(frozen=True, slots=True)
class Safety:
    """What has to be held there whatever the policies say; the stricter of both counts."""

    deletions: int | None = quirk(None, "people whom one apply may delete", Act.DELETE)
    group_share: float | None = quirk(
        None, "the part of a group's members that one apply may remove", Act.REMOVE_MEMBERS
    )
    protected_groups: tuple[str, ...] = quirk(
        (),
        "groups of the provider's own, by displayName: nothing is taken from them",
        Act.REMOVE_MEMBERS,
        Act.DELETE,
    )
    read_back: bool = quirk(
        default=False, says="may drop a value without a word, so every write is read again"
    )
