"""`reconciler explain`: why somebody has, or has not, what they have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click

from reconciler.cli.failures import refusal
from reconciler.cli.loading import Tree, load_to_read
from reconciler.cli.looking import Sides, git_side, look, see
from reconciler.cli.options import AS_OF, FULL, STATE, SUBJECT, TARGETS, TREE, format_option
from reconciler.cli.paths import TreePaths
from reconciler.cli.state import StateDirectory
from reconciler.cli.targets import targets_of
from reconciler.cli.world import World
from reconciler.errors import ReconcilerError
from reconciler.model.exit import ExitCode, gravest
from reconciler.model.identity import Subject
from reconciler.plan.explain.declared import Seen, explain
from reconciler.plan.explain.subject import SubjectError, find_subject
from reconciler.plan.explain.undeclared import Anybody, explain_anybody, find_anybody
from reconciler.plan.selection import Selection
from reconciler.report.explanation_undeclared import anybody_data, anybody_lines
from reconciler.report.style import Detail


@click.command("explain")
@SUBJECT
@TARGETS
@TREE
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
    paths: TreePaths,
    state: StateDirectory,
    as_of: datetime,
    offline: bool,
    detail: Detail,
    output: str,
) -> ExitCode:
    """Explain why SUBJECT has, or has not, what they have at each TARGET.

    SUBJECT is user:KEY, group:KEY, or a key, a userPrincipalName or a displayName that only one
    has. Whom no manifest declares is looked for at the targets: by id:…, userName or displayName,
    or by the key that the ledger knows. Without TARGET, all enabled targets. Sends only reads. A
    target that could not be read to the end is explained as far as Git goes, and exits 1.
    """
    tree = load_to_read(paths)
    found = find_subject(subject, tree.declared)
    if isinstance(found, SubjectError) and (found.several or offline):
        raise refusal(found, "SUBJECT")
    codes: list[ExitCode] = []
    data: list[dict[str, object]] = []
    missing: SubjectError | None = None
    explained = False
    for number, target in enumerate(targets_of(tree, targets, world)):
        git = git_side(tree, target, as_of, world, state)
        seen = None
        if not offline:
            seen = _see(git, tree, world, state)
            codes.append(ExitCode.ERROR if seen is None or seen.sight.plan.gaps else ExitCode.OK)
        answer = _answer(subject, found, git, seen)
        if isinstance(answer, SubjectError):
            missing = answer
        elif output == "json":
            data.append(anybody_data(answer))
        else:
            world.say([""] if number else [])
            world.say(anybody_lines(answer, world.style, detail))
        explained |= not isinstance(answer, SubjectError)
    if missing is not None and not explained and ExitCode.ERROR not in codes:
        raise refusal(missing, "SUBJECT")
    if output == "json":
        world.say_data(data)
    return gravest(codes)


def _see(git: Sides, tree: Tree, world: World, state: StateDirectory) -> Seen | None:
    """The target as it is, and everything that a plan makes of it; None, told, where it fails."""
    try:
        scene = look(git, world, state)
    except ReconcilerError as exc:
        world.tell_error(exc, about=git.grounds.target.name)
        return None
    return see(scene, tree, commit=None, selection=Selection())


def _answer(
    text: str, found: Subject | SubjectError, git: Sides, seen: Seen | None
) -> Anybody | SubjectError:
    if isinstance(found, SubjectError):
        if seen is None:
            return found
        live = find_anybody(text, seen.sight.scene, undeclared=found)
        if isinstance(live, SubjectError):
            return live
        return explain_anybody(live, git.grounds, git.desired, seen)
    return explain(found, git.grounds, git.desired, seen)
