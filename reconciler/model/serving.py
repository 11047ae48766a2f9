"""Which providers a mapping is for: what an attribute is depends on who will hold it."""

from __future__ import annotations

from reconciler.model.declared import Declared
from reconciler.model.mapping import AttributeMapping
from reconciler.model.profile import RFC7644
from reconciler.model.resource_type import ResourceType


def resource_types(declared: Declared, mapping: AttributeMapping) -> tuple[ResourceType, ...]:
    """The resource type of each target that uses the mapping, in the order of their names.

    The RFC's where no target does, or none whose profile is known.
    """
    kind = mapping.kind
    profiles = {
        target.profile: declared.profiles[target.profile]
        for _, target in sorted(declared.targets.items())
        if target.handling(kind).mapping == mapping.name and target.profile in declared.profiles
    }
    return tuple(profile.of(kind) for profile in profiles.values()) or (RFC7644.of(kind),)
