"""Which part of a plan is wanted: `--only user:ada --only drift`; several are joined by OR.

A selection narrows; it never adds. What the narrowed plan does is everything that guardrails,
estimate and apply see of it, so a change that needs one that was not selected waits for it.

==============  ==================================================================================
`user:KEY`      that person's own changes, and that person's part of changes of members
`group:KEY`     that group's own changes and its members
`members:KEY`   a group as above, and what its members need: each one's own changes, but no other
                membership of theirs. `members:KEY/MEMBER` is the same for one member alone, and
                leaves the group's other members as they are
`cause:CAUSE`   changes of that cause (`reconciler.model.desired.Cause`)
`cause:source`  what the row of a source brought, whatever the cause, and no line of a manifest
`drift`         what was changed behind Git's back
`due`           what a date has brought: `until` is over, `from` is to come, deactivated long enough
==============  ==================================================================================

`KEY` is a manifest's name, or `id:…` for a live resource without a manifest; `MEMBER` is written
as a plan writes members: a user's key, `group:KEY` or `id:…`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reconciler.model.change import AddMembers, Change, RemoveMembers, of_members
from reconciler.model.declared import Declared
from reconciler.model.desired import Cause, Desired, DesiredGroup
from reconciler.model.identity import GroupKey, Kind, Subject, live_key, subject_of_member
from reconciler.model.ledger import Memory
from reconciler.model.plan import Note
from reconciler.model.resource import Actual
from reconciler.model.suggestion import suggest

_SHORT: Final = {
    "drift": frozenset({Cause.DRIFT}),
    "due": frozenset({Cause.DUE, Cause.ENDED, Cause.NOT_YET}),
}
_FORMS: Final = (
    "expected user:KEY, group:KEY, members:GROUP, cause:CAUSE, cause:source, drift or due"
)


@dataclass(frozen=True, slots=True, order=True)
class Crew:
    """A group and the people in it; `member` is the only one meant, "" for everybody."""

    group: str
    member: str = ""

    def __str__(self) -> str:
        return f"members:{self.group}" + (f"/{self.member}" if self.member else "")


@dataclass(frozen=True, slots=True)
class Selection:
    """The parts that are wanted. Empty: everything. `texts` is how they were written, sorted.

    `objects` and `seats` follow from `crews` once it is known who is in a group (`staffed`): own
    changes of a resource without its memberships, and the membership of one member in one group.
    """

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    causes: frozenset[Cause] = frozenset()
    crews: frozenset[Crew] = frozenset()
    texts: tuple[str, ...] = ()
    by_sources: bool = False
    objects: frozenset[Subject] = frozenset()
    seats: frozenset[tuple[str, str]] = frozenset()

    @property
    def everything(self) -> bool:
        return not (self.users or self.groups or self.causes or self.crews or self.by_sources)

    def names(self, subject: Subject) -> bool:
        """Whether everything about somebody's own resource is selected, whatever its cause."""
        keys = self.users if subject.kind is Kind.USER else self.groups
        return subject.key in keys or subject in self.objects


@dataclass(frozen=True, slots=True)
class SelectionError:
    """A text that selects nothing, and what was expected."""

    message: str
    hint: str


def parse_selection(texts: Sequence[str]) -> Selection | SelectionError:
    """The selection that `texts` mean together, or the first of them that means nothing."""
    users: set[str] = set()
    groups: set[str] = set()
    causes: set[Cause] = set()
    crews: set[Crew] = set()
    by_sources = False
    known = (*Cause, "source")
    for text in texts:
        form, _, rest = text.partition(":")
        match form, rest:
            case (("drift" | "due"), ""):
                causes |= _SHORT[form]
            case "user", key if key:
                users.add(key)
            case "group", key if key:
                groups.add(key)
            case "members", key if key and key[-1] != "/":
                crews.add(Crew(*key.split("/", maxsplit=1)))
            case "cause", "source":
                by_sources = True
            case "cause", name if name in set(Cause):
                causes.add(Cause(name))
            case "cause", name:
                near = suggest(name, known)
                hint = f"causes are {', '.join(known)}" if near is None else f"did you mean {near}?"
                return SelectionError(f"there is no cause {name!r}", hint)
            case _:
                return SelectionError(f"{text!r} selects nothing", _FORMS)
    return Selection(
        frozenset(users),
        frozenset(groups),
        frozenset(causes),
        frozenset(crews),
        tuple(sorted(set(texts))),
        by_sources,
    )


def staffed(selection: Selection, desired: Desired) -> Selection:
    """The selection with everybody named whom its crews mean."""
    groups, objects, seats = set(selection.groups), set[Subject](), set[tuple[str, str]]()
    for crew in selection.crews:
        staff = set(_staff(desired.groups.get(GroupKey(crew.group))))
        if crew.member:
            # Whoever only leaves the group needs nothing but that.
            objects |= {Subject(Kind.GROUP, crew.group)} | staff & {subject_of_member(crew.member)}
            seats.add((crew.group, crew.member))
        else:
            groups.add(crew.group)
            objects |= staff
    return replace(
        selection,
        groups=frozenset(groups),
        objects=frozenset(objects),
        seats=frozenset(seats),
    )


def _staff(group: DesiredGroup | None) -> Iterator[Subject]:
    if group is not None:
        yield from (Subject(Kind.USER, key) for key in group.members | group.undetermined)
        yield from (Subject(Kind.GROUP, key) for key in group.nested | group.undetermined_nested)


def unknown_subjects(
    selection: Selection, declared: Declared, actual: Actual, memory: Memory
) -> tuple[str, ...]:
    """One sentence per selected subject that is neither declared, nor live, nor remembered."""
    members = [subject_of_member(crew.member) for crew in selection.crews if crew.member]
    users = selection.users | {m.key for m in members if m.kind is Kind.USER}
    groups = selection.groups | {crew.group for crew in selection.crews}
    groups |= {m.key for m in members if m.kind is Kind.GROUP}
    return (
        *_unknown(Kind.USER, users, declared.users, actual, memory),
        *_unknown(Kind.GROUP, groups, declared.groups, actual, memory),
    )


def _unknown(
    kind: Kind,
    wanted: frozenset[str],
    declared: Iterable[str],
    actual: Actual,
    memory: Memory,
) -> Iterator[str]:
    known = {*declared, *map(live_key, actual.listing(kind).resources)}
    for key in sorted(wanted - known):
        if str(Subject(kind, key)) not in memory.links:
            near = suggest(key, known)
            hint = "" if near is None else f"; did you mean {kind}:{near}?"
            yield f"{kind}:{key} is neither declared nor live{hint}"


def narrow(changes: Iterable[Change], selection: Selection) -> list[Change]:
    """The changes, and the parts of changes of members, that are selected."""
    if selection.everything:
        return list(changes)
    return [kept for change in changes if (kept := _part(change, selection)) is not None]


def _part(change: Change, selection: Selection) -> Change | None:
    if change.cause in selection.causes:
        return change
    if not isinstance(change, AddMembers | RemoveMembers):
        wanted = selection.by_sources and bool(change.sources)
        return change if wanted or selection.names(change.subject) else None
    if change.key in selection.groups:
        return change
    brought = frozenset(change.brought if selection.by_sources else ())
    members = tuple(
        key
        for key in change.members
        if key in selection.users or (change.key, key) in selection.seats or key in brought
    )
    return of_members(change, members) if members else None


def narrow_notes(notes: Iterable[Note], selection: Selection) -> list[Note]:
    """The notes about the selected subjects; all of them where anything else is selected too."""
    if selection.causes or selection.by_sources or selection.everything:
        return list(notes)
    return [note for note in notes if selection.names(note.subject)]
