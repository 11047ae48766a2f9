"""Changes as PATCH messages (RFC 7644 §3.5.2): one operation per attribute, lower-case `op`.

`replace` on an attribute that has no value acts as `add` (§3.5.2.3), so nothing has to be known of
the resource, with one exception: a path that picks an element which is not there is refused with
`noTarget`. `update_seen` is for that case.

`remove` with the bare path `members` empties a group. No function here can produce it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Final

from reconciler.model.attributes import MEMBERS, characteristics
from reconciler.model.identity import ResourceId
from reconciler.model.path import AttributePath, Json, Value
from reconciler.model.profile import Profile
from reconciler.scim.spelling import (
    attribute_key,
    elements,
    in_order,
    is_cleared,
    is_reference,
    keeps_selector,
    quoted,
    references,
    spelled,
    spelled_attribute,
    wire_value,
)

PATCH_OP: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

Operation = dict[str, Json]
Message = dict[str, Json]


def update(values: Mapping[AttributePath, Value], profile: Profile) -> Message:
    """A message that gives each attribute its value; None and () clear it.

    Raises:
        ValueError: there is no value, or one for `members`, which only `add_members` and
            `remove_members` change.
    """
    if not values:
        raise ValueError("an update without values has no PATCH message")
    return _message(_operations(values, profile, there=lambda _path: True))


def update_seen(
    values: Mapping[AttributePath, Value], data: Mapping[str, Json], profile: Profile
) -> Message | None:
    """The same for a resource that is known: elements that it lacks are added whole.

    `data` is the resource with folded names. None when nothing is left to do.
    """

    def there(path: AttributePath) -> bool:
        element = AttributePath(path.urn, path.attribute, path.selector, None, path.text)
        return element.read(data) is not None

    operations = _operations(values, profile, there=there)
    return _message(operations) if operations else None


def add_members(members: Sequence[ResourceId], profile: Profile) -> Message:
    """A message that adds members to a group.

    Raises:
        ValueError: no member, or more than the provider takes in one request.
    """
    _check_count(members, profile)
    return _message([{"op": "add", "path": "members", "value": references(members)}])


def remove_members(members: Sequence[ResourceId], profile: Profile) -> Message:
    """A message that removes exactly these members from a group, one operation for each.

    A provider whose profile says that it knows no filter in a path gets a list of values; on a
    provider that follows the RFC that form would empty the group, hence the profile.

    Raises:
        ValueError: no member, or more than the provider takes in one request.
    """
    _check_count(members, profile)
    if not profile.member_filter:
        return _message([{"op": "remove", "path": "members", "value": references(members)}])
    return _message(
        [
            {"op": "remove", "path": f"members[value eq {quoted(member)}]"}
            for member in sorted(members)
        ]
    )


def _check_count(members: Sequence[ResourceId], profile: Profile) -> None:
    if not 0 < len(members) <= profile.members_per_patch:
        raise ValueError(
            f"a PATCH of {len(members)} members: expected 1 to {profile.members_per_patch}"
        )


def _message(operations: Sequence[Operation]) -> Message:
    return {"schemas": [PATCH_OP], "Operations": operations}


def _operations(
    values: Mapping[AttributePath, Value],
    profile: Profile,
    *,
    there: Callable[[AttributePath], bool],
) -> list[Operation]:
    """Sorted by path. `there` says whether the element that a path picks exists."""
    if any(path.attribute.lower() == MEMBERS.attribute for path in values):
        raise ValueError("members are changed by add_members and remove_members only")
    operations: list[Operation] = []
    for _, group in groupby(in_order(values), key=attribute_key):
        paths = list(group)
        attribute = spelled_attribute(paths[0])
        picked = [path for path in paths if path.selector is not None]
        if picked and not keeps_selector(picked[0], profile):
            operations.append(_whole(attribute, {path: values[path] for path in picked}))
            paths = [path for path in paths if path.selector is None]
        operations += [_one(path, values[path]) for path in paths if _exists(path, there)]
        missing = {
            path: values[path]
            for path in paths
            if not _exists(path, there) and not is_cleared(values[path])
        }
        if missing:
            operations.append({"op": "add", "path": attribute, "value": elements(missing)})
    return operations


def _exists(path: AttributePath, there: Callable[[AttributePath], bool]) -> bool:
    return path.selector is None or there(path)


def _one(path: AttributePath, value: Value) -> Operation:
    known = characteristics(path)
    if is_reference(path, known):
        # RFC 7643 §4.3: the object as a whole, which its `displayName` and `$ref` follow.
        if is_cleared(value):
            return {"op": "remove", "path": spelled_attribute(path)}
        return {"op": "replace", "path": spelled_attribute(path), "value": {"value": value}}
    if is_cleared(value):
        return {"op": "remove", "path": spelled(path)}
    return {"op": "replace", "path": spelled(path), "value": wire_value(known, value)}


def _whole(attribute: str, values: Mapping[AttributePath, Value]) -> Operation:
    """One `replace` of the whole list, for a provider that does not keep what elements are picked
    by: a filter matches nothing there, and every `add` behind one makes the list longer."""
    kept = {path: value for path, value in values.items() if not is_cleared(value)}
    if not kept:
        return {"op": "remove", "path": attribute}
    return {"op": "replace", "path": attribute, "value": elements(kept)}
