"""Digests of what is done and of what Git wants: the same thing gives the same text, always.

A change's hash covers *what*: the target, the resource, the values and members before and after.
Not when, not why, not the order, not how many others are in the group: a reviewed change stays the
reviewed change when a comment moves its line or a colleague joins the same group.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from reconciler.model.canonical import digest
from reconciler.model.change import (
    AddMembers,
    AttributeChange,
    AttributeValue,
    Change,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    RemoveMembers,
    Removing,
    SetReferences,
    Update,
)
from reconciler.model.desired import (
    DesiredGroup,
    DesiredUser,
    Excluded,
    Provisioned,
    Standing,
    Undetermined,
)
from reconciler.model.identity import Kind
from reconciler.model.mapping import Apply
from reconciler.model.plan import TargetIdentity
from reconciler.model.sealed import Held, Sealed, Seals
from reconciler.model.target import Deprovision
from reconciler.plan.lifecycle import effect_of


def change_hash(target: TargetIdentity, change: Change) -> str:
    """`sha256:` and the digest of what `change` does at `target`."""
    where = [target.name, target.fingerprint]
    whom = [change.action, change.kind, change.key, change.id]
    return digest([where, whom, _what(change)])


def hashes_of(changes: Iterable[Change]) -> tuple[str, ...]:
    """The hashes of several changes, sorted: what an acknowledgement of them is bound to."""
    return tuple(sorted({change.hash for change in changes}))


def _what(change: Change) -> object:
    match change:
        case Create(values=values):
            return _values(values)
        case Update(changes=changes, adopts=adopts):
            return [_differences(changes), adopts]
        case Reactivate(changes=changes):
            return _differences(changes)
        case Deactivate():
            return None
        case Delete(seen=seen, members=members):
            return [_values(seen), members]
        case SetReferences(references=references):
            return [[part.path, part.before, part.after] for part in references]
        case AddMembers(members=members, privileged=privileged):
            return [members, privileged]
        case RemoveMembers(members=members, by=Removing.EACH):
            return members
        case RemoveMembers(members=members, by=by):
            return [members, by]
        case _:
            assert_never(change)


def _values(values: Iterable[AttributeValue]) -> object:
    return [[value.path, _data(value.value)] for value in values]


def _differences(changes: Iterable[AttributeChange]) -> object:
    return [[change.path, _data(change.before), _data(change.after)] for change in changes]


def _data(held: Held) -> object:
    return {"sealed": held.fingerprint} if isinstance(held, Sealed) else held


def desired_fingerprint(
    desired: DesiredUser | DesiredGroup, deprovision: Deprovision, seals: Seals
) -> str:
    """16 hexadecimal digits over what Git wants of one subject at one target.

    Equal to the remembered one: Git has not changed its mind since. So it covers the standing, what
    the target does with somebody of that standing, every value and the membership; not the words
    of a reason, and no line number. A value that is written on creation only is no wish any more
    once it is written; a hidden one is there as its seal.
    """
    subject = desired.subject
    values = sorted(
        (
            path.folded,
            None
            if wanted.apply is Apply.ON_CREATE
            else _data(seals.hide(subject, path, wanted.value)),
            wanted.apply,
        )
        for path, wanted in desired.values.items()
    )
    standing = _standing(subject.kind, desired.standing, deprovision)
    wanted: list[object] = [standing, values]
    if isinstance(desired, DesiredUser) and desired.references:
        named = desired.references.items()
        wanted += [sorted([path.folded, ref.key, ref.apply] for path, ref in named)]
    if isinstance(desired, DesiredGroup):
        users = [sorted(desired.members), sorted(desired.undetermined)]
        groups = [sorted(desired.nested), sorted(desired.undetermined_nested)]
        wanted += [desired.members_managed, desired.membership, users, groups]
    return digest(wanted).removeprefix("sha256:")[:16]


def _standing(kind: Kind, standing: Standing, deprovision: Deprovision) -> object:
    match standing:
        case Provisioned():
            return "provisioned"
        case Excluded(cause=cause, managed=managed):
            return ["excluded", cause, managed, effect_of(kind, cause, deprovision)]
        case Undetermined(code=code):
            return ["undetermined", code]
        case _:
            assert_never(standing)
