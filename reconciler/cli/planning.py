"""One target, read and planned: the chain of `reconciler`'s first page, joined."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from reconciler.cli.asking import asked_scene
from reconciler.cli.connections import open_target
from reconciler.cli.failures import refusal
from reconciler.cli.key import key_for
from reconciler.cli.ledgers import ledger_of
from reconciler.cli.loading import Tree
from reconciler.cli.progress import progress
from reconciler.cli.state import StateDirectory
from reconciler.cli.undoing import Undo, find_undoing
from reconciler.cli.world import World
from reconciler.desired.desire import desire
from reconciler.errors import ReconcilerError
from reconciler.manifests.collector import collector_paused
from reconciler.model.ledger import remember
from reconciler.model.resource import Actual
from reconciler.model.target import Target
from reconciler.plan.build import build_plan, build_undo
from reconciler.plan.judge import judge_all
from reconciler.plan.scene import Scene, set_scene
from reconciler.plan.selection import Selection, SelectionError, parse_selection, unknown_subjects
from reconciler.report.planfile import SavedPlan, save
from reconciler.scim.snapshot import read_actual

ReadProgress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be planned: the tree, the moment, the selection, the commit; or what undone."""

    tree: Tree
    as_of: datetime
    commit: str | None
    selection: Selection
    undo: Undo | None = None


async def plan_target(
    target: Target,
    request: Request,
    world: World,
    state: StateDirectory,
    progress: ReadProgress | None = None,
) -> SavedPlan:
    """Read a target and plan it. Sends only reads."""
    declared = request.tree.declared
    profile = declared.profiles[target.profile]
    memory = remember(ledger_of(target.name, world, state).records())
    key = key_for(declared, target, world.env, state)
    with collector_paused():  # a value for every attribute of everybody, and no cycle among them
        desired = desire(
            declared, target, profile, as_of=request.as_of, key=key, counted=memory.rows
        )

    def scene_of(actual: Actual) -> Scene:
        return set_scene(
            declared=declared,
            desired=desired,
            actual=actual,
            target=target,
            profile=profile,
            memory=memory,
            as_of=request.as_of,
        )

    async with open_target(target, profile, world, state) as client:
        actual = await read_actual(client, profile, progress=progress)
        unknown = unknown_subjects(request.selection, declared, actual, memory)
        if unknown:
            raise click.BadParameter("; ".join(unknown), param_hint="--only")
        scene = await asked_scene(client, actual, scene_of, progress)
    commit, selection = request.commit, request.selection
    if request.undo is None:
        plan = build_plan(scene, commit=commit, selection=selection)
    else:
        undoing = find_undoing(request.undo, target.name, world, state)
        plan = build_undo(undoing, scene, commit=commit, selection=selection)
    return save(plan, judge_all(plan, request.tree.policies, profile.safety))


def plan_each(
    targets: Sequence[Target], request: Request, world: World, state: StateDirectory
) -> Iterator[tuple[Target, SavedPlan | None]]:
    """Each target with its plan; None where it could not be read at all, which is told.

    One target's failure is nobody else's.
    """
    for target in targets:
        try:
            with progress(world) as bars:
                saved = asyncio.run(plan_target(target, request, world, state, bars.show))
        except ReconcilerError as exc:
            world.tell_error(exc, about=target.name)
            yield target, None
        else:
            yield target, saved


def selection_of(texts: Sequence[str]) -> Selection:
    """`--only`, parsed; a wrong one is a usage error."""
    selection = parse_selection(texts)
    if isinstance(selection, SelectionError):
        raise refusal(selection, "--only")
    return selection


def commit_of(directory: Path, world: World) -> str | None:
    """The commit of the tree, `…-dirty` when files differ from it; None outside Git."""
    if commit := world.env.get("RECONCILER_COMMIT"):
        return commit
    try:
        answer = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],  # noqa: S607  the PATH's git is the one people use
            cwd=directory if directory.is_dir() else world.directory,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None
