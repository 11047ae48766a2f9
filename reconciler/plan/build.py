"""From what Git wants and what is live to everything that an apply would do.

Each step is one module of this package; `reconciler.plan` says what holds of them together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Final

from reconciler import __version__
from reconciler.model.change import Change
from reconciler.model.plan import Note, Plan, Undoes
from reconciler.model.undoing import Undoing
from reconciler.plan.basis import rests_on
from reconciler.plan.capacity import crowded, free_seats, overfull
from reconciler.plan.eligible import find_eligible
from reconciler.plan.estimate import estimate
from reconciler.plan.groups import plan_groups
from reconciler.plan.hashes import change_hash
from reconciler.plan.horizon import ending_soon
from reconciler.plan.identity import target_identity
from reconciler.plan.members import plan_members
from reconciler.plan.names import arrange
from reconciler.plan.principals import principals
from reconciler.plan.probing import left_unseen, to_ask, witnesses
from reconciler.plan.provenance import with_sources
from reconciler.plan.references import plan_references
from reconciler.plan.removing import emptied
from reconciler.plan.scene import Scene
from reconciler.plan.sealing import seal
from reconciler.plan.selection import Selection, narrow, narrow_notes, staffed
from reconciler.plan.sharing import strangers_marks
from reconciler.plan.tally import found_by, gaps, population, settled, waiting_groups, widened
from reconciler.plan.undo import undo_changes
from reconciler.plan.users import plan_users
from reconciler.plan.waiting import without_those_who_wait

#: How long a plan may be carried out after it was made.
VALID_FOR: Final = timedelta(hours=24)


def build_plan(scene: Scene, *, commit: str | None, selection: Selection) -> Plan:
    """The plan for one target, as the scene has it.

    1. Plan users, then groups, then whom people name, then members of groups.
    2. Narrow to the selection; from here on nothing outside of it exists.
    3. Bring names and order together: what frees a name goes first, what needs one that stays
       taken is left out; what was to join or be joined and is not there waits.
    4. Hide what must not show (`sealing`), and stamp each change with its hash.
    5. Count: population, widened ownership, cost, who is settled.

    The same scene gives the same plan, in whatever order its parts are.
    """
    selection = staffed(selection, scene.desired)
    resources = [*plan_users(scene), *plan_groups(scene)]
    planned = _changes(resources)
    links = [*plan_references(scene, planned), *plan_members(scene, find_eligible(planned, scene))]
    proposed = with_sources(_changes([*resources, *links]), scene)
    notes = [*_of_pairing(scene), *_notes([*resources, *links]), *ending_soon(scene)]
    return _finished(proposed, notes, scene, commit=commit, selection=selection)


def build_undo(undoing: Undoing, scene: Scene, *, commit: str | None, selection: Selection) -> Plan:
    """The plan that takes an apply back; from its second step on it is made like any other.

    Nobody is settled by it: Git wants what it wants, and says so in the next plan.
    """
    found = list(undo_changes(undoing, scene))
    opened = undoing.run.opened
    plan = _finished(_changes(found), _notes(found), scene, commit=commit, selection=selection)
    undoes = Undoes(opened.run, opened.commit, opened.at, opened.undoes)
    return replace(plan, settled=(), found_by={}, undoes=undoes)


def _finished(
    proposed: Sequence[Change],
    notes: Sequence[Note],
    scene: Scene,
    *,
    commit: str | None,
    selection: Selection,
) -> Plan:
    arranged = arrange(narrow(proposed, selection), scene)
    carried, waiting = without_those_who_wait(arranged.changes, scene)
    seated = tuple(emptied(free_seats(carried, scene), scene))
    # Who else is behind the endpoint concerns every plan, whatever it selects.
    room = [*crowded(seated, scene), *overfull(carried, scene)]
    late = [*arranged.notes, *waiting, *room, *strangers_marks(scene)]

    identity = target_identity(scene.target, scene.profile)
    sealed = (seal(change, scene.desired.seals) for change in seated)
    changes = tuple(replace(c, hash=change_hash(identity, c)) for c in sealed)
    counted, named = population(scene), principals(changes, scene)
    left = settled(proposed, carried, [*notes, *late], scene)
    moment = scene.as_of.astimezone(UTC)
    return Plan(
        target=identity,
        as_of=moment,
        expires=moment + VALID_FOR,
        tool_version=__version__,
        commit=commit,
        selection=selection.texts,
        changes=changes,
        principals=named,
        notes=_ordered([*narrow_notes(notes, selection), *late]),
        gaps=gaps(scene),
        population=counted,
        widened=widened(changes, scene),
        estimate=estimate(
            changes,
            counted,
            scene.profile,
            scene.target,
            asked=sum(map(len, to_ask(scene).values())),
        ),
        feeds=scene.desired.feeds,
        waiting=waiting_groups(notes, scene),
        left=left_unseen(scene),
        witnesses=witnesses(changes, named, scene),
        settled=left,
        found_by=found_by(changes, left, scene),
        rests_on=rests_on(carried, scene.profile),
        remembered=bool(scene.history.memory.fingerprints),
    )


def _changes(found: Iterable[Change | Note]) -> list[Change]:
    return [item for item in found if not isinstance(item, Note)]


def _notes(found: Iterable[Change | Note]) -> list[Note]:
    return [item for item in found if isinstance(item, Note)]


def _of_pairing(scene: Scene) -> list[Note]:
    return [
        note
        for pairing in (scene.users, scene.groups)
        for note in (*pairing.side.claims.notes, *pairing.notes)
    ]


def _ordered(notes: Iterable[Note]) -> tuple[Note, ...]:
    return tuple(sorted(notes, key=lambda n: (n.note, n.kind, n.key, n.code, n.message)))
