"""`reconciler explain`: why somebody has, or has not, what they have."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from reconciler import __version__
from reconciler.apply.ledger import DirectoryLedger
from reconciler.cli.connections import open_target
from reconciler.cli.key import key_for
from reconciler.cli.loading import Tree, load_to_read
from reconciler.cli.options import AS_OF, FULL, MANIFESTS, POLICIES, STATE, TARGETS, format_option
from reconciler.cli.planning import judge_all, targets_of
from reconciler.cli.progress import progress
from reconciler.cli.state import StateDirectory
from reconciler.cli.world import World
from reconciler.desired.desire import Grounds, desire_from, find_grounds
from reconciler.errors import ReconcilerError
from reconciler.model.desired import Desired
from reconciler.model.exit import ExitCode, gravest
from reconciler.model.ledger import remember
from reconciler.model.resource import Actual
from reconciler.plan.build import plan_scene
from reconciler.plan.explain import Seen, explain
from reconciler.plan.explain_members import Sight
from reconciler.plan.explain_subject import SubjectError, find_subject
from reconciler.plan.scene import set_scene
from reconciler.plan.selection import Selection
from reconciler.report.explanation import explanation_lines
from reconciler.report.explanation_data import explanation_data
from reconciler.report.style import Detail
from reconciler.scim.snapshot import read_actual


@click.command("explain")
@click.argument("subject")
@TARGETS
@MANIFESTS
@POLICIES
@STATE
@AS_OF
@click.option(
    "--offline",
    is_flag=True,
    help="Read no target: what Git wants and why, without what is live.",
)
@FULL
@format_option("text", "json")
@click.pass_obj
def command(
    world: World,
    subject: str,
    targets: Sequence[str],
    manifests: Path,
    policies: Sequence[Path],
    state_dir: Path,
    as_of: datetime | None,
    offline: bool,
    full: bool,
    output: str,
) -> ExitCode:
    """Explain why SUBJECT has, or has not, what they have at each TARGET.

    SUBJECT is user:KEY, group:KEY, or a key, a userPrincipalName or a displayName that only one
    has. Without TARGET, all enabled targets. Sends only reads. A target that could not be read to
    the end is explained as far as Git goes, and exits 1.
    """
    tree = load_to_read(manifests, policies)
    found = find_subject(subject, tree.declared)
    if isinstance(found, SubjectError):
        raise click.BadParameter(f"{found.message}; {found.hint}", param_hint="SUBJECT")
    moment = (as_of or world.now()).replace(microsecond=0)
    state, detail = StateDirectory(state_dir), Detail.FULL if full else Detail.FOLDED
    codes: list[ExitCode] = []
    data: list[dict[str, object]] = []
    for number, target in enumerate(targets_of(tree, targets, world)):
        profile = tree.declared.profiles[target.profile]
        key = key_for(tree.declared, target, world.env, state)
        grounds = find_grounds(tree.declared, target, profile, as_of=moment, key=key)
        desired = desire_from(grounds)
        seen = None
        if not offline:
            seen = _see(grounds, desired, tree, world, state)
            unread = seen is None or seen.sight.plan.gaps
            codes.append(ExitCode.ERROR if unread else ExitCode.OK)
        explained = explain(found, grounds, desired, seen)
        if output == "json":
            data.append(explanation_data(explained))
        else:
            world.say([""] if number else [])
            world.say(explanation_lines(explained, world.style, detail))
    if output == "json":
        world.say_data(data)
    return gravest(codes)


def _see(
    grounds: Grounds, desired: Desired, tree: Tree, world: World, state: StateDirectory
) -> Seen | None:
    """The target as it is, and everything that a plan makes of it; None, told, where it fails."""
    try:
        memory = remember(DirectoryLedger(state.ledgers(), grounds.target.name).records())
        actual = asyncio.run(_read(grounds, world, state))
    except ReconcilerError as exc:
        world.tell_error(exc, about=grounds.target.name)
        return None
    scene = set_scene(
        declared=grounds.declared,
        desired=desired,
        actual=actual,
        target=grounds.target,
        profile=grounds.profile,
        memory=memory,
        as_of=grounds.as_of,
    )
    plan = plan_scene(scene, commit=None, tool_version=__version__, selection=Selection())
    return Seen(Sight(scene, plan), judge_all(plan, tree.policies))


async def _read(grounds: Grounds, world: World, state: StateDirectory) -> Actual:
    with progress(world) as bars:
        async with open_target(grounds.target, grounds.profile, world, state) as client:
            return await read_actual(client, grounds.profile, progress=bars.show)
