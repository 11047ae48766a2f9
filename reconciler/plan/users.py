"""What happens to people: one standing, one live account or none, at most a few changes.

=============  ============  =====================================================================
standing       not live      live, and ours
=============  ============  =====================================================================
provisioned    create        update what differs; reactivate whoever is switched off
excluded       nothing       as `deprovision` says for the cause; attributes are kept up to date
                             where the standing says so
undetermined   nothing       nothing: they keep what they have
no manifest                  as `deprovision.removed` says
=============  ============  =====================================================================

Nobody in a conflict is touched, and nobody at all where users are only looked up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from reconciler.model.change import Change, Deactivate, Delete
from reconciler.model.desired import Cause, DesiredUser, Excluded, Provisioned, Undetermined
from reconciler.model.identity import Kind
from reconciler.model.note_code import NoteCode
from reconciler.model.plan import Note, NoteKind
from reconciler.model.profile import Deactivation
from reconciler.model.resource import Resource
from reconciler.plan.leaving import Leaver, leave
from reconciler.plan.notes import noted, skipped
from reconciler.plan.orphans import kept_orphans, orphans
from reconciler.plan.provisioning import create, keep, reactivate
from reconciler.plan.scene import Scene


def plan_users(scene: Scene) -> Iterator[Change | Note]:
    """Changes and notes for every declared person, and for accounts of ours without a manifest."""
    for user in scene.desired.users.values():
        yield from _notes(user)
        yield from _overriding(user, scene)
        if scene.users.side.managed and user.key not in scene.users.conflicted:
            yield from _person(user, scene)
    for orphan in orphans(Kind.USER, scene):
        yield from leave(orphan, scene)
    yield from kept_orphans(Kind.USER, scene)


def _notes(user: DesiredUser) -> Iterator[Note]:
    match user.standing:
        case Undetermined(code=code, reason=reason):
            yield skipped(code, user, reason.text, reason.at)
        case Excluded(cause=Cause.HELD, reason=reason):
            yield noted(NoteKind.HELD, NoteCode.HELD, user, reason.text, reason.at)
        case _:
            pass


def _overriding(user: DesiredUser, scene: Scene) -> Iterator[Note]:
    """That a manifest says something else than the row of a source."""
    declared = scene.declared_from.users.get(user.key)
    row = None if declared is None else declared.row
    if declared is None or row is None or not row.overridden:
        return
    names = ", ".join(row.overridden)
    message = f"the manifest counts for {names}; source {row.source} ({row.at}) says otherwise"
    at = min(declared.place(name) for name in row.overridden)
    yield noted(NoteKind.ADVICE, NoteCode.OVERRIDES_SOURCE, user, message, at)


def _person(user: DesiredUser, scene: Scene) -> Iterator[Change | Note]:
    live = scene.users.live(user.key)
    match user.standing:
        case Provisioned(reason=reason):
            if live is None:
                yield from create(user, reason, scene)
            elif _switched_off(live, scene):
                yield from reactivate(user, live, scene)
            else:
                yield from keep(user, live, scene)
        case Excluded() as excluded:
            if live is not None:
                yield from _excluded(user, excluded, live, scene)
        case Undetermined():
            pass
        case _:
            assert_never(user.standing)


def _switched_off(live: Resource, scene: Scene) -> bool:
    has_switch = scene.profile.deactivation is not Deactivation.NONE
    return has_switch and not scene.users.side.active(live.id)


def _excluded(
    user: DesiredUser, excluded: Excluded, live: Resource, scene: Scene
) -> Iterator[Change | Note]:
    leaving = list(leave(Leaver.of(user, excluded, live), scene))
    yield from leaving
    # Where deactivating destroys the account, or hides it, nothing is left to keep up to date.
    destroyed = scene.profile.deactivation is Deactivation.DESTRUCTIVE
    ends = (Delete,) if scene.profile.inactive_shown else (Delete, Deactivate)
    if excluded.managed and not destroyed and not any(isinstance(c, ends) for c in leaving):
        yield from keep(user, live, scene)
