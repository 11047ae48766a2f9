"""The last step before a plan exists: what must not show is replaced by its fingerprint.

Until here everything is compared in the clear; from here on nobody can give away what is hidden: no
renderer, no plan file, no log. `apply` opens the seals again (`reconciler.apply.opening`) with what
`vault_of` says that the manifests want.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from reconciler.model.attributes import Characteristics
from reconciler.model.change import (
    AddMembers,
    AttributeChange,
    AttributeValue,
    Change,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    RemoveMembers,
    SetReferences,
    Update,
)
from reconciler.model.desired import Desired, DesiredGroup, DesiredUser
from reconciler.model.identity import Subject
from reconciler.model.path import AttributePath, Value, parse_path
from reconciler.model.profile import Profile
from reconciler.model.sealed import Held, Sealed, Seals
from reconciler.plan.canonical import as_list, canonical_value


def seal(change: Change, seals: Seals) -> Change:
    """The change without a value that must not be shown."""
    match change:
        case Create(values=values):
            return replace(change, values=_values(values, change.subject, seals))
        case Update(changes=parts) | Reactivate(changes=parts):
            return replace(change, changes=tuple(_part(p, change.subject, seals) for p in parts))
        case Delete(seen=seen):
            return replace(change, seen=_values(seen, change.subject, seals))
        case Deactivate() | SetReferences() | AddMembers() | RemoveMembers():
            return change
        case _:
            assert_never(change)


def _values(
    values: Iterable[AttributeValue], subject: Subject, seals: Seals
) -> tuple[AttributeValue, ...]:
    return tuple(replace(v, value=_hidden(v.path, v.value, subject, seals)) for v in values)


def _part(part: AttributeChange, subject: Subject, seals: Seals) -> AttributeChange:
    before, after = (_hidden(part.path, v, subject, seals) for v in (part.before, part.after))
    return replace(part, before=before, after=after)


def _hidden(path: str, held: Held, subject: Subject, seals: Seals) -> Held:
    return held if isinstance(held, Sealed) else seals.hide(subject, parse_path(path), held)


@dataclass(frozen=True, slots=True)
class Vault:
    """What is behind the seals of a plan, as far as the manifests say; opened when it is applied.

    `wanted` has every value that an attribute may get: one, or the candidates for a unique one.
    """

    seals: Seals = field(default_factory=Seals)
    wanted: Mapping[Subject, Mapping[AttributePath, tuple[Value, ...]]] = field(
        default_factory=dict
    )

    def open(self, subject: Subject, path: AttributePath, held: Held) -> Held:
        """The wanted value behind a seal; the seal itself where the manifests give no such one."""
        if not isinstance(held, Sealed):
            return held
        values = self.wanted.get(subject, {}).get(path, ())
        return next((v for v in values if self.fits(held, subject, path, v)), held)

    def open_added(
        self,
        subject: Subject,
        path: AttributePath,
        held: Held,
        before: Held,
        known: Characteristics,
    ) -> Held:
        """The same where wanted values are added to those that are live (`apply: addOnly`)."""
        if not isinstance(held, Sealed) or before is None or isinstance(before, Sealed):
            return held
        for value in self.wanted.get(subject, {}).get(path, ()):
            together = canonical_value(known, (*as_list(before), *as_list(value)))
            if self.fits(held, subject, path, together):
                return together
        return held

    def fits(self, held: Held, subject: Subject, path: AttributePath, value: Value) -> bool:
        """Whether this value is the one behind the seal."""
        return self.seals.seal(subject, path, value) == held


def vault_of(desired: Desired, profile: Profile) -> Vault:
    """Everything that Git wants of a target and that a plan has under seal."""
    wanted = {
        one.subject: hidden
        for one in desired.subjects
        if (hidden := _wanted(one, desired.seals, profile))
    }
    return Vault(desired.seals, wanted)


def _wanted(
    one: DesiredUser | DesiredGroup, seals: Seals, profile: Profile
) -> Mapping[AttributePath, tuple[Value, ...]]:
    kind = one.subject.kind
    return {
        path: tuple(
            canonical_value(profile.characteristics(kind, path), each)
            for each in value.candidates or (value.value,)
        )
        for path, value in one.values.items()
        if seals.cover(kind, path)
    }


def has_seals(changes: Iterable[Change]) -> frozenset[Subject]:
    """Whom the changes are about that have something under seal."""
    return frozenset(change.subject for change in changes if any(_held(change)))


def _held(change: Change) -> Iterable[bool]:
    match change:
        case Create(values=values) | Delete(seen=values):
            return (isinstance(v.value, Sealed) for v in values)
        case Update(changes=parts) | Reactivate(changes=parts):
            return (isinstance(h, Sealed) for part in parts for h in (part.before, part.after))
        case Deactivate() | SetReferences() | AddMembers() | RemoveMembers():
            return ()
        case _:
            assert_never(change)
