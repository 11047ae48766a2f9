"""A few changes go first, one after another, and each is read back before anything else is sent.

A mapping that is wrong for everybody, or a provider that accepts and does not keep, shows itself at
three people and not at three thousand. Chosen is, for every sort of change in turn, what has the
least effect: no name that is lost, no privileged group, few members. Nothing is chosen that needs
another change of the plan first, and nobody is taken out of a group by a canary while a group that
the same plan gives them is still to come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence, Set
from itertools import zip_longest
from typing import assert_never

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
from reconciler.model.identity import Kind, member_key, subject_of_member
from reconciler.model.profile import MembersIn, Profile
from reconciler.plan.order import Edge


def choose(
    changes: Sequence[Change],
    due: Collection[int],
    waits: Sequence[Sequence[Edge]],
    profile: Profile,
    number: int,
) -> tuple[int, ...]:
    """At most `number` of the `due` changes, by index, in the plan's order."""
    coming = [changes[index] for index in due]
    made = {member_key(change.subject) for change in coming if isinstance(change, Create)}
    gaining = {key for c in coming if isinstance(c, AddMembers) for key in c.members}
    sorts: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for index in sorted(due, key=lambda i: (_effect(changes[i]), i)):
        change = changes[index]
        needs_another = any(edge.on in due for edge in waits[index])
        if needs_another or not _may_go_first(change, made, gaining, profile):
            continue
        sorts[change.action, change.kind].append(index)
    in_turn = sorted(sorts.values(), key=lambda of: (_effect(changes[of[0]])[:2], of[0]))
    chosen = [index for turn in zip_longest(*in_turn) for index in turn if index is not None]
    return tuple(sorted(chosen[:number]))


def _may_go_first(change: Change, made: Set[str], gaining: Set[str], profile: Profile) -> bool:
    match change:
        case AddMembers(members=members):
            return profile.members_in is not MembersIn.NEVER and made.isdisjoint(members)
        case RemoveMembers(members=members) | Delete(members=members):
            if any(subject_of_member(key).kind is Kind.GROUP for key in members):
                return not gaining  # who is in that group does not stand in the plan
            return gaining.isdisjoint([*members, member_key(change.subject)])
        case Deactivate():
            return member_key(change.subject) not in gaining
        case SetReferences():
            return change.id is not None and made.isdisjoint(change.named)
        case Create() | Update() | Reactivate():
            return True
        case _:
            assert_never(change)


def _effect(change: Change) -> tuple[bool, bool, int]:
    """What would be lost for good, what would be given to many or to the powerful."""
    match change:
        case AddMembers(members=members, privileged=privileged):
            return False, privileged, len(members)
        case RemoveMembers(members=members) | Delete(members=members):
            return change.irreversible is not None, False, len(members)
        case Update(changes=parts) | Reactivate(changes=parts):
            return change.irreversible is not None, False, len(parts)
        case SetReferences(references=references):
            return False, False, len(references)
        case Create() | Deactivate():
            return change.irreversible is not None, False, 1
        case _:
            assert_never(change)
