"""Which live resource is whose: declared keys and live resources, paired.

In order: our mark on the resource, the id that the ledger recorded, the immutable object id, and
last the values of matching attributes. The first three are *proof*; a name is only a hint:

* Whoever has proof of a resource takes it out of the reach of names, so a person who is renamed and
  another who gets the free name are two people.
* A resource that carries another object id than the one wanted is somebody else's, however alike
  the name: a reused `userName` never takes over somebody's account.
* Two candidates for one key, or two keys for one resource, are a conflict. Nobody in a conflict is
  changed, removed or created, and the candidates are *blocked*: they are nobody's, and no strangers
  either.

Subjects whose standing is undetermined are paired like everybody else, so that nothing else takes
what is theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.model.desired import DesiredGroup, DesiredUser, MatchKey, Provisioned, Undetermined
from reconciler.model.identity import Kind, ResourceId, Subject
from reconciler.model.ledger import Memory
from reconciler.model.note_code import NoteCode
from reconciler.model.path import AttributePath
from reconciler.model.plan import Note, NoteKind
from reconciler.model.target import OwnedWhen
from reconciler.plan.canonical import read, same
from reconciler.plan.index import Index
from reconciler.plan.notes import noted
from reconciler.plan.pairing import Pairing, Proof, Way
from reconciler.plan.side import Side

Declared = DesiredUser | DesiredGroup


def pair(
    declared: Collection[Declared],
    side: Side,
    memory: Memory,
    matching: frozenset[AttributePath],
) -> Pairing:
    """The pairing of one kind. `matching` are the attributes that its mapping matches by."""
    work = _Work(side)
    work.prove(declared, memory)
    work.recognise(declared, _others(declared, side, memory))
    if side.managed:
        work.keep_what_is_ours(declared)
    undeclared = sorted(side.claims.owned.difference(work.links.values(), work.blocked))
    former = _former_ids(undeclared, {d.key for d in declared}, side, memory)
    ids = {**former, **work.links}
    return Pairing(
        side=side,
        links=work.links,
        keys={live_id: key for key, live_id in ids.items()},
        ids=ids,
        undeclared=tuple(undeclared),
        blocked=frozenset(work.blocked),
        conflicted=frozenset(work.conflicted),
        adopting=frozenset(work.adopting),
        unlocatable=frozenset(
            d.key
            for d in declared
            if d.key not in work.links and d.key not in work.conflicted and _unknown(d, matching)
        ),
        notes=tuple(work.notes),
        ways=work.ways,
        candidates=work.candidates,
    )


def _others(declared: Collection[Declared], side: Side, memory: Memory) -> frozenset[ResourceId]:
    """Accounts that the ledger recorded for people who are declared no more.

    Whoever gets such a person's name later is somebody else, also where no object id says so. A
    group is what its name says, so one that is declared under another key keeps its live group.
    """
    if side.kind is Kind.GROUP:
        return frozenset()
    keys = {d.key for d in declared}
    recorded = _recorded(Kind.USER, memory)
    return frozenset(live_id for key, live_id in recorded if key not in keys)


def _former_ids(
    undeclared: Iterable[ResourceId], declared: Collection[str], side: Side, memory: Memory
) -> dict[str, ResourceId]:
    """The keys by which live resources without a manifest were declared once.

    A mark or the ledger knows them. They keep their key, so that protections and people recognise
    who it is about; where the key is somebody else's today, it is `id:…`.
    """
    recorded = {live_id: key for key, live_id in sorted(_recorded(side.kind, memory))}
    found: dict[str, ResourceId] = {}
    for live_id in undeclared:
        key = side.claims.keys.get(live_id) or recorded.get(live_id)
        if key is not None and key not in declared:
            found.setdefault(key, live_id)
    return found


def _recorded(kind: Kind, memory: Memory) -> Iterator[tuple[str, ResourceId]]:
    """The keys of one kind and the ids that the ledger recorded for them."""
    for subject, live_id in memory.links.items():
        recorded_kind, _, key = subject.partition(":")
        if recorded_kind == kind:
            yield key, live_id


def _unknown(declared: Declared, matching: frozenset[AttributePath]) -> bool:
    """Whether somebody who was not found may be there all the same."""
    if not declared.match and declared.identity is None:
        return True
    undetermined = isinstance(declared.standing, Undetermined)
    known = {path for key in declared.match for path, _ in key.parts}
    return undetermined and not matching <= known


@dataclass(slots=True)
class _Work:
    """A pairing while it is made."""

    side: Side
    links: dict[str, ResourceId] = field(default_factory=dict)
    blocked: set[ResourceId] = field(default_factory=set)
    conflicted: set[str] = field(default_factory=set)
    adopting: set[str] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)
    ways: dict[str, Way] = field(default_factory=dict)
    candidates: dict[str, tuple[ResourceId, ...]] = field(default_factory=dict)
    _indexes: dict[str, Index] = field(default_factory=dict)

    def prove(self, declared: Collection[Declared], memory: Memory) -> None:
        """Marks, recorded ids, object ids."""
        by_mark: defaultdict[str, list[ResourceId]] = defaultdict(list)
        for live_id, key in self.side.claims.keys.items():
            by_mark[key].append(live_id)
        hits: dict[str, set[ResourceId]] = {}
        for d in declared:
            way, found = self._proof(d, memory, by_mark)
            if found:
                hits[d.key] = set(found)
                self.ways[d.key] = way
        self._accept(declared, hits)

    def _proof(
        self, declared: Declared, memory: Memory, by_mark: Mapping[str, list[ResourceId]]
    ) -> tuple[Proof, Collection[ResourceId]]:
        """The best proof, and all that it leads to; who has the object id is always among them.

        Otherwise a mark that somebody copied would make an orphan of whoever has the object id.
        """
        marks = self.side.claims.keys
        identity = declared.identity
        found = () if identity is None else self._index(identity.path).find(identity.value)
        if declared.key in by_mark:
            known = [live_id for live_id in found if live_id not in marks]
            return Proof.MARK, {*by_mark[declared.key], *known}
        recorded = memory.links.get(str(Subject(self.side.kind, declared.key)))
        # What carries our mark for another key is that key's, whatever was recorded.
        if (
            recorded is not None
            and recorded in self.side.listing.resources
            and recorded not in marks
        ):
            return Proof.LEDGER, {recorded, *found}
        return Proof.OBJECT_ID, found

    def recognise(self, declared: Collection[Declared], others: frozenset[ResourceId]) -> None:
        """Matching attributes, among what nobody has proof of."""
        proven = {*self.links.values(), *others}
        hits: dict[str, set[ResourceId]] = {}
        for d in declared:
            if d.key in self.links or d.key in self.conflicted:
                continue
            found: dict[ResourceId, MatchKey] = {}
            for key in d.match:
                for live_id in self._find(key):
                    if live_id not in proven:
                        found.setdefault(live_id, key)
            if found:
                hits[d.key] = set(found)
                self.ways[d.key] = next(iter(found.values()))
        self._accept([d for d in declared if not self._differs(d, hits)], hits)

    def _differs(self, declared: Declared, hits: dict[str, set[ResourceId]]) -> bool:
        """Whether the name leads to a resource with another object id; then it is a conflict."""
        found = hits.get(declared.key, set())
        identity = declared.identity
        if identity is None or len(found) != 1:
            return False
        (live_id,) = found
        held = read(self.side.live(live_id), identity.path, self.side.profile)
        if held is None or same(self.side.known(identity.path), held, identity.value):
            return False
        self._conflict(
            declared,
            NoteCode.IDENTITY_DIFFERS,
            f"{self._who(found)} has the same name and another {identity.path}, so it is somebody "
            "else's and not taken over; if it is the same one, declare its id as `objectId`",
            found,
        )
        del hits[declared.key]
        return True

    def _accept(self, declared: Collection[Declared], hits: Mapping[str, set[ResourceId]]) -> None:
        """Link who has one candidate for themselves; the rest is in conflict."""
        claimants: defaultdict[ResourceId, list[str]] = defaultdict(list)
        for key, found in hits.items():
            for live_id in found:
                claimants[live_id].append(key)
        for d in declared:
            found = hits.get(d.key, set())
            rivals = sorted({key for live_id in found for key in claimants[live_id]} - {d.key})
            if len(found) > 1:
                message = f"{len(found)} live resources match: {self._who(found)}"
                self._conflict(d, NoteCode.AMBIGUOUS_MATCH, message, found)
            elif rivals or found & self.blocked:
                also = f" also matches {', '.join(rivals)}" if rivals else " is in a conflict"
                self._conflict(d, NoteCode.CONTESTED_MATCH, f"{self._who(found)}{also}", found)
            elif found:
                self.links[d.key] = next(iter(found))

    def keep_what_is_ours(self, declared: Collection[Declared]) -> None:
        """Refuse every pair whose live resource is not ours, but for those that adopt it."""
        for d in declared:
            live_id = self.links.get(d.key)
            if live_id is None or live_id in self.side.claims.owned:
                continue
            foreign = self.side.claims.foreign.get(live_id)
            if foreign is None and self._adopts(d):
                self.adopting.add(d.key)
                continue
            del self.links[d.key]
            if foreign is None:
                message = f"{self._who({live_id})} matches and is not ours; {self._way_in(d)}"
                self._conflict(d, NoteCode.NOT_OURS, message, {live_id})
            else:
                message = f"{self._who({live_id})} is marked as somebody else's: {foreign}"
                self._conflict(d, NoteCode.FOREIGN_MARK, message, {live_id})

    def _adopts(self, declared: Declared) -> bool:
        return (
            self.side.mark is not None
            and isinstance(declared, DesiredGroup)
            and declared.adopt
            and isinstance(declared.standing, Provisioned)
        )

    def _way_in(self, declared: Declared) -> str:
        ownership = self.side.handling.ownership
        if isinstance(ownership, OwnedWhen):
            return f"the ownership rule at {ownership.at} does not hold for it"
        if isinstance(declared, DesiredGroup):
            return "to take it over, set `adopt: true`"
        return "it does not carry our mark"

    def _conflict(
        self, declared: Declared, code: NoteCode, message: str, candidates: Iterable[ResourceId]
    ) -> None:
        self.conflicted.add(declared.key)
        self.candidates[declared.key] = tuple(sorted(candidates))
        self.blocked.update(candidates)
        self.notes.append(noted(NoteKind.CONFLICT, code, declared, message, declared.at))

    def _who(self, ids: Iterable[ResourceId]) -> str:
        return ", ".join(f"{self.side.name_of(live_id)} ({live_id})" for live_id in sorted(ids))

    def _find(self, key: MatchKey) -> Sequence[ResourceId]:
        """Whoever has every value of a key."""
        found = self._index(key.path).find(key.value)
        for path, value in key.also:
            having = set(self._index(path).find(value))
            found = [live_id for live_id in found if live_id in having]
        return found

    def _index(self, path: AttributePath) -> Index:
        if path.text not in self._indexes:
            self._indexes[path.text] = Index(path, self.side)
        return self._indexes[path.text]
