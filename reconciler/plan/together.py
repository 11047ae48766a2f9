"""Which changes of a plan leave in one request, where a provider takes Bulk (RFC 7644 §3.7).

The estimate counts by it and the executor sends by it, so both ask here: what goes together depends
on the plan and the profile alone. Nothing that must be before something else shares a request with
it, because a provider may take the parts of one in any order (§3.7 promises none): only changes of
one step and kind go together, and of those only what may go at the same time (`order.waves`).

The size of a request is not measured but bounded, from what stands in the plan. What has no bound
there goes alone: a value under seal, a group that is put back with all its members, members that
take several requests, and a list of members that is replaced or emptied, which is looked at right
before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, assert_never

from reconciler.model.change import (
    AddMembers,
    Change,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    RemoveMembers,
    Removing,
    SetReferences,
    Step,
    Update,
)
from reconciler.model.dialect import Updating
from reconciler.model.identity import Kind
from reconciler.model.path import Value
from reconciler.model.profile import Profile
from reconciler.model.sealed import Held, Sealed
from reconciler.plan.budget import patches_of
from reconciler.plan.order import edges, waves

#: Around the operations; around the attributes of one, with its path and version; around one value.
_MESSAGE: Final = 128
_OPERATION: Final = 512
_ATTRIBUTE: Final = 64
#: An id that nobody knows yet, or a name that goes with it.
_ID: Final = 256
#: A user who is put back whole: what is in it beside the change, the plan does not say.
_WHOLE: Final = 8192


def together(changes: Sequence[Change], profile: Profile) -> tuple[tuple[int, ...], ...]:
    """The changes of each Bulk request, by index, in the plan's order.

    Whatever is in none of them goes alone. There are at least two in each, but for the first group
    that loses members when more follow: it goes as they will, and is read back before they do.
    """
    if profile.bulk_operations is None:
        return ()
    waits = edges(changes, profile)
    found: list[tuple[int, ...]] = []
    for step in Step:
        indexes = [index for index, change in enumerate(changes) if change.step is step]
        for wave in waves(indexes, waits):
            for kind in Kind:
                alike = [index for index in wave if changes[index].kind is kind]
                found += _of_wave(alike, changes, profile, profile.bulk_operations)
    return tuple(found)


def _of_wave(
    wave: Sequence[int], changes: Sequence[Change], profile: Profile, most: int
) -> Iterator[tuple[int, ...]]:
    bounds = {index: size_of(changes[index], profile) for index in wave}
    sizes = {index: size for index, size in bounds.items() if size is not None}
    removals = [index for index in sizes if isinstance(changes[index], RemoveMembers)]
    if len(removals) > 1:
        yield (removals[0],)
        del sizes[removals[0]]
    parcel: list[int] = []
    room = 0
    for index, size in sizes.items():
        if size > room or len(parcel) == most:
            if len(parcel) > 1:
                yield tuple(parcel)
            parcel, room = [], profile.bulk_bytes - _MESSAGE
        parcel.append(index)
        room -= size
    if len(parcel) > 1:
        yield tuple(parcel)


def size_of(change: Change, profile: Profile) -> int | None:
    """No fewer bytes than the operation will have; None where it has to go alone."""
    match change:
        case Create(values=values):
            return _size([(value.path, value.value) for value in values], 0)
        case Update(changes=parts) | Reactivate(changes=parts):
            after = [("active", True), *((part.path, part.after) for part in parts)]
            return _size(after, _around(change, profile))
        case Deactivate():
            return _size([("active", False)], _around(change, profile))
        case SetReferences(references=references):
            named = [(part.path, "?" * _ID) for part in references]
            return _size(named, _around(change, profile))
        case Delete():
            return _OPERATION
        case AddMembers(members=members):
            patched = profile.update_group is Updating.PATCH
            return _of_members(members, profile.additions_per_patch if patched else 0)
        case RemoveMembers(members=members, by=by):
            each = by is Removing.EACH
            return _of_members(members, profile.removals_per_patch if each else 0)
        case _:
            assert_never(change)


def _around(
    change: Update | Reactivate | Deactivate | SetReferences, profile: Profile
) -> int | None:
    """Bytes beside the change itself; None where it takes more than one request, or any number."""
    if profile.updating(change.kind) is Updating.PATCH:
        return 0 if patches_of(change, profile) == 1 else None
    return _WHOLE if change.kind is Kind.USER else None


def _of_members(members: Sequence[str], at_once: int) -> int | None:
    return _OPERATION + len(members) * 2 * _ID if len(members) <= at_once else None


def _size(values: Iterable[tuple[str, Held]], around: int | None) -> int | None:
    if around is None:
        return None
    size = _OPERATION + around
    for path, value in values:
        if isinstance(value, Sealed):
            return None
        size += _bytes_of(path, value)
    return size


def _bytes_of(path: str, value: Value) -> int:
    # An extension stands in `schemas` as well; each element of a list may become an object.
    elements = len(value) if isinstance(value, tuple) else 1
    return 2 * len(json.dumps(path)) + len(json.dumps(value)) + elements * _ATTRIBUTE
