"""Every value of a profile in one list, those of its parts included: `users.rename`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.model.identity import Kind
from reconciler.model.profile.definition import Profile
from reconciler.model.provenance import Act, described, parts

_KINDS = {f"{kind}s": kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class ProfileValue:
    """One value: its field, what it means, which acts rest on it, and of which kind if of one."""

    field: str
    value: object
    says: str
    acts: frozenset[Act]
    kind: Kind | None = None


def values_of(profile: Profile) -> Iterator[ProfileValue]:
    """Every value, in the order in which profiles are defined; those of parts come last."""
    yield from _values(profile, "", None)
    for name in parts(Profile):
        yield from _values(getattr(profile, name), f"{name}.", _KINDS.get(name))


def value_of(profile: Profile, field: str) -> object:
    """The value of one field, which may be of a part."""
    found: object = profile
    for name in field.split("."):
        found = getattr(found, name)
    return found


def _values(holder: object, prefix: str, kind: Kind | None) -> Iterator[ProfileValue]:
    for quirk in described(type(holder)):
        value = getattr(holder, quirk.field)
        yield ProfileValue(f"{prefix}{quirk.field}", value, quirk.says, quirk.acts, kind)
