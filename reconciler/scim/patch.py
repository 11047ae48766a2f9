"""Changes as PATCH messages (RFC 7644 §3.5.2): one operation per attribute, shaped by the profile.

`replace` on an attribute that has no value acts as `add` (§3.5.2.3), so nothing has to be known of
the resource, with one exception: a path that picks an element which is not there is refused with
`noTarget`. `update_seen` is for that case.

`remove` with the bare path `members` empties a group. Only `empty_group` produces it, which only
a planned emptying leads to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, assert_never

from reconciler.model.attributes import MEMBERS, Characteristics, characteristics
from reconciler.model.dialect import Clearing, ExtensionPath, MemberRemoval, OpCase, Pathless
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import AttributePath, Json, Value
from reconciler.model.profile import Profile
from reconciler.scim.naming import UNNAMED, Names
from reconciler.scim.spelling import (
    attribute_key,
    elements,
    extension_of,
    in_order,
    is_cleared,
    is_reference,
    keeps_selector,
    quoted,
    references,
    spelled,
    wire_value,
    with_primary,
    within,
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
    return _message(_operations(values, profile, there=lambda _path: True), profile)


def update_seen(
    values: Mapping[AttributePath, Value], data: Mapping[str, Json], profile: Profile
) -> Message | None:
    """The same for a resource that is known: elements that it lacks are added whole.

    `data` is the resource with folded names. None when nothing is left to do.
    """

    def there(path: AttributePath) -> bool:
        element = AttributePath(path.urn, path.attribute, path.selector, None, path.text)
        return element.read(data) is not None

    mails = AttributePath(None, "emails", None, None, "emails").read(data)
    operations = _operations(values, profile, there=there, primary=not _has_primary(mails))
    return _message(operations, profile) if operations else None


def add_members(members: Sequence[ResourceId], profile: Profile, names: Names = UNNAMED) -> Message:
    """A message that adds members to a group.

    Raises:
        ValueError: no member, or more than the provider takes in one request.
    """
    _check_count(members, profile.additions_per_patch)
    added: list[Json] = [*references(members, names)]
    if profile.pathless is Pathless.NONE:
        return _message([{"op": "add", "path": "members", "value": added}], profile)
    return _message([{"op": "add", "value": {"members": added}}], profile)


def remove_members(members: Sequence[ResourceId], profile: Profile) -> Message:
    """A message that removes exactly these members from a group, one operation for each.

    A provider whose profile says that it knows no filter in a path gets a list of values; on a
    provider that follows the RFC that form would empty the group, hence the profile.

    Raises:
        ValueError: no member, or more than the provider takes in one request; or its profile says
            that it removes nobody by name.
    """
    _check_count(members, profile.removals_per_patch)
    match profile.member_removal:
        case MemberRemoval.FILTER:
            return _message(
                [
                    {"op": "remove", "path": f"members[value eq {quoted(member)}]"}
                    for member in sorted(members)
                ],
                profile,
            )
        case MemberRemoval.LIST:
            value = references(members)
            return _message([{"op": "remove", "path": "members", "value": value}], profile)
        case MemberRemoval.REPLACE:
            raise ValueError("this provider removes nobody by name: replace the list of members")
        case _:
            assert_never(profile.member_removal)


def replace_members(members: Sequence[ResourceId], profile: Profile) -> Message:
    """A message that makes these the members, and nobody else."""
    return _message([{"op": "replace", "path": "members", "value": references(members)}], profile)


def empty_group(profile: Profile) -> Message:
    """A message that takes every member out of a group, whoever they are by now."""
    return _message([{"op": "remove", "path": "members"}], profile)


def in_parts(message: Message, profile: Profile) -> Iterator[Message]:
    """The same changes in messages that the provider takes, in the order of the operations.

    Each operation is about other values than the rest, so it does not matter where a message ends.
    """
    found = message["Operations"]
    operations = found if isinstance(found, list) else []  # as `_message` makes them
    size = profile.operations_per_patch or len(operations)
    for start in range(0, len(operations), size):
        yield {**message, "Operations": operations[start : start + size]}


def _check_count(members: Sequence[ResourceId], most: int) -> None:
    if not 0 < len(members) <= most:
        raise ValueError(f"a PATCH of {len(members)} members: expected 1 to {most}")


def _message(operations: Sequence[Operation], profile: Profile) -> Message:
    match profile.op_case:
        case OpCase.LOWER:
            cased = list(operations)
        case OpCase.CAPITALISED:
            cased = [{**o, "op": str(o["op"]).capitalize()} for o in operations]
        case _:
            assert_never(profile.op_case)
    return {"schemas": [PATCH_OP], "Operations": cased}


def _operations(
    values: Mapping[AttributePath, Value],
    profile: Profile,
    *,
    there: Callable[[AttributePath], bool],
    primary: bool = False,
) -> list[Operation]:
    """Sorted by path. `there` says whether the element that a path picks exists, `primary` whether
    an e-mail address that is added has to be the primary one, because there is none."""
    if any(path.attribute.lower() == MEMBERS.attribute for path in values):
        raise ValueError("members are changed by functions of their own only")
    operations: list[Operation] = []
    for _, group in groupby(in_order(values), key=attribute_key):
        paths = list(group)
        picked = [path for path in paths if path.selector is not None]
        if picked and not keeps_selector(picked[0], profile):
            operations.append(_whole({path: values[path] for path in picked}, profile))
            paths = [path for path in paths if path.selector is None]
        operations += [_one(path, values[path], profile) for path in paths if _exists(path, there)]
        missing = {
            path: values[path]
            for path in paths
            if not _exists(path, there) and not is_cleared(values[path])
        }
        if missing:
            added = elements(missing)
            if primary:
                added = with_primary(paths[0].attribute, added)
            operations.append(_operation("add", _attribute(paths[0]), added, profile))
    return operations


def _exists(path: AttributePath, there: Callable[[AttributePath], bool]) -> bool:
    return path.selector is None or there(path)


def _has_primary(mails: Json) -> bool:
    """An address is marked primary already; "true" as text counts, and who has none is told."""
    found = mails if isinstance(mails, Sequence) and not isinstance(mails, str) else ()
    return any(
        isinstance(mail, Mapping) and str(mail.get("primary")).lower() == "true" for mail in found
    )


def _attribute(path: AttributePath) -> AttributePath:
    return AttributePath(path.urn, path.attribute, None, None, path.text)


def _known(path: AttributePath, profile: Profile) -> Characteristics:
    """What the profile says of an attribute. One that only users, or only groups, have as a list of
    objects is not called like one that the others have."""
    standard = characteristics(path)
    own = (profile.characteristics(kind, path) for kind in Kind)
    return next((known for known in own if known != standard), standard)


def _one(path: AttributePath, value: Value, profile: Profile) -> Operation:
    known = _known(path, profile)
    written = wire_value(known, value)
    if is_reference(path, known):
        # RFC 7643 §4.3: the object as a whole, which its `displayName` and `$ref` follow.
        path, written = _attribute(path), {"value": value}
    if is_cleared(value):
        return _cleared(path, profile)
    return _operation("replace", path, written, profile)


def _whole(values: Mapping[AttributePath, Value], profile: Profile) -> Operation:
    """One `replace` of the whole list, for a provider that does not keep what elements are picked
    by: a filter matches nothing there, and every `add` behind one makes the list longer."""
    attribute = _attribute(next(iter(values)))
    kept = {path: value for path, value in values.items() if not is_cleared(value)}
    if not kept:
        return _cleared(attribute, profile)
    found = with_primary(attribute.attribute, elements(kept))
    return _operation("replace", attribute, found, profile)


def _cleared(path: AttributePath, profile: Profile) -> Operation:
    match profile.clearing:
        case Clearing.REMOVE:
            urn = extension_of(path)
            if urn is None or profile.extension_path is ExtensionPath.URN:
                return {"op": "remove", "path": spelled(path)}
            if profile.extension_path is ExtensionPath.TOP_LEVEL:
                return {"op": "remove", "path": within(path)}
            # A path that leads into an extension is not known here: no value is the other way.
            return _operation("replace", path, None, profile)
        case Clearing.NULL:
            return _operation("replace", path, None, profile)
        case Clearing.EMPTY:
            many = path.sub is None and _known(path, profile).multi_valued
            return _operation("replace", path, [] if many else "", profile)
        case _:
            assert_never(profile.clearing)


def _operation(op: str, path: AttributePath, value: Json, profile: Profile) -> Operation:
    """`op` with a value, at a path in the form that the profile says."""
    urn = extension_of(path)
    if urn is None and _is_plain(path) and profile.pathless is Pathless.EVERYTHING:
        return {"op": op, "value": {path.attribute: value}}
    if urn is None:
        return {"op": op, "path": within(path), "value": value}
    match profile.extension_path:
        case ExtensionPath.URN:
            return {"op": op, "path": spelled(path), "value": value}
        case ExtensionPath.TOP_LEVEL:
            return {"op": op, "path": within(path), "value": value}
        case ExtensionPath.OBJECT:
            return {"op": op, "path": urn, "value": _nested(path, value)}
        case ExtensionPath.PATHLESS:
            return {"op": op, "value": {urn: _nested(path, value)}}
        case _:
            assert_never(profile.extension_path)


def _is_plain(path: AttributePath) -> bool:
    """A name alone: what leads further would have to replace the whole attribute."""
    return path.sub is None and path.selector is None


def _nested(path: AttributePath, value: Json) -> dict[str, Json]:
    inner: Json = value if path.sub is None else {path.sub: value}
    return {path.attribute: inner}
