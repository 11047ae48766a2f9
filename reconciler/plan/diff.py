"""What differs between the values that Git wants and those of a live resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import assert_never

from reconciler.model.attributes import ACTIVE, Characteristics, Mutability
from reconciler.model.change import AttributeChange, AttributeValue
from reconciler.model.desired import DesiredValue
from reconciler.model.mapping import Apply
from reconciler.model.path import AttributePath, Value, parse_path
from reconciler.model.profile import Profile
from reconciler.model.resource import Resource
from reconciler.model.resource_type import ResourceType
from reconciler.plan.canonical import as_list, canonical_value, read, same

Wanted = Mapping[AttributePath, DesiredValue]


class Left(StrEnum):
    """Why a live value stays what it is, whatever Git wants."""

    ON_CREATE = "onCreate"  # written when the resource is created, never afterwards
    KEPT = "kept"  # there is a value, and the mapping only adds
    IMMUTABLE = "immutable"  # the provider takes it once
    NOT_SHOWN = "notShown"  # answers lack it, which says nothing about it (RFC 7643 §2.5)


@dataclass(frozen=True, slots=True)
class Difference:
    """A live value, and what it is to become."""

    before: Value
    after: Value


def compare(
    wanted: DesiredValue, before: Value, known: Characteristics
) -> Difference | Left | None:
    """What there is to do about one live value; None when it is as Git wants it."""
    if wanted.apply is Apply.ON_CREATE:
        return Left.ON_CREATE
    if before is None and not known.shown:
        return Left.NOT_SHOWN
    aim = canonical_value(known, wanted.value)
    if same(known, before, aim):
        return None
    if left_alone(wanted.apply, before, aim, known):
        return Left.KEPT
    if wanted.apply is Apply.ADD_ONLY and before is not None:
        aim = canonical_value(known, (*as_list(before), *as_list(aim)))
        if same(known, before, aim):
            return Left.KEPT
    # An empty one may be given its value still (RFC 7644 §3.5.2).
    if known.mutability is Mutability.IMMUTABLE and before is not None:
        return Left.IMMUTABLE
    return Difference(before, aim)


def left_alone(
    apply: Apply, before: Value, aim: Value, known: Characteristics | None = None
) -> bool:
    """Whether a mapping that writes in this way leaves what is live as it is.

    `known` may be left out for an attribute that has one value.
    """
    match apply:
        case Apply.ALWAYS:
            return False
        case Apply.ON_CREATE:
            return True
        case Apply.IF_EMPTY:
            return before is not None
        case Apply.ADD_ONLY:
            several = isinstance(aim, tuple) or (known is not None and known.multi_valued)
            return aim is None or (before is not None and not several)
        case _:
            assert_never(apply)


def differences(wanted: Wanted, live: Resource, profile: Profile) -> tuple[AttributeChange, ...]:
    """Each managed attribute whose live value is to become another one, sorted by path.

    `active` is no difference ever: it is switched by deactivating and reactivating, not by an
    update.
    """
    found = []
    for path, value, seen in _compared(wanted, live, profile):
        if isinstance(seen, Difference):
            found.append(AttributeChange(path.text, seen.before, seen.after, value.at))
    return tuple(sorted(found, key=lambda change: folded(change.path)))


def immutable(wanted: Wanted, live: Resource, profile: Profile) -> tuple[AttributePath, ...]:
    """The attributes that differ and can be written at creation only, sorted."""
    compared = _compared(wanted, live, profile)
    fixed = [path for path, _, seen in compared if seen is Left.IMMUTABLE]
    return tuple(sorted(fixed, key=lambda path: path.folded))


def _compared(
    wanted: Wanted, live: Resource, profile: Profile
) -> Iterator[tuple[AttributePath, DesiredValue, Difference | Left | None]]:
    resource_type = profile.of(live.kind)
    for path, value in wanted.items():
        if not is_active(path.text):
            before = read(live, path, profile)
            yield path, value, compare(value, before, resource_type.characteristics(path))


def initial_values(wanted: Wanted, resource_type: ResourceType) -> tuple[AttributeValue, ...]:
    """What a create sends: every value there is, sorted by path.

    Whoever is created is active, if the mapping has the attribute at all.
    """
    found = []
    for path, value in wanted.items():
        known = resource_type.characteristics(path)
        sent = True if is_active(path.text) else canonical_value(known, value.value)
        if sent is not None:
            found.append(AttributeValue(path.text, sent, value.at))
    return tuple(sorted(found, key=lambda value: folded(value.path)))


@lru_cache(maxsize=4096)
def folded(path: str) -> str:
    """What a written path is sorted and compared by."""
    return parse_path(path).folded


def is_active(path: str) -> bool:
    """Whether a written path is `active`."""
    return folded(path) == ACTIVE.folded
