"""One subject at one target: found, planned, carried out, and looked at again.

The chain is that of `plan` and `apply`, with a selection; nothing here decides or writes anything
by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import click

from reconciler.cli.applying import Finished, apply_plan
from reconciler.cli.connections import open_target
from reconciler.cli.failures import refusal
from reconciler.cli.loading import Tree
from reconciler.cli.looking import Sides, look, put_together, see
from reconciler.cli.state import StateDirectory
from reconciler.cli.world import World
from reconciler.model.identity import Kind, Subject, member_key
from reconciler.model.plan import Plan
from reconciler.model.policy import Acknowledgement
from reconciler.model.profile import MembersIn
from reconciler.model.resource import Resource
from reconciler.plan.explain.subject import SubjectError, find_subject
from reconciler.plan.explain.undeclared import Anybody, explain_anybody, find_anybody
from reconciler.plan.on_demand import Live, people_of, seen_again, selection_of_subject, touched
from reconciler.plan.scene import Scene
from reconciler.plan.selection import Selection
from reconciler.report.planfile import SavedPlan, save

_FIRST_PAUSE: Final = 0.5
#: Resources that are read back one by one; more are read with everything else.
_FEW: Final = 20


@dataclass(frozen=True, slots=True)
class Demand:
    """A subject at a target: what was read, what was decided, and the plan of it.

    `run` names carrying it out, if it is.
    """

    subject: Subject
    git: Sides
    scene: Scene
    selection: Selection
    explained: Anybody
    saved: SavedPlan
    run: str


def demand(
    text: str,
    members: Sequence[str],
    git: Sides,
    tree: Tree,
    commit: str | None,
    *,
    world: World,
    state: StateDirectory,
) -> Demand:
    """Find whom `text` means, and plan that part. Sends only reads.

    Raises:
        ReconcilerError: the target could not be read at all.
    """
    found = find_subject(text, tree.declared)
    if isinstance(found, SubjectError) and found.several:
        raise refusal(found, "SUBJECT")
    scene = look(git, world, state)
    if isinstance(found, SubjectError):
        found = find_anybody(text, scene, undeclared=found)
    if isinstance(found, SubjectError):
        raise refusal(found, "SUBJECT")
    selection = selection_of_subject(found, _members(found, members, scene, tree))
    seen = see(scene, tree, commit=commit, selection=selection)
    return Demand(
        subject=found,
        git=git,
        scene=scene,
        selection=selection,
        explained=explain_anybody(found, git.grounds, git.desired, seen),
        saved=save(seen.sight.plan, seen.verdict),
        run=str(uuid4()),
    )


def _members(subject: Subject, texts: Sequence[str], scene: Scene, tree: Tree) -> Sequence[str]:
    """The members that a group is narrowed to, as a plan writes them."""
    if not texts:
        return ()
    if subject.kind is Kind.USER:
        raise click.BadParameter(f"{subject} is no group", param_hint="--member")
    people = people_of(subject.key, scene)
    return [_member(text, subject, people, tree) for text in texts]


def _member(text: str, group: Subject, people: frozenset[str], tree: Tree) -> str:
    found = find_subject(text, tree.declared)
    key = member_key(found) if isinstance(found, Subject) else text
    if key in people:
        return key
    if isinstance(found, SubjectError) and text.partition(":")[0] != "id":
        raise refusal(found, "--member")
    raise click.BadParameter(
        f"{text!r} is not in {group}, neither in Git nor live", param_hint="--member"
    )


def carry_out(
    asked: Demand,
    given: Sequence[Acknowledgement],
    tree: Tree,
    world: World,
    state: StateDirectory,
) -> Finished:
    """The plan, carried out by the executor that carries out every plan."""
    return asyncio.run(
        apply_plan(
            asked.saved,
            target=asked.git.grounds.target,
            tree=tree,
            given=given,
            world=world,
            state=state,
            run=asked.run,
            progress=None,
        )
    )


@dataclass(frozen=True, slots=True)
class Afterwards:
    """The subject as it is now, and the part of the same plan that is still to be done."""

    explained: Anybody
    left: Plan


def look_back(
    asked: Demand, finished: Finished, tree: Tree, world: World, state: StateDirectory
) -> Afterwards:
    """What was touched, read again, and planned once more with the same selection.

    Live is read until nothing is left to do, or for as long as the provider may take to show a
    write. Sends only reads.

    Raises:
        ReconcilerError: it could not be read.
    """
    grounds, before = asked.git.grounds, asked.saved.plan
    wanted = touched(before, finished.applied.outcomes)
    waited, pause = 0.0, _FIRST_PAUSE
    while True:
        scene = _look_again(asked, wanted, world, state)
        seen = see(scene, tree, commit=before.commit, selection=asked.selection)
        left = seen.sight.plan
        if not left.changes or waited >= grounds.profile.visible_within:
            explained = explain_anybody(asked.subject, grounds, asked.git.desired, seen)
            return Afterwards(explained, left)
        asyncio.run(_wait(pause, world))
        waited, pause = waited + pause, pause * 2


def _look_again(
    asked: Demand, wanted: Sequence[Live], world: World, state: StateDirectory
) -> Scene:
    profile = asked.git.grounds.profile
    if len(wanted) > _FEW or profile.members_in is MembersIn.PROBED:
        return look(asked.git, world, state)
    again = asyncio.run(_read(wanted, asked, world, state))
    return put_together(asked.git, seen_again(asked.scene, again), world, state)


async def _wait(pause: float, world: World) -> None:
    await world.sleep(pause)


async def _read(
    wanted: Sequence[Live], asked: Demand, world: World, state: StateDirectory
) -> list[tuple[Live, Resource | None]]:
    grounds = asked.git.grounds
    async with open_target(grounds.target, grounds.profile, world, state) as client:
        return [(live, await client.get(*live)) for live in wanted]
