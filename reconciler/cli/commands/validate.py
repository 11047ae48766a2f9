"""`reconciler validate`: every finding about manifests and policies, in one pass."""

from __future__ import annotations

from datetime import datetime

import click

from reconciler.cli.loading import read_tree
from reconciler.cli.options import AS_OF, TREE, format_option
from reconciler.cli.paths import TreePaths
from reconciler.cli.world import World
from reconciler.model.diagnostic import has_errors
from reconciler.model.exit import ExitCode
from reconciler.model.words import counted
from reconciler.report.findings import as_data, diagnostic_lines, tally
from reconciler.report.style import Tone


@click.command("validate")
@TREE
@AS_OF
@format_option("text", "json")
@click.pass_obj
def command(
    world: World,
    paths: TreePaths,
    as_of: datetime,
    output: str,
) -> ExitCode:
    """Check manifests and policies: every finding in one pass, with file, line, column and a hint.

    Asks every Expectation whether it holds, once nothing else is wrong. Needs no credential and
    sends nothing. Exit code 4 when something is wrong.
    """
    tree = read_tree(paths, as_of=as_of)
    code = ExitCode.INVALID if has_errors(tree.found) else ExitCode.OK
    if output == "json":
        data = {"valid": code is ExitCode.OK, "diagnostics": as_data(tree.found)}
        world.say_data(data)
        return code
    world.say(diagnostic_lines(tree.found, world.style))
    declared = tree.declared
    size = ", ".join(
        (
            counted(len(declared.users), "user"),
            counted(len(declared.groups), "group"),
            counted(len(declared.targets), "target"),
        )
    )
    if code is ExitCode.OK:
        good = world.style.mark(Tone.GOOD, "Valid")
        remarks = f" ({tally(tree.found)})" if tree.found else ""
        asked = len(declared.expectations)
        hold = f"; {counted(asked, 'expectation')} met" if asked else ""
        world.say([f"{good}{remarks}: {counted(tree.files, 'file')} with {size}{hold}."])
    else:
        world.say([f"{world.style.mark(Tone.BAD, 'Invalid')}: {tally(tree.found)}."])
    return code
