"""A target read and put beside Git, for whoever asks about one subject before a plan is made."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from reconciler.cli.asking import asked_scene
from reconciler.cli.connections import open_target
from reconciler.cli.key import key_for
from reconciler.cli.ledgers import ledger_of
from reconciler.cli.loading import Tree
from reconciler.cli.progress import progress
from reconciler.cli.state import StateDirectory
from reconciler.cli.world import World
from reconciler.desired.desire import desire_from
from reconciler.desired.grounds import Grounds, find_grounds
from reconciler.model.desired import Desired
from reconciler.model.ledger import Memory, remember
from reconciler.model.resource import Actual
from reconciler.model.target import Target
from reconciler.plan.build import build_plan
from reconciler.plan.explain.declared import Seen
from reconciler.plan.explain.members import Sight
from reconciler.plan.judge import judge_all
from reconciler.plan.scene import Scene, set_scene
from reconciler.plan.selection import Selection
from reconciler.scim.snapshot import read_actual


@dataclass(frozen=True, slots=True)
class Sides:
    """What Git wants at one target, and the grounds of it."""

    grounds: Grounds
    desired: Desired


def git_side(
    tree: Tree, target: Target, moment: datetime, world: World, state: StateDirectory
) -> Sides:
    """What Git says alone, and the sources that it names.

    Raises:
        LedgerError: nothing tells what a source had at the last apply.
    """
    profile = tree.declared.profiles[target.profile]
    key = key_for(tree.declared, target, world.env, state)
    counted = _memory(target, world, state).rows if tree.declared.feeds else {}
    grounds = find_grounds(tree.declared, target, profile, as_of=moment, key=key, counted=counted)
    return Sides(grounds, desire_from(grounds))


def look(git: Sides, world: World, state: StateDirectory) -> Scene:
    """The target as it is now, put beside Git. Sends only reads.

    Raises:
        ReconcilerError: it could not be read at all, or its ledger could not.
    """
    return asyncio.run(_read(git, world, state))


def put_together(git: Sides, actual: Actual, world: World, state: StateDirectory) -> Scene:
    """What was read, put beside Git and what the ledger remembers by now.

    Raises:
        LedgerError: it cannot be read.
    """
    grounds = git.grounds
    return set_scene(
        declared=grounds.declared,
        desired=git.desired,
        actual=actual,
        target=grounds.target,
        profile=grounds.profile,
        memory=_memory(grounds.target, world, state),
        as_of=grounds.as_of,
    )


def see(scene: Scene, tree: Tree, *, commit: str | None, selection: Selection) -> Seen:
    """What a plan makes of the scene, and what the policies say to it."""
    plan = build_plan(scene, commit=commit, selection=selection)
    return Seen(Sight(scene, plan), judge_all(plan, tree.policies, scene.profile.safety))


def _memory(target: Target, world: World, state: StateDirectory) -> Memory:
    return remember(ledger_of(target.name, world, state).records())


async def _read(git: Sides, world: World, state: StateDirectory) -> Scene:
    grounds = git.grounds
    with progress(world) as bars:
        async with open_target(grounds.target, grounds.profile, world, state) as client:
            actual = await read_actual(client, grounds.profile, progress=bars.show)
            return await asked_scene(
                client, actual, lambda seen: put_together(git, seen, world, state), bars.show
            )
