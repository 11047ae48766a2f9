"""`reconciler provision`: one person or group, now, under the same checks as everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from reconciler.cli.applying import Finished, release
from reconciler.cli.completing import complete_targets
from reconciler.cli.loading import Tree, load_tree
from reconciler.cli.log_file import ready_to_append
from reconciler.cli.looking import git_side
from reconciler.cli.on_demand import Afterwards, Demand, carry_out, demand, look_back
from reconciler.cli.options import (
    ACKNOWLEDGE,
    BECAUSE,
    BY,
    FULL,
    STATE,
    SUBJECT,
    TREE,
    acknowledgements,
    format_option,
)
from reconciler.cli.paths import TreePaths
from reconciler.cli.planning import commit_of
from reconciler.cli.provisioning_log import LOG, Logged, entries_of_plan, entries_of_run, write_log
from reconciler.cli.state import StateDirectory
from reconciler.cli.targets import one_target
from reconciler.cli.world import World
from reconciler.errors import ProviderError, ReconcilerError
from reconciler.model.exit import ExitCode
from reconciler.model.identity import Kind
from reconciler.model.plan import Plan
from reconciler.model.policy import Acknowledgement
from reconciler.report.findings import diagnostic_lines
from reconciler.report.on_demand import Demanded, demanded_data, read_back_lines, step_lines
from reconciler.report.outcomes import requests_line, run_lines
from reconciler.report.style import Detail
from reconciler.report.text import verdict_lines


@click.command("provision")
@SUBJECT
@click.argument("target", required=False, shell_complete=complete_targets)
@click.option(
    "--member",
    "members",
    multiple=True,
    metavar="MEMBER",
    help="Of a group, only this member (repeatable): a key, a userPrincipalName, id:….",
)
@click.option("--yes", is_flag=True, help="Do not ask; needed where there is no terminal.")
@ACKNOWLEDGE
@BECAUSE
@BY
@TREE
@STATE
@LOG
@FULL
@format_option("text", "json")
@click.pass_obj
def command(
    world: World,
    subject: str,
    target: str | None,
    members: Sequence[str],
    yes: bool,
    acknowledge: Sequence[str],
    because: str | None,
    by: str,
    paths: TreePaths,
    state: StateDirectory,
    log: Path | None,
    detail: Detail,
    output: str,
) -> ExitCode:
    """Provision SUBJECT at TARGET now: a plan of that part, shown in steps, asked about, applied.

    A person comes with their memberships, a group with its members and what those need; everybody
    else stays as they are. SUBJECT may be somebody who is disabled, has left, or has lost the
    manifest. The checks are those of every plan (exit 3), and so are the exit codes of what was
    carried out. Afterwards live is read again, and what the provider did not keep is shown.
    """
    given = acknowledgements(acknowledge, by, because)
    if not yes and not world.can_ask:
        raise click.UsageError(
            "there is no terminal to ask on; --yes carries it out without asking, and "
            "`reconciler plan --only` shows it"
        )
    if log is not None:
        ready_to_append(log)
    moment = world.now().replace(microsecond=0)
    tree = load_tree(paths, as_of=moment)
    world.tell(diagnostic_lines(tree.found, world.error_style))
    wanted = one_target(tree, target)
    git = git_side(tree, wanted, moment, world, state)
    try:
        asked = demand(
            subject, members, git, tree, commit_of(paths.manifests, world), world=world, state=state
        )
    except ProviderError as exc:
        world.tell_error(exc, about=f"connection test, {wanted.name}")
        return ExitCode.ERROR
    if asked.subject.kind is Kind.USER:
        detail = Detail.FULL
    stage = _Stage(world, tree, state, detail, text=output == "text")
    came = _decide(asked, given, yes=yes, stage=stage)
    logged = Logged(asked.saved, tree, wanted, by, state)
    entries = list(
        entries_of_plan(logged, world)
        if came.finished is None
        else entries_of_run(logged, asked.run, came.finished.applied.events, world)
    )
    if log is not None:
        write_log(log, entries, world)
    if not stage.text:
        (entry,) = (e for e in entries if e.reconciler.subject == str(asked.subject))
        done, after = came.finished, came.after
        found = Demanded(
            before=asked.explained,
            saved=asked.saved,
            entry=entry,
            ran=None if done is None else done.applied,
            requests={} if done is None else done.requests,
            after=None if after is None else after.explained,
            left=None if after is None else after.left,
            exit_code=int(came.code),
        )
        world.say_data(demanded_data(found))
    return came.code


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where it happens, and how much of it is told."""

    world: World
    tree: Tree
    state: StateDirectory
    detail: Detail
    text: bool


@dataclass(frozen=True, slots=True)
class _Came:
    """What a demand came to; `finished` is None where nothing was sent."""

    code: ExitCode
    finished: Finished | None = None
    after: Afterwards | None = None


def _decide(asked: Demand, given: Sequence[Acknowledgement], *, yes: bool, stage: _Stage) -> _Came:
    """Show the steps; then carry it out, unless there is nothing to do, a check or somebody says
    no."""
    world, plan = stage.world, asked.saved.plan
    if stage.text:
        world.say(step_lines(asked.explained, plan, world.style, stage.detail))
    if not plan.changes:
        return _Came(_idle(plan))
    released = release(asked.saved, stage.tree, given, world)
    verdict = released.verdict
    if not verdict.accepted:
        said = f"{asked.subject} is not provisioned; nothing was sent."
        world.tell([said, *verdict_lines(verdict, world.error_style)])
        if any(violation.releasable for violation in verdict.violations):
            world.tell(["--acknowledge and --because release it here as well."])
        return _Came(ExitCode.BLOCKED)
    if not yes and not world.confirms(f"Carry this out at {plan.target.name}?"):
        world.tell(["Not carried out; nothing was sent."])
        return _Came(ExitCode.INTERRUPTED)
    return _act(asked, released.by, stage)


def _act(asked: Demand, given: Sequence[Acknowledgement], stage: _Stage) -> _Came:
    world = stage.world
    finished = carry_out(asked, given, stage.tree, world, stage.state)
    applied = finished.applied
    if stage.text:
        world.say(["", *run_lines(applied, world.style), requests_line(finished.requests)])
    try:
        after = look_back(asked, finished, stage.tree, world, stage.state)
    except ReconcilerError as exc:
        world.tell_error(exc, about=f"{asked.subject} could not be read back")
        return _Came(applied.exit_code, finished)
    if stage.text:
        world.say(read_back_lines(after.explained, after.left, world.style, stage.detail))
    return _Came(applied.exit_code, finished, after)


def _idle(plan: Plan) -> ExitCode:
    """What it means that nothing is done: all is well, or something could not be decided."""
    if plan.gaps:
        return ExitCode.ERROR
    return ExitCode.PARTIAL if plan.undecided else ExitCode.OK
