"""The one form in which attribute values are compared: what a manifest wants, what is live.

Everything that is compared, anywhere, has been through here, so that noise is never a difference:
null, empty and absent are one state (RFC 7643 §2.5), `"True"` is a boolean where a boolean belongs
(some providers write it so), instants are compared as instants (§2.3.5), multi-valued attributes as
sets (§2.4), text without case unless the attribute is `caseExact` (§2.2). What an attribute is, the
target's profile says (`Profile.characteristics`).

`apply` uses the same functions when it looks again at what it is about to touch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from reconciler.model.attributes import AttributeType, Characteristics, canonical_name
from reconciler.model.canonical import canonical_json
from reconciler.model.element import element_value
from reconciler.model.identity import ResourceId
from reconciler.model.path import ENTERPRISE_USER, AttributePath, Json, Scalar, Value
from reconciler.model.profile import Profile
from reconciler.model.resource import Resource
from reconciler.model.sameness import fold_text
from reconciler.model.sealed import Held, Sealed

#: What two values are equal by. Only ever compared and hashed, never shown or sent.
Comparable = str | frozenset[str] | None

_TRUTH = {"true": True, "false": False}


def canonical_value(known: Characteristics, raw: Json) -> Value:
    """A raw value of an attribute, from a manifest or a provider, in canonical form.

    None stands for null, `""`, `[]` and absent alike. A list becomes a sorted tuple without
    repetitions; a complex value is its `value` (RFC 7643 §2.4), or, where there is more in it, its
    canonical JSON.
    """
    # Plain values first: asking for a Sequence costs ten times as much.
    if not isinstance(raw, str | bool) and isinstance(raw, Sequence):
        one = _element if known.type is AttributeType.COMPLEX else _scalar
        return _set(known, (one(item, known.type) for item in raw))
    return _scalar(raw, known.type)


def _set(known: Characteristics, items: Iterable[Scalar]) -> Value:
    distinct: dict[Comparable, Scalar] = {}
    for item in sorted((i for i in items if i is not None), key=str):
        distinct.setdefault(comparable(known, item), item)
    return tuple(distinct.values()) or None


def _element(raw: Json, kind: AttributeType) -> Scalar:
    """An element whole, so that it can be sent again when another one joins it."""
    if isinstance(raw, Mapping) and raw.keys() - {"value"}:
        return canonical_json({canonical_name(name): raw[name] for name in raw}).decode()
    return _scalar(raw, kind)


def _scalar(raw: Json, kind: AttributeType) -> Scalar:
    match raw:
        case None | bool() | int() | float():
            return raw
        case str():
            return _text(raw, kind) if raw else None
        case Mapping() if not raw:
            return None
        case Mapping() if "value" in raw:
            return _scalar(raw["value"], kind)
        case _:
            # Data where a value belongs: a visible difference, never taken for nothing.
            return canonical_json(raw).decode()


def _text(raw: str, kind: AttributeType) -> Scalar:
    match kind:
        case AttributeType.BOOLEAN:
            return _TRUTH.get(raw.casefold(), raw)
        case AttributeType.DATETIME:
            return _instant(raw)
        case _:
            return raw


def _instant(raw: str) -> str:
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        return raw
    # Without an offset it is not an instant; it stays the text that it is.
    return raw if moment.tzinfo is None else moment.astimezone(UTC).isoformat()


def as_list(value: Value) -> tuple[Scalar, ...]:
    """All values of an attribute."""
    return value if isinstance(value, tuple) else (value,)


def same(known: Characteristics, a: Held, b: Held) -> bool:
    """Whether two canonical values of an attribute are one and the same; none is a sealed one."""
    return a == b or comparable(known, a) == comparable(known, b)


def comparable(known: Characteristics, value: Held) -> Comparable:
    """A hashable key, equal for values that are the same; None for no value.

    One value and a list of that one value are the same: providers differ in how they show it. What
    is under seal is the same as nothing but itself.
    """
    if isinstance(value, Sealed):
        return value.fingerprint
    exact = known.case_exact
    if known.type is AttributeType.COMPLEX:
        items = value if isinstance(value, tuple) else (value,)
        value = tuple(map(element_value, items))
    if isinstance(value, tuple):
        keys = frozenset(key for item in value if (key := _key(item, exact)) is not None)
        return keys if len(keys) > 1 else next(iter(keys), None)
    return _key(value, exact)


def _key(value: Scalar, exact: bool) -> str | None:
    match value:
        case None | "":
            return None
        case bool():
            # As text: an attribute that nobody declares as boolean may come back as "True".
            return "true" if value else "false"
        case str():
            return value if exact else fold_text(value)
        case _:
            return str(value)


def read(resource: Resource, path: AttributePath, profile: Profile) -> Value:
    """The live value at `path` in canonical form, the profile's quirks seen through."""
    raw = path.read(resource.data)
    if raw is None:
        raw = _behind_a_quirk(resource.data, path, profile)
    if raw is None:
        return None
    return canonical_value(profile.characteristics(resource.kind, path), raw)


def read_reference(resource: Resource, path: AttributePath, profile: Profile) -> ResourceId | None:
    """The live id that a reference holds.

    `manager` is an object with a `value` (RFC 7643 §4.3). Providers that were built against Entra
    show the id alone, or a list of one object, as Entra sends it.
    """
    held = read(resource, path, profile)
    if held is None and path.sub is not None:
        whole = AttributePath(path.urn, path.attribute, path.selector, None, path.text)
        known = profile.characteristics(resource.kind, path)
        held = canonical_value(known, whole.read(resource.data))
    if isinstance(held, tuple):
        held = held[0] if len(held) == 1 else canonical_json(held).decode()
    return None if held is None else ResourceId(str(held))


def _behind_a_quirk(data: Mapping[str, Json], path: AttributePath, profile: Profile) -> Json:
    attribute = path.attribute.lower()
    if path.selector is not None and path.sub is not None:
        # The provider does not keep `type`, so `emails[type eq "work"]` matches nothing there.
        if attribute in profile.ignored_selectors:
            return _untyped(data.get(attribute), path.selector.attribute.lower(), path.sub.lower())
        return None
    if path.urn is not None and path.urn.lower() == ENTERPRISE_USER.lower():
        # Some answers carry the extension's attributes beside the core ones.
        return data.get(attribute) if attribute in profile.top_level_enterprise else None
    return None


def _untyped(elements: Json, by: str, sub: str) -> Json:
    """The primary, else the first, of the elements that carry no selecting attribute."""
    if not isinstance(elements, Sequence) or isinstance(elements, str):
        return None
    bare = [e for e in elements if isinstance(e, Mapping) and e.get(by) in (None, "")]
    primary = [e for e in bare if str(e.get("primary")).casefold() == "true"]
    return next((e.get(sub) for e in (*primary, *bare)), None)
