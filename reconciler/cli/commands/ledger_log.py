"""`reconciler ledger log`: the provisioning log of a run, from the ledger."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.completing import complete_targets
from reconciler.cli.loading import load_to_read
from reconciler.cli.log_file import ready_to_append
from reconciler.cli.options import MANIFESTS_AND_SOURCES, STATE, UNKNOWN
from reconciler.cli.paths import TreePaths
from reconciler.cli.provisioning_log import Logged, tell_appended
from reconciler.cli.run_log import complete
from reconciler.cli.state import StateDirectory
from reconciler.cli.targets import one_target
from reconciler.cli.undoing import find_run, plan_of
from reconciler.cli.world import World
from reconciler.model.exit import ExitCode
from reconciler.model.ledger_runs import events_of


@click.command("log")
@click.argument("target", shell_complete=complete_targets)
@click.argument("run")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--applied",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    metavar="PLAN",
    help="The plan that it carried out, where the state directory does not have it any more.",
)
@MANIFESTS_AND_SOURCES
@STATE
@click.pass_obj
def log(
    world: World,
    target: str,
    run: str,
    file: Path,
    applied: Path | None,
    paths: TreePaths,
    state: StateDirectory,
) -> ExitCode:
    """Append to the provisioning log FILE what it lacks of a RUN (its id, or `last`) at TARGET.

    For a run that was killed, or had no --log. The ledger tells what became of each change, its
    plan what that was; what was in flight is unknown. It has no words for why something failed.
    """
    ready_to_append(file)
    tree = load_to_read(paths)
    wanted = one_target(tree, target)
    found = find_run(run, target, world, state, option="RUN")
    logged = Logged(plan_of(found, applied, state), tree, wanted, UNKNOWN, state)
    if found.closed is None:
        world.tell([f"Run {found.opened.run} did not end: it was killed, or is still at work."])
    events = events_of(found, logged.saved.plan)
    tell_appended(complete(file, logged, found.opened.run, events, world), file, world)
    return ExitCode.OK
