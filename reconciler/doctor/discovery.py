"""Discovery documents (RFC 7644 §4): what a provider says of itself. Evidence, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reconciler.doctor.finding import Notes
from reconciler.doctor.line import Line, Reading
from reconciler.model.path import Json
from reconciler.model.profile import Profile

_ABOUT: Final = "discovery"
_DOCUMENTS: Final = ("ServiceProviderConfig", "ResourceTypes", "Schemas")
REQUESTS: Final = len(_DOCUMENTS)


async def examine_discovery(line: Line, profile: Profile, notes: Notes) -> None:
    """Three documents, and where the first of them and the profile say different things."""
    config, *others = [await line.get(f"/{name}") for name in _DOCUMENTS]
    for name, document in zip(_DOCUMENTS, (config, *others), strict=True):
        if document.fine and document.data:
            notes.good(_ABOUT, f"/{name} answers")
        else:
            notes.note(_ABOUT, f"there is no /{name} ({told(document)}); the profile stands alone")
    if config.fine and config.data:
        _compare(config, profile, notes)


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
