"""Which part of a plan is wanted: `--only user:ada --only drift`; several are joined by OR.

A selection narrows; it never adds. What the narrowed plan does is everything that guardrails,
estimate and apply see of it, so a change that needs one that was not selected waits for it.

=============  ===================================================================================
`user:KEY`     that person's own changes, and that person's part of changes of members
`group:KEY`    that group's own changes and its members
`cause:CAUSE`  changes of that cause (`reconciler.model.desired.Cause`)
`drift`        what was changed behind Git's back
`due`          what a date has brought: `until` is over, `from` is to come, deactivated long enough
=============  ===================================================================================

`KEY` is a manifest's name, or `id:…` for a live resource without a manifest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reconciler.model.change import AddMembers, Change, RemoveMembers
from reconciler.model.declared import Declared
from reconciler.model.desired import Cause
from reconciler.model.identity import Kind, Subject, live_key
from reconciler.model.ledger import Memory
from reconciler.model.plan import Note
from reconciler.model.resource import Actual
from reconciler.model.suggestion import suggest

_SHORT: Final = {
    "drift": frozenset({Cause.DRIFT}),
    "due": frozenset({Cause.DUE, Cause.ENDED, Cause.NOT_YET}),
}
_FORMS: Final = "expected user:KEY, group:KEY, cause:CAUSE, drift or due"


@dataclass(frozen=True, slots=True)
class Selection:
    """The parts that are wanted. Empty: everything. `texts` is how they were written, sorted."""

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    causes: frozenset[Cause] = frozenset()
    texts: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        return not (self.users or self.groups or self.causes)


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
    for text in texts:
        form, _, rest = text.partition(":")
        match form, rest:
            case (("drift" | "due"), ""):
                causes |= _SHORT[form]
            case "user", key if key:
                users.add(key)
            case "group", key if key:
                groups.add(key)
            case "cause", name if name in set(Cause):
                causes.add(Cause(name))
            case "cause", name:
                near = suggest(name, Cause)
                hint = f"causes are {', '.join(Cause)}" if near is None else f"did you mean {near}?"
                return SelectionError(f"there is no cause {name!r}", hint)
            case _:
                return SelectionError(f"{text!r} selects nothing", _FORMS)
    return Selection(
        frozenset(users), frozenset(groups), frozenset(causes), tuple(sorted(set(texts)))
    )


def unknown_subjects(
    selection: Selection, declared: Declared, actual: Actual, memory: Memory | None = None
) -> tuple[str, ...]:
    """One sentence per selected subject that is neither declared, nor live, nor remembered."""
    remembered = frozenset[str]() if memory is None else frozenset(memory.links)
    return (
        *_unknown(Kind.USER, selection.users, declared.users, actual, remembered),
        *_unknown(Kind.GROUP, selection.groups, declared.groups, actual, remembered),
    )


def _unknown(
    kind: Kind,
    wanted: frozenset[str],
    declared: Iterable[str],
    actual: Actual,
    remembered: frozenset[str],
) -> Iterator[str]:
    known = {*declared, *map(live_key, actual.listing(kind).resources)}
    for key in sorted(wanted - known):
        if str(Subject(kind, key)) not in remembered:
            near = suggest(key, known)
            hint = "" if near is None else f"; did you mean {kind}:{near}?"
            yield f"{kind}:{key} is neither declared nor live{hint}"


def narrow(changes: Iterable[Change], selection: Selection) -> list[Change]:
    """The changes, and the parts of changes of members, that are selected."""
    if selection.everything:
        return list(changes)
    return [kept for change in changes if (kept := _part(change, selection)) is not None]


def _part(change: Change, selection: Selection) -> Change | None:
    keys = selection.users if change.kind is Kind.USER else selection.groups
    if change.key in keys or change.cause in selection.causes:
        return change
    if isinstance(change, AddMembers | RemoveMembers):
        members = tuple(key for key in change.members if key in selection.users)
        return replace(change, members=members) if members else None
    return None


def narrow_notes(notes: Iterable[Note], selection: Selection) -> list[Note]:
    """The notes about the selected subjects; all of them where anything else is selected too."""
    if selection.causes or selection.everything:
        return list(notes)
    return [
        note
        for note in notes
        if note.key in (selection.users if note.kind is Kind.USER else selection.groups)
    ]
