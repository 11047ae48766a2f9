"""`reconciler apply`: a saved plan, carried out exactly."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import click

from reconciler.apply.limits import Limits
from reconciler.cli.applying import apply_plan, release, target_of
from reconciler.cli.loading import load_tree
from reconciler.cli.log_file import ready_to_append
from reconciler.cli.options import (
    ACKNOWLEDGE,
    BECAUSE,
    BY,
    STATE,
    TREE,
    Duration,
    acknowledgements,
    format_option,
)
from reconciler.cli.paths import TreePaths
from reconciler.cli.progress import progress
from reconciler.cli.provisioning_log import LOG, Logged, tell_appended
from reconciler.cli.run_log import log_of_run
from reconciler.cli.saving import read_plan
from reconciler.cli.state import StateDirectory
from reconciler.cli.world import World
from reconciler.errors import PlanFileError
from reconciler.model.exit import ExitCode
from reconciler.model.outcome import Event
from reconciler.report.outcomes import requests_line, run_data, run_lines
from reconciler.report.text import heading, undone_lines, verdict_lines


@click.command("apply")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option(
    "--digest",
    default=None,
    metavar="sha256:…",
    help="The digest of the plan that was approved, from another channel than the file.",
)
@ACKNOWLEDGE
@BECAUSE
@BY
@click.option(
    "--canary",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Send N changes first, one by one (some of each sort, those of least effect), and read "
    "each back; if one is not as it should be, the rest is not sent (exit 5).",
)
@click.option(
    "--error-budget",
    type=click.IntRange(min=1),
    default=None,
    metavar="N",
    help="Stop when N changes have failed. Default: a fifth of the plan's changes, at least 10.",
)
@click.option(
    "--max-duration",
    type=Duration(),
    default=None,
    metavar="45m",
    help="Send nothing new after this long; the rest is skipped (exit 5), and applying the same "
    "plan again goes on. Leave some minutes to whatever ends the job.",
)
@click.option(
    "--wait",
    type=Duration(),
    default="0s",
    metavar="10m",
    help="While another run holds the ledger, wait this long for it. Without, that is an error "
    "(exit 1).",
)
@click.option(
    "--read-back",
    is_flag=True,
    help="Read every change again once it is made, and not only those that take something away: "
    "one more request each. What the provider does not keep is listed as `notKept`.",
)
@TREE
@STATE
@LOG
@format_option("text", "json")
@click.pass_obj
def command(
    world: World,
    plan: Path,
    digest: str | None,
    acknowledge: Sequence[str],
    because: str | None,
    by: str,
    canary: int,
    error_budget: int | None,
    max_duration: timedelta | None,
    wait: timedelta,
    read_back: bool,
    paths: TreePaths,
    state: StateDirectory,
    log: Path | None,
    output: str,
) -> ExitCode:
    """Carry out a saved PLAN: exactly its changes, each re-checked against what is live now.

    Refuses a plan that was edited, has expired, or is for another target (exit 6), or that a
    check blocks (exit 3). A change whose subject is no longer as the plan saw it is skipped.
    """
    given = acknowledgements(acknowledge, by, because)
    until = None if max_duration is None else world.now() + max_duration
    saved = read_plan(plan)
    if digest is not None and digest != saved.digest:
        raise PlanFileError(
            f"{plan} is not the plan that was approved: its digest is {saved.digest}",
            hint="fetch the approved plan, or have this one approved",
        )
    if log is not None:
        ready_to_append(log)
    tree = load_tree(paths, as_of=world.now())
    target = target_of(saved, tree, now=world.now())
    released = release(saved, tree, given, world)
    if not released.verdict.accepted:
        world.tell(
            [
                f"{plan} is not carried out; nothing was sent.",
                *verdict_lines(released.verdict, world.error_style),
            ]
        )
        return ExitCode.BLOCKED
    done, run = 0, str(uuid4())
    logged = Logged(saved, tree, target, by, state)
    run_log = None if log is None else log_of_run(log, logged, run, world)

    with progress(world) as bars:

        def heard(event: Event) -> None:
            nonlocal done
            done += 1
            bars.show("changes", done, len(saved.plan.changes))
            if run_log is not None:
                run_log.hear(event)

        finished = asyncio.run(
            apply_plan(
                saved,
                target=target,
                tree=tree,
                given=released.by,
                world=world,
                state=state,
                run=run,
                progress=heard,
                limits=Limits(error_budget, canary, until, read_back),
                wait=wait,
            )
        )
    applied = finished.applied
    if output == "json":
        data = {
            "digest": saved.digest,
            "exitCode": int(applied.exit_code),
            "requests": finished.requests,
            **run_data(applied),
        }
        world.say_data(data)
    else:
        world.say([heading(saved.plan), *run_lines(applied, world.style)])
        world.say([requests_line(finished.requests), *undone_lines(saved.plan, world.style)])
    if run_log is not None:
        tell_appended(run_log.finish(world), run_log.path, world)
    return applied.exit_code
