"""`reconciler plan`: every change, with its reason, for one target or several."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from reconciler.cli.files import write_private
from reconciler.cli.loading import load_tree
from reconciler.cli.log_file import ready_to_append
from reconciler.cli.options import AS_OF, FULL, ONLY, STATE, TARGETS, TREE, format_option
from reconciler.cli.paths import TreePaths
from reconciler.cli.planning import Request, commit_of, plan_each, selection_of
from reconciler.cli.provisioning_log import LOG, Logged, actor, entries_of_plan, write_log
from reconciler.cli.saving import plan_path
from reconciler.cli.state import StateDirectory
from reconciler.cli.targets import targets_of, tell_of_removed
from reconciler.cli.undoing import Undo
from reconciler.cli.world import World
from reconciler.model.exit import ExitCode, gravest
from reconciler.model.target import Target
from reconciler.report.findings import diagnostic_lines
from reconciler.report.markdown import plan_markdown
from reconciler.report.planfile import SavedPlan, as_data, encode
from reconciler.report.style import Detail
from reconciler.report.text import plan_lines


@click.command("plan")
@TARGETS
@TREE
@STATE
@ONLY
@AS_OF
@click.option(
    "-o",
    "--output",
    "destination",
    type=click.Path(path_type=Path),
    default=None,
    metavar="DIR|FILE",
    help="Save the plan: to a file (NAME.json, one target), or as DIR/TARGET.plan.json.",
)
@click.option(
    "--undo",
    default=None,
    metavar="RUN",
    help="Plan the way back from an apply of one TARGET: its run, as `ledger show` lists it, or "
    "`last`.",
)
@click.option(
    "--applied",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FILE",
    help="The plan that this run carried out, where the state directory does not have it any more.",
)
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    help="Exit 2 when there are changes, or people or groups who could not be decided; 0 when "
    "everything is as Git says.",
)
@FULL
@LOG
@format_option("text", "json", "markdown")
@click.pass_obj
def command(
    world: World,
    targets: Sequence[str],
    paths: TreePaths,
    state: StateDirectory,
    only: Sequence[str],
    as_of: datetime,
    destination: Path | None,
    undo: str | None,
    applied: Path | None,
    detailed_exitcode: bool,
    detail: Detail,
    log: Path | None,
    output: str,
) -> ExitCode:
    """Compare what Git declares with what targets hold, and show every change with its reason.

    With --undo, plan the way back from an apply instead: what it can restore, and what not and why.
    Without TARGET, all enabled targets. Sends only reads. A plan that a check blocks is shown
    whole, and exits 3; a target that could not be read to the end exits 1.
    """
    if log is not None:
        ready_to_append(log)
    tree = load_tree(paths, as_of=as_of)
    world.tell(diagnostic_lines(tree.found, world.error_style))
    chosen = targets_of(tree, targets, world)
    back = _way_back(undo, applied, chosen)
    request = Request(tree, as_of, commit_of(paths.manifests, world), selection_of(only), back)
    if not targets:
        tell_of_removed(tree, world, state)
    codes: list[ExitCode] = []
    data: list[dict[str, object]] = []
    for number, (target, saved) in enumerate(plan_each(chosen, request, world, state)):
        if saved is None:
            codes.append(ExitCode.ERROR)
            continue
        codes.append(plan_code(saved, detailed=detailed_exitcode))
        if output == "json":
            data.append(as_data(saved))
        elif output == "markdown":
            world.say([plan_markdown(saved)])
        else:
            world.say([""] if number else [])
            world.say(plan_lines(saved, world.style, detail))
        if destination is not None:
            path = plan_path(destination, target.name, alone=len(chosen) == 1)
            write_private(path, encode(saved))
            carry = f"Carry it out with: reconciler apply {path}"
            blocked = "It is blocked: first mend what the checks found, or release them."
            world.tell([f"Saved to {path}. {carry if saved.verdict.accepted else blocked}"])
        if log is not None:
            logged = Logged(saved, tree, target, actor(world), state)
            write_log(log, entries_of_plan(logged, world), world)
    if output == "json":
        one = len(chosen) == 1 and len(data) == 1
        world.say_data(data[0] if one else data)
    return gravest(codes)


def _way_back(run: str | None, applied: Path | None, chosen: Sequence[Target]) -> Undo | None:
    if run is None and applied is not None:
        raise click.UsageError("--applied says what --undo is about; it is nothing by itself")
    if run is not None and len(chosen) != 1:
        raise click.UsageError("--undo takes back one apply of one target: name the TARGET")
    return None if run is None else Undo(run, applied)


def plan_code(saved: SavedPlan, *, detailed: bool) -> ExitCode:
    """What a plan means for whoever called.

    An incomplete one must never pass for "no changes", nor, in detail, somebody who is undecided
    for "in sync": no apply mends that.
    """
    plan = saved.plan
    if plan.gaps:
        return ExitCode.ERROR
    if not saved.verdict.accepted:
        return ExitCode.BLOCKED
    return ExitCode.CHANGES if detailed and (plan.changes or plan.undecided) else ExitCode.OK
