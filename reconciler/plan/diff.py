"""What differs between the values that Git wants and those of a live resource."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from reconciler.model.attributes import ACTIVE
from reconciler.model.change import AttributeChange, AttributeValue
from reconciler.model.desired import DesiredValue
from reconciler.model.path import AttributePath, parse_path
from reconciler.model.profile import Profile
from reconciler.model.resource import Resource
from reconciler.model.resource_type import ResourceType
from reconciler.plan.canonical import canonical_value, read, same

Wanted = Mapping[AttributePath, DesiredValue]


def differences(wanted: Wanted, live: Resource, profile: Profile) -> tuple[AttributeChange, ...]:
    """Each managed attribute whose live value is not the wanted one, sorted by path.

    What is written on creation only is no difference afterwards, and `active` is none ever: it is
    switched by deactivating and reactivating, not by an update.
    """
    found = []
    resource_type = profile.of(live.kind)
    for path, value in wanted.items():
        if value.on_create_only or is_active(path.text):
            continue
        before = read(live, path, profile)
        known = resource_type.characteristics(path)
        after = canonical_value(known, value.value)
        if not same(known, before, after):
            found.append(AttributeChange(path.text, before, after, value.at))
    return tuple(sorted(found, key=lambda change: folded(change.path)))


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
