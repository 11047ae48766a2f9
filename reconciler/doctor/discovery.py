"""Discovery documents (RFC 7644 §4): what a provider says of itself. Evidence, and no more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from reconciler.doctor.finding import Notes
from reconciler.doctor.line import Line, Reading
from reconciler.model.dialect import Documents
from reconciler.model.path import Json
from reconciler.model.profile import Profile

_ABOUT: Final = "discovery"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,60}")
#: The document of RFC 7644 §4, and what SCIM 1.1 called it.
_CONFIGS: Final = ("ServiceProviderConfig", "ServiceProviderConfigs")
_TYPES: Final = ("ResourceTypes", "Schemas")
_OURS: Final = frozenset({"user", "group"})
#: The most requests that `examine_discovery` sends.
REQUESTS: Final = 4


async def examine_discovery(line: Line, profile: Profile, notes: Notes) -> None:
    """Three documents, and where they and the profile say different things."""
    config = await _config(line, profile, notes)
    types, schemas = [await line.get(f"/{name}") for name in _TYPES]
    for name, document in zip(_TYPES, (types, schemas), strict=True):
        _say(name, document, notes)
    if config is not None or _has_content(types) or _has_content(schemas):
        trusted = profile.discovery.documents is Documents.TRUSTED
        worth = Documents.TRUSTED if trusted else Documents.ADVISORY
        notes.saw("discovery.documents", worth, "discovery documents answer")
    else:
        notes.saw("discovery.documents", Documents.ABSENT, "no discovery document answers")
    if config is not None:
        _compare(config, profile, notes)
    _others(types, profile, notes)


async def _config(line: Line, profile: Profile, notes: Notes) -> Reading | None:
    """The document about abilities, wherever it stands; None where it is nowhere."""
    ours = profile.discovery.config_path
    document = await line.get(f"/{ours}")
    _say(ours, document, notes)
    if _has_content(document):
        return document
    other = next(name for name in _CONFIGS if name != ours)
    document = await line.get(f"/{other}")
    if not _has_content(document):
        return None
    notes.saw("discovery.config_path", other, f"/{other} answers, and /{ours} does not")
    return document


def _say(name: str, document: Reading, notes: Notes) -> None:
    if _has_content(document):
        notes.good(_ABOUT, f"/{name} answers")
    else:
        notes.note(_ABOUT, f"there is no /{name} ({told(document)}); the profile stands alone")


def _has_content(document: Reading) -> bool:
    """Something is said; a list of nothing says nothing."""
    empty = document.listed and not document.rows
    return document.fine and bool(document.data) and not empty


def _others(types: Reading, profile: Profile, notes: Notes) -> None:
    """Resource types beside users and groups, which nothing here touches."""
    names = (str(row.get("name") or row.get("id") or "") for row in types.rows)
    others = sorted({n for n in names if _NAME.fullmatch(n)}, key=str.casefold)
    extras = tuple(n for n in others if n.casefold() not in _OURS)
    if types.rows and (extras or profile.discovery.extras):
        notes.saw("discovery.extras", extras, "/ResourceTypes names them")


def told(reading: Reading) -> str:
    """An answer in few words, without anything that it holds."""
    if reading.fault is not None:
        return reading.fault
    return f"{reading.status}, a web page" if reading.page else str(reading.status)


def _compare(config: Reading, profile: Profile, notes: Notes) -> None:
    largest = _part(config, "filter", "maxresults")
    says = (
        ("etag", profile.etags, "refuses a write of what has changed"),
        ("patch", True, "takes PATCH"),
        ("bulk", profile.bulk_operations is not None, "takes Bulk requests"),
        ("filter", True, "filters"),
    )
    for name, ours, does in says:
        theirs = _part(config, name, "supported")
        if isinstance(theirs, bool) and theirs is not ours:
            verb = "says that it" if theirs else "does not say that it"
            notes.note(
                _ABOUT,
                f"the provider {verb} {does}; the profile has it otherwise, and decides",
            )
    if isinstance(largest, int) and not isinstance(largest, bool) and largest > 0:
        if profile.discovery.documents is Documents.TRUSTED:
            notes.saw("page_max", largest, "filter.maxResults of its own document")
        notes.note(
            _ABOUT, f"filter.maxResults is {largest}; pageMax of the profile is {profile.page_max}"
        )
    if profile.bulk_operations is not None:
        _compare_limits(config, profile.bulk_operations, profile.bulk_bytes, notes)


def _compare_limits(config: Reading, operations: int, size: int, notes: Notes) -> None:
    """What exceeds the provider's limits is refused (413), and goes one by one then."""
    for part, field, ours in (
        ("maxoperations", "bulkOperations", operations),
        ("maxpayloadsize", "bulkBytes", size),
    ):
        theirs = _part(config, "bulk", part)
        if type(theirs) is int and 0 < theirs < ours:
            notes.warn(
                _ABOUT,
                f"{field} of the profile is {ours}, more than the provider's {theirs}: it will "
                "refuse Bulk requests",
            )


def _part(config: Reading, name: str, part: str) -> Json:
    holder = config.data.get(name)
    return holder.get(part) if isinstance(holder, Mapping) else None
