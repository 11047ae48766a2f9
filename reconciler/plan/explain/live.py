"""Which live resource is somebody's: found by what, owned why; or why none is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from reconciler.desired.truth import Truth, truth_of
from reconciler.model.desired import DesiredGroup, DesiredUser, MatchKey, Reason
from reconciler.model.identity import ResourceId
from reconciler.model.note_code import NoteCode
from reconciler.model.path import AttributePath
from reconciler.model.resource import Resource
from reconciler.model.sealed import REDACTED
from reconciler.model.target import Exclusive, Marked, OwnedWhen
from reconciler.plan.explain.access import Answer
from reconciler.plan.ownership import mark_for
from reconciler.plan.pairing import Pairing, Way
from reconciler.plan.scene import Scene
from reconciler.plan.side import Side


@dataclass(frozen=True, slots=True)
class Candidate:
    """A live resource, what it is called, and whether it is switched on."""

    id: ResourceId
    name: str
    active: bool
    owned: Answer


@dataclass(frozen=True, slots=True)
class Matched:
    """The live resource of somebody. `adopting`: it becomes ours with this plan."""

    live: Candidate
    by: Way
    adopting: bool


@dataclass(frozen=True, slots=True)
class Conflicted:
    """Live resources match, and none is taken. `code` and `reason` are the plan's note."""

    code: NoteCode
    reason: Reason
    by: Way
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class NotFound:
    """No live resource. `tried` are the values that would have found one.

    `certain` is false where that is no proof of absence: not everything was read, or not every
    value that would find it is known.
    """

    tried: tuple[MatchKey, ...]
    certain: bool
    reason: Reason


Matching = Matched | Conflicted | NotFound


def matching_of(wanted: DesiredUser | DesiredGroup, scene: Scene) -> Matching:
    """What pairing came to for one declared user or group."""
    pairing = scene.of(wanted.subject.kind)
    live = pairing.live(wanted.key)
    if live is not None:
        way = _veiled(pairing.ways[wanted.key], pairing)
        return Matched(candidate(live, pairing), way, wanted.key in pairing.adopting)
    if wanted.key in pairing.conflicted:
        (note,) = (n for n in pairing.notes if n.key == wanted.key)
        candidates = (pairing.side.live(found) for found in pairing.candidates[wanted.key])
        return Conflicted(
            note.code,
            Reason(note.message, note.at),
            _veiled(pairing.ways[wanted.key], pairing),
            tuple(candidate(found, pairing) for found in candidates),
        )
    return _not_found(wanted, pairing)


def _not_found(wanted: DesiredUser | DesiredGroup, pairing: Pairing) -> NotFound:
    keys = wanted.match if wanted.identity is None else (wanted.identity, *wanted.match)
    gap = pairing.side.listing.gap
    if gap is not None:
        reason = Reason(f"it was not found, but not everything was read: {gap}", wanted.at)
    elif wanted.key in pairing.unlocatable:
        said = "it may be there, but has no value for every attribute that would find it"
        reason = Reason(said, wanted.at)
    else:
        said = f"no live {pairing.side.kind} that can be its own has any of its values"
        reason = Reason(said, wanted.at)
    certain = gap is None and wanted.key not in pairing.unlocatable
    tried = tuple(_veiled_key(key, pairing) for key in dict.fromkeys(keys))
    return NotFound(tried, certain, reason)


def _veiled(way: Way, pairing: Pairing) -> Way:
    """How it was found, without a value that must not be shown."""
    return _veiled_key(way, pairing) if isinstance(way, MatchKey) else way


def _veiled_key(key: MatchKey, pairing: Pairing) -> MatchKey:
    (_, value), *also = ((path, _veiled_value(path, v, pairing)) for path, v in key.parts)
    return replace(key, value=value, also=tuple(also))


def _veiled_value(path: AttributePath, value: str, pairing: Pairing) -> str:
    side = pairing.side
    return REDACTED if side.seals.cover(side.kind, path) else value


def candidate(live: Resource, pairing: Pairing) -> Candidate:
    """A live resource, as it is spoken of."""
    side = pairing.side
    return Candidate(live.id, side.name_of(live.id), side.active(live.id), _owned(live.id, side))


def _owned(live_id: ResourceId, side: Side) -> Answer:
    """Whether a live resource is ours, in the words of the ownership rule that says so."""
    ownership, at = side.handling.ownership, side.handling.at
    owned = truth_of(live_id in side.claims.owned)
    if not side.managed:
        return Answer(Truth.FALSE, Reason(f"{side.kind}s are only looked up here", at))
    if live_id in side.claims.foreign:
        said = f"it carries somebody else's mark, {side.claims.foreign[live_id]}"
        return Answer(owned, Reason(said, at))
    match ownership:
        case Exclusive():
            return Answer(owned, Reason("everything behind this endpoint is ours", at))
        case Marked():
            key = side.claims.keys.get(live_id)
            if key is None:
                return Answer(owned, Reason("it does not carry our mark", at))
            return Answer(owned, Reason(f"it carries our mark, {mark_for(side.target, key)}", at))
        case OwnedWhen(at=at):
            verb = "holds" if owned is Truth.TRUE else "does not hold"
            return Answer(owned, Reason(f"the ownership rule {verb} for it", at))
        case _:
            assert_never(ownership)
