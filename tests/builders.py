"""Full values with one interesting detail: what a test does not name is ordinary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from reconciler.model.attributes import MANAGER
from reconciler.model.change import (
    AddMembers,
    AttributeChange,
    AttributeValue,
    Change,
    Create,
    Deactivate,
    Delete,
    Reactivate,
    ReferenceChange,
    RemoveMembers,
    SetReferences,
    Step,
    Update,
)
from reconciler.model.desired import Cause, Reason
from reconciler.model.diagnostic import Position
from reconciler.model.identity import Kind, ResourceId
from reconciler.model.key import Key
from reconciler.model.note_code import NoteCode
from reconciler.model.path import Value
from reconciler.model.plan import (
    Estimate,
    Note,
    NoteKind,
    Plan,
    Population,
    Principal,
    Recheck,
    TargetIdentity,
)
from reconciler.model.sealed import Held, Sealed
from reconciler.model.secret import Secret


def in_the_clear(held: Held) -> Value:
    """A value of a plan that is not under seal."""
    assert not isinstance(held, Sealed)
    return held


#: The key of a deployment that exists in tests only.
A_KEY = Key(Secret("a key that only tests know"))
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HERE = Position("people.yaml", 7, 3)
BECAUSE = Reason("Git says so", HERE)


def a_create(key: str = "e1", name: str = "ada@zone.example", **values: Value) -> Create:
    wanted = values or {"userName": name}
    return Create(
        kind=Kind.USER,
        key=key,
        name=name,
        cause=Cause.ADDED,
        reason=BECAUSE,
        step=Step.CREATE_USERS,
        hash=f"create-{key}",
        values=tuple(AttributeValue(path, value, HERE) for path, value in wanted.items()),
    )


def an_update(
    key: str = "e1",
    path: str = "title",
    before: Value = "Lead",
    after: Value = "Head",
    cause: Cause = Cause.CHANGED,
    irreversible: str | None = None,
) -> Update:
    return Update(
        kind=Kind.USER,
        key=key,
        name="ada@zone.example",
        id=ResourceId(f"id-{key}"),
        cause=cause,
        reason=BECAUSE,
        step=Step.UPDATE_USERS,
        hash=f"update-{key}-{after}",
        irreversible=irreversible,
        changes=(AttributeChange(path, before, after, HERE),),
    )


def a_reactivation(key: str = "e1") -> Reactivate:
    return Reactivate(
        kind=Kind.USER,
        key=key,
        name="ada@zone.example",
        id=ResourceId(f"id-{key}"),
        cause=Cause.ENABLED,
        reason=BECAUSE,
        step=Step.CREATE_USERS,
        hash=f"reactivate-{key}",
        changes=(AttributeChange("active", False, True, HERE),),
    )


def a_deactivation(key: str = "e1", reason: Reason = BECAUSE) -> Deactivate:
    return Deactivate(
        kind=Kind.USER,
        key=key,
        name="ada@zone.example",
        id=ResourceId(f"id-{key}"),
        cause=Cause.DISABLED,
        reason=reason,
        step=Step.LEAVERS,
        hash=f"deactivate-{key}",
    )


def a_deletion(key: str = "ops", members: Iterable[str] = ()) -> Delete:
    return Delete(
        kind=Kind.GROUP,
        key=key,
        name="Ops",
        id=ResourceId(f"id-{key}"),
        cause=Cause.REMOVED,
        reason=BECAUSE,
        step=Step.DELETE_GROUPS,
        hash=f"delete-{key}",
        irreversible="a deleted group is gone",
        seen=(AttributeValue("displayName", "Ops"),),
        members=tuple(members),
    )


def an_addition(key: str = "ops", members: Iterable[str] = ("e1",)) -> AddMembers:
    return AddMembers(
        kind=Kind.GROUP,
        key=key,
        name="Ops",
        id=ResourceId(f"id-{key}"),
        cause=Cause.CHANGED,
        reason=BECAUSE,
        step=Step.ADD_MEMBERS,
        hash=f"add-{key}",
        members=tuple(members),
    )


def a_removal(key: str = "ops", members: Iterable[str] = ("e1",), held: int = 10) -> RemoveMembers:
    return RemoveMembers(
        kind=Kind.GROUP,
        key=key,
        name="Ops",
        id=ResourceId(f"id-{key}"),
        cause=Cause.CHANGED,
        reason=BECAUSE,
        step=Step.REMOVE_MEMBERS,
        hash=f"remove-{key}",
        members=tuple(members),
        held=held,
    )


def a_reference(
    key: str = "e1", before: str | None = None, after: str | None = "e2", *, live: bool = True
) -> SetReferences:
    return SetReferences(
        kind=Kind.USER,
        key=key,
        name="ada@zone.example",
        id=ResourceId(f"id-{key}") if live else None,
        cause=Cause.CHANGED,
        reason=BECAUSE,
        step=Step.SET_REFERENCES,
        hash=f"name-{key}-{after}",
        references=(ReferenceChange(MANAGER.text, before, after, HERE),),
    )


def a_note(note: NoteKind, message: str = "a sentence", key: str = "e1") -> Note:
    return Note(
        note, NoteCode.FILTER_UNDETERMINED, Kind.USER, key, "ada@zone.example", message, HERE
    )


def a_plan(
    *changes: Change,
    notes: Iterable[Note] = (),
    gaps: Iterable[str] = (),
    principals: Mapping[str, Principal] | None = None,
    target: str = "box",
    commit: str | None = "c0ffee",
    selection: Iterable[str] = (),
    seconds: float | None = None,
    population: Population | None = None,
) -> Plan:
    recheck = Recheck.EACH if changes else Recheck.NONE
    return Plan(
        target=TargetIdentity(target, "rfc7644", "embedded:box", "f1"),
        as_of=NOON,
        expires=NOON + timedelta(hours=24),
        tool_version="0.1.0",
        commit=commit,
        selection=tuple(selection),
        changes=tuple(sorted(changes, key=lambda c: (c.step, c.kind, c.key, c.action))),
        principals=principals or {},
        notes=tuple(notes),
        gaps=tuple(gaps),
        population=population or Population(100, 100, 10, 10, 100, 10),
        widened=(),
        estimate=Estimate(recheck, len(changes), 0, len(changes), 0, seconds),
    )
