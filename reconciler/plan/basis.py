"""Which changes of a plan rest on a guess about the service provider.

A quirk of a profile says which acts depend on it; a value says who vouches for it. What is guessed
and matters for nothing in this plan is not worth anybody's attention.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, assert_never

from reconciler.model.attributes import DISPLAY_NAME, USER_NAME
from reconciler.model.change import (
    AddMembers,
    Change,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    RemoveMembers,
    SetReferences,
    Update,
)
from reconciler.model.identity import Kind
from reconciler.model.profile import Profile
from reconciler.model.profile.values import values_of
from reconciler.model.provenance import Act, Basis, Grade, shown, written_name
from reconciler.plan.diff import folded

_NAMES: Final = {Kind.USER: USER_NAME.folded, Kind.GROUP: DISPLAY_NAME.folded}


def rests_on(changes: Iterable[Change], profile: Profile) -> tuple[Basis, ...]:
    """The guesses on which these changes rest, in the order of the profile's fields."""
    acts: dict[Kind, set[Act]] = {kind: set() for kind in Kind}
    for change in changes:
        acts[change.kind].update(_acts(change))
    return tuple(_guesses(profile, acts))


def _acts(change: Change) -> Iterator[Act]:
    match change:
        case Create():
            yield Act.CREATE
        case Update(changes=parts):
            yield Act.UPDATE
            if any(folded(part.path) == _NAMES[change.kind] for part in parts):
                yield Act.RENAME
        case SetReferences():
            yield Act.UPDATE
        case Reactivate():
            yield Act.REACTIVATE
        case Deactivate():
            yield Act.DEACTIVATE
        case Delete():
            yield Act.DELETE
        case AddMembers():
            yield Act.ADD_MEMBERS
        case RemoveMembers():
            yield Act.REMOVE_MEMBERS
        case _:
            assert_never(change)


def _guesses(profile: Profile, acts: dict[Kind, set[Act]]) -> Iterator[Basis]:
    every = acts[Kind.USER] | acts[Kind.GROUP]
    if profile.unverified and every:
        source = "unverified: read in passing, and never tried on one of these providers"
        yield Basis("profile", profile.name, source, _told(every))
    for value in values_of(profile):
        vouched = profile.source(value.field)
        told = _told(value.acts & (every if value.kind is None else acts[value.kind]))
        if vouched.grade is Grade.GUESSED and told:
            yield Basis(written_name(value.field), shown(value.value), str(vouched), told)


def _told(acts: Iterable[Act]) -> tuple[str, ...]:
    wanted = set(acts)
    return tuple(act.value for act in Act if act in wanted)
