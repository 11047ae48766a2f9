"""Filters that are sent, and the proof that each row of the answer really matches.

Some providers ignore a filter and answer with everybody, others answer with nobody. So a filter is
only a hint where to look; see `ScimClient.find`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import AttributePath, Json
from reconciler.model.profile import Profile
from reconciler.model.resource import Resource
from reconciler.scim.spelling import (
    condition,
    keeps_selector,
    quoted,
    spelled_attribute,
)


def worth_asking(kind: Kind, path: AttributePath, value: str, profile: Profile) -> str | None:
    """The filter that finds whoever has `value` there; None where the provider would not
    understand it, as far as its profile knows."""
    can = profile.filters
    if not can.supported or not profile.of(kind).filters_by(path):
        return None
    if not can.escapes and not {'"', "\\"}.isdisjoint(value):
        return None
    text = equals(path, value, profile)
    return text if can.longest is None or len(text) <= can.longest else None


def equals(path: AttributePath, value: str, profile: Profile) -> str:
    """The filter `path eq "value"` (RFC 7644 §3.4.2.2), not yet encoded for a URL.

    Where conditions cannot be joined, it picks by the value alone: rows are compared again anyway.
    """
    attribute = spelled_attribute(path)
    if path.selector is None:
        sub_attribute = "" if path.sub is None else f".{path.sub}"
        return f"{attribute}{sub_attribute} eq {quoted(value)}"
    sub = path.sub or "value"
    if not keeps_selector(path, profile) or not profile.filters.joined:
        return f"{attribute}.{sub} eq {quoted(value)}"
    return f"{attribute}[{condition(path.selector)} and {sub} eq {quoted(value)}]"


def membership(group: ResourceId, member: ResourceId) -> str:
    """The filter that finds the group if that is a member of it, and nothing if not."""
    return f"id eq {quoted(group)} and members eq {quoted(member)}"


def matches(resource: Resource, path: AttributePath, value: str, profile: Profile) -> bool:
    """The resource holds the value at the path, by the attribute's own rule of case.

    Where the provider does not keep what elements are picked by, any
    element may hold the value.
    """
    exact = profile.characteristics(resource.kind, path).case_exact
    wanted = _comparable(value, exact=exact)
    return any(
        _comparable(str(held), exact=exact) == wanted
        for held in _held(resource.data, path, profile)
        if held is not None
    )


def _held(data: Mapping[str, Json], path: AttributePath, profile: Profile) -> Iterator[Json]:
    if path.selector is None or keeps_selector(path, profile):
        found = path.read(data)
        yield found.get("value") if isinstance(found, Mapping) else found
        return
    whole = AttributePath(path.urn, path.attribute, None, None, path.text).read(data)
    for element in whole if isinstance(whole, tuple) else ():
        if isinstance(element, Mapping):
            yield element.get((path.sub or "value").lower())


def _comparable(text: str, *, exact: bool) -> str:
    """RFC 7643 §2.2 `caseExact`, over composed characters so that two ways to write é are one."""
    composed = unicodedata.normalize("NFC", text)
    return composed if exact else unicodedata.normalize("NFC", composed.casefold())
