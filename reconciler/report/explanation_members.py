"""A person's groups, or a group's members, as the text of an explanation.

Of a group, members about whom there is nothing to say but that they are in it are folded; whoever
joins, leaves, waits, stays or is undetermined never is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.desired.truth import Truth
from reconciler.model.identity import Kind
from reconciler.model.show import inert, plain, show
from reconciler.model.words import counted
from reconciler.plan.explain.declared import Explanation
from reconciler.plan.explain.members import Membership, Move, Presence
from reconciler.report.explanation_words import TRUTHS, located
from reconciler.report.style import Detail, Style, Tone

_SHOWN: Final = 8  # members of a group for whom there is nothing to say but that they are in it

_MOVES: Final = {
    Move.ADDED: ("+", Tone.ADD, "to be added"),
    Move.REMOVED: ("-", Tone.REMOVE, "to be removed"),
    Move.NONE: (".", Tone.QUIET, ""),
}
_PRESENCES: Final = {
    Presence.YES: "is a live member",
    Presence.NO: "is no live member",
    Presence.UNKNOWN: "whether live is not known",
}


def membership_lines(explained: Explanation, style: Style, detail: Detail) -> Iterator[str]:
    """The paragraph about memberships; nothing for a person in no group."""
    person = explained.subject.kind is Kind.USER
    if person and not explained.memberships:
        return
    title = "Groups" if person else f"Members ({explained.mode}): {_census(explained.memberships)}"
    yield from paragraph(title, explained.memberships, person=person, style=style, detail=detail)


def paragraph(
    title: str, memberships: Sequence[Membership], *, person: bool, style: Style, detail: Detail
) -> Iterator[str]:
    """Memberships under a title: of a person, or of a group."""
    yield ""
    yield title
    quiet = [m for m in memberships if _is_quiet(m)]
    hidden = set() if person or detail is Detail.FULL else {id(m) for m in quiet[_SHOWN:]}
    for membership in memberships:
        if id(membership) not in hidden:
            yield from _membership(membership, person=person, style=style)
    if hidden:
        yield style.mark(Tone.QUIET, f"  … {len(hidden):,} more members (--full shows them)")


def _is_quiet(membership: Membership) -> bool:
    """Nothing happens with it, and nothing about it is unusual."""
    if membership.move is not Move.NONE:
        return False
    if membership.belonging.wanted is Truth.TRUE:
        return membership.live is not Presence.NO
    none_of_gits = membership.belonging.declared is None and membership.stays is None
    return none_of_gits and membership.live is Presence.YES


def _census(memberships: Sequence[Membership]) -> str:
    wanted = sum(m.belonging.wanted is Truth.TRUE for m in memberships)
    parts = [f"{counted(wanted, 'member')} wanted"]
    for number, words in (
        (sum(m.live is Presence.YES for m in memberships), "live"),
        (sum(m.move is Move.ADDED for m in memberships), "to be added"),
        (sum(m.move is Move.REMOVED for m in memberships), "to be removed"),
        (sum(m.belonging.wanted is Truth.UNDETERMINED for m in memberships), "undetermined"),
        (sum(m.waits for m in memberships), "waiting"),
        (sum(m.stays is not None for m in memberships), "left in without Git"),
    ):
        if number:
            parts.append(f"{number:,} {words}")
    return ", ".join(parts)


def _membership(membership: Membership, *, person: bool, style: Style) -> Iterator[str]:
    part = membership.group if person else membership.member
    symbol, tone, word = _MOVES[membership.move]
    name = plain(part.key) if part.name == part.key else f"{show(part.name)} ({plain(part.key)})"
    wanted = membership.belonging.wanted
    tone_of_wanted, said = TRUTHS[wanted]
    state = word or ("waiting, not live yet" if membership.waits else _PRESENCES[membership.live])
    yield f"  {style.mark(tone, symbol)} {name}: {style.mark(tone_of_wanted, said)}, {state}"
    why = membership.belonging.why
    declared = membership.belonging.declared
    if declared is not None and declared != why:
        yield located(f"      Git: {inert(declared.text)}", declared.at, style)
    stays = "" if membership.stays is None else f"; it stays: {inert(membership.stays)}"
    yield located(f"      {inert(why.text)}{stays}", why.at, style)
