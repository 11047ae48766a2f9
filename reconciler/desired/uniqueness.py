"""Two declared objects for one account: found before anybody looks at the target.

`userName` and a group's `displayName` are unique at a service provider, and so is whatever its
profile says (`Characteristics.uniqueness`) and every attribute by which a resource is found. Where
two declared objects share such a value nobody can say whose the live resource is, so none of them
is created, changed or taken over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final
from unicodedata import normalize

from reconciler.desired.mapping import CompiledMapping, Mapped
from reconciler.model.attributes import Characteristics
from reconciler.model.desired import Reason, Undetermined
from reconciler.model.diagnostic import Position
from reconciler.model.identity import UserKey
from reconciler.model.note_code import NoteCode
from reconciler.model.resource_type import ResourceType
from reconciler.model.sameness import fold_text
from reconciler.model.words import and_more

_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Claimant:
    """An object whose values the target should hold, or might."""

    key: str
    mapped: Mapped
    at: Position


def duplicates(
    resource_type: ResourceType, claimants: Iterable[Claimant]
) -> Mapping[str, Undetermined]:
    """Everybody who shares a unique value with another claimant, by key, the others named."""
    by_value: dict[Claim, dict[str, Claimant]] = {}
    for claimant in claimants:
        for claim in _claims(resource_type, claimant.mapped):
            by_value.setdefault(claim, {})[claimant.key] = claimant
    found: dict[str, Undetermined] = {}
    for claim, sharers in sorted(by_value.items(), key=lambda item: item[0].paths):
        if len(sharers) < 2:
            continue
        first = sorted(sharers)[: _NAMED + 1]
        for key, claimant in sharers.items():
            named = [other for other in first if other != key][:_NAMED]
            others = and_more(named, len(sharers) - 1)
            said = f"{key} has the same {claim} as {others}"
            failure = Undetermined(NoteCode.DUPLICATE_VALUE, Reason(said, claimant.at))
            found.setdefault(key, failure)
    return found


def claiming(mapping: CompiledMapping) -> CompiledMapping:
    """The rules alone that give unique values: who claims what, without the rest of a mapping."""
    rules = (r for r in mapping.rules if r.rule.match is not None or r.known.unique)
    return replace(mapping, rules=tuple(rules), required=())


def sharers(
    resource_type: ResourceType,
    mapped: Mapping[UserKey, Iterable[Mapped]],
    of: Collection[UserKey],
) -> frozenset[UserKey]:
    """The keys in `of`, and those of everybody who may have a unique value in common with them.

    `mapped` is what may become of everybody; whether they claim it in the end is not asked.
    """
    claims = {
        key: {claim for each in may_be for claim in _claims(resource_type, each)}
        for key, may_be in mapped.items()
    }
    theirs = {claim for key in of for claim in claims[key]}
    return frozenset(of) | {key for key, held in claims.items() if not held.isdisjoint(theirs)}


@dataclass(frozen=True, slots=True)
class Claim:
    """What only one can have: a value, or several together, as the provider compares them."""

    paths: tuple[str, ...]
    values: tuple[str, ...]

    def __str__(self) -> str:
        return " and ".join(self.paths)


def _claims(resource_type: ResourceType, mapped: Mapped) -> Iterator[Claim]:
    """The values that only one can have, each as the provider compares it (RFC 7643 §2.2)."""
    for path, wanted in mapped.values.items():
        known = resource_type.characteristics(path)
        # Somebody who has a choice claims none of it before planning has chosen.
        if known.unique and not wanted.candidates and isinstance(wanted.value, str):
            yield Claim((path.text,), (_fold(known, wanted.value),))
    for key in mapped.match:
        yield Claim(
            tuple(path.text for path, _ in key.parts),
            tuple(_fold(resource_type.characteristics(path), v) for path, v in key.parts),
        )


def _fold(known: Characteristics, value: str) -> str:
    return normalize("NFC", value) if known.case_exact else fold_text(value)
