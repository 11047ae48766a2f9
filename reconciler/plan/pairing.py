"""Who is who in one kind: declared keys and live resources, and how each was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.desired import MatchKey
from reconciler.model.identity import ResourceId, live_key
from reconciler.model.plan import Note
from reconciler.model.resource import Resource
from reconciler.plan.side import Side


class Proof(StrEnum):
    """What shows whose a live resource is, whatever it is called."""

    MARK = "mark"
    LEDGER = "ledger"
    OBJECT_ID = "objectId"


#: How somebody live was found: by proof, or by the value of a matching attribute.
Way = Proof | MatchKey


def way_in_words(way: Way) -> str:
    """`mark`, `ledger`, `objectId`, or the names of the matching attributes."""
    if isinstance(way, Proof):
        return way.value
    return " and ".join(path.text for path, _ in way.parts)


@dataclass(frozen=True, slots=True)
class Pairing:
    """Who is who. Every live id is in at most one of `links`, `undeclared`, `blocked`.

    `links`: declared key → live id, ours to touch where the kind is managed. `undeclared`: ours,
    and no manifest's. `adopting`: keys whose live resource becomes ours with this plan.
    `unlocatable`: keys that are not paired though somebody live may be theirs, because not every
    value that would find them is known. `keys`: what live resources are called in a plan, where
    that is not `id:…`; `ids` is the same, read the other way. `ways`: how each key in `links` or
    `candidates` was found; `candidates`: the live resources of each key in a conflict, sorted.
    """

    side: Side
    links: Mapping[str, ResourceId]
    keys: Mapping[ResourceId, str]
    ids: Mapping[str, ResourceId]
    undeclared: tuple[ResourceId, ...] = ()
    blocked: frozenset[ResourceId] = frozenset()
    conflicted: frozenset[str] = frozenset()
    adopting: frozenset[str] = frozenset()
    unlocatable: frozenset[str] = frozenset()
    notes: tuple[Note, ...] = ()
    ways: Mapping[str, Way] = field(default_factory=dict)
    candidates: Mapping[str, tuple[ResourceId, ...]] = field(default_factory=dict)

    def live(self, key: str) -> Resource | None:
        """The live resource of a declared key."""
        found = self.links.get(key)
        return None if found is None else self.side.live(found)

    def key_of(self, id: ResourceId) -> str:
        """What a live resource is called in the plan."""
        return self.keys.get(id) or live_key(id)
