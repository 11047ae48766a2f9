"""`reconciler drift`: what was changed behind Git's back, apart from what is not applied yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click

from reconciler.cli.loading import load_tree
from reconciler.cli.options import AS_OF, FULL, STATE, TARGETS, TREE, format_option
from reconciler.cli.paths import TreePaths
from reconciler.cli.planning import Request, commit_of, plan_each, selection_of
from reconciler.cli.state import StateDirectory
from reconciler.cli.targets import targets_of
from reconciler.cli.world import World
from reconciler.model.exit import ExitCode, gravest
from reconciler.report.drift import drift_data, drift_lines
from reconciler.report.style import Detail


@click.command("drift")
@TARGETS
@TREE
@STATE
@AS_OF
@FULL
@format_option("text", "json")
@click.pass_obj
def command(
    world: World,
    targets: Sequence[str],
    paths: TreePaths,
    state: StateDirectory,
    as_of: datetime,
    detail: Detail,
    output: str,
) -> ExitCode:
    """Find differences between Git and what targets hold; exit 2 when there are any.

    Drift (changed at the provider) stands apart from what Git wants and nobody has applied yet.
    Sends only reads; heals nothing. To heal: reconciler plan --only drift -o PLAN, then apply it.
    """
    tree = load_tree(paths, as_of=as_of)
    request = Request(tree, as_of, commit_of(paths.manifests, world), selection_of(()))
    codes = []
    data = []
    chosen = targets_of(tree, targets, world)
    for target, saved in plan_each(chosen, request, world, state):
        if saved is None:
            codes.append(ExitCode.ERROR)
            continue
        if saved.plan.gaps:
            codes.append(ExitCode.ERROR)
        elif saved.plan.changes or saved.plan.undecided:
            codes.append(ExitCode.CHANGES)
        if output == "json":
            data.append(drift_data(saved.plan))
        else:
            world.say(drift_lines(saved.plan, target.name, world.style, detail))
    if output == "json":
        world.say_data(data)
    return gravest(codes)
