"""Changes as whole resources, for a provider that is changed by PUT (RFC 7644 §3.5.1).

A PUT that replaces takes away what it does not mention, so its body is the live resource, as the
provider spells it, with the changes made in it: what nobody manages here goes back as it came. A
PUT that merges keeps what it is not sent, so its body has what changes and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from itertools import groupby
from typing import Final

from reconciler.model.attributes import DISPLAY_NAME, USER_NAME
from reconciler.model.dialect import Clearing
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.path import CORE_GROUP, CORE_USER, AttributePath, Json, Selector, Value
from reconciler.model.profile import Profile
from reconciler.scim.naming import Names
from reconciler.scim.spelling import (
    attribute_key,
    elements,
    extension_of,
    in_order,
    is_cleared,
    is_reference,
    keeps_selector,
    references,
    wire_value,
    with_primary,
)

Body = dict[str, Json]

#: What only the provider writes (RFC 7643 §3.1, §4.1.2).
_READ_ONLY: Final = {Kind.USER: {"meta", "groups"}, Kind.GROUP: {"meta"}}
_REQUIRED: Final = {Kind.USER: USER_NAME.attribute, Kind.GROUP: DISPLAY_NAME.attribute}


def replaced(
    kind: Kind, live: Mapping[str, Json], values: Mapping[AttributePath, Value], profile: Profile
) -> Body:
    """The whole resource after the change. `live` is as the provider sent it, names and all."""
    body: Body = {
        name: deepcopy(value)
        for name, value in live.items()
        if name.lower() not in _READ_ONLY[kind]
    }
    schemas = _names(body.get(_key(body, "schemas")))
    for _, group in groupby(in_order(values), key=attribute_key):
        paths = list(group)
        urn = extension_of(paths[0])
        holder = body
        if urn is not None:
            holder = _object(body, urn)
            _drop_twin(body, paths[0], profile)
            schemas += [] if urn.lower() in map(str.lower, schemas) else [urn]
        picked = [path for path in paths if path.selector is not None]
        if picked and not keeps_selector(picked[0], profile):
            _put_list(holder, {path: values[path] for path in picked})
            paths = [path for path in paths if path.selector is None]
        before = _elements(holder, paths[0].attribute) if paths else []
        for path in paths:
            _put(holder, path, values[path], kind, profile)
        if picked and len(_elements(holder, picked[0].attribute)) > len(before):
            _mark_primary(holder, picked[0].attribute)
        if urn is not None and not holder:
            del body[_key(body, urn)]
    body.pop(_key(body, "schemas"), None)
    core = CORE_USER if kind is Kind.USER else CORE_GROUP
    return {"schemas": [*(schemas or [core])], **body}


def merged(
    kind: Kind, live: Mapping[str, Json], values: Mapping[AttributePath, Value], profile: Profile
) -> Body:
    """The attributes that change, each whole, and what says which resource it is.

    What is to have no value must be said: it is null, or empty where the profile says so.
    """
    after = replaced(kind, live, values, profile)
    nothing = "" if profile.clearing is Clearing.EMPTY else None
    body: Body = {}
    for name in ("schemas", "id", _REQUIRED[kind]):
        key = _key(after, name)
        if key in after:
            body[name] = after[key]
    for path in in_order(values):
        urn = extension_of(path)
        holder: Body = body if urn is None else _object(body, urn)
        source: Json = after if urn is None else after.get(_key(after, urn), {})
        found = source if isinstance(source, dict) else {}
        value = found.get(_key(found, path.attribute), nothing)
        if path.selector is None and path.sub is not None:
            value = _with_gaps(value, holder.get(path.attribute), nothing)
            if is_cleared(values[path]):
                value[path.sub] = nothing
        holder[path.attribute] = value
    return body


def _with_gaps(value: Json, before: Json, nothing: Json) -> Body:
    """An object with the parts that were said to have no value already."""
    gaps = before.items() if isinstance(before, dict) else ()
    kept = dict(value) if isinstance(value, Mapping) else {}
    return {**kept, **{name: part for name, part in gaps if part == nothing}}


def with_members(body: Mapping[str, Json], members: Sequence[ResourceId]) -> Body:
    """The group with these members: those that it has stay as the provider shows them."""
    shown = {_id_of(element): element for element in _members(body)}
    sent = references(members)
    return {**body, _key(body, "members"): [shown.get(_id_of(each), each) for each in sent]}


def nameless(body: Mapping[str, Json], under: str) -> list[ResourceId]:
    """The members in a group's body that carry no name there."""
    return [_id_of(each) for each in _members(body) if not each.get(_key(each, under))]


def with_names(body: Mapping[str, Json], names: Names) -> Body:
    """The group with a name beside the id of each member that has none: what a provider shows of
    a member need not be what it wants to be sent."""
    if not _members(body):
        return dict(body)
    named: list[Json] = [{**names.of(_id_of(each)), **each} for each in _members(body)]
    return {**body, _key(body, "members"): named}


def _members(body: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    held = body.get(_key(body, "members"))
    elements = held if isinstance(held, Sequence) and not isinstance(held, str) else ()
    return [element for element in elements if isinstance(element, Mapping)]


def _id_of(element: Mapping[str, Json]) -> ResourceId:
    return ResourceId(str(element.get(_key(element, "value"))))


def _put(holder: Body, path: AttributePath, value: Value, kind: Kind, profile: Profile) -> None:
    key = _key(holder, path.attribute)
    cleared = is_cleared(value)
    if is_reference(path, profile.characteristics(kind, path)):
        # RFC 7643 §4.3: `displayName` and `$ref` follow the id, and are the provider's to know.
        holder.pop(key, None)
        if not cleared:
            holder[key] = {"value": value}
    elif path.selector is not None:
        _put_picked(holder, path, path.selector, None if cleared else value)
    elif path.sub is not None:
        part = _object(holder, path.attribute)
        part.pop(_key(part, path.sub), None)
        if not cleared:
            part[path.sub] = wire_value(profile.characteristics(kind, path), value)
        if not part:
            del holder[_key(holder, path.attribute)]
    elif cleared:
        holder.pop(key, None)
    else:
        holder[key] = wire_value(profile.characteristics(kind, path), value)


def _put_picked(holder: Body, path: AttributePath, pick: Selector, value: Value) -> None:
    """Set or clear a part of the elements that are picked; one that is missing is made."""
    key = _key(holder, path.attribute)
    found = _elements(holder, path.attribute)
    sub = path.sub or "value"
    chosen = [element for element in found if _picks(pick, element)]
    if not chosen and value is not None:
        chosen = [{pick.attribute: pick.value}]
        found = [*found, *chosen]
    for element in chosen:
        element.pop(_key(element, sub), None)
        if value is not None:
            element[sub] = value
    holder[key] = [e for e in found if value is not None or e not in chosen or _says_more(e, pick)]
    if not holder[key]:
        del holder[key]


def _mark_primary(holder: Body, attribute: str) -> None:
    """Once an element has come to the list: as in a new resource, unless another is marked."""
    found = _elements(holder, attribute)
    if not any(str(element.get(_key(element, "primary"))).lower() == "true" for element in found):
        bare = [{n: v for n, v in e.items() if n.lower() != "primary"} for e in found]
        holder[_key(holder, attribute)] = with_primary(attribute, bare)


def _elements(holder: Body, attribute: str) -> list[Body]:
    held = holder.get(_key(holder, attribute))
    return [dict(e) for e in held if isinstance(e, Mapping)] if isinstance(held, list) else []


def _put_list(holder: Body, values: Mapping[AttributePath, Value]) -> None:
    """The whole list, where the provider does not keep what its elements are picked by."""
    attribute = next(iter(values)).attribute
    kept = {path: value for path, value in values.items() if not is_cleared(value)}
    key = _key(holder, attribute)
    holder.pop(key, None)
    if kept:
        holder[key] = with_primary(attribute, elements(kept))


def _picks(pick: Selector, element: Mapping[str, Json]) -> bool:
    held = element.get(_key(element, pick.attribute))
    return held is not None and str(held).casefold() == str(pick.value).casefold()


def _says_more(element: Mapping[str, Json], pick: Selector) -> bool:
    """More than which element it is: an address without an address is none."""
    return bool({name.lower() for name in element} - {pick.attribute.lower(), "primary"})


def _drop_twin(body: Body, path: AttributePath, profile: Profile) -> None:
    """Some providers show an extension's attribute at the top as well: there it is out of date."""
    if path.attribute.lower() in profile.top_level_enterprise:
        body.pop(_key(body, path.attribute), None)


def _object(holder: Body, name: str) -> Body:
    """The object of that name, made where there is none."""
    key = _key(holder, name)
    held = holder.get(key)
    made: Body = dict(held) if isinstance(held, Mapping) else {}
    holder[key] = made
    return made


def _key(holder: Mapping[str, Json], name: str) -> str:
    """The name as the provider spells it here (RFC 7643 §2.1: in any case), else as it is."""
    folded = name.lower()
    return next((key for key in holder if key.lower() == folded), name)


def _names(schemas: Json) -> list[str]:
    found = schemas if isinstance(schemas, Sequence) and not isinstance(schemas, str) else ()
    return [name for name in found if isinstance(name, str)]
