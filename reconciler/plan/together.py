"""Which creates of a plan leave in one request, where a provider takes Bulk (RFC 7644 §3.7).

The estimate counts by it and the executor sends by it, so both ask here: what goes together depends
on the plan and the profile alone. The size of a request is therefore not measured but bounded, from
what stands in the plan; a value under seal has no size there, and its create goes alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from reconciler.model.change import AttributeValue, Change, Create
from reconciler.model.profile import Profile
from reconciler.model.sealed import Sealed

#: Around the operations, around the attributes of one, and around one value.
_MESSAGE: Final = 128
_OPERATION: Final = 256
_ATTRIBUTE: Final = 64


def together(changes: Sequence[Change], profile: Profile) -> tuple[tuple[int, ...], ...]:
    """The changes of each Bulk request, by index, in the plan's order; two at least in each.

    Whatever is in none of them goes alone. Only neighbours of one step and kind go together, so
    that the order of an apply is the plan's.
    """
    if profile.bulk_operations is None:
        return ()
    found: list[list[int]] = []
    room, before = 0, None
    for index, change in enumerate(changes):
        if not isinstance(change, Create) or (size := size_of(change)) is None:
            before = None
            continue
        sort = change.step, change.kind
        if sort != before or size > room or len(found[-1]) == profile.bulk_operations:
            found.append([])
            room = profile.bulk_bytes - _MESSAGE
        found[-1].append(index)
        room, before = room - size, sort
    return tuple(tuple(indexes) for indexes in found if len(indexes) > 1)


def size_of(create: Create) -> int | None:
    """No fewer bytes than the operation will have; None where the plan cannot say."""
    if any(isinstance(value.value, Sealed) for value in create.values):
        return None
    return _OPERATION + len(json.dumps(create.hash)) + sum(map(_bytes_of, create.values))


def _bytes_of(attribute: AttributeValue) -> int:
    # An extension stands in `schemas` as well; each element of a list may become an object.
    elements = len(attribute.value) if isinstance(attribute.value, tuple) else 1
    path, value = json.dumps(attribute.path), json.dumps(attribute.value)
    return 2 * len(path) + len(value) + elements * _ATTRIBUTE
