"""`reconciler apply`: a saved plan, carried out exactly."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click

from reconciler.cli.applying import apply_plan, target_of, unreleased
from reconciler.cli.loading import load_tree
from reconciler.cli.options import MANIFESTS, POLICIES, STATE, format_option
from reconciler.cli.progress import progress
from reconciler.cli.saving import read_plan
from reconciler.cli.state import StateDirectory
from reconciler.cli.world import World
from reconciler.errors import PlanFileError
from reconciler.model.exit import ExitCode
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Acknowledgement
from reconciler.report.outcomes import as_data, outcome_lines, requests_line
from reconciler.report.text import heading, verdict_lines


@click.command("apply")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option(
    "--digest",
    default=None,
    metavar="sha256:…",
    help="The digest of the plan that was approved, from another channel than the file.",
)
@click.option(
    "--acknowledge",
    multiple=True,
    metavar="TOKEN",
    help="Release the violation with this token, for this run only.",
)
@click.option("--because", default=None, help="Why it is released; goes into the ledger.")
@click.option(
    "--by",
    envvar=["RECONCILER_ACTOR", "GITHUB_ACTOR", "USER"],
    default="unknown",
    help="Who releases it (RECONCILER_ACTOR, GITHUB_ACTOR, USER).",
)
@MANIFESTS
@POLICIES
@STATE
@format_option("text", "json")
@click.pass_obj
def command(
    world: World,
    plan: Path,
    digest: str | None,
    acknowledge: Sequence[str],
    because: str | None,
    by: str,
    manifests: Path,
    policies: Sequence[Path],
    state_dir: Path,
    output: str,
) -> ExitCode:
    """Carry out a saved PLAN: exactly its changes, each re-checked against what is live now.

    Refuses a plan that was edited, has expired, or is for another target (exit 6), or that a
    check blocks (exit 3). A change whose subject is no longer as the plan saw it is skipped.
    """
    if acknowledge and not because:
        raise click.UsageError("--acknowledge needs --because: the ledger keeps who and why")
    saved = read_plan(plan)
    if digest is not None and digest != saved.digest:
        raise PlanFileError(
            f"{plan} is not the plan that was approved: its digest is {saved.digest}",
            hint="fetch the approved plan, or have this one approved",
        )
    tree = load_tree(manifests, policies, as_of=world.now())
    target = target_of(saved, tree, now=world.now())
    given = [Acknowledgement(token, by, because or "") for token in acknowledge]
    verdict = unreleased(saved, tree, given)
    if not verdict.accepted:
        world.tell(
            [
                f"{plan} is not carried out; nothing was sent.",
                *verdict_lines(verdict, world.error_style),
            ]
        )
        return ExitCode.BLOCKED
    done = 0

    with progress(world) as bars:

        def count(_: Outcome) -> None:
            nonlocal done
            done += 1
            bars.show("changes", done, len(saved.plan.changes))

        finished = asyncio.run(
            apply_plan(
                saved,
                target=target,
                tree=tree,
                given=given,
                world=world,
                state=StateDirectory(state_dir),
                progress=count,
            )
        )
    applied = finished.applied
    if output == "json":
        data = {
            "digest": saved.digest,
            "exitCode": int(applied.exit_code),
            "requests": finished.requests,
            "outcomes": as_data(applied.outcomes),
        }
        world.say_data(data)
    else:
        world.say([heading(saved.plan), *outcome_lines(applied.outcomes, world.style)])
        world.say([requests_line(finished.requests)])
    return applied.exit_code
