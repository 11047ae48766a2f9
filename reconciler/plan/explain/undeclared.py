"""Why somebody whom no manifest declares is live or not, and what becomes of them.

Whom is meant is asked once the target was read: by the id or the name of a live resource, or by a
key that only the ledger still knows. A live resource that belongs to somebody declared is that
somebody, so that an id out of a provider's console finds the person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from reconciler.desired.grounds import Grounds
from reconciler.model.attributes import DISPLAY_NAME, USER_NAME
from reconciler.model.desired import Cause, Desired, Excluded, Reason
from reconciler.model.entry_code import EntryCode
from reconciler.model.identity import Kind, ResourceId, Subject, id_from_key, live_key
from reconciler.model.path import AttributePath
from reconciler.model.plan import Note
from reconciler.model.resource import Resource
from reconciler.model.show import show
from reconciler.model.suggestion import suggest
from reconciler.plan.canonical import read
from reconciler.plan.explain.declared import Explanation, Seen, explain
from reconciler.plan.explain.live import Candidate, candidate
from reconciler.plan.explain.members import Membership, Part, open_books
from reconciler.plan.explain.outcome import Nothing, Outcome, left_out, outcome_about
from reconciler.plan.explain.subject import FORMS, SubjectError, ambiguous
from reconciler.plan.pairing import Pairing
from reconciler.plan.scene import Scene
from reconciler.plan.skips import code_of_exclusion, obstacle_among, obstructed

#: The standing of everybody here: there is no line to point at.
UNDECLARED: Final = Excluded(Cause.REMOVED, Reason("no manifest declares it"))


@dataclass(frozen=True, slots=True)
class Undeclared:
    """A live resource without a manifest, or somebody whom only the ledger knows, at one target.

    `recorded` is the id that the ledger has for the key, `deactivated` since when it was switched
    off by us. `memberships` are live ones: a person's groups, or a group's members.
    """

    subject: Subject
    name: str
    target: str
    profile: str
    as_of: datetime
    live: Candidate | None
    recorded: ResourceId | None
    deactivated: datetime | None
    memberships: tuple[Membership, ...]
    outcome: Outcome

    @property
    def standing(self) -> Excluded:
        return UNDECLARED

    @property
    def nothing(self) -> Nothing | None:
        """Why a plan does nothing with it; None where it does something."""
        return self.outcome.nothing


#: The explanation of whomever people ask about.
Anybody = Explanation | Undeclared


def find_live(text: str, scene: Scene) -> Subject | SubjectError:
    """Whom `text` means among what is live, or else in the ledger; `user:` and `group:` narrow.

    Ids and keys count before names; names compare without case.
    """
    form, colon, rest = text.partition(":")
    kinds = (Kind(form),) if colon and form in set(Kind) else tuple(Kind)
    wanted = rest if len(kinds) == 1 else text
    names = {subject: named for kind in kinds for subject, named in _everybody(kind, scene)}
    keyed = [subject for subject, _ in names.items() if _is_key(wanted, subject, scene)]
    folded = wanted.casefold()
    for found in (keyed, [s for s, named in names.items() if folded in map(str.casefold, named)]):
        if len(found) == 1:
            return found[0]
        if found:
            return ambiguous(text, [(subject, names[subject][-1]) for subject in found])
    near = suggest(wanted, {name for named in names.values() for name in named})
    hint = FORMS if near is None else f"did you mean {show(near)}?"
    return SubjectError(f"nobody is called {show(text)}, in Git or at {scene.target.name}", hint)


def find_anybody(text: str, scene: Scene, *, undeclared: SubjectError) -> Subject | SubjectError:
    """`find_live` for whom Git does not know, as `undeclared` says.

    Whoever is declared and nearly called that is the better hint.
    """
    found = find_live(text, scene)
    if isinstance(found, SubjectError) and undeclared.hint != FORMS:
        return replace(found, hint=undeclared.hint)
    return found


def _everybody(kind: Kind, scene: Scene) -> Iterator[tuple[Subject, tuple[str, ...]]]:
    """Everybody live with the names they have and may be shown, the best last; and whom the ledger
    knows."""
    pairing = scene.of(kind)
    for live_id, resource in sorted(pairing.side.listing.resources.items()):
        found = (_text(resource, path, scene) for path in (USER_NAME, DISPLAY_NAME))
        names = tuple(name for name in found if name is not None)
        yield Subject(kind, pairing.key_of(live_id)), names or (live_id,)
    for known in sorted(scene.history.memory.links):
        form, _, key = known.partition(":")
        if form == kind and key not in pairing.ids:
            yield Subject(kind, key), (key,)


def _text(resource: Resource, path: AttributePath, scene: Scene) -> str | None:
    if scene.desired.seals.cover(resource.kind, path):
        return None
    value = read(resource, path, scene.profile)
    return value if isinstance(value, str) else None


def _is_key(wanted: str, subject: Subject, scene: Scene) -> bool:
    if wanted == subject.key:
        return True
    live_id = live_id_of(subject, scene.of(subject.kind))
    return live_id is not None and wanted in {live_id, live_key(live_id)}


def live_id_of(subject: Subject, pairing: Pairing) -> ResourceId | None:
    """The live resource that an undeclared subject is."""
    found = pairing.ids.get(subject.key) or id_from_key(subject.key)
    return found if found in pairing.side.listing.resources else None


def explain_anybody(subject: Subject, grounds: Grounds, desired: Desired, seen: Seen) -> Anybody:
    """The explanation of whomever `find_live` found."""
    if desired.get(subject) is None:
        return explain_undeclared(subject, grounds, desired, seen)
    return explain(subject, grounds, desired, seen)


def explain_undeclared(
    subject: Subject, grounds: Grounds, desired: Desired, seen: Seen
) -> Undeclared:
    """The explanation of somebody whom `find_live` found and no manifest declares."""
    scene = seen.sight.scene
    pairing = scene.of(subject.kind)
    live_id = live_id_of(subject, pairing)
    live = None if live_id is None else candidate(pairing.side.live(live_id), pairing)
    recorded = scene.history.memory.links.get(str(subject))
    name = subject.key if live is None else live.name
    part, books = Part(subject.key, name), open_books(grounds, desired, seen.sight)
    memberships: tuple[Membership, ...] = ()
    if live_id is not None and subject.kind is Kind.USER:
        memberships = books.groups_of_stranger(part, live_id, scene)
    elif live_id is not None:
        memberships = books.people_of_stranger(part, pairing.side.live(live_id), scene)
    return Undeclared(
        subject=subject,
        name=name,
        target=grounds.target.name,
        profile=grounds.profile.name,
        as_of=grounds.as_of.astimezone(UTC),
        live=live,
        recorded=recorded,
        deactivated=scene.history.memory.deactivated.get(live_id or recorded or ResourceId("")),
        memberships=memberships,
        outcome=outcome_about(
            subject,
            seen.sight,
            seen.verdict,
            lambda notes: _nothing(notes, live_id, pairing),
        ),
    )


def _nothing(notes: tuple[Note, ...], live_id: ResourceId | None, pairing: Pairing) -> Nothing:
    obstacle = obstacle_among(notes)
    if obstacle is not None:
        return Nothing(obstructed(obstacle), Reason(obstacle.message, obstacle.at))
    side, why = pairing.side, UNDECLARED.reason.text
    skip = code_of_exclusion(UNDECLARED)
    if live_id in pairing.blocked:
        return Nothing(skip, Reason(f"{why}, but it may be somebody's whose match is in conflict"))
    if live_id is not None and side.managed and live_id not in side.claims.owned:
        return Nothing(skip, Reason(f"{why}; it is not ours, and is left alone", side.handling.at))
    if side.managed and (doubt := _doubt(pairing)) is not None:
        return Nothing(EntryCode.IMPORT_SKIPPED, Reason(f"{why}, but {doubt}"))
    return left_out(side.kind, UNDECLARED, there=live_id is not None, handling=side.handling)


def _doubt(pairing: Pairing) -> str | None:
    """Why it is not certain that nobody declares what is live."""
    gap, kind = pairing.side.listing.gap, pairing.side.kind
    if gap is not None:
        return f"the {kind}s were not read to the end, so nobody is removed: {gap}"
    if pairing.unlocatable:
        some = sorted(pairing.unlocatable)[0]
        return f"it may be {kind}:{some}, who cannot be found by any value, so it is left alone"
    return None
